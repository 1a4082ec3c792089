/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steering - what policy means for the kernel: which packets are to come here,
 * which go their own way, which are dropped at once (spec: policy 17-20). It may
 * say more than policy does where the kernel cannot be told exactly: every
 * packet that comes here is judged again.
 */
#ifndef DAEMON_STEERING_H
#define DAEMON_STEERING_H

#include "core/kspd.h"
#include "core/path.h"
#include "core/spd.h"
#include "daemon/ipsecd/steerway.h"
#include "io/steer.h"

struct steering {
	struct steer_plan plan; /* points into what follows */
	struct steering_list {
		struct steer_line *v;
		size_t n, cap;
	} out, in, clear, quoted, transit, entering, replies;
	struct steerways ways;
	bool has[2];	  /* any entry, by family: v4, v6 */
	size_t routed[2]; /* by family: where the line for routed packets is */
	/* the latest of these lines */
	struct steer_match piece, error, reset, answer[4];
	uint32_t least[2]; /* MTU of the default routes */
	bool no_memory;
	uint32_t (*mtu)(void *ctx, const struct addr *dst);
	void *ctx;
	const struct path_tune *tune; /* NULL: the defaults */
};

/*
 * Compile the host's policy of this set (SPD_ACTIVE, SPD_STANDBY). mtu: of the
 * way to an address, in bytes. False: no memory. Free with steering_fini().
 */
MUST_USE bool steering_compile(struct steering *s, struct spd *spd, int id,
    uint32_t (*mtu)(void *ctx, const struct addr *dst), void *ctx);
/*
 * The same, behind it that of PF_KEY (NULL: none), and with what tunables say of
 * messages in the clear (policy 20).
 */
MUST_USE bool steering_compile_tuned(struct steering *s, struct spd *spd,
    int id, struct kspd *kspd, const struct path_tune *tune,
    uint32_t (*mtu)(void *ctx, const struct addr *dst), void *ctx);
void steering_fini(struct steering *s);

/* Names of counters: of reasons, and of a policy entry. */
#define STEERING_OUT_DROP "out_spd_explicit"
#define STEERING_IN_DROP  "in_spd_explicit"
#define STEERING_IN_CLEAR "in_spd_got_clear"
#define STEERING_IN_FRAG  "in_spd_malformed_frag"
void steering_counter(char name[STEER_NAME], const struct rule *r);

/* What an entry selects, as the kernel is told. False: no packet can match (a
   port and a protocol without ports). */
MUST_USE bool steering_match(struct steer_match *m, const struct rule *r);
/* Bytes that the worst alternative of a rule may add to a packet. */
uint32_t steering_overhead(const struct rule *r);

#endif /* DAEMON_STEERING_H */
