/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ts.h"

#include "base/txt.h"

#include "model/flow.h"

enum { WHOLE = UINT16_MAX };

static int
compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static bool
any_port(const struct ike2_ts *t)
{
	return t->port_lo == 0 && t->port_hi == WHOLE;
}

/* RFC 7296 3.13.1: opaque is a part of any, and of nothing else. */
static bool
port_within(const struct ike2_ts *a, const struct ike2_ts *b)
{
	if (ike2ts_is_opaque(a) || ike2ts_is_opaque(b))
		return any_port(b) ||
		       (ike2ts_is_opaque(a) && ike2ts_is_opaque(b));
	return a->port_lo >= b->port_lo && a->port_hi <= b->port_hi;
}

bool
ts_within(const struct ike2_ts *a, const struct ike2_ts *b)
{
	return a->lo.fam == b->lo.fam && compare(&a->lo, &b->lo) >= 0 &&
	       compare(&a->hi, &b->hi) <= 0 &&
	       (b->proto == 0 || a->proto == b->proto) && port_within(a, b);
}

bool
ts_equal(const struct ike2_ts *a, const struct ike2_ts *b)
{
	return ts_within(a, b) && ts_within(b, a);
}

static bool
meet_ports(
    struct ike2_ts *out, const struct ike2_ts *a, const struct ike2_ts *b)
{
	if (ike2ts_is_opaque(a) || ike2ts_is_opaque(b)) {
		out->port_lo = WHOLE;
		out->port_hi = 0;
		return port_within(a, b) || port_within(b, a);
	}
	out->port_lo = a->port_lo > b->port_lo ? a->port_lo : b->port_lo;
	out->port_hi = a->port_hi < b->port_hi ? a->port_hi : b->port_hi;
	return out->port_lo <= out->port_hi;
}

bool
ts_meet(struct ike2_ts *out, const struct ike2_ts *a, const struct ike2_ts *b)
{
	if (a->lo.fam != b->lo.fam ||
	    (a->proto != 0 && b->proto != 0 && a->proto != b->proto))
		return false;
	out->proto = a->proto != 0 ? a->proto : b->proto;
	out->lo = compare(&a->lo, &b->lo) > 0 ? a->lo : b->lo;
	out->hi = compare(&a->hi, &b->hi) < 0 ? a->hi : b->hi;
	return compare(&out->lo, &out->hi) <= 0 && meet_ports(out, a, b);
}

static bool
is_host(const struct ike2_ts *t)
{
	return compare(&t->lo, &t->hi) == 0;
}

bool
ts_is_packet(const struct ike2_ts *t)
{
	return is_host(t) && t->proto != 0 &&
	       (t->port_lo == t->port_hi || ike2ts_is_opaque(t) || any_port(t));
}

/* ---- narrowing ---- */

/* Common parts of offered selectors with policy's, without those inside others. */
static void
meet_all(struct ike2_tslist *out, const struct ike2_tslist *offer,
    const struct ike2_ts *policy, unsigned n)
{
	struct ike2_ts t;

	out->n = out->unknown = out->dropped = 0;
	for (unsigned i = 0; i < offer->n; i++)
		for (unsigned k = 0; k < n; k++) {
			bool known = !ts_meet(&t, &offer->t[i], &policy[k]);

			for (unsigned j = 0; !known && j < out->n; j++)
				known = ts_within(&t, &out->t[j]);
			if (known)
				continue;
			if (out->n < IKE2TS_MAX)
				out->t[out->n++] = t;
			else
				out->dropped++;
		}
}

/* Of those that have `first` the first one that no other one has inside. */
static const struct ike2_ts *
widest(const struct ike2_tslist *l, const struct ike2_ts *first)
{
	const struct ike2_ts *best = NULL;

	for (unsigned i = 0; i < l->n; i++)
		if (ts_within(first, &l->t[i]) &&
		    (best == NULL || ts_within(best, &l->t[i])))
			best = &l->t[i];
	return best;
}

/* One that all of the rest is inside of? */
static bool
covers(const struct ike2_ts *t, const struct ike2_tslist *l)
{
	if (l->dropped > 0)
		return false;
	for (unsigned i = 0; i < l->n; i++)
		if (!ts_within(&l->t[i], t))
			return false;
	return true;
}

/* Protocols of the two ends that go together. */
static bool
go_together(const struct ike2_ts *a, const struct ike2_ts *b)
{
	return a->lo.fam == b->lo.fam &&
	       (a->proto == 0 || b->proto == 0 || a->proto == b->proto);
}

