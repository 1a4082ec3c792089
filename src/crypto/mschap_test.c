/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mschap.h"

#include "base/test.h"

/* RFC 2759 9.2 */
static const uint8_t server[] = { 0x5B, 0x5D, 0x7C, 0x7D, 0x7B, 0x3F, 0x2F,
	0x3E, 0x3C, 0x2C, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
static const uint8_t peer[] = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5E, 0x26, 0x2A,
	0x28, 0x29, 0x5F, 0x2B, 0x3A, 0x33, 0x7C, 0x7E };
static const struct mschap m = { server, peer, (const uint8_t *)"User", 4 };

static bool
hash_of(const char *password, uint8_t *hash)
{
	return mschap_hash((const uint8_t *)password, strlen(password), hash);
}

static void
test_known(void **state)
{
	uint8_t hash[MSCHAP_HASH], r[MSCHAP_RESPONSE], a[MSCHAP_AUTH];

	(void)state;
	assert_true(hash_of("clientPass", hash));
	assert_memory_equal(hash,
	    "\x44\xEB\xBA\x8D\x53\x12\xB8\xD6\x11\x47\x44\x11\xF5\x69\x89"
	    "\xAE",
	    16);
	mschap_response(&m, hash, r);
	assert_memory_equal(r,
	    "\x82\x30\x9E\xCD\x8D\x70\x8B\x5E\xA0\x8F\xAA\x39\x81\xCD\x83"
	    "\x54\x42\x33\x11\x4A\x3D\x85\xD6\xDF",
	    24);
	mschap_auth(&m, hash, r, a);
	assert_memory_equal(a,
	    "\x40\x7A\x55\x89\x11\x5F\xD0\xD6\x20\x9F\x51\x0F\xE9\xC0\x45"
	    "\x66\x93\x2C\xDA\x56",
	    20);
}

/* RFC 3079 3.5.3: the key that the server sends with, of 128 bits. */
static void
test_keys(void **state)
{
	uint8_t hash[MSCHAP_HASH], r[MSCHAP_RESPONSE], msk[MSCHAP_MSK];
	static const uint8_t zero[32];

	(void)state;
	assert_true(hash_of("clientPass", hash));
	mschap_response(&m, hash, r);
	mschap_msk(hash, r, msk);
	assert_memory_equal(msk + 16,
	    "\x8B\x7C\xDC\x14\x9B\x99\x3A\x1B\xA1\x18\xCB\x15\x3F\x56\xDC"
	    "\xCB",
	    16);
	assert_memory_equal(msk + 32, zero, 32);
	assert_memory_not_equal(msk, msk + 16, 16);
}

/* Passwords that are no UTF-8, and the longest. */
static void
test_utf8(void **state)
{
	static const char *const good[] = { "", "\xc3\xa4", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "\x7f" };
	static const char *const bad[] = { "\x80", "\xc3", "\xc0\x80",
		"\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3\x28",
		"\xe2\x82" };
	uint8_t hash[MSCHAP_HASH], other[MSCHAP_HASH];
	char longest[MSCHAP_PASSWORD + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(hash_of(good[i], hash));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hash_of(bad[i], hash));
	memset(longest, 'x', sizeof(longest));
	longest[MSCHAP_PASSWORD] = '\0';
	assert_true(hash_of(longest, hash));
	longest[MSCHAP_PASSWORD] = 'x';
	longest[MSCHAP_PASSWORD + 1] = '\0';
	assert_false(hash_of(longest, other));
	/* MD4 of 0x20ac in little endian */
	assert_true(hash_of("\xe2\x82\xac", hash));
	assert_true(hash_of("\xc2\xac", other));
	assert_memory_not_equal(hash, other, MSCHAP_HASH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
