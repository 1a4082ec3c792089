/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ahmute.h"

#include "base/test.h"

/* An IPv4 header with these options (a multiple of 4 bytes); returns its length. */
static size_t
v4_with(uint8_t *h, const void *opt, size_t n)
{
	static const uint8_t fixed[20] = { 0x45, 0xb9, 1, 2, 3, 4, 0x60, 5, 64,
		51, 0xaa, 0xbb, 10, 0, 0, 1, 10, 0, 0, 2 };

	memcpy(h, fixed, 20);
	memcpy(h + 20, opt, n);
	h[0] = (uint8_t)(0x45 + n / 4);
	return 20 + n;
}

static void
test_v4_fields(void **state)
{
	static const uint8_t want[20] = { 0x45, 0, 1, 2, 3, 4, 0, 0, 0, 51, 0,
		0, 10, 0, 0, 1, 10, 0, 0, 2 };
	uint8_t h[60];

	(void)state;
	assert_int_equal(ahmute_headers(h, v4_with(h, "", 0), 4), VERDICT_PASS);
	assert_memory_equal(h, want, 20);
	assert_int_equal(ahmute_headers(h, 19, 4), VERDICT_AH_BAD_V4_OPTS);
}

/* RFC 4302 A1: each option number, with three bytes of data and a NOP */
static void
test_v4_option_classes(void **state)
{
	static const uint8_t keep[] = { 130, 133, 134, 148, 149 };
	static const uint8_t zero[8];

	(void)state;
	for (unsigned type = 2; type < 256; type++) {
		uint8_t h[60], opt[8] = { (uint8_t)type, 7, 4, 1, 2, 3, 4, 1 };
		size_t n = v4_with(h, opt, 8);

		assert_int_equal(ahmute_headers(h, n, 4), VERDICT_PASS);
		if (memchr(keep, (int)type, sizeof(keep)) != NULL) {
			assert_memory_equal(h + 20, opt, 8);
			continue;
		}
		assert_memory_equal(h + 20, zero, 7); /* type and length too */
		assert_int_equal(h[27], 1);
		/* a source route with one hop to go: its last address */
		if (type == 131 || type == 137)
			assert_memory_equal(h + 16, "\1\2\3\4", 4);
		else
			assert_memory_equal(h + 16, "\12\0\0\2", 4);
	}
}

static void
test_v4_source_route(void **state)
{
	uint8_t h[60], lsrr[12] = { 131, 11, 4, 1, 1, 1, 1, 2, 2, 2, 2, 0 };
	size_t n = v4_with(h, lsrr, 12);

	(void)state;
	assert_int_equal(ahmute_headers(h, n, 4), VERDICT_PASS);
	assert_memory_equal(h + 16, "\2\2\2\2", 4);
	for (lsrr[2] = 4; lsrr[2] < 30; lsrr[2]++) {
		n = v4_with(h, lsrr, 12);
		assert_int_equal(ahmute_headers(h, n, 4), VERDICT_PASS);
		if (lsrr[2] <= 11)
			assert_memory_equal(h + 16, "\2\2\2\2", 4);
		else /* used up: the header has it */
			assert_memory_equal(h + 16, "\12\0\0\2", 4);
	}
	lsrr[2] = 3; /* points before the first address */
	n = v4_with(h, lsrr, 12);
	assert_int_equal(ahmute_headers(h, n, 4), VERDICT_AH_BAD_V4_OPTS);
	lsrr[1] = 10; /* not whole addresses */
	lsrr[2] = 4;
	n = v4_with(h, lsrr, 12);
	assert_int_equal(ahmute_headers(h, n, 4), VERDICT_AH_BAD_V4_OPTS);
}

static void
test_v4_bad_options(void **state)
{
	static const uint8_t bad[][4] = {
		{ 148, 0, 0, 0 }, /* a length that does not move on */
		{ 148, 1, 0, 0 }, { 148, 5, 0, 0 }, /* leaves the header */
		{ 1, 1, 1, 148 },		    /* no length */
		{ 131, 2, 0, 0 },		    /* no pointer */
	};
	uint8_t h[60];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / 4; i++) {
		size_t n = v4_with(h, bad[i], 4);

		assert_int_equal(
		    ahmute_headers(h, n, 4), VERDICT_AH_BAD_V4_OPTS);
	}
	/* what stands behind the end of the list is looked at by nobody */
	size_t n = v4_with(h, "\0\x94\0\7", 4);

	assert_int_equal(ahmute_headers(h, n, 4), VERDICT_PASS);
	assert_memory_equal(h + 20, "\0\x94\0\7", 4);
}

static size_t
v6_with(uint8_t *h, uint8_t nh, const void *chain, size_t n)
{
	memset(h, 0, 40);
	h[0] = 0x6b;
	h[1] = 0x9a;
	h[2] = 0xbc;
	h[3] = 0xde;
	h[5] = 99;
	h[6] = nh;
	h[7] = 64;
	h[23] = 1;
	h[39] = 2;
	memcpy(h + 40, chain, n);
	return 40 + n;
}