/* The part of the first selector that policy has, or the first common part. */
static const struct ike2_ts *
first_part(const struct ike2_tslist *offer, const struct ike2_ts *policy,
    unsigned n, const struct ike2_tslist *common, struct ike2_ts *room)
{
	for (unsigned k = 0; k < n; k++)
		if (ts_meet(room, &offer->t[0], &policy[k]))
			return room;
	return &common->t[0];
}

/*
 * The pair for the answer: one that has the first selectors, so that the packet
 * that began it all is in (RFC 7296 2.9); else the first that go together.
 */
static bool
pick_pair(const struct ts_choice *c, const struct ike2_ts *first_i,
    const struct ike2_ts *first_r, const struct ike2_ts **i,
    const struct ike2_ts **r)
{
	*i = widest(&c->i, first_i);
	*r = widest(&c->r, first_r);
	if (*i != NULL && *r != NULL && go_together(*i, *r))
		return true;
	for (unsigned a = 0; a < c->i.n; a++)
		for (unsigned b = 0; b < c->r.n; b++)
			if (go_together(&c->i.t[a], &c->r.t[b])) {
				*i = widest(&c->i, &c->i.t[a]);
				*r = widest(&c->r, &c->r.t[b]);
				return go_together(*i, *r);
			}
	return false;
}

static void
only(struct ike2_tslist *l, struct ike2_ts t)
{
	l->t[0] = t;
	l->n = 1;
	l->dropped = 0;
}

/* The chosen one to the front; those that it has inside go. */
static void
to_front(struct ike2_tslist *l, struct ike2_ts t)
{
	struct ike2_ts old[IKE2TS_MAX];
	unsigned n = l->n;

	memcpy(old, l->t, sizeof(old[0]) * n);
	l->t[0] = t;
	l->n = 1;
	for (unsigned i = 0; i < n; i++)
		if (!ts_within(&old[i], &t))
			l->t[l->n++] = old[i];
}

/* No selector without any of the other side that goes with it. */
static void
drop_lonely(struct ike2_tslist *l, const struct ike2_tslist *other)
{
	unsigned n = l->n;

	l->n = 0;
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < other->n; k++)
			if (go_together(&l->t[i], &other->t[k])) {
				l->t[l->n++] = l->t[i];
				break;
			}
}

enum ts_result
ts_narrow(struct ts_choice *out, const struct ike2_tslist *tsi,
    const struct ike2_tslist *tsr, const struct ts_policy *p)
{
	struct ike2_ts room_i, room_r;
	const struct ike2_ts *i, *r, *first_i, *first_r;

	meet_all(&out->i, tsi, p->remote, p->n_remote);
	meet_all(&out->r, tsr, p->local, p->n_local);
	out->more = false;
	if (out->i.n == 0 || out->r.n == 0)
		return TS_NOTHING;
	first_i = first_part(tsi, p->remote, p->n_remote, &out->i, &room_i);
	first_r = first_part(tsr, p->local, p->n_local, &out->r, &room_r);
	if (p->hosts) {
		/* RFC 7296 2.9: which pair is meant only a packet can say */
		if (!is_host(first_i) || !is_host(first_r))
			return TS_SINGLE_PAIR;
		out->more =
		    !covers(first_i, &out->i) || !covers(first_r, &out->r);
		only(&out->i, *first_i);
		only(&out->r, *first_r);
		return go_together(&out->i.t[0], &out->r.t[0]) ? TS_OK
							       : TS_NOTHING;
	}
	if (!pick_pair(out, first_i, first_r, &i, &r))
		return TS_NOTHING;
	if (p->one_pair) {
		out->more = !covers(i, &out->i) || !covers(r, &out->r);
		only(&out->i, *i);
		only(&out->r, *r);
		return TS_OK;
	}
	out->more = out->i.dropped > 0 || out->r.dropped > 0;
	to_front(&out->i, *i);
	to_front(&out->r, *r);
	drop_lonely(&out->i, &out->r);
	drop_lonely(&out->r, &out->i);
	return TS_OK;
}

bool
ts_is_narrowed(const struct ike2_tslist *got, const struct ike2_tslist *offered)
{
	if (got->n == 0 || got->unknown > 0 || got->dropped > 0)
		return false;
	for (unsigned i = 0; i < got->n; i++) {
		unsigned k = 0;

		while (k < offered->n && !ts_within(&got->t[i], &offered->t[k]))
			k++;
		if (k == offered->n)
			return false;
	}
	return true;
}

/* ---- prefixes ---- */

