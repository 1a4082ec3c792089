/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guard - a policy on every IP socket that a program and its descendants open,
 * whether they are linked statically or not: the kernel asks a second process
 * about each socket(), which makes it, gives it its policy and hands it over
 * (seccomp_unotify(2)). Without that process there are no IP sockets at all.
 */
#ifndef CMD_SOLIPSEC_GUARD_H
#define CMD_SOLIPSEC_GUARD_H

#include "base/rd.h"

struct guard_use {
	/*
	 * Called in the second process for each new IP socket: give fd its policy.
	 * 0, or the errno that the program's socket() fails with.
	 */
	int (*adorn)(void *ctx, int fd);
	/* Which are adorned; others are the program's own business. */
	bool (*wants)(void *ctx, int domain, int type, int protocol);
	void *ctx;
};

/*
 * From here on this process, and whatever it executes, is guarded: call it right
 * before exec. It cannot be undone, and set-user-ID programs get no rights any
 * more (no_new_privs). 0 or errno: ENOSYS, EINVAL: this kernel cannot do it;
 * EBUSY: it is done already, by somebody around us.
 */
int guard_enter(const struct guard_use *use);

#endif /* CMD_SOLIPSEC_GUARD_H */
