/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_reply.h"

#include <errno.h>
#include <netinet/in.h>

#include "io/nft_flow.h"
#include "io/steer_many.h"

#define CHAIN_REPLY	  "reply"
#define CHAIN_REPLY_GUARD "replyguard"

enum { TCP_RST = 4 }; /* RFC 9293 3.1 */

static uint8_t
icmp_of(uint8_t fam)
{
	return fam == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

void
steer_reply_chains(struct nft *b)
{
	nft_chain_put_inner(b, CHAIN_REPLY);
	nft_chain_put_inner(b, CHAIN_REPLY_GUARD);
	nft_chain_flush(b, CHAIN_REPLY);
	nft_chain_flush(b, CHAIN_REPLY_GUARD);
}

static void
put_port(struct nft *b, uint32_t off, uint16_t min, uint16_t max)
{
	uint8_t from[2] = { (uint8_t)(min >> 8), (uint8_t)min };
	uint8_t to[2] = { (uint8_t)(max >> 8), (uint8_t)max };

	if (min != 0)
		nft_range(b, NFT_BASE_UPPER, off, from, to, 2);
}

/* The flag of a reset was looked at before. */
static void
put_match(struct nft *b, const struct steer_line *l)
{
	const struct steer_match *m = &l->m;
	const struct steer_place at = steer_place_of(m->fam);
	size_t n = netaddr_bytes(m->fam);

	if (m->src.fam != 0)
		nft_prefix(b, NFT_BASE_IP, at.src, m->src.b, n, m->src_len);
	if (m->dst.fam != 0)
		nft_prefix(b, NFT_BASE_IP, at.dst, m->dst.b, n, m->dst_len);
	if (m->only == STEER_RESET) {
		put_port(b, at.sport, m->sport_min, m->sport_max);
		put_port(b, at.dport, m->dport_min, m->dport_max);
	}
}

struct place {
	struct nft *b;
	const char *chain, *divert;
};

static void
put_reply(void *ctx, const struct steer_line *l, const struct steer_many *m)
{
	const struct place *p = ctx;
	struct nft *b = p->b;
	uint32_t set = steer_many_put(b, m);
	const struct steer_place at = steer_place_of(l->m.fam);

	nft_rule_begin(b, p->chain);
	nft_family(b, l->m.fam);
	nft_l4proto(b, l->m.only == STEER_RESET ? (uint8_t)IPPROTO_TCP
						: icmp_of(l->m.fam));
	if (l->m.only != STEER_RESET)
		nft_range(
		    b, NFT_BASE_UPPER, 0, &l->m.type_min, &l->m.type_max, 1);
	if (m == NULL)
		put_match(b, l);
	else
		steer_many_in(b, set, &at, l->m.fam, m);
	if (l->verb != STEER_DIVERT) {
		nft_return(b);
	} else if (p->divert != NULL) {
		nft_goto(b, p->divert);
	} else {
		nft_count(b, STEER_COUNT_GUARD);
		nft_drop(b);
	}
	nft_rule_end(b);
}

/* fam 0: resets of any. */
static bool
has(const struct steer_plan *p, uint8_t fam)
{
	for (size_t i = 0; i < p->n_replies; i++) {
		const struct steer_line *l = &p->replies[i];
		bool reset = l->m.only == STEER_RESET;

		if (l->verb == STEER_DIVERT &&
		    (fam == 0 ? reset : !reset && l->m.fam == fam))
			return true;
	}
	return false;
}

void
steer_reply_jump(struct nft *b, const struct steer_plan *p, const char *chain,
    const char *divert)
{
	const char *to = divert != NULL ? CHAIN_REPLY : CHAIN_REPLY_GUARD;

	struct place place = { b, to, divert };

	if (!steer_many_each(p->replies, p->n_replies, put_reply, &place))
		nft_many_fail(b, ENOMEM);
	if (has(p, 0)) {
		nft_rule_begin(b, chain);
		nft_flow_tcp(b, TCP_RST);
		nft_jump(b, to);
		nft_rule_end(b);
	}
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		if (!has(p, fam))
			continue;
		nft_rule_begin(b, chain);
		nft_family(b, fam);
		nft_l4proto(b, icmp_of(fam));
		nft_jump(b, to);
		nft_rule_end(b);
	}
}
