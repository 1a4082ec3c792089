/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_quoted.h"

#include <errno.h>
#include <stdlib.h>

#include "io/steer_many.h"

enum { QUOTE = 8 }; /* bytes of the error before the packet it quotes */

static const uint8_t with_ports[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
/* RFC 791 3.1: version 4, five words: no options */
static const uint8_t plain = 0x45;

struct place {
	struct nft *b;
	const char *chain, *second;
};

/* Where things stand in the quoted packet, when it has no options. */
static struct steer_place
place_of(uint8_t fam)
{
	return (struct steer_place){ .base = NFT_BASE_UPPER,
		.src = QUOTE + (fam == 4 ? 12 : 8),
		.dst = QUOTE + (fam == 4 ? 16 : 24),
		.sport = QUOTE + (fam == 4 ? 20 : 40),
		.dport = QUOTE + (fam == 4 ? 22 : 42) };
}

static void
put_range(struct nft *b, uint32_t off, const uint8_t *min, const uint8_t *max,
    size_t n)
{
	if (memcmp(min, max, n) == 0)
		nft_field(b, NFT_BASE_UPPER, off, min, n);
	else
		nft_range(b, NFT_BASE_UPPER, off, min, max, n);
}

static void
put_port(struct nft *b, uint32_t off, uint16_t min, uint16_t max)
{
	const uint8_t from[2] = { (uint8_t)(min >> 8), (uint8_t)min };
	const uint8_t to[2] = { (uint8_t)(max >> 8), (uint8_t)max };

	if (min != 0)
		put_range(b, off, from, to, 2);
}

static void
put_addrs(struct nft *b, const struct steer_match *m)
{
	const struct steer_place at = place_of(m->fam);
	size_t n = netaddr_bytes(m->fam);

	if (m->src.fam != 0)
		nft_prefix(b, at.base, at.src, m->src.b, n, m->src_len);
	if (m->dst.fam != 0)
		nft_prefix(b, at.base, at.dst, m->dst.b, n, m->dst_len);
}

static void
put_end(const struct place *p, const struct steer_line *l)
{
	if (l->verb == STEER_SECOND)
		nft_goto(p->b, p->second);
	else
		nft_return(p->b);
	nft_rule_end(p->b);
}

/* Is there something to be found behind options? */
static bool
is_deep(const struct steer_match *m)
{
	return m->sport_min != 0 || m->dport_min != 0 || m->has_type;
}

static void
put_plain(const struct place *p, const struct steer_line *l,
    const struct steer_many *many, uint8_t proto)
{
	const struct steer_match *m = &l->m;
	const struct steer_place at = place_of(m->fam);
	struct nft *b = p->b;
	uint32_t set = steer_many_put(b, many);

	nft_rule_begin(b, p->chain);
	nft_family(b, m->fam);
	if (many == NULL)
		put_addrs(b, m);
	if (m->fam == 4 && is_deep(m))
		nft_field(b, NFT_BASE_UPPER, QUOTE, &plain, 1);
	if (proto != 0)
		nft_field(b, NFT_BASE_UPPER, QUOTE + (m->fam == 4 ? 9 : 6),
		    &proto, 1);
	if (many == NULL) {
		put_port(b, at.sport, m->sport_min, m->sport_max);
		put_port(b, at.dport, m->dport_min, m->dport_max);
	}
	if (m->has_type)
		put_range(b, at.sport, &m->type_min, &m->type_max, 1);
	if (m->has_type && m->has_code)
		put_range(b, at.sport + 1, &m->code_min, &m->code_max, 1);
	if (many != NULL)
		steer_many_in(b, set, &at, m->fam, many);
	put_end(p, l);
}

/* A line of options(). */
static void
put_options(const struct place *p, const struct steer_line *l,
    const struct steer_many *many)
{
	/* RFC 8200 4.1: what the kernel steps over to the upper layer */
	static const uint8_t headers[] = { 0, 43, 44, 51, 60 };
	const struct steer_match *m = &l->m;
	const struct steer_place at = place_of(m->fam);
	struct nft *b = p->b;

	for (size_t i = 0; i < (m->fam == 4 ? 1 : sizeof(headers)); i++) {
		uint32_t set = steer_many_put(b, many);

		nft_rule_begin(b, p->chain);
		nft_family(b, m->fam);
		if (many == NULL)
			put_addrs(b, m);
		if (m->fam == 4)
			nft_field_not(b, NFT_BASE_UPPER, QUOTE, &plain, 1);
		else
			nft_field(b, NFT_BASE_UPPER, QUOTE + 6, &headers[i], 1);
		if (many != NULL)
			steer_many_in(b, set, &at, m->fam, many);
		put_end(p, l);
	}
}

static void
put_line(void *ctx, const struct steer_line *l, const struct steer_many *many)
{
	const struct place *p = ctx;
	const struct steer_match *m = &l->m;
	bool ports = m->sport_min != 0 || m->dport_min != 0;

	if (m->only == STEER_PIECE) {
		put_options(p, l, many);
		return;
	}
	if (m->proto != 0 || !ports) {
		put_plain(p, l, many, m->proto);
		return;
	}
	for (size_t i = 0; i < sizeof(with_ports); i++)
		put_plain(p, l, many, with_ports[i]);
}

/*
 * What the line asks for stands elsewhere, behind options: the addresses are
 * enough then. Such a line is marked STEER_PIECE here.
 */
static bool
options(struct steer_line *out, const struct steer_line *l)
{
	const struct steer_match *m = &l->m;

	/* in IPv4 the protocol has its place in front of them */
	if (l->verb != STEER_SECOND ||
	    !(is_deep(m) || (m->fam == 6 && m->proto != 0)))
		return false;
	*out = (struct steer_line){ .verb = l->verb,
		.m = { .fam = m->fam,
		    .only = STEER_PIECE,
		    .src = m->src,
		    .dst = m->dst,
		    .src_len = m->src_len,
		    .dst_len = m->dst_len } };
	return true;
}

void
steer_quoted_put(struct nft *b, const struct steer_plan *p, const char *chain,
    const char *second)
{
	struct steer_line *v = calloc(2 * p->n_quoted + 1, sizeof(*v));
	struct place place = { b, chain, second };
	size_t n = 0;

	if (v == NULL) {
		nft_many_fail(b, ENOMEM);
		return;
	}
	for (size_t i = 0; i < p->n_quoted; i++) {
		v[n++] = p->quoted[i];
		n += options(&v[n], &p->quoted[i]);
	}
	if (!steer_many_each(v, n, put_line, &place))
		nft_many_fail(b, ENOMEM);
	free(v);
}
