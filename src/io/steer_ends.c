/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_ends.h"

#include <linux/rtnetlink.h>
#include <netinet/in.h>

/* --- tunnels --- */

/* RFC 2003, RFC 2473: IPv4, IPv6 in IP */
static const uint8_t in_ip[2] = { IPPROTO_IPIP, IPPROTO_IPV6 };

static void
put_end(struct nft *b, const char *chain, const struct steer_ends *e)
{
	uint8_t fam = e->local.fam;
	size_t n = netaddr_bytes(fam);

	nft_rule_begin(b, chain);
	nft_family(b, fam);
	/* RFC 791 3.1, RFC 8200 3: where the addresses stand */
	nft_field(b, NFT_BASE_IP, fam == 4 ? 12 : 8, e->remote.b, n);
	nft_field(b, NFT_BASE_IP, fam == 4 ? 16 : 24, e->local.b, n);
}

/* Policy has its say later: what is inside is what it is about. */
void
steer_ends_accept(struct nft *b, const struct steer_plan *p, const char *in)
{
	for (size_t i = 0; i < p->n_ends; i++)
		for (int k = 0; k < 2; k++) {
			put_end(b, in, &p->ends[i]);
			nft_l4proto(b, in_ip[k]);
			nft_accept(b);
			nft_rule_end(b);
		}
}

/* The byte at `at` names the protocol: another name, and that is all. */
static void
put_rename(struct nft *b, uint8_t fam, uint32_t at, uint8_t from, uint8_t to)
{
	nft_field(b, NFT_BASE_IP, at, &from, 1);
	nft_patch(b, fam, at, to);
	nft_accept(b);
	nft_rule_end(b);
}

/*
 * IPv6: right behind the header, behind one extension header (of options, or a
 * fragment's), or behind options in a first fragment.
 */
static void
put_rename_v6(struct nft *b, const char *chain, const struct steer_ends *e,
    uint8_t from, uint8_t to)
{
	static const uint8_t one[] = { 0, 43, 44, 60 }, fragment = 44,
			     options = 60, zero[2];

	put_end(b, chain, e);
	put_rename(b, 6, 6, from, to);
	for (size_t i = 0; i < sizeof(one); i++) {
		put_end(b, chain, e);
		nft_field(b, NFT_BASE_IP, 6, &one[i], 1);
		put_rename(b, 6, 40, from, to);
	}
	put_end(b, chain, e);
	nft_field(b, NFT_BASE_IP, 6, &fragment, 1);
	nft_field(b, NFT_BASE_IP, 40, &options, 1);
	nft_prefix(b, NFT_BASE_IP, 42, zero, 2, 13); /* offset 0 */
	put_rename(b, 6, 48, from, to);
}

/* Behind all chains of others, which see packets as they came. */
void
steer_ends_rename(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain)
{
	for (size_t i = 0; i < p->n_ends; i++)
		for (int k = 0; k < 2; k++) {
			const struct steer_ends *e = &p->ends[i];

			if (e->local.fam == 6) {
				put_rename_v6(
				    b, chain, e, in_ip[k], c->tunnel[k]);
			} else {
				put_end(b, chain, e);
				put_rename(b, 4, 9, in_ip[k], c->tunnel[k]);
			}
			put_end(b, chain, e);
			nft_l4proto(b, in_ip[k]);
			nft_count(b, STEER_COUNT_TUNNEL);
			nft_drop(b);
			nft_rule_end(b);
		}
}

/* --- RFC 1122 3.3.4.2: strong ends --- */

void
steer_ends_strict(struct nft *b, const struct steer_plan *p, const char *in,
    const char *chain)
{
	static const uint32_t fine[] = { RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST,
		RTN_MULTICAST };
	static const uint8_t group6[16] = { 0xff };

	/* not every kernel can tell: it is not asked in vain */
	if (!p->strict[0] && !p->strict[1])
		return;
	for (size_t i = 0; i < p->n_loose; i++) {
		nft_rule_begin(b, chain);
		nft_iif(b, p->loose[i], true);
		nft_return(b);
		nft_rule_end(b);
	}
	for (int six = 0; six < 2; six++) {
		if (!p->strict[six])
			continue;
		nft_rule_begin(b, in);
		nft_family(b, six ? 6 : 4);
		nft_jump(b, chain);
		nft_rule_end(b);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		nft_rule_begin(b, chain);
		nft_destination(b, fine[i]);
		nft_return(b);
		nft_rule_end(b);
	}
	nft_rule_begin(b, chain);
	nft_family(b, 6);
	nft_prefix(b, NFT_BASE_IP, 24, group6, sizeof(group6), 8);
	nft_return(b);
	nft_rule_end(b);
	nft_rule_begin(b, chain);
	nft_count(b, STEER_COUNT_STRICT);
	nft_drop(b);
	nft_rule_end(b);
}
