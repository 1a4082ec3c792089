/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_table.h"

#include <errno.h>
#include <stdlib.h>

#include "io/nft.h"
#include "io/nftask.h"
#include "io/steer_aside.h"
#include "io/steer_ends.h"
#include "io/steer_many.h"
#include "io/steer_own.h"
#include "io/steer_quoted.h"
#include "io/steer_reply.h"

/* Hook priorities (netfilter_ipv4.h): route chains work at "mangle". */
enum { PRIORITY_MANGLE = -150, PRIORITY_FILTER = 0, PRIORITY_LAST = 300 };

#define CHAIN_STEER   "steer"
#define CHAIN_GUARD   "guard"
#define CHAIN_INBOUND "inbound"
#define CHAIN_SECOND  "second"
#define CHAIN_FIRST   "first"
#define CHAIN_QUOTED  "quoted"
#define CHAIN_SOCKETS "sockets"
#define CHAIN_RENAME  "rename"
#define CHAIN_STRICT  "strict"
#define CHAIN_DIVERT  "divert"
#define CHAIN_ASIDE   "aside"
#define CHAIN_SELF    "self"
/* forwarded packets: before they are routed, and then both ways to look at them */
#define CHAIN_TRANSIT  "transit"
#define CHAIN_LEAVING  "leaving"
#define CHAIN_ENTERING "entering"
#define CHAIN_CARRY    "carry" /* the mark of what transit chose */

static const uint8_t with_ports[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };

/* --- one line --- */

static void
put_port(struct nft *b, uint32_t off, uint16_t min, uint16_t max)
{
	uint8_t from[2] = { (uint8_t)(min >> 8), (uint8_t)min };
	uint8_t to[2] = { (uint8_t)(max >> 8), (uint8_t)max };

	if (min == 0)
		return;
	if (min == max)
		nft_field(b, NFT_BASE_UPPER, off, from, 2);
	else
		nft_range(b, NFT_BASE_UPPER, off, from, to, 2);
}

static void
put_byte(struct nft *b, uint32_t off, uint8_t min, uint8_t max)
{
	if (min == max)
		nft_field(b, NFT_BASE_UPPER, off, &min, 1);
	else
		nft_range(b, NFT_BASE_UPPER, off, &min, &max, 1);
}

/* RFC 791 3.1, RFC 8200 3: where the addresses stand. */
static void
put_addrs(struct nft *b, const struct steer_match *m)
{
	uint32_t src = m->fam == 4 ? 12 : 8, dst = m->fam == 4 ? 16 : 24;
	size_t n = netaddr_bytes(m->fam);

	if (m->src.fam != 0)
		nft_prefix(b, NFT_BASE_IP, src, m->src.b, n, m->src_len);
	if (m->dst.fam != 0)
		nft_prefix(b, NFT_BASE_IP, dst, m->dst.b, n, m->dst_len);
}

static void
put_only(struct nft *b, const struct steer_match *m, uint8_t option)
{
	if (m->only == STEER_PIECE && m->fam == 4)
		nft_later_fragment(b, 4);
	else if (m->only == STEER_PIECE)
		nft_fragment(b);
	else if (m->only == STEER_ROUTED && m->fam == 4)
		nft_option(b, option);
	else if (m->only == STEER_ROUTED)
		nft_routed(b);
	else if (m->only == STEER_ROOT)
		nft_user(b, 0);
}

struct class_name {
	char name[8];
};

static struct class_name
chain_of_class(size_t i)
{
	struct class_name c = { "self" };

	c.name[4] = (char)('0' + i / 10 % 10);
	c.name[5] = (char)('0' + i % 10);
	return c;
}

