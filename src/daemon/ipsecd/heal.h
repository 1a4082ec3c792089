/* SPDX-License-Identifier: BSD-2-Clause */
/* heal - what others have changed of ipsecd's in the kernel is put right. */
#ifndef DAEMON_HEAL_H
#define DAEMON_HEAL_H

#include <stdint.h>

struct ipsecd;

/* To be called now and then; now: mono, ms. */
void heal_look(struct ipsecd *d, uint64_t now);

#endif /* DAEMON_HEAL_H */
