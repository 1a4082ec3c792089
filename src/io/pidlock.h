/* SPDX-License-Identifier: BSD-2-Clause */
/* pidlock - a file that one process at a time holds, with its number in it. */
#ifndef IO_PIDLOCK_H
#define IO_PIDLOCK_H

#include <sys/types.h>

/*
 * A descriptor that holds the lock while it is open; -1: errno says why,
 * EWOULDBLOCK: another process has it, *holder is its number or 0.
 */
int pidlock_take(const char *path, pid_t *holder);

#endif /* IO_PIDLOCK_H */