/* variant: a protocol, or an option of IPv4 for STEER_ROUTED. */
static void
put_rule(struct nft *b, const char *chain, const struct steer_line *l,
    const struct steer_many *many, uint8_t variant)
{
	const struct steer_match *m = &l->m;
	const struct steer_place at = steer_place_of(m->fam);
	uint8_t proto = m->only == STEER_ROUTED ? m->proto : variant;
	uint32_t set = steer_many_put(b, many);

	nft_rule_begin(b, chain);
	nft_family(b, m->fam);
	if (many == NULL)
		put_addrs(b, m);
	put_only(b, m, variant);
	if (proto != 0)
		nft_l4proto(b, proto);
	if (many == NULL) {
		put_port(b, 0, m->sport_min, m->sport_max);
		put_port(b, 2, m->dport_min, m->dport_max);
	}
	if (m->has_type)
		put_byte(b, 0, m->type_min, m->type_max);
	if (m->has_type && m->has_code)
		put_byte(b, 1, m->code_min, m->code_max);
	if (many != NULL)
		steer_many_in(b, set, &at, m->fam, many);
	for (int i = 0; i < 2; i++)
		if (l->count[i][0] != '\0')
			nft_count(b, l->count[i]);
	if (l->verb == STEER_DIVERT)
		nft_goto(b, strcmp(chain, CHAIN_TRANSIT) == 0 ? CHAIN_CARRY
							      : CHAIN_DIVERT);
	else if (l->verb == STEER_CLASS)
		nft_goto(b, chain_of_class(l->class).name);
	else if (l->verb == STEER_SECOND)
		nft_goto(b, CHAIN_SECOND);
	else if (l->verb == STEER_DROP)
		nft_drop(b);
	else
		nft_accept(b);
	nft_rule_end(b);
}

static void
put_some(struct nft *b, const char *chain, const struct steer_line *l,
    const struct steer_many *m)
{
	/* RFC 791 3.1: loose and strict */
	static const uint8_t routes[] = { 131, 137 };

	if (l->m.only == STEER_ROUTED && l->m.fam == 4) {
		for (size_t i = 0; i < sizeof(routes); i++)
			put_rule(b, chain, l, m, routes[i]);
		return;
	}
	if (l->m.proto != 0 || (l->m.sport_min == 0 && l->m.dport_min == 0)) {
		put_rule(b, chain, l, m, l->m.proto);
		return;
	}
	for (size_t i = 0; i < sizeof(with_ports); i++)
		put_rule(b, chain, l, m, with_ports[i]);
}

static void
put_line(struct nft *b, const char *chain, const struct steer_line *l)
{
	put_some(b, chain, l, NULL);
}

struct place {
	struct nft *b;
	const char *chain;
};

static void
see_line(void *ctx, const struct steer_line *l, const struct steer_many *m)
{
	const struct place *p = ctx;

	put_some(p->b, p->chain, l, m);
}

static void
put_lines(
    struct nft *b, const char *chain, const struct steer_line *l, size_t n)
{
	struct place p = { b, chain };

	if (!steer_many_each(l, n, see_line, &p))
		nft_many_fail(b, ENOMEM);
}

/* --- the three chains --- */

/*
 * What leaves by the device and is not for us: the kernel announces groups on
 * every device that is up. fam 0: to whatever address.
 */
static void
put_stray(struct nft *b, const struct steer_conf *c, uint8_t fam)
{
	static const uint8_t v4[4] = { 0xe0 }, v6[16] = { 0xff };

	nft_rule_begin(b, CHAIN_STEER);
	nft_oif(b, c->dev, true);
	if (fam != 0)
		nft_family(b, fam);
	if (fam == 4) /* 224.0.0.0/4 */
		nft_prefix(b, NFT_BASE_IP, 16, v4, sizeof(v4), 4);
	if (fam == 6) /* ff00::/8 */
		nft_prefix(b, NFT_BASE_IP, 24, v6, sizeof(v6), 8);
	nft_count(b, STEER_COUNT_STRAY);
	nft_drop(b);
	nft_rule_end(b);
}

static void
put_steer(struct nft *b, const struct steer_conf *c, const struct steer_plan *p)
{
	steer_own_first(b, c, CHAIN_STEER);
	/* what this program itself sends */
	nft_rule_begin(b, CHAIN_STEER);
	nft_mark(b, c->mask, c->bypass);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, CHAIN_STEER);
	nft_oif(b, "lo", true);
	if (p->n_classes != 0)
		nft_goto(b, CHAIN_SELF);
	else
		nft_accept(b);
	nft_rule_end(b);
	steer_own_out(b, c, p, CHAIN_STEER);
	steer_reply_jump(b, p, CHAIN_STEER, CHAIN_DIVERT);
	/* a TCP socket whose route leads here already */
	nft_rule_begin(b, CHAIN_STEER);
	nft_oif(b, c->dev, true);
	nft_l4proto(b, IPPROTO_TCP);
	nft_accept(b);
	nft_rule_end(b);
	put_stray(b, c, 4);
	put_stray(b, c, 6);
	put_lines(b, CHAIN_STEER, p->out, p->n_out);
	/* of a socket that named the device, as one does that answers on the
	   device a request came from; no policy selects it */
	put_stray(b, c, 0);
}

