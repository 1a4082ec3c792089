/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/encaplimit.h"

#include "base/test.h"

static uint8_t pkt[200];

/* An IPv6 packet with this chain behind its header; its length. */
static size_t
packet(uint8_t first, const uint8_t *chain, size_t n)
{
	struct wr w = wr_into(pkt, sizeof(pkt));
	static const uint8_t a[16] = { 0x20, 1 };
	struct ip_new h = {
		.src = addr_v6(a), .dst = addr_v6(a), .ttl = 9, .proto = first
	};

	ip_write(&w, &h, n);
	wr_bytes(&w, chain, n);
	assert_false(w.bad);
	return w.len;
}

static bool
find(size_t n, size_t *at)
{
	struct ip_view v;

	assert_true(ip_parse(&v, pkt, n));
	return encaplimit_find(&v, pkt, at);
}

static void
test_round_trip(void **state)
{
	uint8_t b[16];
	struct wr w = wr_into(b, sizeof(b));
	struct ip_view v;
	size_t n, at = 0;

	(void)state;
	encaplimit_write(&w, IPPROTO_NONE_, 4);
	assert_int_equal(w.len, ENCAPLIMIT_BYTES);
	n = packet(60, b, w.len);
	assert_true(find(n, &at));
	assert_int_equal(pkt[at], 4);
	assert_int_equal(at, 44);
	assert_true(ip_parse(&v, pkt, n));
	assert_int_equal(v.proto, IPPROTO_NONE_);
	/* transport-mode ESP goes behind it, as elsewhere */
	assert_int_equal(v.ins, 48);
}

static void
test_places(void **state)
{
	static const uint8_t behind[] = { 60, 0, 1, 4, 0, 0, 0,
		0, /* hop-by-hop */
		59, 0, 0, 4, 1, 7, 0, 0 };
	static const uint8_t in_hop[] = { 59, 0, 4, 1, 7, 0, 0, 0 };
	static const uint8_t length[] = { 59, 0, 4, 2, 7, 7, 0, 0 };
	static const uint8_t cut[] = { 59, 0, 1, 2, 0, 0, 4, 1 };
	static const uint8_t beyond[] = { 59, 0, 1, 200, 0, 0, 4, 1 };
	size_t at;

	(void)state;
	assert_true(find(packet(0, behind, sizeof(behind)), &at));
	assert_int_equal(pkt[at], 7);
	/* it is a destination option, of one byte, all of it there */
	assert_false(find(packet(0, in_hop, sizeof(in_hop)), &at));
	assert_false(find(packet(60, length, sizeof(length)), &at));
	assert_false(find(packet(60, cut, sizeof(cut)), &at));
	assert_false(find(packet(60, beyond, sizeof(beyond)), &at));
	assert_false(find(packet(IPPROTO_NONE_, NULL, 0), &at));
	pkt[0] = 0x45;
	assert_false(encaplimit_find(&(struct ip_view){ .ver = 4 }, pkt, &at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
