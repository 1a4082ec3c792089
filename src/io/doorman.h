/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doorman - a small process of our own that looks up what another process may
 * do: of which user namespace it is, and whether it has a capability there. The
 * user id that a socket tells says neither: uid 0 may be that of a container.
 *
 * To look is CAP_SYS_PTRACE's, and open files; a process that reads packets
 * should have neither, so the doorman has them, and answers yes or no.
 */
#ifndef IO_DOORMAN_H
#define IO_DOORMAN_H

#include <sys/types.h>

#include "base/rd.h"

struct doorman;

enum doorman_word {
	DOORMAN_YES,
	DOORMAN_USERNS,	 /* of another user namespace: a container */
	DOORMAN_NOCAP,	 /* of ours, without the capability */
	DOORMAN_PIDNS,	 /* of a process namespace inside ours: a container */
	DOORMAN_GONE,	 /* it has ended, or cannot be seen from here */
	DOORMAN_UNKNOWN, /* /proc does not tell, or the doorman is no more */
	DOORMAN_WORDS
};

/*
 * Begin, with all rights that there are, before they are given up; its end comes
 * with ours. NULL: errno says why.
 */
struct doorman *doorman_start(void);
void doorman_stop(struct doorman *d);

/*
 * About process pid; pidfd: it or -1, so that the number is not another
 * process' by now. cap: CAP_* that it has to have in effect; -1: none, but then
 * it may not be of another process namespace. Waits for the answer; what is not
 * YES is a no.
 */
enum doorman_word doorman_ask(struct doorman *d, pid_t pid, int pidfd, int cap);

/* Half a sentence about the process. */
const char *doorman_text(enum doorman_word w);

#endif /* IO_DOORMAN_H */