static bool
bit(const struct addr *a, unsigned i)
{
	return (a->b[i / 8] & (0x80U >> i % 8)) != 0;
}

static void
set_bit(struct addr *a, unsigned i, bool on)
{
	uint8_t mask = (uint8_t)(0x80U >> i % 8);

	a->b[i / 8] = (uint8_t)(on ? a->b[i / 8] | mask : a->b[i / 8] & ~mask);
}

static struct addr
last_of(const struct prefix *p)
{
	struct addr a = p->a;

	for (unsigned i = p->len; i < addr_bits(a.fam); i++)
		set_bit(&a, i, true);
	return a;
}

struct ike2_ts
ts_from_prefix(const struct prefix *p, uint8_t proto, uint16_t port)
{
	struct prefix c = *p;
	struct ike2_ts t = { .proto = proto,
		.port_lo = port,
		.port_hi = port != 0 ? port : WHOLE };

	prefix_canon(&c);
	t.lo = c.a;
	t.hi = last_of(&c);
	return t;
}

/* The largest prefix that begins at a and does not go past hi. */
static struct prefix
largest(const struct addr *a, const struct addr *hi)
{
	struct prefix p = prefix_host(a);

	while (p.len > 0 && !bit(a, p.len - 1U)) {
		struct prefix up = { *a, (uint8_t)(p.len - 1) };
		struct addr end = last_of(&up);

		if (compare(&end, hi) > 0)
			break;
		p = up;
	}
	return p;
}

/* The address behind a; false: there is none. */
static bool
after(struct addr *a)
{
	for (unsigned i = addr_bits(a->fam); i-- > 0;) {
		bool was = bit(a, i);

		set_bit(a, i, !was);
		if (!was)
			return true;
	}
	return false;
}

unsigned
ts_to_prefixes(struct prefix *out, unsigned max, const struct ike2_ts *t)
{
	struct addr at = t->lo;
	unsigned n = 0;

	while (compare(&at, &t->hi) <= 0) {
		struct prefix p = largest(&at, &t->hi);

		if (n < max)
			out[n] = p;
		n++;
		at = last_of(&p);
		if (!after(&at))
			break;
	}
	return n;
}

bool
ts_to_prefix(struct prefix *out, const struct ike2_ts *t)
{
	return ts_to_prefixes(out, 1, t) == 1;
}

/* ---- text ---- */

static void
put_port(struct wr *w, const struct ike2_ts *t)
{
	if (ike2ts_is_opaque(t))
		txt_put(w, " opaque");
	else if (any_port(t))
		return;
	else if (t->proto == IPPROTO_ICMP_ || t->proto == IPPROTO_ICMPV6_)
		txt_print(w, " %u/%u-%u/%u", t->port_lo >> 8, t->port_lo & 255U,
		    t->port_hi >> 8, t->port_hi & 255U);
	else if (t->port_lo == t->port_hi)
		txt_print(w, " %u", t->port_lo);
	else
		txt_print(w, " %u-%u", t->port_lo, t->port_hi);
}

static void
put(struct wr *w, const struct ike2_ts *t)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = { { IPPROTO_ICMP_, "icmp" }, { IPPROTO_TCP_, "tcp" },
		{ IPPROTO_UDP_, "udp" }, { IPPROTO_ICMPV6_, "icmpv6" },
		{ IPPROTO_SCTP_, "sctp" } };
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct prefix p;
	size_t i = 0;

	if (is_host(t))
		txt_put(w, addr_print(a, &t->lo));
	else if (ts_to_prefix(&p, t))
		txt_put(w, prefix_print(a, &p));
	else
		txt_print(
		    w, "%s-%s", addr_print(a, &t->lo), addr_print(b, &t->hi));
	while (
	    i < sizeof(names) / sizeof(names[0]) && names[i].proto != t->proto)
		i++;
	if (i < sizeof(names) / sizeof(names[0]))
		txt_print(w, " %s", names[i].name);
	else if (t->proto != 0)
		txt_print(w, " proto %u", t->proto);
	put_port(w, t);
}

const char *
ts_print(char buf[TS_TEXT], const struct ike2_ts *t)
{
	return ts_print_list(buf, TS_TEXT, t, 1);
}

const char *
ts_print_list(char *buf, size_t size, const struct ike2_ts *t, unsigned n)
{
	struct wr w = wr_into(buf, size > 0 ? size - 1 : 0);

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			txt_put(&w, ", ");
		put(&w, &t[i]);
	}
	if (size > 0)
		buf[w.len] = '\0';
	return buf;
}