static void
put_guard_lines(struct nft *b, const struct steer_plan *p)
{
	struct steer_line *l = calloc(p->n_out + 1, sizeof(*l));

	if (l == NULL) {
		nft_many_fail(b, ENOMEM);
		return;
	}
	for (size_t i = 0; i < p->n_out; i++) {
		l[i].m = p->out[i].m;
		l[i].verb = p->out[i].verb;
		if (l[i].verb != STEER_PASS) {
			l[i].verb = STEER_DROP;
			memcpy(l[i].count[0], STEER_COUNT_GUARD,
			    sizeof(STEER_COUNT_GUARD));
		}
	}
	put_lines(b, CHAIN_GUARD, l, p->n_out);
	free(l);
}

/*
 * The last word, behind everything that others do to packets: a mark that was
 * taken off again, a mark or an address that another chain or NAT has changed.
 * What this host itself sends by another device must not match what is to be
 * diverted or dropped.
 */
static void
put_guard(struct nft *b, const struct steer_conf *c, const struct steer_plan *p)
{
	const char *const to[] = { c->dev, "lo" };

	steer_own_guard(b, c, CHAIN_GUARD);
	steer_aside_guard(b, c, p, CHAIN_GUARD);
	nft_rule_begin(b, CHAIN_GUARD);
	nft_oif(b, c->dev, false);
	nft_mark(b, c->mask, c->divert);
	nft_count(b, STEER_COUNT_GUARD);
	nft_drop(b);
	nft_rule_end(b);
	for (int i = 0; i < 2; i++) {
		nft_rule_begin(b, CHAIN_GUARD);
		nft_oif(b, to[i], true);
		nft_accept(b);
		nft_rule_end(b);
	}
	nft_rule_begin(b, CHAIN_GUARD);
	nft_mark(b, c->mask, c->bypass);
	nft_accept(b);
	nft_rule_end(b);
	/* forwarded */
	nft_rule_begin(b, CHAIN_GUARD);
	nft_iif(b, "", false);
	nft_accept(b);
	nft_rule_end(b);
	steer_own_guard_flows(b, c, CHAIN_GUARD);
	steer_reply_jump(b, p, CHAIN_GUARD, NULL);
	put_guard_lines(b, p);
}

/*
 * The kernel puts a datagram together whose first fragment has a part of its
 * chain of headers only, when a whole header is missing (RFC 7112 forbids it).
 * Which line is for it cannot be told: go on only with what lines ask for.
 */
static void
put_first(struct nft *b, const struct steer_plan *p)
{
	for (size_t i = 0; i < sizeof(with_ports); i++) {
		nft_rule_begin(b, CHAIN_FIRST);
		nft_l4proto(b, with_ports[i]);
		nft_upper(b, 4);
		nft_return(b);
		nft_rule_end(b);
	}
	nft_rule_begin(b, CHAIN_FIRST);
	nft_l4proto(b, IPPROTO_ICMPV6);
	nft_upper(b, 2);
	nft_return(b);
	nft_rule_end(b);
	nft_rule_begin(b, CHAIN_FIRST);
	for (size_t i = 0; i < sizeof(with_ports); i++)
		nft_l4proto_not(b, with_ports[i]);
	nft_l4proto_not(b, IPPROTO_ICMPV6);
	nft_return(b);
	nft_rule_end(b);
	nft_rule_begin(b, CHAIN_FIRST);
	if (p->count_first != NULL)
		nft_count(b, p->count_first);
	nft_drop(b);
	nft_rule_end(b);
}

/* RFC 792, RFC 4443 2.1: which messages are errors; to: a chain, or accept. */
static void
put_errors(struct nft *b, const char *chain, const char *to)
{
	static const struct {
		uint8_t fam, proto, min, max;
	} errors[] = { { 4, IPPROTO_ICMP, 3, 5 }, { 4, IPPROTO_ICMP, 11, 12 },
		{ 6, IPPROTO_ICMPV6, 0, 127 } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		nft_rule_begin(b, chain);
		nft_family(b, errors[i].fam);
		nft_l4proto(b, errors[i].proto);
		put_byte(b, 0, errors[i].min, errors[i].max);
		if (to != NULL)
			nft_jump(b, to);
		else
			nft_accept(b);
		nft_rule_end(b);
	}
}