static void
test_v6_fields(void **state)
{
	static const uint8_t want[8] = { 0x60, 0, 0, 0, 0, 99, 51, 0 };
	uint8_t h[40];

	(void)state;
	assert_int_equal(
	    ahmute_headers(h, v6_with(h, 51, "", 0), 6), VERDICT_PASS);
	assert_memory_equal(h, want, 8);
	assert_int_equal(ahmute_headers(h, 39, 6), VERDICT_AH_BAD_V6_HDRS);
}

static void
test_v6_options(void **state)
{
	/* router alert, an option that may change, Pad1, PadN */
	static const uint8_t hbh[16] = { 60, 1, 5, 2, 7, 7, 0x3e, 3, 9, 9, 9, 0,
		1, 2, 0, 0 };
	static const uint8_t dst[8] = { 51, 0, 0xe1, 4, 8, 8, 8, 8 };
	uint8_t chain[24], h[80];

	(void)state;
	memcpy(chain, hbh, 16);
	memcpy(chain + 16, dst, 8);
	assert_int_equal(
	    ahmute_headers(h, v6_with(h, 0, chain, 24), 6), VERDICT_PASS);
	memset(chain + 8, 0, 3);
	memset(chain + 20, 0, 4);
	assert_memory_equal(h + 40, chain, 24);
}

static void
test_v6_bad_options(void **state)
{
	static const uint8_t bad[][8] = {
		{ 51, 0, 5, 5, 0, 0, 0, 0 }, /* leaves the header */
		{ 51, 0, 1, 3, 0, 0, 0, 5 }, /* no length */
		{ 51, 1, 1, 4, 0, 0, 0, 0 }, /* 16 bytes in 8 */
	};
	uint8_t h[80];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / 8; i++)
		assert_int_equal(
		    ahmute_headers(h, v6_with(h, 60, bad[i], 8), 6),
		    VERDICT_AH_BAD_V6_HDRS);
	/* a fragment header is gone before AH is looked at */
	assert_int_equal(
	    ahmute_headers(h, v6_with(h, 44, "\x33\0\0\0\0\0\0\1", 8), 6),
	    VERDICT_AH_BAD_V6_HDRS);
}

/* A routing header of this type with two addresses ending in 0xa and 0xb. */
static size_t
v6_route(uint8_t *h, uint8_t type, uint8_t left)
{
	uint8_t rt[40] = { 51, 4, type, left };

	rt[23] = 0xa;
	rt[39] = 0xb;
	return v6_with(h, 43, rt, sizeof(rt));
}

/* RFC 2460 4.4: at the destination after two hops */
static void
test_v6_source_route(void **state)
{
	uint8_t h[80];

	(void)state;
	for (int type = 0; type <= 2; type += 2) {
		size_t n = v6_route(h, (uint8_t)type, 2);

		assert_int_equal(ahmute_headers(h, n, 6), VERDICT_PASS);
		assert_int_equal(h[39], 0xb);
		assert_int_equal(h[43], 0); /* segments left */
		assert_int_equal(h[63], 2);
		assert_int_equal(h[79], 0xa);
		n = v6_route(h, (uint8_t)type, 1);
		assert_int_equal(ahmute_headers(h, n, 6), VERDICT_PASS);
		assert_int_equal(h[39], 0xb);
		assert_int_equal(h[63], 0xa);
		assert_int_equal(h[79], 2);
		n = v6_route(h, (uint8_t)type, 3);
		assert_int_equal(
		    ahmute_headers(h, n, 6), VERDICT_AH_BAD_V6_HDRS);
	}
}

static void
test_v6_other_routes(void **state)
{
	uint8_t h[80];
	size_t n = v6_route(h, 4, 1);

	(void)state;
	assert_int_equal(ahmute_headers(h, n, 6), VERDICT_PASS);
	assert_int_equal(h[39], 0xa); /* RFC 8754 4.1: segment 0 is the last */
	assert_int_equal(h[43], 0);
	assert_int_equal(h[63], 0xa);
	assert_int_equal(h[79], 0xb);
	n = v6_route(h, 77, 1); /* who knows where that ends */
	assert_int_equal(ahmute_headers(h, n, 6), VERDICT_AH_BAD_V6_HDRS);
	n = v6_route(h, 77, 0);
	assert_int_equal(ahmute_headers(h, n, 6), VERDICT_PASS);
	assert_int_equal(h[42], 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4_fields),
		cmocka_unit_test(test_v4_option_classes),
		cmocka_unit_test(test_v4_source_route),
		cmocka_unit_test(test_v4_bad_options),
		cmocka_unit_test(test_v6_fields),
		cmocka_unit_test(test_v6_options),
		cmocka_unit_test(test_v6_bad_options),
		cmocka_unit_test(test_v6_source_route),
		cmocka_unit_test(test_v6_other_routes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
