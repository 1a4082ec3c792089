/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/fragcache.h"

#include <stdlib.h>

#include "base/test.h"

#include "core/path_pkt_test.h"
#include "crypto/be/be.h"

static struct fragcache *cache;
static struct path_stats st;
static uint64_t now;

static int
setup(void **state)
{
	(void)state;
	cache = fragcache_new(&crypto_rng);
	assert_non_null(cache);
	memset(&st, 0, sizeof(st));
	now = 1000;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fragcache_free(cache);
	return 0;
}

static bool six;

/* A fragment: bytes off to off + n of a UDP datagram; c: its content. */
static enum verdict
add(uint32_t id, size_t off, size_t n, bool more, uint8_t c)
{
	static uint8_t p[PATH_ROOM];
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = { .src = A(six ? "fd01::1" : "10.1.0.1"),
		.dst = A(six ? "fd02::2" : "10.2.0.2"),
		.ttl = 9,
		.id = (uint16_t)id,
		.proto = six ? 44 : IPPROTO_UDP_ };
	struct fragcache_key k = { .id = id, .tun = "ip.tun0" };
	struct ip_view v;

	ip_write(&w, &h, n + (six ? 8 : 0));
	if (six) {
		wr_u8(&w, IPPROTO_UDP_);
		wr_u8(&w, 0);
		wr_be16(&w, (uint16_t)(off | (more ? 1 : 0)));
		wr_be32(&w, id);
	} else {
		p[6] = (uint8_t)((more ? 0x20 : 0) | off >> 11);
		p[7] = (uint8_t)(off >> 3);
		ip_csum_header(p, 20);
	}
	for (size_t i = 0; i < n; i++)
		wr_u8(&w, c);
	assert_false(w.bad);
	assert_true(ip_parse(&v, p, w.len));
	assert_int_equal(v.piece_id, id);
	assert_int_equal(v.len - v.piece, n);
	k.src = v.src;
	k.dst = v.dst;
	k.proto = six ? 0 : v.proto;
	return fragcache_add(cache, &k, &v, p, now, &st);
}

#define assert_add(v, ...) \
	assert_string_equal(verdict_name(add(__VA_ARGS__)), verdict_name(v))

static size_t
taken(void)
{
	struct fragcache_piece *f;
	size_t n = 0, end = 0;

	while ((f = fragcache_take(cache)) != NULL) {
		assert_int_equal(f->off, end);
		assert_true(f->flow.has_ports);
		end = f->off + f->n;
		fragcache_drop(f);
		n++;
	}
	return n;
}

static void
test_orders(void **state)
{
	static const size_t order[][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		six = i >= 6;
		for (int k = 0; k < 3; k++) {
			size_t o = order[i % 6][k];

			assert_int_equal(taken(), 0);
			assert_add(VERDICT_HOLD, 7, o * 64, o == 2 ? 5 : 64,
			    o != 2, 1);
			assert_int_equal(fragcache_waiting(cache), k + 1);
		}
		assert_int_equal(taken(), 3);
		assert_int_equal(fragcache_waiting(cache), 0);
		assert_int_equal(fragcache_bytes(cache), 0);
	}
	six = false;
}

/* After these, what else comes of the datagram is dropped as well. */
static void
assert_ruined(enum verdict v, uint32_t id, unsigned held)
{
	assert_int_equal(st.n[0][v], held);
	assert_int_equal(fragcache_waiting(cache), 0);
	assert_add(v, id, 0, 64, true, 1);
	assert_add(v, id, 640, 64, false, 1);
	assert_int_equal(taken(), 0);
	st.n[0][v] = 0;
}

static void
test_bad(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		six = i == 1;
		/* overlaps: from behind, from the front, within, around */
		static const struct {
			size_t off, n;
		} o[] = { { 120, 64 }, { 32, 40 }, { 72, 16 }, { 56, 96 } };
		for (uint32_t k = 0; k < 4; k++) {
			assert_add(VERDICT_HOLD, k, 64, 64, true, 1);
			assert_add(VERDICT_SPD_OVERLAP_FRAG, k, o[k].off,
			    o[k].n, true, 1);
			assert_ruined(VERDICT_SPD_OVERLAP_FRAG, k, 1);
		}
		/* the same place, another content */
		assert_add(VERDICT_HOLD, 10, 64, 64, true, 1);
		assert_add(VERDICT_SPD_OVERLAP_FRAG, 10, 64, 64, true, 2);
		assert_ruined(VERDICT_SPD_OVERLAP_FRAG, 10, 1);
		/* RFC 1858, RFC 3128 */
		assert_add(VERDICT_SPD_EVIL_FRAG, 11, 8, 64, true, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 11, 0);
		/* two ends */
		assert_add(VERDICT_HOLD, 12, 64, 64, false, 1);
		assert_add(VERDICT_SPD_EVIL_FRAG, 12, 256, 8, false, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 12, 1);
		/* behind the end, and an end before what is there */
		assert_add(VERDICT_HOLD, 13, 64, 64, false, 1);
		assert_add(VERDICT_SPD_EVIL_FRAG, 13, 128, 8, true, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 13, 1);
		assert_add(VERDICT_HOLD, 14, 128, 64, true, 1);
		assert_add(VERDICT_SPD_EVIL_FRAG, 14, 64, 8, false, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 14, 1);
		/* the end is no end */
		assert_add(VERDICT_HOLD, 15, 64, 64, false, 1);
		assert_add(VERDICT_SPD_EVIL_FRAG, 15, 64, 64, true, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 15, 1);
		/* more than 64 KiB */
		assert_add(VERDICT_SPD_EVIL_FRAG, 16, 65528, 64, false, 1);
		assert_ruined(VERDICT_SPD_EVIL_FRAG, 16, 0);
		/* lengths */
		assert_add(VERDICT_SPD_MALFORMED_FRAG, 17, 64, 60, true, 1);
		assert_ruined(VERDICT_SPD_MALFORMED_FRAG, 17, 0);
		assert_add(VERDICT_SPD_MALFORMED_FRAG, 18, 64, 0, false, 1);
		assert_ruined(VERDICT_SPD_MALFORMED_FRAG, 18, 0);
		fragcache_age(cache, now += FRAGCACHE_LIFE, &st);
	}
	six = false;
}

