/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/be.h"

#include <string.h>

#include "base/test.h"

#include "crypto/be/ossl.h"

static size_t
length(const struct crypto_be *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

/* libcrypto is in every build, and last: it has everything. */
static void
test_lists(void **state)
{
	(void)state;
	assert_int_equal(length(be_ossl), 1);
	assert_ptr_equal(be_ossl[0], &ossl_backend);
	assert_int_equal(length(be_all), 3 + length(be_imb));
	assert_ptr_equal(be_all[0], be_gcmx[0]);
	assert_ptr_equal(be_all[1 + length(be_imb)], be_gcmx_ni[0]);
	assert_ptr_equal(be_all[2 + length(be_imb)], &ossl_backend);
	if (length(be_imb) != 0)
		assert_string_equal(be_imb[0]->name, "ipsec-mb");
}

static void
test_random(void **state)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	(void)state;
	assert_true(crypto_rng.fill(crypto_rng.ctx, a, sizeof(a)));
	assert_true(crypto_rng.fill(crypto_rng.ctx, b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
	/* each byte changes sooner or later */
	for (size_t i = 0; i < sizeof(a); i++) {
		int tries = 0;

		for (; a[i] == b[i] && tries < 64; tries++)
			assert_true(
			    crypto_rng.fill(crypto_rng.ctx, b, sizeof(b)));
		assert_true(tries < 64);
	}
	assert_false(crypto_rng.fill(crypto_rng.ctx, a, SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
