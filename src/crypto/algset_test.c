/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/algset.h"

#include "base/test.h"

#include "crypto/aead.h"
#include "crypto/be/be.h"
#include "crypto/mac.h"

static const uint16_t aes[] = { 128, 128, 256 }, b16[] = { 16 }, b24[] = { 24 };
static const uint16_t gcm[] = { 8, 16, 4 }, k384[] = { 384 };

static const struct algmech_entry entries[] = {
	{ ALG_ENCR, 250, "CKM_AES_GCM", 64, 3, 1, 3, aes, b16, gcm, ALG_VALID },
	{ ALG_ENCR, 251, "CKM_NONE", 64, 3, 1, 3, aes, b16, gcm, ALG_VALID },
	{ ALG_ENCR, EALG_AES, "CKM_NONE", 64, 3, 1, 0, aes, b16, gcm,
	    ALG_VALID },
	{ ALG_ENCR, 252, "CKM_AES_CBC", 64, 3, 1, 0, aes, b16, gcm, ALG_VALID },
	{ ALG_AUTH, 253, "CKM_SHA384_HMAC_GENERAL", 0, 1, 1, 0, k384, b24, gcm,
	    ALG_VALID },
};

static struct crypto *c;

static void
test_default(void **state)
{
	(void)state;
	assert_ptr_equal(algset_row(c, 0), alg_row(0));
	assert_ptr_equal(
	    algset_by_id(c, ALG_ENCR, EALG_AES), alg_by_id(ALG_ENCR, EALG_AES));
	assert_false(algset_is_async(c, ALG_ENCR));
}

static void
check_mac(const uint8_t key[48])
{
	struct mac_part part = { (const uint8_t *)"abc", 3 };
	uint8_t one[24], two[24];
	struct mac *m;

	m = mac_new(c, algset_by_id(c, ALG_AUTH, 253), key, 384);
	assert_non_null(m);
	assert_true(mac_sign(m, one, NULL, &part, 1));
	mac_free(m);
	m = mac_new(c, alg_by_id(ALG_AUTH, AALG_SHA384HMAC), key, 384);
	assert_true(mac_sign(m, two, NULL, &part, 1));
	mac_free(m);
	assert_memory_equal(one, two, 24);
}

static void
test_loaded(void **state)
{
	const uint8_t key[48] = { 1, 2, 3 };
	struct aead_spec s = { .ekey = key, .ekey_bits = 192 };
	struct aead *x, *y;
	uint8_t icv[2][16], out[2][16] = { 0 }, hdr[8] = { 9 }, iv[16] = { 7 };

	(void)state;
	assert_true(algset_load(c, entries, 5));
	assert_int_equal(algset_row(c, 0)->id, 250);
	assert_null(algset_row(c, 5));
	assert_null(algset_by_id(c, ALG_ENCR, EALG_AES_GCM_16));
	assert_true(crypto_usable(c, algset_by_id(c, ALG_ENCR, 250)));
	assert_false(crypto_usable(c, algset_by_id(c, ALG_ENCR, 251)));
	/* the number of ours with another's mechanism is not ours */
	assert_false(crypto_usable(c, algset_by_id(c, ALG_ENCR, EALG_AES)));
	s.encr = algset_by_id(c, ALG_ENCR, 251);
	assert_null(aead_new(c, &s));

	/* what 250 seals is what AES-GCM seals */
	s.encr = algset_by_id(c, ALG_ENCR, 250);
	x = aead_new(c, &s);
	s.encr = alg_by_id(ALG_ENCR, EALG_AES_GCM_16);
	y = aead_new(c, &s);
	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(aead_info(x)->icv_len, 16);

	struct aead_op op[2] = {
		{ .key = x,
		    .hdr = hdr,
		    .iv = iv,
		    .in = out[0],
		    .out = out[0],
		    .len = 16,
		    .icv = icv[0] },
		{ .key = y,
		    .hdr = hdr,
		    .iv = iv,
		    .in = out[1],
		    .out = out[1],
		    .len = 16,
		    .icv = icv[1] },
	};

	aead_seal(op, 2);
	assert_true(op[0].ok && op[1].ok);
	assert_memory_equal(icv[0], icv[1], 16);
	assert_memory_equal(out[0], out[1], 16);
	aead_free(y);

	/* a cipher and a MAC, each by a number of its own */
	s = (struct aead_spec){ .encr = algset_by_id(c, ALG_ENCR, 252),
		.integ = algset_by_id(c, ALG_AUTH, 253),
		.ekey = key,
		.ekey_bits = 256,
		.akey = key,
		.akey_bits = 384 };
	y = aead_new(c, &s);
	assert_non_null(y);
	assert_int_equal(aead_info(y)->icv_len, 24);
	aead_free(y);

	check_mac(key);

	/* another table: what was made goes on, nothing new is made */
	assert_true(algset_load(c, entries + 1, 1));
	assert_null(algset_by_id(c, ALG_ENCR, 250));
	op[0].len = 16;
	aead_seal(op, 1);
	assert_true(op[0].ok);
	aead_free(x);
	assert_true(algset_load(c, NULL, 0));
	assert_null(algset_row(c, 0));
	algset_reset(c);
	assert_ptr_equal(algset_row(c, 0), alg_row(0));
}

static void
test_modes(void **state)
{
	(void)state;
	algset_set_async(c, ALG_ENCR, true);
	assert_true(algset_is_async(c, ALG_ENCR));
	assert_false(algset_is_async(c, ALG_AUTH));
	algset_set_async(c, ALG_ENCR, false);
	assert_false(algset_is_async(c, ALG_ENCR));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_loaded),
		cmocka_unit_test(test_modes),
	};
	int failed;

	c = crypto_new(be_ossl, NULL, NULL);
	if (c == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(c);
	return failed;
}
