/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_own.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { TCP_SYN = 2, TCP_ACK = 16 };

/*
 * Connections that are being accepted: nobody can say of what the peer answers to
 * SYN-ACK which socket it is for, since there is none yet. By what the one that
 * listens has asked for.
 */
enum {
	OPENING =
	    75, /* s: what the kernel waits for that answer, and a little */
	OPENING_MAX = 65535
};
static const char *const opening[2][2] = { { "opening4", "opening6" },
	{ "openown4", "openown6" } };

/* [enum steer_flow_kind][IPv6] */
static const char *const sets[STEER_FLOW_KINDS][2] = {
	[STEER_FLOW_CLEAR] = { "clear4", "clear6" },
	[STEER_FLOW_ASKED] = { "asked4", "asked6" },
	[STEER_FLOW_HELD] = { "held4", "held6" },
};

static size_t
key_of(uint8_t key[NFT_FLOW_MAX], const struct steer_flow *f)
{
	return nft_flow_key(key, f->local.fam, f->proto, f->local.b,
	    f->remote.b, f->lport, f->rport);
}

/* The elements of one set, in as few messages as will do. */
static void
put_elements(
    struct nft *b, const struct steer_plan *p, unsigned kind, uint8_t fam)
{
	uint8_t keys[32 * NFT_FLOW_MAX], key[NFT_FLOW_MAX];
	const char *set = sets[kind][fam == 6];
	size_t size = 0, n = 0;

	for (size_t i = 0; i < p->n_flows; i++) {
		const struct steer_flow *f = &p->flows[i];

		if (f->kind != kind || f->local.fam != fam)
			continue;
		size = key_of(key, f);
		memcpy(keys + n++ * size, key, size);
		if (n == 32) {
			nft_flow_elements(b, set, true, keys, size, n);
			n = 0;
		}
	}
	if (n != 0)
		nft_flow_elements(b, set, true, keys, size, n);
}

void
steer_own_sets(struct nft *b, const struct steer_plan *p)
{
	for (unsigned kind = 0; kind < STEER_FLOW_KINDS; kind++)
		for (uint8_t fam = 4; fam <= 6; fam += 2) {
			const char *set = sets[kind][fam == 6];

			nft_flow_set(b, set, fam);
			nft_flow_flush(b, set);
			put_elements(b, p, kind, fam);
		}
	/* what is in these stays */
	for (int own = 0; own < 2; own++)
		for (uint8_t fam = 4; fam <= 6; fam += 2)
			nft_flow_set_of_rules(b, opening[own][fam == 6], fam,
			    OPENING, OPENING_MAX);
}

/* SYN-ACK of a socket that has the mark. */
static void
note_opening(
    struct nft *b, const struct steer_conf *c, const char *chain, bool own)
{
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		nft_rule_begin(b, chain);
		nft_mark(b, c->mask, own ? c->own : c->bypass);
		nft_family(b, fam);
		nft_flow_tcp(b, TCP_SYN);
		nft_flow_tcp(b, TCP_ACK);
		nft_flow_note(b, opening[own][fam == 6], fam, true);
		nft_rule_end(b);
	}
}

static void
begin(struct nft *b, const char *chain, unsigned kind, uint8_t fam, bool out)
{
	nft_rule_begin(b, chain);
	nft_family(b, fam);
	nft_flow_in(b, sets[kind][fam == 6], fam, out);
}

/*
 * A connection that stays in the clear: as if policy was not there. But what
 * opens another one by the same ends has to ask policy. `inner` has that.
 */
static void
put_clear(struct nft *b, const struct steer_conf *c, const char *inner)
{
	nft_rule_begin(b, inner);
	nft_flow_tcp(b, TCP_SYN);
	nft_return(b);
	nft_rule_end(b);
	nft_rule_begin(b, inner);
	if (c != NULL)
		nft_mark_set(b, c->mask, c->bypass);
	nft_accept(b);
	nft_rule_end(b);
}

#define OUT_CLEAR "clear_out"
#define IN_CLEAR  "clear_in"

void
steer_own_first(struct nft *b, const struct steer_conf *c, const char *chain)
{
	note_opening(b, c, chain, false);
}

/*
 * RFC 4301 6: an error quotes what came in, to a socket that may have asked for
 * protection and be gone; ipsecd knows for a while.
 */
static void
put_errors(
    struct nft *b, const struct steer_conf *c, const char *chain, uint8_t fam)
{
	/* RFC 792; RFC 4443 2.1 */
	static const struct {
		uint8_t fam, proto, min, max;
	} errors[] = { { 4, IPPROTO_ICMP, 3, 5 }, { 4, IPPROTO_ICMP, 11, 12 },
		{ 6, IPPROTO_ICMPV6, 0, 127 } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].fam != fam)
			continue;
		nft_rule_begin(b, chain);
		nft_family(b, fam);
		nft_l4proto(b, errors[i].proto);
		nft_range(
		    b, NFT_BASE_UPPER, 0, &errors[i].min, &errors[i].max, 1);
		nft_mark_set(b, c->mask, c->divert);
		nft_accept(b);
		nft_rule_end(b);
	}
}

