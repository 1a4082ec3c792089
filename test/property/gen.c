/* SPDX-License-Identifier: BSD-2-Clause */
#include "gen.h"

#include <err.h>

uint64_t
gen_any(struct gen *g)
{
	g->s ^= g->s >> 12;
	g->s ^= g->s << 25;
	g->s ^= g->s >> 27;
	return g->s * UINT64_C(2685821657736338717);
}

unsigned
gen_below(struct gen *g, unsigned n)
{
	return (unsigned)((gen_any(g) >> 32) % n);
}

bool
gen_one_in(struct gen *g, unsigned n)
{
	return gen_below(g, n) == 0;
}

void
gen_bytes(struct gen *g, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(gen_any(g) >> 40);
}

bool
gen_fill(void *ctx, uint8_t *p, size_t n)
{
	gen_bytes(ctx, p, n);
	return true;
}

struct addr
gen_addr(struct gen *g, uint8_t fam)
{
	uint8_t b[16];

	gen_bytes(g, b, sizeof(b));
	if (fam == FAM_V4) {
		b[0] = (uint8_t)(1 + b[0] % 223);
		return addr_v4(b);
	}
	b[0] = 0x20;
	return addr_v6(b);
}

/* Append n random bytes. */
static void
noise(struct gen *g, struct wr *w, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p != NULL)
		gen_bytes(g, p, n);
}

/* The whole of it from `at` on may change. */
static void
mark(struct gen_packet *p, size_t at, size_t end)
{
	for (; at < end; at++)
		p->mutable[at] = true;
}

/* One IPv4 option of at most `room` bytes, room > 0. */
static void
v4_option(struct gen *g, struct gen_packet *p, struct wr *w, size_t room)
{
	/* the classes of RFC 4302 A1, and numbers that nobody has */
	static const uint8_t keep[] = { 130, 133, 134, 148, 149 };
	static const uint8_t change[] = { 7, 68, 82, 136, 11, 77, 200 };
	size_t at = w->len;
	unsigned kind = gen_below(g, 4);

	if (kind == 0 || room < 3) {
		wr_u8(w, 1);
	} else if (kind == 1) {
		unsigned n = gen_below(g, (unsigned)room - 1);

		wr_u8(w, keep[gen_below(g, sizeof(keep))]);
		wr_u8(w, (uint8_t)(2 + n));
		noise(g, w, n);
	} else if (kind == 2) {
		unsigned n = gen_below(g, (unsigned)room - 1);

		wr_u8(w, change[gen_below(g, sizeof(change))]);
		wr_u8(w, (uint8_t)(2 + n));
		noise(g, w, n);
		mark(p, at, w->len);
	} else if (room >= 11) { /* a source route of two hops */
		bool used = gen_one_in(g, 2);

		wr_u8(w, gen_one_in(g, 2) ? 131 : 137);
		wr_u8(w, 11);
		wr_u8(w, used ? 12 : 4 * (uint8_t)(1 + gen_below(g, 2)));
		noise(g, w, 8);
		mark(p, at, w->len);
		if (!used)
			mark(p, 16, 20);
	}
}

static void
v4_headers(struct gen *g, struct gen_packet *p, struct wr *w)
{
	struct ip_new h = { .src = gen_addr(g, FAM_V4),
		.dst = gen_addr(g, FAM_V4),
		.tos = (uint8_t)gen_below(g, 256),
		.ttl = (uint8_t)(1 + gen_below(g, 255)),
		.df = gen_one_in(g, 2),
		.id = (uint16_t)gen_any(g) };
	bool routed = false;

	ip_write(w, &h, 0);
	mark(p, 1, 2);
	mark(p, 6, 9);
	mark(p, 10, 12);
	if (!gen_one_in(g, 3))
		return;

	size_t words = 1 + gen_below(g, 10), end = 20 + 4 * words;

	while (w->len < end && !gen_one_in(g, 5)) {
		size_t at = w->len;

		v4_option(g, p, w, end - at);
		/* RFC 791 3.1: at most one source route */
		if ((p->b[at] == 131 || p->b[at] == 137) && at != w->len) {
			if (routed) {
				w->len = at;
				wr_u8(w, 1);
			}
			routed = true;
		}
	}
	while (w->len < end)
		wr_u8(w, 0);
	p->b[0] = (uint8_t)(0x45 + words);
}

