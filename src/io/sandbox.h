/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox - what a process gives up once everything it needs is open. */
#ifndef IO_SANDBOX_H
#define IO_SANDBOX_H

#include <sys/types.h>

#include "base/rd.h"

/*
 * Memory with keys: no core file, no debugger of the same user, no swap.
 * False: not all of it could be had; errno says what the last one said.
 */
MUST_USE bool sandbox_memory(void);

/*
 * Become this user and group (uid 0: stay), keep only these capabilities
 * (CAP_*, n of them), and never get more again. 0 or errno.
 */
int sandbox_drop(uid_t uid, gid_t gid, const int *caps, size_t n);

/*
 * From here on only these system calls (names, ended by NULL); any other fails
 * with EPERM. 0 or errno.
 */
int sandbox_calls(const char *const *names);

#endif /* IO_SANDBOX_H */
