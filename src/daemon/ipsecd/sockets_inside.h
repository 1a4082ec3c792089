/* SPDX-License-Identifier: BSD-2-Clause */
/* sockets_inside - for sockets.c and sockflow.c only. */
#ifndef DAEMON_SOCKETS_INSIDE_H
#define DAEMON_SOCKETS_INSIDE_H

#include "daemon/ipsecd/ipsecd.h"
#include "daemon/ipsecd/sockets.h"
#include "io/sockdiag.h"

#define SOCKETS_MAX	 32768 /* with a policy of their own, at a time */
#define SOCKETS_PER_USER 4096  /* ... of one user that is not root */
#define SOCKETS_BUCKETS	 4096  /* a power of two */

/* A socket that has asked for something. */
struct sockets_entry {
	struct link link;
	uint64_t cookie;
	uid_t uid;
	uint8_t proto;
	bool six, bypass;
	bool bound; /* the kernel has shown it in a list */
	uint32_t seen;
	struct sockreq_want want;
	struct conn_own *own; /* NULL: nothing comes of what it wants */
};

struct sockets {
	struct ipsecd *d;
	struct sockdiag *diag;
	struct loop_watch watch;
	struct conn_table *conns;
	struct link bucket[SOCKETS_BUCKETS];
	size_t n;
	uint64_t netns; /* SO_NETNS_COOKIE of ours; 0: the kernel has none */
	/* IPv4, IPv6: a socket of this family has been here since the start */
	bool own[2];
	uint32_t sweep;
	uint64_t sweep_at;
	/* connections of before the start, sorted: what they were is unknown */
	uint64_t *stranger;
	size_t n_strangers;
	/* flows of the plan that is being made */
	struct steer_flow *flow;
	size_t n_flows, cap_flows;
	bool no_memory;
	/* flows that are over, and of which the kernel is not told yet */
	struct steer_flow over[64];
	size_t n_over;
	bool gather; /* tell it later */
	bool stale;  /* the kernel was told in vain */
};

struct sockets_entry *sockets_look(struct sockets *s, uint64_t cookie);
void sockets_forget(struct sockets *s, struct sockets_entry *e);

/* --- sockflow.c --- */

void sockflow_strangers(struct sockets *s);
/* For struct conn_env: ctx is the struct sockets. */
void sockflow_unpinned(void *ctx, const struct conn *c);
/* What sockflow_unpinned() has gathered. */
void sockflow_flush(struct sockets *s);
/* All sockets are looked at: what has ended without a word ends. */
void sockflow_sweep(struct sockets *s, uint64_t now);
MUST_USE bool sockflow_key(
    struct conn_key *k, const struct sockdiag_socket *from);

#endif /* DAEMON_SOCKETS_INSIDE_H */