/* Options header of 8 or 16 bytes; its next-header byte is left 0. */
static void
v6_options(struct gen *g, struct gen_packet *p, struct wr *w, bool marked)
{
	size_t n = gen_one_in(g, 2) ? 8 : 16, end = w->len + n;

	wr_u8(w, 0);
	wr_u8(w, (uint8_t)(n / 8 - 1));
	while (w->len < end) {
		size_t room = end - w->len;

		if (room == 1) {
			wr_u8(w, 0);
			break;
		}

		uint8_t len = (uint8_t)gen_below(g, (unsigned)room - 1);
		/* not one of the few that are defined */
		uint8_t type = (uint8_t)(0x10 | gen_below(g, 16));

		if (gen_one_in(g, 2))
			type |= 0x20;
		wr_u8(w, type);
		wr_u8(w, len);
		if (marked && (type & 0x20) != 0)
			mark(p, w->len, w->len + len);
		noise(g, w, len);
	}
}

static void
v6_routing(struct gen *g, struct gen_packet *p, struct wr *w)
{
	static const uint8_t types[] = { 0, 2, 4, 253 };
	uint8_t type = types[gen_below(g, 4)];
	unsigned addrs = 1 + gen_below(g, 3);
	/* an unknown type can only be used up; RFC 8754: the last segment is 0 */
	unsigned left = type == 253 ? 0
			: type == 4 ? gen_below(g, addrs)
				    : gen_below(g, addrs + 1);

	wr_u8(w, 0);
	wr_u8(w, (uint8_t)(2 * addrs));
	wr_u8(w, type);
	wr_u8(w, (uint8_t)left);
	if (type == 4) {
		mark(p, w->len - 1, w->len);
		if (left > 0)
			mark(p, 24, 40);
	}
	wr_be32(w, type == 4 ? (uint32_t)(addrs - 1) << 24 : 0);
	noise(g, w, 16 * addrs);
}

/* Headers in front of the upper layer; returns where its number goes. */
static size_t
v6_headers(struct gen *g, struct gen_packet *p, struct wr *w)
{
	struct ip_new h = { .src = gen_addr(g, FAM_V6),
		.dst = gen_addr(g, FAM_V6),
		.tos = (uint8_t)gen_below(g, 256),
		.ttl = (uint8_t)(1 + gen_below(g, 255)),
		.flow = (uint32_t)gen_below(g, 1 << 20) };
	size_t nh = 6, at;
	bool routed = false;

	ip_write(w, &h, 0);
	mark(p, 0, 4);
	mark(p, 7, 8);
	if (gen_one_in(g, 3)) {
		at = w->len;
		v6_options(g, p, w, true);
		p->b[nh] = 0;
		nh = at;
	}
	if (gen_one_in(g, 4)) {
		at = w->len;
		v6_options(g, p, w, true);
		p->b[nh] = 60;
		nh = at;
	}
	if (gen_one_in(g, 4)) {
		at = w->len;
		v6_routing(g, p, w);
		p->b[nh] = 43;
		nh = at;
		routed = true;
	}
	if (routed && gen_one_in(g, 2)) { /* stands behind AH */
		at = w->len;
		v6_options(g, p, w, false);
		p->b[nh] = 60;
		nh = at;
	}
	return nh;
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* The upper layer, its checksum not yet right. Returns its number. */
static uint8_t
upper(struct gen *g, struct wr *w, bool v6, unsigned data)
{
	/* not 59: in transport mode that is a dummy (RFC 4303 2.6) */
	static const uint8_t protos[] = { 6, 17, 1, 132, 47, 253 };
	uint8_t proto = protos[gen_below(g, 6)];
	unsigned n = gen_below(g, data + 1);
	size_t at = w->len;

	if (proto == 1 && v6)
		proto = 58;
	if (proto == 6) {
		noise(g, w, 20);
		w->base[at + 12] = 0x50;
	} else if (proto == 17) {
		noise(g, w, 4);
		wr_be16(w, (uint16_t)(8 + n));
		wr_be16(w, 0);
	} else if (proto == 132) {
		noise(g, w, 12);
	} else if (proto == 1 || proto == 58) {
		wr_u8(w, v6 ? 128 : 8);
		wr_u8(w, 0);
		noise(g, w, 6);
	}
	noise(g, w, n);
	return proto;
}

static void
checksum(struct gen_packet *p, const struct ip_view *v)
{
	static const struct {
		uint8_t proto, at;
	} where[] = { { 6, 16 }, { 17, 6 }, { 1, 2 }, { 58, 2 } };
	size_t n = v->len - v->upper;

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		if (where[i].proto != v->proto)
			continue;

		uint8_t *c = p->b + v->upper + where[i].at;
		uint32_t sum = v->proto == 1 ? 0
					     : ip_csum_pseudo(&v->src, &v->dst,
						   v->proto, (uint32_t)n);

		put16(c, 0);

		uint16_t s = ip_csum_end(ip_csum_add(sum, p->b + v->upper, n));

		put16(c, s == 0 && v->proto == 17 ? 0xffff : s);
	}
}