/* Does a line that does not pass ask for more than addresses? */
static bool
asks_for_more(const struct steer_line *l, size_t n, uint8_t fam)
{
	for (size_t i = 0; i < n; i++)
		if (l[i].verb != STEER_PASS && l[i].m.fam == fam &&
		    (l[i].m.proto != 0 || l[i].m.sport_min != 0 ||
			l[i].m.dport_min != 0))
			return true;
	return false;
}

static void
put_inbound(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, bool sockets)
{
	const char *const from[] = { "lo", c->dev, c->own_dev };

	for (int i = 0; i < 3; i++) {
		nft_rule_begin(b, CHAIN_INBOUND);
		nft_iif(b, from[i], true);
		nft_accept(b);
		nft_rule_end(b);
	}
	steer_ends_strict(b, p, CHAIN_INBOUND, CHAIN_STRICT);
	steer_ends_accept(b, p, CHAIN_INBOUND);
	steer_aside_inbound(b, c, p, CHAIN_INBOUND, CHAIN_ASIDE);
	/*
	 * The kernel puts IPv6 together behind this hook, and refuses overlaps
	 * (RFC 5722). So the first fragment, which shows the ports, decides for
	 * all.
	 */
	nft_rule_begin(b, CHAIN_INBOUND);
	nft_family(b, 6);
	nft_later_fragment(b, 6);
	nft_accept(b);
	nft_rule_end(b);
	if (asks_for_more(p->in, p->n_in, 6)) {
		nft_rule_begin(b, CHAIN_INBOUND);
		nft_family(b, 6);
		nft_fragment(b);
		nft_jump(b, CHAIN_FIRST);
		nft_rule_end(b);
	}
	if (p->n_quoted != 0)
		put_errors(b, CHAIN_INBOUND, CHAIN_QUOTED);
	if (sockets && !p->lines_first)
		steer_own_jump(b, CHAIN_INBOUND, CHAIN_SOCKETS);
	steer_own_in(b, CHAIN_INBOUND, CHAIN_SECOND);
	put_lines(b, CHAIN_INBOUND, p->in, p->n_in);
	if (sockets && p->lines_first)
		steer_own_jump(b, CHAIN_INBOUND, CHAIN_SOCKETS);
	steer_quoted_put(b, p, CHAIN_QUOTED, CHAIN_SECOND);
}

/* --- the host to itself --- */

static void
put_self(struct nft *b, const struct steer_plan *p)
{
	if (p->n_classes == 0)
		return;
	/* its own errors are trusted: they tell it what it knows */
	put_errors(b, CHAIN_SELF, NULL);
	put_lines(b, CHAIN_SELF, p->self, p->n_self);
	nft_rule_begin(b, CHAIN_SELF);
	nft_goto(b, chain_of_class(0).name);
	nft_rule_end(b);
	for (size_t i = 0; i < p->n_classes; i++)
		put_lines(b, chain_of_class(i).name, p->classes[i].v,
		    p->classes[i].n);
}

/* --- what is forwarded --- */

static void
put_forward_chains(struct nft *b)
{
	nft_chain_put(
	    b, CHAIN_TRANSIT, "filter", NFT_HOOK_PRE, PRIORITY_MANGLE);
	nft_chain_put(
	    b, CHAIN_LEAVING, "filter", NFT_HOOK_FORWARD, PRIORITY_FILTER);
	nft_chain_put(
	    b, CHAIN_ENTERING, "filter", NFT_HOOK_FORWARD, PRIORITY_FILTER);
	nft_chain_put_inner(b, CHAIN_CARRY);
	nft_chain_flush(b, CHAIN_TRANSIT);
	nft_chain_flush(b, CHAIN_LEAVING);
	nft_chain_flush(b, CHAIN_ENTERING);
	nft_chain_flush(b, CHAIN_CARRY);
}

static void
put_device(struct nft *b, const char *chain, const char *dev, bool in)
{
	nft_rule_begin(b, chain);
	if (in)
		nft_iif(b, dev, true);
	else
		nft_oif(b, dev, true);
	nft_accept(b);
	nft_rule_end(b);
}

/*
 * Marked before they are routed. What is for this host itself is marked too, and
 * the table of local addresses comes before the mark's.
 */
