/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_own - the parts of the nf_tables table about single sockets and single
 * flows, which go before the lines of a plan. For steer.c and steer_table.c.
 */
#ifndef IO_STEER_OWN_H
#define IO_STEER_OWN_H

#include "io/nft_flow.h"
#include "io/steer.h"

/* The sets, with what the plan has for them. */
void steer_own_sets(struct nft *b, const struct steer_plan *p);

/* Outbound, in the chain: before everything is let by that may. */
void steer_own_first(
    struct nft *b, const struct steer_conf *c, const char *chain);
/* ... behind the rule for what goes by lo. */
void steer_own_out(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain);
/* The guard: before everything is let by that may. */
void steer_own_guard(
    struct nft *b, const struct steer_conf *c, const char *chain);
/* ... and behind what is let by. */
void steer_own_guard_flows(
    struct nft *b, const struct steer_conf *c, const char *chain);
/*
 * Inbound: sockets, into a chain of its own, by which others go to `second`; and
 * where in the chain `in` it is asked.
 */
void steer_own_sockets(struct nft *b, const struct steer_conf *c,
    const char *chain, const char *second);
void steer_own_jump(struct nft *b, const char *in, const char *chain);
/* Inbound: flows. */
void steer_own_in(struct nft *b, const char *in, const char *second);

/* Take these flows out. 0 or errno; those that are not there are no fault. */
int steer_own_forget(struct netlink *n, const char *table,
    const struct steer_flow *f, size_t count);

#endif /* IO_STEER_OWN_H */