void
gen_packet(struct gen *g, struct gen_packet *p, unsigned data)
{
	bool v6 = gen_one_in(g, 2);
	struct wr w = wr_into(p->b, sizeof(p->b));
	size_t nh = 9;
	struct ip_view v;

	memset(p->mutable, 0, 200);
	if (v6)
		nh = v6_headers(g, p, &w);
	else
		v4_headers(g, p, &w);

	size_t fixed = v6 ? 40 : w.len;

	p->b[nh] = upper(g, &w, v6, data);
	v = (struct ip_view){ .ver = v6 ? 6 : 4, .fixed = fixed };
	if (w.bad || !ip_set_len(p->b, &v, w.len) || !ip_parse(&v, p->b, w.len))
		errx(1, "made a bad packet");
	p->n = w.len;
	checksum(p, &v);
}

static const struct alg *
pick(struct gen *g, enum alg_table t)
{
	size_t n = 0;

	while (alg_row(n) != NULL)
		n++;
	for (;;) {
		const struct alg *a = alg_row(gen_below(g, (unsigned)n));

		if (a->table == t)
			return a;
	}
}

static void
pick_key(struct gen *g, struct secret *s, const struct alg *a)
{
	unsigned bits = a->key_min;
	uint8_t key[SECRET_MAX];

	if (a->key_incr != 0)
		bits +=
		    a->key_incr *
		    gen_below(g, (a->key_max - a->key_min) / a->key_incr + 1u);
	gen_bytes(g, key, sizeof(key));
	if (!secret_set(s, key, bits + a->salt_len * 8u))
		errx(1, "key too long");
}

void
gen_sa(struct gen *g, struct sa_spec *s, bool natt, bool alone)
{
	const struct alg *a = pick(g, ALG_AUTH), *e;
	uint8_t fam = gen_one_in(g, 2) ? FAM_V4 : FAM_V6;

	memset(s, 0, sizeof(*s));
	s->spi = (uint32_t)gen_any(g) | 0x100;
	s->state = SA_MATURE;
	s->window = 64;
	s->src = gen_addr(g, fam);
	s->dst = gen_addr(g, fam);
	s->flags = (gen_one_in(g, 2) ? SAF_TUNNEL : 0) |
		   (gen_one_in(g, 3) ? SAF_ESN : 0);
	if (gen_one_in(g, 3)) {
		s->satype = SATYPE_AH;
		s->auth = a->id;
		pick_key(g, &s->akey, a);
		return;
	}
	s->satype = SATYPE_ESP;
	if (natt && gen_one_in(g, 3)) {
		s->flags |= SAF_NATT_LOC;
		s->natt_rport = gen_one_in(g, 2) ? 0 : 4500;
		s->natt_lport = (uint16_t)gen_any(g);
	}
	e = pick(g, ALG_ENCR);
	s->encr = e->id;
	pick_key(g, &s->ekey, e);
	if ((e->flags & ALG_COMBINED) != 0)
		return;
	if (alone && e->id != EALG_NULL && (e->flags & ALG_COUNTER) == 0 &&
	    gen_one_in(g, 4))
		return;
	while (a->id == AALG_AES_GMAC)
		a = pick(g, ALG_AUTH);
	s->auth = a->id;
	pick_key(g, &s->akey, a);
}
