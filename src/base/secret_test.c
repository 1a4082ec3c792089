/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

#include "base/test.h"

static void
test_equal(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(secret_equal(a, b, sizeof(a)));
	for (size_t bit = 0; bit < sizeof(a) * 8; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_false(secret_equal(a, b, sizeof(a)));
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_true(secret_equal(a, b, 0));
}

static void
test_set_and_wipe(void **state)
{
	static const uint8_t zero[SECRET_MAX];
	uint8_t long_key[SECRET_MAX + 1] = { 1 };
	struct secret s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	assert_true(secret_set(&s, (const uint8_t *)"\xab\xcd", 12));
	assert_int_equal(s.bits, 12);
	assert_memory_equal(s.b, "\xab\xcd\0", 3);
	assert_false(secret_set(&s, long_key, sizeof(long_key) * 8));
	secret_fini(&s);
	assert_int_equal(s.bits, 0);
	assert_memory_equal(s.b, zero, sizeof(s.b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_set_and_wipe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