static void
put_transit(
    struct nft *b, const struct steer_conf *c, const struct steer_plan *p)
{
	if (p->n_transit == 0)
		return;
	nft_rule_begin(b, CHAIN_CARRY);
	nft_mark_set(b, c->mask, c->divert);
	nft_accept(b);
	nft_rule_end(b);
	put_device(b, CHAIN_TRANSIT, "lo", true);
	put_device(b, CHAIN_LEAVING, c->dev, false);
	for (size_t i = 0; i < p->n_transit; i++) {
		struct steer_line l = p->transit[i];

		memset(l.count, 0, sizeof(l.count));
		if (l.verb == STEER_DROP)
			l.verb = STEER_PASS;
		put_line(b, CHAIN_TRANSIT, &l);
		l = p->transit[i];
		if (l.verb == STEER_DIVERT) {
			l.verb = STEER_DROP;
			memcpy(l.count[0], STEER_COUNT_GUARD,
			    sizeof(STEER_COUNT_GUARD));
		}
		put_line(b, CHAIN_LEAVING, &l);
	}
}

static void
put_entering(
    struct nft *b, const struct steer_conf *c, const struct steer_plan *p)
{
	if (p->n_entering == 0)
		return;
	put_device(b, CHAIN_ENTERING, c->dev, true);
	put_lines(b, CHAIN_ENTERING, p->entering, p->n_entering);
}

/* --- counters --- */

struct names {
	char (*v)[STEER_NAME];
	size_t n, cap;
	bool no_memory;
};

static void
names_add(struct names *s, const char *name)
{
	if (name[0] == '\0' || strlen(name) >= STEER_NAME)
		return;
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;
		void *v = reallocarray(s->v, cap, STEER_NAME);

		if (v == NULL) {
			s->no_memory = true;
			return;
		}
		s->v = v;
		s->cap = cap;
	}
	memcpy(s->v[s->n++], name, strlen(name) + 1);
}

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
names_sort(struct names *s)
{
	size_t n = 0;

	if (s->n != 0)
		qsort(s->v, s->n, STEER_NAME, name_cmp);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || strcmp(s->v[n - 1], s->v[i]) != 0)
			memmove(s->v[n++], s->v[i], STEER_NAME);
	s->n = n;
}

static bool
names_have(const struct names *s, const char *name)
{
	return s->n != 0 &&
	       bsearch(name, s->v, s->n, STEER_NAME, name_cmp) != NULL;
}

static bool
see_name(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	(void)packets;
	(void)bytes;
	names_add(ctx, name);
	return true;
}

static void
wanted(struct names *s, const struct steer_plan *p)
{
	names_add(s, STEER_COUNT_GUARD);
	names_add(s, STEER_COUNT_STRAY);
	names_add(s, STEER_COUNT_TUNNEL);
	names_add(s, STEER_COUNT_STRICT);
	names_add(s, STEER_COUNT_QUEUE);
	if (p->armed)
		names_add(s, STEER_TABLE_ARMED);
	for (size_t i = 0; i < p->n_counters; i++)
		names_add(s, p->counters[i]);
	for (size_t i = 0; i < p->n_out; i++)
		for (int k = 0; k < 2; k++)
			names_add(s, p->out[i].count[k]);
	for (size_t i = 0; i < p->n_in; i++)
		for (int k = 0; k < 2; k++)
			names_add(s, p->in[i].count[k]);
	for (size_t i = 0; i < p->n_second; i++)
		for (int k = 0; k < 2; k++)
			names_add(s, p->second[i].count[k]);
	for (size_t i = 0; i < p->n_transit; i++)
		for (int k = 0; k < 2; k++)
			names_add(s, p->transit[i].count[k]);
	for (size_t i = 0; i < p->n_entering; i++)
		for (int k = 0; k < 2; k++)
			names_add(s, p->entering[i].count[k]);
	names_sort(s);
}

/* --- the whole --- */

