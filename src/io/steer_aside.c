/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_aside.h"

#include <linux/rtnetlink.h>

#include "io/nft_peers.h"

/* Sets: peers that a socket that is bound to a device has sent to. */
static const char *const bound[] = { "bound4", "bound6" };
enum { BOUND_MS = 600000 };

static void
put_queue(struct nft *b, const struct steer_conf *c, const struct steer_plan *p)
{
	nft_queue(b, c->queue, p->queue == STEER_QUEUE_XT);
}

/*
 * To a group, to all of a link, to an address of link scope: a mark changes
 * nothing about where the kernel sends these. count: a counter or NULL.
 */
static void
put_link_scope(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain, const char *count)
{
	static const uint32_t types[] = { RTN_MULTICAST, RTN_BROADCAST };
	static const uint8_t link[16] = { 0xfe, 0x80 };

	for (size_t i = 0; i < 3; i++) {
		nft_rule_begin(b, chain);
		if (i < 2) {
			nft_daddr_type(b, types[i]);
		} else { /* fe80::/10 */
			nft_family(b, 6);
			nft_prefix(b, NFT_BASE_IP, 24, link, 16, 10);
		}
		if (count != NULL)
			nft_count(b, count);
		put_queue(b, c, p);
		nft_rule_end(b);
	}
}

void
steer_aside_divert(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain)
{
	if (p->queue != STEER_QUEUE_NONE)
		put_link_scope(b, c, p, chain, STEER_COUNT_QUEUE);
	nft_rule_begin(b, chain);
	nft_mark_set(b, c->mask, c->divert);
	nft_accept(b);
	nft_rule_end(b);
}

void
steer_aside_inbound(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *in, const char *chain)
{
	static const uint8_t protocols[] = { IPPROTO_ESP, IPPROTO_AH };

	if (p->queue == STEER_QUEUE_NONE)
		return;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		nft_rule_begin(b, in);
		nft_l4proto(b, protocols[i]);
		nft_jump(b, chain);
		nft_rule_end(b);
		nft_rule_begin(b, in);
		nft_family(b, 6);
		nft_fragment_of(b, protocols[i]);
		nft_jump(b, chain);
		nft_rule_end(b);
	}
	put_link_scope(b, c, p, chain, NULL);
	for (int six = 0; six < 2; six++) {
		nft_rule_begin(b, chain);
		nft_family(b, six ? 6 : 4);
		if (!p->in_place)
			nft_peers_in(b, bound[six], six ? 6 : 4);
		put_queue(b, c, p);
		nft_rule_end(b);
	}
}

void
steer_aside_guard(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain)
{
	for (int i = 0; p->queue != STEER_QUEUE_NONE && i < 3; i++) {
		nft_rule_begin(b, chain);
		nft_oif(b, c->dev, false);
		nft_oif(b, "lo", false);
		nft_iif(b, "", true);
		nft_mark(b, c->mask, c->divert);
		if (i < 2) {
			nft_family(b, i == 0 ? 4 : 6);
			nft_peers_add(b, bound[i], i == 0 ? 4 : 6);
		} else {
			nft_count(b, STEER_COUNT_QUEUE);
			put_queue(b, c, p);
		}
		nft_rule_end(b);
	}
}

void
steer_aside_sets(struct nft *b)
{
	nft_peers_put(b, bound[0], 4, BOUND_MS);
	nft_peers_put(b, bound[1], 6, BOUND_MS);
}
