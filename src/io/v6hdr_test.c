/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/v6hdr.h"

#include "base/test.h"

static struct v6hdr
plain(void)
{
	struct v6hdr h = {
		.tclass = 0xb9, .hlim = 64, .flow = 0x12345, .proto = 51
	};

	memset(h.src, 0x11, 16);
	memset(h.dst, 0x22, 16);
	return h;
}

static void
test_plain(void **state)
{
	static const uint8_t want[8] = { 0x6b, 0x91, 0x23, 0x45, 0, 100, 51,
		64 };
	struct v6hdr h = plain();
	uint8_t buf[40];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	assert_int_equal(v6hdr_len(&h), 40);
	assert_true(v6hdr_write(&w, &h, 100));
	assert_memory_equal(buf, want, 8);
	assert_memory_equal(buf + 8, h.src, 16);
	assert_memory_equal(buf + 24, h.dst, 16);
}

static void
test_extensions(void **state)
{
	uint8_t hop[8] = { 43, 0, 1, 4 }, route[24] = { 60, 2, 0, 1 };
	uint8_t dst[16] = { 51, 1, 1, 12 };
	struct v6hdr h = plain();
	uint8_t buf[88];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	h.n_ext = 3;
	h.ext[0].type = 0;
	h.ext[0].p = hop;
	h.ext[0].n = 8;
	h.ext[1].type = 43;
	h.ext[1].p = route;
	h.ext[1].n = 24;
	h.ext[2].type = 60;
	h.ext[2].p = dst;
	h.ext[2].n = 16;
	assert_int_equal(v6hdr_len(&h), 88);
	assert_true(v6hdr_write(&w, &h, 12));
	assert_int_equal(buf[5], 60);
	assert_int_equal(buf[6], 0);
	assert_memory_equal(buf + 40, hop, 8);
	assert_memory_equal(buf + 72, dst, 16);
	/* a chain that names something else than what follows */
	dst[0] = 50;
	w = wr_into(buf, sizeof(buf));
	assert_false(v6hdr_write(&w, &h, 12));
	dst[0] = 51;
	dst[1] = 2;
	w = wr_into(buf, sizeof(buf));
	assert_false(v6hdr_write(&w, &h, 12));
	dst[1] = 1;
	w = wr_into(buf, 87);
	assert_false(v6hdr_write(&w, &h, 12));
	w = wr_into(buf, sizeof(buf));
	assert_false(v6hdr_write(&w, &h, 65535));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