void
steer_own_out(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain)
{
	nft_chain_put_inner(b, OUT_CLEAR);
	nft_chain_flush(b, OUT_CLEAR);
	put_clear(b, c, OUT_CLEAR);
	note_opening(b, c, chain, true);
	/* of a socket that has a policy of its own */
	nft_rule_begin(b, chain);
	nft_mark(b, c->mask, c->own);
	nft_oif(b, c->own_dev, true);
	nft_accept(b);
	nft_rule_end(b);
	/*
	 * Its route is one of before it had an address, or that the device it is
	 * bound to has. Only a mark that changes has it routed again.
	 */
	nft_rule_begin(b, chain);
	nft_mark(b, c->mask, c->own);
	nft_mark_set(b, c->again, c->again);
	nft_accept(b);
	nft_rule_end(b);
	/* nobody else's way */
	nft_rule_begin(b, chain);
	nft_oif(b, c->own_dev, true);
	nft_count(b, STEER_COUNT_STRAY);
	nft_drop(b);
	nft_rule_end(b);
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		if (p->own[fam == 6])
			put_errors(b, c, chain, fam);
		begin(b, chain, STEER_FLOW_CLEAR, fam, true);
		nft_jump(b, OUT_CLEAR);
		nft_rule_end(b);
		for (unsigned k = STEER_FLOW_ASKED; k <= STEER_FLOW_HELD; k++) {
			begin(b, chain, k, fam, true);
			nft_mark_set(b, c->mask, c->divert);
			nft_accept(b);
			nft_rule_end(b);
		}
	}
}

void
steer_own_guard(struct nft *b, const struct steer_conf *c, const char *chain)
{
	const char *const to[] = { "lo", c->own_dev };

	for (int i = 0; i < 2; i++) {
		nft_rule_begin(b, chain);
		nft_mark(b, c->mask, c->own);
		nft_oif(b, to[i], true);
		nft_accept(b);
		nft_rule_end(b);
	}
	nft_rule_begin(b, chain);
	nft_mark(b, c->mask, c->own);
	nft_count(b, STEER_COUNT_GUARD);
	nft_drop(b);
	nft_rule_end(b);
}

void
steer_own_guard_flows(
    struct nft *b, const struct steer_conf *c, const char *chain)
{
	(void)c;
	for (uint8_t fam = 4; fam <= 6; fam += 2)
		for (unsigned k = STEER_FLOW_ASKED; k <= STEER_FLOW_HELD; k++) {
			begin(b, chain, k, fam, true);
			nft_count(b, STEER_COUNT_GUARD);
			nft_drop(b);
			nft_rule_end(b);
		}
}

void
steer_own_sockets(struct nft *b, const struct steer_conf *c, const char *chain,
    const char *second)
{
	nft_rule_begin(b, chain);
	nft_flow_socket(b, c->mask, c->own);
	nft_goto(b, second);
	nft_rule_end(b);
	nft_rule_begin(b, chain);
	nft_flow_socket(b, c->mask, c->bypass);
	nft_accept(b);
	nft_rule_end(b);
	/* a whole one without a mark: no other can be meant */
	nft_rule_begin(b, chain);
	nft_flow_socket(b, c->mask, 0);
	nft_return(b);
	nft_rule_end(b);
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		nft_rule_begin(b, chain);
		nft_family(b, fam);
		nft_flow_in(b, opening[1][fam == 6], fam, false);
		nft_goto(b, second);
		nft_rule_end(b);
		nft_rule_begin(b, chain);
		nft_family(b, fam);
		nft_flow_in(b, opening[0][fam == 6], fam, false);
		nft_accept(b);
		nft_rule_end(b);
	}
}

void
steer_own_jump(struct nft *b, const char *in, const char *chain)
{
	/* an error is for the socket that it is about */
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_ICMPV6 };

	for (size_t i = 0; i < sizeof(protocols); i++) {
		nft_rule_begin(b, in);
		nft_l4proto(b, protocols[i]);
		nft_jump(b, chain);
		nft_rule_end(b);
	}
}

void
steer_own_in(struct nft *b, const char *in, const char *second)
{
	nft_chain_put_inner(b, IN_CLEAR);
	nft_chain_flush(b, IN_CLEAR);
	put_clear(b, NULL, IN_CLEAR);
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		for (unsigned k = STEER_FLOW_CLEAR; k <= STEER_FLOW_ASKED;
		     k++) {
			begin(b, in, k, fam, false);
			nft_jump(b, IN_CLEAR);
			nft_rule_end(b);
		}
		begin(b, in, STEER_FLOW_HELD, fam, false);
		nft_goto(b, second);
		nft_rule_end(b);
	}
}

static int
forget(struct netlink *n, const char *table, const struct steer_flow *f,
    size_t count)
{
	struct nft *b = nft_begin(table);
	uint8_t key[NFT_FLOW_MAX];

	if (b == NULL)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		size_t size = key_of(key, &f[i]);

		nft_flow_elements(b, sets[f[i].kind][f[i].local.fam == 6],
		    false, key, size, 1);
	}
	return nft_commit(b, n);
}

int
steer_own_forget(struct netlink *n, const char *table,
    const struct steer_flow *f, size_t count)
{
	int err = forget(n, table, f, count);

	/* one of them was not there: then one by one */
	for (size_t i = 0; err == ENOENT && count > 1 && i < count; i++)
		(void)forget(n, table, &f[i], 1);
	return err == ENOENT ? 0 : err;
}
