/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loopback - policy about what this host sends to itself, 127.0.0.1 and ::1
 * included (spec: policy 21). Nothing is encrypted: what the outbound entry
 * wants counts as done, and has to be what the inbound entry wants. Which
 * entries these are depends on selectors alone, so the kernel can decide.
 *
 * Each outbound entry leads to the class of its first ipsec alternative, or to
 * class 0, in the clear; a class has its own list of inbound entries.
 */
#ifndef DAEMON_LOOPBACK_H
#define DAEMON_LOOPBACK_H

#include "core/spd.h"
#include "io/steer.h"

struct loopback {
	struct loopback_list {
		struct steer_line *v;
		size_t n, cap;
	} out, in[STEER_CLASSES];
	struct action wants[STEER_CLASSES]; /* wants[0] is not used */
	size_t n;			    /* classes */
	bool seen[2], has_in[2];	    /* entries, by family: v4, v6 */
	bool no_memory;
	struct steer_class classes[STEER_CLASSES];
};

/*
 * Compile the host's policy of this set into p->self and p->classes, which point
 * into l. False: no memory. Free with loopback_fini() after use.
 */
MUST_USE bool loopback_compile(
    struct loopback *l, struct spd *spd, int id, struct steer_plan *p);
void loopback_fini(struct loopback *l);

/* Counters. */
#define LOOPBACK_MISMATCH "in_spd_loopback_mismatch"
#define LOOPBACK_SECURE	  "in_spd_got_secure"

#endif /* DAEMON_LOOPBACK_H */
