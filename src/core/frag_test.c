/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/frag.h"

#include "core/make_test.h"

static uint8_t pkt[70000], out[70000], whole[70000];

/*
 * Split pkt and put the pieces together again in whole, as RFC 791 3.2 and
 * RFC 8200 4.5 say; returns their number. Only the bytes behind the headers are
 * collected; `from` is where they stand in pkt.
 */
static unsigned
split(size_t n, uint32_t mtu, size_t from)
{
	size_t got = 0;
	bool more = true;
	unsigned i;

	for (i = 0;; i++) {
		struct wr w = wr_into(out, sizeof(out));
		struct ip_view v;

		if (!frag_write(&w, pkt, n, mtu, 0xfeedbeef, i))
			break;
		assert_true(more);
		assert_true(w.len <= mtu);
		assert_true(ip_parse(&v, out, w.len));
		assert_int_equal(v.len, w.len);
		assert_int_equal(v.frag_off, got);
		assert_true(v.frag);

		size_t at = v.ver == 4 ? v.fixed : v.cut + 8;

		if (v.ver == 4)
			assert_int_equal(
			    ip_csum_end(ip_csum_add(0, out, v.fixed)), 0);
		else {
			assert_int_equal(out[at - 7], 0); /* reserved */
			assert_memory_equal(
			    out + at - 4, "\xfe\xed\xbe\xef", 4);
		}
		more = v.more;
		assert_true(!more || (w.len - at) % 8 == 0);
		memcpy(whole + got, out + at, w.len - at);
		got += w.len - at;
	}
	assert_false(more);
	assert_int_equal(got, n - from);
	assert_memory_equal(whole, pkt + from, got);
	return i;
}

static void
test_v4(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 3000);

	(void)state;
	assert_int_equal(split(n, 1500, 20), 3);
	for (uint32_t mtu = 28; mtu < 1600; mtu += 7)
		assert_true(split(n, mtu, 20) > 1);
	n = make_udp(pkt, sizeof(pkt), false, 0, 65507);
	assert_int_equal(split(n, 1500, 20), 45);
}

static void
test_fits(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 100);
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	assert_true(frag_write(&w, pkt, n, (uint32_t)n, 1, 0));
	assert_int_equal(w.len, n);
	assert_memory_equal(out, pkt, n);
	assert_false(frag_write(&w, pkt, n, (uint32_t)n, 1, 1));
	pkt[6] |= 0x40; /* DF does not matter then */
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, (uint32_t)n, 1, 0));
}

static void
test_v4_refused(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 1000);
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	for (uint32_t mtu = 0; mtu < 28; mtu++) /* no room for data */
		assert_false(frag_write(&w, pkt, n, mtu, 1, 0));
	assert_false(frag_write(&w, pkt, 500, 300, 1, 0)); /* cut */
	w = wr_into(out, 100);
	assert_false(frag_write(&w, pkt, n, 300, 1, 0));
	w = wr_into(out, sizeof(out));
	pkt[6] |= 0x40;
	assert_false(frag_write(&w, pkt, n, 300, 1, 0));
}

static void
test_v4_of_fragment(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 1000);
	struct ip_view v;
	bool more = true;

	(void)state;
	pkt[6] = 0x20; /* more fragments, offset 800 */
	pkt[7] = 100;
	for (unsigned i = 0; i < 4; i++) {
		struct wr w = wr_into(out, sizeof(out));

		assert_true(frag_write(&w, pkt, n, 300, 1, i));
		assert_true(ip_parse(&v, out, w.len));
		assert_int_equal(v.frag_off, 800 + i * 280);
		more = v.more;
	}
	assert_true(more); /* the last one here is not the last of all */
}

static void
test_v4_options(void **state)
{
	/* record route (not copied), router alert (copied), NOP */
	static const uint8_t opt[12] = { 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 1 };
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 1000);
	struct ip_view v;

	(void)state;
	memmove(pkt + 32, pkt + 20, n - 20);
	memcpy(pkt + 20, opt, 12);
	n += 12;
	pkt[0] = 0x48;
	v = (struct ip_view){ .ver = 4, .fixed = 32 };
	assert_true(ip_set_len(pkt, &v, n));
	assert_int_equal(split(n, 500, 32), 3);

	struct wr w = wr_into(out, sizeof(out));

	assert_true(frag_write(&w, pkt, n, 500, 1, 0));
	assert_int_equal(out[0], 0x48);
	assert_memory_equal(out + 20, opt, 12);
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, 500, 1, 1));
	assert_int_equal(out[0], 0x46);
	assert_memory_equal(out + 20, "\x94\4\0\0", 4);
	/* copied ones behind a NOP, of a length that needs padding */
	memcpy(pkt + 20, "\1\x86\6abcd\x82\3e\0\0", 12);
	memset(out, 0xee, 100);
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, 500, 1, 1));
	assert_int_equal(out[0], 0x48);
	assert_memory_equal(out + 20, "\x86\6abcd\x82\3e\0\0\0", 12);
	pkt[22] = 0; /* a malformed option */
	w = wr_into(out, sizeof(out));
	assert_false(frag_write(&w, pkt, n, 500, 1, 0));
}

static void
test_v6(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), true, 0, 3000);
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	assert_int_equal(split(n, 1500, 40), 3);
	for (uint32_t mtu = 56; mtu < 1600; mtu += 7)
		assert_true(split(n, mtu, 40) > 1);
	for (uint32_t mtu = 0; mtu < 56; mtu++)
		assert_false(frag_write(&w, pkt, n, mtu, 1, 0));
	for (size_t cap = 0; cap < 1496; cap++) { /* no room in w */
		w = wr_into(out, cap);
		assert_false(frag_write(&w, pkt, n, 1500, 1, 0));
	}
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, 1500, 1, 1));
	memcpy(pkt, out, w.len); /* RFC 8200 4.5: the source fragments once */
	n = w.len;
	w = wr_into(out, sizeof(out));
	assert_false(frag_write(&w, pkt, n, 1300, 1, 0));
}

static void
test_v6_headers(void **state)
{
	/* hop-by-hop, routing, destination options */
	static const uint8_t ext[24] = { 43, 0, 1, 4, 0, 0, 0, 0, 60, 0, 4, 0,
		0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0 };
	size_t n = make_udp(pkt, sizeof(pkt), true, 0, 3000);
	struct ip_view v = { .ver = 6, .fixed = 40 };
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	memmove(pkt + 64, pkt + 40, n - 40);
	memcpy(pkt + 40, ext, 24);
	n += 24;
	pkt[6] = 0;
	assert_true(ip_set_len(pkt, &v, n));
	assert_true(frag_write(&w, pkt, n, 1500, 7, 0));
	assert_true(ip_parse(&v, out, w.len));
	assert_int_equal(out[48], 44); /* behind the routing header */
	assert_int_equal(out[56], 60);
	assert_memory_equal(out + 64, ext + 16, 8);
	assert_int_equal(v.proto, 17);
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, 1500, 7, 1));
	assert_int_equal(out[48], 44);
	assert_int_equal(out[56], 60);
	assert_int_equal(split(n, 1500, 56), 3);
	/* RFC 7112 5: 8 bytes of options and the start of UDP behind 64 bytes */
	w = wr_into(out, sizeof(out));
	assert_true(frag_write(&w, pkt, n, 64 + 8, 7, 0));
	w = wr_into(out, sizeof(out));
	assert_false(frag_write(&w, pkt, n, 64 + 7, 7, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_v4_refused),
		cmocka_unit_test(test_v4_of_fragment),
		cmocka_unit_test(test_v4_options),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_v6_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