/* The network has doubled a fragment: one of them is dropped, no more. */
static void
test_doubled(void **state)
{
	(void)state;
	assert_add(VERDICT_HOLD, 1, 0, 64, true, 1);
	assert_add(VERDICT_SPD_OVERLAP_FRAG, 1, 0, 64, true, 1);
	assert_add(VERDICT_HOLD, 1, 64, 8, false, 1);
	assert_int_equal(taken(), 2);
}

static void
test_expires(void **state)
{
	(void)state;
	assert_add(VERDICT_HOLD, 1, 0, 64, true, 1);
	now += FRAGCACHE_LIFE - 1;
	assert_add(VERDICT_HOLD, 1, 64, 64, true, 1);
	assert_add(VERDICT_HOLD, 2, 64, 64, true, 1);
	fragcache_age(cache, now, &st);
	assert_int_equal(fragcache_waiting(cache), 3);
	/* from the first on, whether anybody looks or not */
	now++;
	assert_add(VERDICT_HOLD, 1, 128, 64, false, 1);
	assert_int_equal(st.n[0][VERDICT_SPD_EXPIRED_FRAGS], 2);
	now += FRAGCACHE_LIFE;
	fragcache_age(cache, now, &st);
	assert_int_equal(st.n[0][VERDICT_SPD_EXPIRED_FRAGS], 4);
	assert_int_equal(fragcache_bytes(cache), 0);
}

/* The oldest gives way; what is held is bounded. */
static void
test_limits(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= FRAGCACHE_DATAGRAMS; i++)
		assert_add(VERDICT_HOLD, i, 0, 64, true, 1);
	assert_int_equal(st.n[0][VERDICT_SPD_MAX_FRAGS], 1);
	assert_int_equal(fragcache_waiting(cache), FRAGCACHE_DATAGRAMS);
	assert_add(VERDICT_HOLD, 0, 64, 8, false, 1); /* it was the oldest */
	assert_int_equal(taken(), 0);
	assert_add(VERDICT_HOLD, 2, 64, 8, false, 1);
	assert_int_equal(taken(), 2);
	for (size_t i = 0; i < 50000; i++)
		(void)add((uint32_t)i / 8 + 5000, i % 8 * 8000, 8000, true, 1);
	assert_true(fragcache_bytes(cache) <= FRAGCACHE_BYTES);
	assert_true(fragcache_bytes(cache) > FRAGCACHE_BYTES / 2);
}

static void
test_many_pieces(void **state)
{
	(void)state;
	/* in the order that costs most */
	for (size_t i = 0; i < FRAGCACHE_PIECES; i++)
		assert_add(VERDICT_HOLD, 1, (FRAGCACHE_PIECES + 3 - i) * 8, 8,
		    true, 1);
	assert_add(VERDICT_SPD_MAX_FRAGS, 1, 16, 8, true, 1);
	assert_ruined(VERDICT_SPD_MAX_FRAGS, 1, FRAGCACHE_PIECES);
}

/* Whoever has the same number by another SA has another datagram. */
static void
test_keys(void **state)
{
	static uint8_t p[PATH_ROOM];
	size_t n = udp(p, "10.1.0.1", "10.2.0.2", 1, 2, 56);
	struct fragcache_key k = { .inbound = true, .id = 7 };
	struct ip_view v;

	(void)state;
	p[6] = 0x20;
	assert_true(ip_parse(&v, p, n));
	for (int i = 0; i < 6; i++) {
		struct fragcache_key o = k;

		o.esp = i == 1;
		o.ah = i == 2;
		if (i == 3)
			o.outer_src = v.src;
		if (i == 4)
			o.src = v.src;
		o.proto = i == 5;
		assert_int_equal(
		    fragcache_add(cache, &o, &v, p, now, &st), VERDICT_HOLD);
	}
	assert_int_equal(fragcache_waiting(cache), 6);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(test_orders), T(test_bad),
		T(test_doubled), T(test_expires), T(test_limits),
		T(test_many_pieces), T(test_keys) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
