/* SPDX-License-Identifier: BSD-2-Clause */
/* clock - what time it is. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

/* ms; never goes back and counts while the machine sleeps (lifetimes). */
uint64_t clock_mono(void);
/* ns of CPU that this thread has used. */
uint64_t clock_cpu(void);
/* Seconds since 1970; only to show to people. */
uint64_t clock_wall(void);

#endif /* IO_CLOCK_H */
