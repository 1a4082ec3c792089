/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"

#include "crypto/be/ossl.h"
#include "crypto/solo_fix_test.h"

static void *st;

/* A message gives the same, however it is cut into three pieces. */
static void
every_cut(const struct alg *a, size_t len)
{
	uint8_t key[68] = { 5 }, msg[80], whole[64], icv[64];
	struct solo m = solo_mac(&ossl_backend, st, a, key, a->key_def);
	const struct mac_part one = { msg, len };
	static const uint8_t iv[8] = { 1 };

	assert_non_null(m.x);
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 3);
	assert_true(solo_sign(&m, whole, iv, &one, 1));
	for (size_t i = 0; i <= len; i++)
		for (size_t j = i; j <= len; j++) {
			const struct mac_part part[] = { { msg, i },
				{ msg + i, j - i }, { msg + j, len - j } };

			assert_true(solo_sign(&m, icv, iv, part, 3));
			assert_memory_equal(icv, whole, m.mac.info.icv_len);
		}
	solo_free(&m);
}

static void
test_pieces(void **state)
{
	static const size_t len[] = { 0, 1, 15, 16, 17, 32, 33, 48, 64, 80 };
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		for (size_t j = 0;
		     j < sizeof(len) / sizeof(len[0]) && a->table == ALG_AUTH;
		     j++)
			every_cut(a, len[j]);
}

/* AES-XCBC-MAC over much: the chaining goes on across its inner buffer. */
static void
test_long_xcbc(void **state)
{
	const struct alg *a = alg_by_id(ALG_AUTH, AALG_AES_XCBC);
	static uint8_t msg[70000];
	uint8_t key[16] = { 1 }, x[12], y[12];
	struct solo m = solo_mac(&ossl_backend, st, a, key, 128);
	struct mac_part part[700];

	(void)state;
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i >> 3);
	for (size_t i = 0; i < 700; i++)
		part[i] = (struct mac_part){ msg + 100 * i, 100 };
	assert_true(solo_sign(&m, x, NULL, part, 700));
	assert_true(
	    solo_sign(&m, y, NULL, &(struct mac_part){ msg, sizeof(msg) }, 1));
	assert_memory_equal(x, y, sizeof(x));
	msg[300] ^= 1;
	assert_true(
	    solo_sign(&m, y, NULL, &(struct mac_part){ msg, sizeof(msg) }, 1));
	assert_memory_not_equal(x, y, sizeof(x));
	solo_free(&m);
}

static void
test_unknown(void **state)
{
	struct alg a = *alg_by_id(ALG_AUTH, AALG_SHA1HMAC);
	static const uint8_t key[20];

	(void)state;
	a.id = 200;
	assert_null(solo_mac(&ossl_backend, st, &a, key, 160).x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_long_xcbc),
		cmocka_unit_test(test_unknown),
	};
	int failed;

	st = ossl_backend.init(&(struct say){ NULL, NULL });
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ossl_backend.fini(st);
	return failed;
}
