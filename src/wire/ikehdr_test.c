/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ikehdr.h"

#include "base/test.h"

static const uint8_t bytes[IKEHDR_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xa1, 0xa2,
	0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 33, 0x21, 34, 0x28, 0, 0, 1, 2, 0,
	0, 3, 4 };

static void
test_fields(void **state)
{
	struct ikehdr h;

	(void)state;
	assert_true(ikehdr_parse(&h, bytes, sizeof(bytes)));
	assert_true(h.spi_i == UINT64_C(0x0102030405060708));
	assert_true(h.spi_r == UINT64_C(0xa1a2a3a4a5a6a7a8));
	assert_int_equal(h.next, 33);
	assert_int_equal(h.major, 2);
	assert_int_equal(h.minor, 1);
	assert_int_equal(h.exchange, 34);
	assert_int_equal(h.flags, IKEHDR_INITIATOR | IKEHDR_RESPONSE);
	assert_int_equal(h.msgid, 0x102);
	assert_int_equal(h.len, 0x304);
	assert_true(ikehdr_whole(&h, 0x304));
	assert_false(ikehdr_whole(&h, 0x303));
}

/* What was read is written the same, whatever the values are. */
static void
test_round(void **state)
{
	uint8_t in[IKEHDR_LEN], out[IKEHDR_LEN];

	(void)state;
	for (unsigned k = 0; k < 256; k++) {
		struct wr w = wr_into(out, sizeof(out));
		struct ikehdr h;

		for (unsigned i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)(bytes[i] ^ k);
		assert_true(ikehdr_parse(&h, in, sizeof(in)));
		ikehdr_write(&w, &h);
		assert_false(w.bad);
		assert_memory_equal(in, out, sizeof(in));
	}
}

static void
test_short(void **state)
{
	struct ikehdr h;

	(void)state;
	for (size_t n = 0; n < IKEHDR_LEN; n++)
		assert_false(ikehdr_parse(&h, bytes, n));
}

static void
test_views(void **state)
{
	struct ike_view none = { NULL, 0 }, a = { bytes, 3 }, b = { bytes, 4 };
	struct rd r = ike_view_rd(none);

	(void)state;
	assert_false(rd_more(&r));
	assert_true(rd_end(&r));
	assert_true(ike_view_equal(none, none));
	assert_true(ike_view_equal(a, a));
	assert_false(ike_view_equal(a, b));
	b.n = 3;
	b.p++;
	assert_false(ike_view_equal(a, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
