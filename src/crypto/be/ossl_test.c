/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/ossl.h"

#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"

static char heard[4096];

static void
hear(void *ctx, const char *line)
{
	(void)ctx;
	assert_true(strlen(heard) + strlen(line) + 2 < sizeof(heard));
	strcat(heard, line);
	strcat(heard, "\n");
}

/* Without the legacy module three algorithms are absent, and it is told once. */
static void
test_no_legacy_module(void **state)
{
	struct crypto *c;
	const struct alg *a;

	(void)state;
	heard[0] = '\0';
	assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
	c = crypto_new(be_ossl, hear, NULL);
	assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
	assert_string_equal(heard, "libcrypto: no legacy provider; absent: "
				   "des-cbc, blowfish-cbc, cast-cbc\n");
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		bool legacy = a->table == ALG_ENCR &&
			      (a->id == EALG_DESCBC || a->id == EALG_BLOWFISH ||
				  a->id == EALG_CAST);

		assert_int_equal(crypto_usable(c, a), !legacy);
		assert_string_equal(
		    crypto_backend_name(c, a), legacy ? "-" : "libcrypto");
	}
	crypto_free(c);
}

/* Each name of the table is one that libcrypto knows, at each key length. */
static void
test_every_cipher(void **state)
{
	void *st = ossl_backend.init(&(struct say){ hear, NULL });
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		if (a->table != ALG_ENCR || a->id == EALG_NULL)
			continue;
		for (unsigned bits = a->key_min; bits <= a->key_max;
		     bits += a->key_incr != 0 ? a->key_incr : 1u)
			assert_non_null(ossl_cipher_of(st, a, bits));
	}
	assert_null(ossl_cipher_of(st, alg_by_id(ALG_ENCR, EALG_AES), 100));
	ossl_backend.fini(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_legacy_module),
		cmocka_unit_test(test_every_cipher),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
