/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * landlock - which files a process may still open, where the kernel has Landlock
 * (Linux 5.13): a second wall behind the filter of system calls and the account.
 */
#ifndef IO_LANDLOCK_H
#define IO_LANDLOCK_H

#include "base/rd.h"

/*
 * From here on this process, and what it starts, opens no file and no folder,
 * makes and removes none, but that it may read below these folders and files
 * (NULL ends the list; one that is not there is left out). As far as the kernel
 * can (6.7, 6.12): no TCP connection, no abstract socket and no signal of a
 * process outside. What is open stays so. Needs "no new privileges", as
 * sandbox_drop() sets it. 0; ENOSYS, EOPNOTSUPP: this kernel has no Landlock;
 * another errno.
 */
int landlock_confine(const char *const *readable);

#endif /* IO_LANDLOCK_H */
