/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/be/imb.h"

static struct crypto *ours, *theirs;

enum { MANY = 70 };

/* Long ones in pieces: all go through the staging memory, some at a time. */
static void
test_more_than_staging(void **state)
{
	static uint8_t text[MAC_N_LEN], icv[2][MANY][32];
	static struct mac_op op[MANY];
	static struct mac_part part[MANY][3];
	const struct alg *a = alg_by_id(ALG_AUTH, AALG_SHA256HMAC);
	const uint8_t key[32] = { 9 };
	struct mac *m = mac_new(ours, a, key, 256);
	struct mac *o = mac_new(theirs, a, key, 256);

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 5 >> 3);
	for (size_t i = 0; i < MANY; i++) {
		size_t n = i % 3 == 0 ? sizeof(text) - i : 1 + i;

		part[i][0] = (struct mac_part){ text + i, 1 };
		part[i][1] = (struct mac_part){ text, 0 };
		part[i][2] = (struct mac_part){ text, n - 1 };
		op[i] = (struct mac_op){
			.key = m, .part = part[i], .n = 3, .icv = icv[0][i]
		};
	}
	mac_sign_n(op, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_true(op[i].ok);
		assert_true(mac_sign(o, icv[1][i], NULL, part[i], 3));
		assert_memory_equal(icv[0][i], icv[1][i], 16);
	}
	mac_free(m);
	mac_free(o);
}

/* Keys that a hash would have to shorten first are left to others. */
static void
test_keys(void **state)
{
	IMB_HASH_ALG alg;

	(void)state;
	assert_true(
	    imb_mac_alg(alg_by_id(ALG_AUTH, AALG_SHA256HMAC), 512, &alg));
	assert_int_equal(alg, IMB_AUTH_HMAC_SHA_256);
	assert_false(
	    imb_mac_alg(alg_by_id(ALG_AUTH, AALG_SHA256HMAC), 520, &alg));
	assert_true(
	    imb_mac_alg(alg_by_id(ALG_AUTH, AALG_SHA384HMAC), 1024, &alg));
	assert_false(
	    imb_mac_alg(alg_by_id(ALG_AUTH, AALG_AES_XCBC), 256, &alg));
	assert_false(
	    imb_mac_alg(alg_by_id(ALG_AUTH, AALG_AES_GMAC), 128, &alg));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_more_than_staging),
		cmocka_unit_test(test_keys),
	};
	int failed;

	ours = crypto_new(be_imb, NULL, NULL);
	theirs = crypto_new(be_ossl, NULL, NULL);
	/* 77: this CPU cannot */
	failed = ours->n == 0 ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(ours);
	crypto_free(theirs);
	return failed;
}
