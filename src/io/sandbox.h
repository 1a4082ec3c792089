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

/* As many descriptors as may be had, up to n; what there are otherwise. */
void sandbox_files(unsigned n);

/*
 * Become this user and group (uid 0: stay), keep only these capabilities
 * (CAP_*, n of them), and never get more again. 0 or errno.
 */
int sandbox_drop(uid_t uid, gid_t gid, const int *caps, size_t n);

/*
 * The same for a process that starts others with rights to give up of their own:
 * it stays who it is, and these capabilities are what a program that it starts as
 * uid 0 can have. 0 or errno.
 */
int sandbox_keep(const int *caps, size_t n);

/*
 * A system call that stays possible where two of its arguments, counted from 0,
 * have these values, of 32 bits; for one argument, say the same twice.
 */
struct sandbox_only {
	const char *name;
	unsigned arg1;
	uint32_t is1;
	unsigned arg2;
	uint32_t is2;
};

/*
 * From here on only these system calls: by name, ended by NULL, and n of them
 * with their arguments; any other fails with EPERM. Of mmap and mprotect, what
 * makes memory executable does, too, and tgkill reaches no other process; but all
 * of a call whose name has a '*' before it is possible, for a process that starts
 * programs, which inherit its filter. 0 or errno.
 */
int sandbox_calls(
    const char *const *names, const struct sandbox_only *only, size_t n);

#endif /* IO_SANDBOX_H */
