/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mac.h"

#include "base/test.h"

#include "crypto/backend.h"
#include "crypto/be/be.h"

static const uint8_t key[128] = { 4, 5, 6 }, iv[8] = { 9 };
static const uint8_t msg[100] = "the message";

static void
test_every_bit(void **state)
{
	struct crypto *c = crypto_new(be_all, NULL, NULL);
	const struct mac_part part[] = { { msg, 40 }, { msg + 40, 60 } };
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		struct mac *m;
		uint8_t icv[64];

		if (a->table != ALG_AUTH)
			continue;
		m = mac_new(c, a, key, a->key_def);
		assert_non_null(m);
		assert_int_equal(mac_info(m)->icv_len, a->icv_len);
		assert_int_equal(mac_info(m)->iv_len, a->iv_len);
		assert_true(mac_sign(m, icv, iv, part, 2));
		assert_true(mac_verify(m, icv, iv, part, 2));
		for (size_t bit = 0; bit < a->icv_len * 8u; bit++) {
			icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
			assert_false(mac_verify(m, icv, iv, part, 2));
			icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		}
		assert_false(mac_verify(m, icv, iv, part, 1));
		if (a->iv_len != 0)
			assert_false(mac_verify(m, icv, key, part, 2));
		mac_free(m);
	}
	mac_free(NULL);
	crypto_free(c);
}

static void
test_refusals(void **state)
{
	struct crypto *c = crypto_new(be_all, NULL, NULL);
	const struct alg *sha = alg_by_id(ALG_AUTH, AALG_SHA256HMAC);

	(void)state;
	assert_null(mac_new(c, NULL, key, 128));
	assert_null(mac_new(c, sha, NULL, 256));
	assert_null(mac_new(c, sha, key, 128));
	assert_null(mac_new(c, sha, key, 0));
	assert_null(mac_new(c, alg_by_id(ALG_ENCR, EALG_AES), key, 128));
	crypto_free(c);
}

static bool
failing(const struct mac *m, uint8_t *icv, const uint8_t *i,
    const struct mac_part *part, size_t n)
{
	(void)i;
	(void)part;
	(void)n;
	memset(icv, 0xee, m->info.icv_len);
	return false;
}

/* A backend that fails leaves zeros, and verifies nothing. */
static void
test_backend_fails(void **state)
{
	static const struct mac m = { failing, NULL, { 0, 12 } };
	uint8_t icv[12], zero[12] = { 0 }, ee[12];

	(void)state;
	memset(icv, 1, sizeof(icv));
	memset(ee, 0xee, sizeof(ee));
	assert_false(mac_sign(&m, icv, NULL, NULL, 0));
	assert_memory_equal(icv, zero, sizeof(icv));
	assert_false(mac_verify(&m, zero, NULL, NULL, 0));
	assert_false(mac_verify(&m, ee, NULL, NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_backend_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