static struct nft *
build(const struct steer_conf *c, const struct steer_plan *p,
    const struct steer_can *can, bool fresh, const struct names *want,
    const struct names *have)
{
	struct nft *b = nft_begin(c->table);
	bool own;

	if (b == NULL)
		return NULL;
	own = can->own;
	/* what is there may not be changed into one that is owned */
	if (fresh && own)
		nft_table_destroy(b);
	nft_table_put(b, own);
	if (fresh && !own) {
		nft_table_delete(b);
		nft_table_put(b, own);
	}
	nft_chain_put(
	    b, CHAIN_STEER, "route", NFT_HOOK_OUTPUT, PRIORITY_MANGLE);
	nft_chain_put(b, CHAIN_GUARD, "filter", NFT_HOOK_POST, PRIORITY_LAST);
	nft_chain_put(
	    b, CHAIN_INBOUND, "filter", NFT_HOOK_INPUT, PRIORITY_FILTER);
	put_forward_chains(b);
	nft_chain_put_inner(b, CHAIN_SECOND);
	nft_chain_put_inner(b, CHAIN_FIRST);
	nft_chain_put_inner(b, CHAIN_QUOTED);
	nft_chain_put_inner(b, CHAIN_STRICT);
	nft_chain_put(b, CHAIN_RENAME, "filter", NFT_HOOK_INPUT, PRIORITY_LAST);
	nft_chain_put_inner(b, CHAIN_DIVERT);
	nft_chain_put_inner(b, CHAIN_ASIDE);
	nft_chain_flush(b, CHAIN_STEER);
	nft_chain_flush(b, CHAIN_SECOND);
	nft_chain_flush(b, CHAIN_FIRST);
	nft_chain_flush(b, CHAIN_QUOTED);
	nft_chain_flush(b, CHAIN_STRICT);
	nft_chain_flush(b, CHAIN_RENAME);
	nft_chain_flush(b, CHAIN_DIVERT);
	nft_chain_flush(b, CHAIN_ASIDE);
	steer_aside_sets(b);
	nft_chain_put_inner(b, CHAIN_SELF);
	nft_chain_flush(b, CHAIN_SELF);
	for (size_t i = 0; i < STEER_CLASSES; i++) {
		nft_chain_put_inner(b, chain_of_class(i).name);
		nft_chain_flush(b, chain_of_class(i).name);
	}
	nft_chain_flush(b, CHAIN_GUARD);
	nft_chain_flush(b, CHAIN_INBOUND);
	for (size_t i = 0; !fresh && i < have->n; i++)
		if (!names_have(want, have->v[i]))
			nft_counter_delete(b, have->v[i]);
	for (size_t i = 0; i < want->n; i++)
		if (fresh || !names_have(have, want->v[i]))
			nft_counter_put(b, want->v[i]);
	steer_aside_divert(b, c, p, CHAIN_DIVERT);
	steer_reply_chains(b);
	put_self(b, p);
	nft_chain_put_inner(b, CHAIN_SOCKETS);
	nft_chain_flush(b, CHAIN_SOCKETS);
	steer_own_sets(b, p);
	if (can->sockets)
		steer_own_sockets(b, c, CHAIN_SOCKETS, CHAIN_SECOND);
	put_steer(b, c, p);
	put_guard(b, c, p);
	put_inbound(b, c, p, can->sockets);
	steer_ends_rename(b, c, p, CHAIN_RENAME);
	put_first(b, p);
	put_transit(b, c, p);
	put_entering(b, c, p);
	for (size_t i = 0; i < p->n_second; i++)
		put_line(b, CHAIN_SECOND, &p->second[i]);
	return b;
}

int
steer_table_apply(struct netlink *n, const struct steer_conf *c,
    const struct steer_plan *p, const struct steer_can *can, bool fresh)
{
	struct names want = { 0 }, have = { 0 };
	struct nft *b = NULL;
	int err;

	err = fresh ? 0 : nftask_counters(n, c->table, see_name, &have);
	if (err == ENOENT)
		err = 0;
	names_sort(&have);
	wanted(&want, p);
	if (err == 0 && (want.no_memory || have.no_memory))
		err = ENOMEM;
	if (err == 0) {
		b = build(c, p, can, fresh, &want, &have);
		err = b == NULL ? ENOMEM : nft_commit(b, n);
	}
	free(want.v);
	free(have.v);
	return err;
}

int
steer_table_remove(struct netlink *n, const char *table)
{
	struct nft *b = nft_begin(table);
	int err;

	if (b == NULL)
		return ENOMEM;
	nft_table_delete(b);
	err = nft_commit(b, n);
	return err == ENOENT ? 0 : err;
}

int
steer_table_adopt(struct netlink *n, const char *table)
{
	struct nft *b = nft_begin(table);

	if (b == NULL)
		return ENOMEM;
	nft_table_put(b, true);
	return nft_commit(b, n);
}
