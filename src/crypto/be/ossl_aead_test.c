/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"

#include "crypto/be/ossl.h"
#include "crypto/solo_fix_test.h"

static void *st;

static const uint8_t key[36] = { 7, 7, 7 }, iv[8] = { 1 };

static struct solo
make(unsigned id)
{
	const struct alg *a = alg_by_id(ALG_ENCR, id);

	return solo_aead(&ossl_backend, st,
	    &(struct aead_spec){ .encr = a, .ekey = key, .ekey_bits = 256 });
}

/* Authenticated data of every length up to 64, as IKE will want. */
static void
test_any_aad(void **state)
{
	static const unsigned ids[] = { EALG_AES_GCM_16, EALG_AES_GCM_8,
		EALG_AES_CCM_16, EALG_AES_CCM_12, EALG_CHACHA20_POLY1305 };
	uint8_t aad[64] = { 0 }, in[48] = "text", out[48], back[48], icv[16];

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct solo a = make(ids[i]);
		struct aead_text s = { .iv = iv,
			.aad = aad,
			.in = in,
			.out = out,
			.len = sizeof(in),
			.icv = icv };
		struct aead_text o = s;

		o.in = out;
		o.out = back;
		for (size_t n = 0; n <= sizeof(aad); n++) {
			s.aad_len = o.aad_len = n;
			assert_true(solo_text(&a, true, &s));
			assert_true(solo_text(&a, false, &o));
			assert_memory_equal(back, in, sizeof(in));
			if (n == 0)
				continue;
			aad[n - 1] ^= 1;
			assert_false(solo_text(&a, false, &o));
			aad[n - 1] ^= 1;
			o.aad_len--;
			assert_false(solo_text(&a, false, &o));
		}
		solo_free(&a);
	}
}

/* The IV of the operation counts, not the one before. */
static void
test_iv_changes(void **state)
{
	uint8_t hdr[8] = { 0 }, ivs[2][8] = { { 1 }, { 2 } };
	uint8_t in[32] = { 0 }, out[3][32], icv[3][16];
	struct solo a = make(EALG_AES_GCM_16);
	struct aead_op op[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		op[i] = (struct aead_op){ .hdr = hdr,
			.iv = ivs[i % 2],
			.in = in,
			.out = out[i],
			.len = 32,
			.icv = icv[i] };
	solo_run(&a, op, 3, true);
	assert_memory_not_equal(out[0], out[1], 32);
	assert_memory_equal(out[0], out[2], 32);
	assert_memory_equal(icv[0], icv[2], 16);
	solo_free(&a);
}

/* Not a combined algorithm: for others to do. */
static void
test_not_ours(void **state)
{
	(void)state;
	assert_null(make(EALG_AES).x);
	assert_null(make(EALG_NULL).x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_aad),
		cmocka_unit_test(test_iv_changes),
		cmocka_unit_test(test_not_ours),
	};
	int failed;

	st = ossl_backend.init(&(struct say){ NULL, NULL });
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ossl_backend.fini(st);
	return failed;
}
