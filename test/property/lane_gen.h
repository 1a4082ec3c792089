/* SPDX-License-Identifier: BSD-2-Clause */
/* lane_gen - random packets for lane_equal. One seed, so that a run repeats. */
#ifndef LANE_GEN_H
#define LANE_GEN_H

#include "core/polrand.h"
#include "lane_world.h"

enum { LANE_GEN_ROOM = 70000 };

extern uint64_t lane_seed;

static inline uint32_t
rnd(uint32_t below)
{
	return polrand(&lane_seed, below);
}

/* No flow was favoured so far. */
void lane_gen_begin(void);
/* One of few remote addresses. */
struct addr lane_gen_there(bool v6);
/* A header between the host and one of them. */
struct ip_new lane_gen_head(bool v6, uint8_t proto, bool outbound);
/* TCP or UDP and n bytes; one of few ports. */
void lane_gen_upper(struct wr *w, uint8_t proto, size_t n, bool outbound,
    uint32_t seq, uint8_t flags, uint16_t port);
uint8_t lane_gen_tcp_flags(void);
/* Complete, or as a device gives it: the sum of the pseudo header. */
void lane_gen_put_csum(uint8_t *p, size_t n, bool partial);
/*
 * An item at p: now and then with a vnet header, now and then a super-packet,
 * whose segments fit this way.
 */
void lane_gen_item(struct lane_item *it, uint8_t *p, uint32_t mtu);

/*
 * lane_key.c: an entry of PF_KEY's policy, the same for both, that there may be
 * already; and one less.
 */
void lane_key_add(struct world *const w[2]);
void lane_key_remove(struct world *const w[2]);

#endif /* LANE_GEN_H */
