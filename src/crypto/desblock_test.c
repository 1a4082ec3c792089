/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/desblock.h"

#include "base/test.h"

/* Eight bytes with parity bits, as vectors have keys. */
static void
run(const uint8_t key8[8], const uint8_t in[8], uint8_t out[8])
{
	uint64_t x = 0;
	uint8_t key7[7];

	for (unsigned i = 0; i < 8; i++)
		x = x << 7 | key8[i] >> 1;
	for (unsigned i = 0; i < 7; i++)
		key7[i] = (uint8_t)(x >> (48 - 8 * i));
	desblock_encrypt(key7, in, out);
}

/* NIST SP 800-17: variable plaintext and key, and tables of old validations. */
static void
test_known(void **state)
{
	static const uint8_t t[][3][8] = {
		{ { 1, 1, 1, 1, 1, 1, 1, 1 }, { 0x80 },
		    { 0x95, 0xf8, 0xa5, 0xe5, 0xdd, 0x31, 0xd9, 0x00 } },
		{ { 0x80, 1, 1, 1, 1, 1, 1, 1 }, { 0 },
		    { 0x95, 0xa8, 0xd7, 0x28, 0x13, 0xda, 0xa9, 0x4d } },
		{ { 0x13, 0x34, 0x57, 0x79, 0x9b, 0xbc, 0xdf, 0xf1 },
		    { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef },
		    { 0x85, 0xe8, 0x13, 0x54, 0x0f, 0x0a, 0xb4, 0x05 } },
		{ { 0x7c, 0xa1, 0x10, 0x45, 0x4a, 0x1a, 0x6e, 0x57 },
		    { 0x01, 0xa1, 0xd6, 0xd0, 0x39, 0x77, 0x67, 0x42 },
		    { 0x69, 0x0f, 0x5b, 0x0d, 0x9a, 0x26, 0x93, 0x9b } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t out[8];

		run(t[i][0], t[i][1], out);
		assert_memory_equal(out, t[i][2], 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
