/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/srcroute.h"

#include "base/test.h"

static const uint8_t a4[4] = { 192, 0, 2, 1 }, b4[4] = { 198, 51, 100, 7 };
static const uint8_t c4[4] = { 203, 0, 113, 5 };
static const uint8_t a6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static const uint8_t b6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
static const uint8_t c6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 3 };

/* From a to b with these options: the final destination, fam 0 for none. */
static struct addr
with_options(const uint8_t *opt, size_t n)
{
	uint8_t p[80];
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = {
		.src = addr_v4(a4), .dst = addr_v4(b4), .proto = 17
	};
	struct ip_view v;
	struct addr a;

	ip_write(&w, &h, n + 8);
	wr_bytes(&w, opt, n);
	wr_zero(&w, 8);
	assert_false(w.bad);
	p[0] = (uint8_t)(0x45 + n / 4);
	assert_true(ip_parse(&v, p, w.len));
	return srcroute_final(&a, &v, p) ? a : (struct addr){ 0 };
}

static void
test_v4(void **state)
{
	uint8_t opt[12] = { 1, 131, 7, 4, 203, 0, 113, 5 };
	struct addr b = addr_v4(b4), c = addr_v4(c4), got;

	(void)state;
	got = with_options(NULL, 0);
	assert_true(addr_equal(&got, &b));
	for (unsigned strict = 0; strict < 2; strict++) {
		opt[1] = strict ? 137 : 131;
		got = with_options(opt, 8);
		assert_true(addr_equal(&got, &c));
	}
	opt[3] = 8; /* used up */
	got = with_options(opt, 8);
	assert_true(addr_equal(&got, &b));
	opt[3] = 3;
	assert_int_equal(with_options(opt, 8).fam, FAM_NONE);
	opt[3] = 4;
	opt[2] = 6;
	assert_int_equal(with_options(opt, 8).fam, FAM_NONE);
	for (uint8_t len = 0; len < 2; len++) {
		opt[2] = len;
		assert_int_equal(with_options(opt, 8).fam, FAM_NONE);
	}
	opt[2] = 12; /* leaves the header */
	assert_int_equal(with_options(opt, 8).fam, FAM_NONE);
	/* other options, and what is behind the end */
	memcpy(opt, "\x07\x04\x04\x00\x00\x83\x07\x04", 8);
	got = with_options(opt, 8);
	assert_true(addr_equal(&got, &b));
}

/* From a to b; a chain of headers in front of UDP. */
static struct addr
with_chain(uint8_t nh, const uint8_t *chain, size_t n)
{
	uint8_t p[256];
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = {
		.src = addr_v6(a6), .dst = addr_v6(b6), .proto = nh
	};
	struct ip_view v;
	struct addr a;

	ip_write(&w, &h, n + 8);
	wr_bytes(&w, chain, n);
	wr_zero(&w, 8);
	assert_false(w.bad);
	assert_true(ip_parse(&v, p, w.len));
	return srcroute_final(&a, &v, p) ? a : (struct addr){ 0 };
}

static void
test_v6(void **state)
{
	/* options, then a routing header with two addresses, a fragment's */
	uint8_t chain[8 + 40 + 8] = { 43, 0, 1, 4, [8] = 44, 4, 0, 2, [48] = 17,
		255 };
	struct addr a = addr_v6(a6), b = addr_v6(b6), c = addr_v6(c6), got;

	(void)state;
	memcpy(chain + 16, a6, 16);
	memcpy(chain + 32, c6, 16);
	got = with_chain(17, chain, 0);
	assert_true(addr_equal(&got, &b));
	for (uint8_t type = 0; type < 5; type++) {
		chain[10] = type;
		got = with_chain(60, chain, sizeof(chain));
		if (type == 0 || type == 2)
			assert_true(addr_equal(&got, &c));
		else if (type == 4) /* the list is the other way round */
			assert_true(addr_equal(&got, &a));
		else
			assert_int_equal(got.fam, FAM_NONE);
	}
	chain[11] = 3; /* more stops than addresses */
	assert_int_equal(with_chain(60, chain, sizeof(chain)).fam, FAM_NONE);
	chain[11] = 0;
	for (unsigned type = 0; type < 256; type++) {
		chain[10] = (uint8_t)type;
		got = with_chain(60, chain, sizeof(chain));
		assert_true(addr_equal(&got, &b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
