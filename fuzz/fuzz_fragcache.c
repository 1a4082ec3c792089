/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments in any order. The input is records: a byte of flags (bits 0-2 which
 * datagram, 3 IPv6, 4 more fragments, 5 inbound, 6 the packet as it is, 7 time
 * goes on), two of the offset, one of the length in units of 4 bytes; then the
 * part. What comes out of the cache is whole, in order, and of one datagram.
 */
#include <stdlib.h>

#include "core/fragcache.h"
#include "crypto/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct path_stats st;
static size_t in, out;

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 7, n);
	return true;
}

static size_t
build(uint8_t *to, size_t room, uint8_t flags, uint16_t off, const uint8_t *b,
    size_t n)
{
	struct wr w = wr_into(to, room);
	struct ip_new h = { .ttl = 1, .id = flags & 7, .proto = IPPROTO_UDP_ };
	uint8_t a[16] = { 0x20 };

	h.src = h.dst = (flags & 8) != 0 ? addr_v6(a) : addr_v4(a);
	if ((flags & 8) != 0) {
		h.proto = 44;
		ip_write(&w, &h, n + 8);
		wr_be16(&w, IPPROTO_UDP_ << 8);
		wr_be16(&w, (uint16_t)((off & ~7) | (flags >> 4 & 1)));
		wr_be32(&w, flags & 7);
	} else {
		ip_write(&w, &h, n);
		to[6] = (uint8_t)((flags & 16) << 1 | off >> 11);
		to[7] = (uint8_t)(off >> 3);
	}
	wr_bytes(&w, b, n);
	return w.bad ? 0 : w.len;
}

static void
take(struct fragcache *c)
{
	struct fragcache_piece *f;
	uint32_t id = 0;
	size_t end = 0;

	while ((f = fragcache_take(c)) != NULL) {
		demand(f->off == end && f->n <= f->len && f->n != 0);
		demand(end == 0 || id == f->key.id);
		id = f->key.id;
		end += f->n;
		demand(end <= 65535);
		out++;
		fragcache_drop(f);
	}
}

static uint64_t
dropped(void)
{
	uint64_t n = 0;

	for (enum verdict v = 0; v < VERDICT_N; v++)
		n += st.n[0][v] + st.n[1][v];
	return n;
}

static void
one(struct fragcache *c, struct rd *r, uint64_t now)
{
	static uint8_t pkt[2048];
	uint8_t flags = rd_u8(r);
	uint16_t off = rd_be16(r);
	size_t len = rd_u8(r) * 4u;
	const uint8_t *b = rd_take(r, len);
	struct fragcache_key k = { .id = flags & 7,
		.inbound = (flags & 32) != 0 };
	struct ip_view v;
	enum verdict e;

	if (r->bad)
		return;
	if ((flags & 64) == 0) {
		len = build(pkt, sizeof(pkt), flags, off, b, len);
		b = pkt;
	}
	if (!ip_parse(&v, b, len) || !v.frag)
		return;
	e = fragcache_add(c, &k, &v, b, now, &st);
	demand(e == VERDICT_HOLD || verdict_is_drop(e));
	in += e == VERDICT_HOLD;
	take(c);
	demand(in == out + fragcache_waiting(c) + dropped());
	demand(fragcache_bytes(c) <= FRAGCACHE_BYTES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct rng rng = { .fill = fill };
	struct fragcache *c = fragcache_new(&rng);
	struct rd r = rd_from(p, n);
	uint64_t now = 1;

	demand(c != NULL);
	memset(&st, 0, sizeof(st));
	in = out = 0;
	while (rd_more(&r)) {
		if ((*r.p & 128) != 0)
			now += 1000;
		one(c, &r, now);
		fragcache_age(c, now, &st);
	}
	fragcache_age(c, now + FRAGCACHE_LIFE, &st);
	demand(fragcache_waiting(c) == 0 && fragcache_bytes(c) == 0);
	fragcache_free(c);
	return 0;
}
