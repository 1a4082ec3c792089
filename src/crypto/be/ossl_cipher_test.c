/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"

#include "crypto/be/ossl.h"
#include "crypto/solo_fix_test.h"

static void *st;

static struct solo
make(const struct alg *a, const uint8_t *key, unsigned bits)
{
	return solo_cipher(&ossl_backend, st, a, key, bits);
}

static bool
crypt_with(const struct solo *c, bool enc, const uint8_t *v, const uint8_t *in,
    uint8_t *out, size_t len)
{
	return c->cipher.crypt(&c->cipher, c->x, enc, v, in, out, len);
}

static const uint8_t iv[16] = { 3 };

static void
pattern(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 11 + 1);
}

/* Every length of key is a key of its own, and the whole of it counts. */
static void
key_lengths(unsigned id)
{
	const struct alg *a = alg_by_id(ALG_ENCR, id);
	uint8_t key[64], in[32] = { 0 }, out[32], last[32] = { 0 }, back[32];

	pattern(key, sizeof(key));
	for (unsigned bits = a->key_min; bits <= a->key_max;
	     bits += a->key_incr) {
		struct solo c = make(a, key, bits);

		assert_non_null(c.x);
		assert_true(crypt_with(&c, true, iv, in, out, sizeof(in)));
		assert_memory_not_equal(out, last, sizeof(out));
		assert_true(crypt_with(&c, false, iv, out, back, sizeof(out)));
		assert_memory_equal(back, in, sizeof(in));
		memcpy(last, out, sizeof(last));
		solo_free(&c);
		/* the last byte of the key */
		key[bits / 8 - 1] ^= 0x80;
		c = make(a, key, bits);
		assert_true(crypt_with(&c, true, iv, in, out, sizeof(in)));
		assert_memory_not_equal(out, last, sizeof(out));
		solo_free(&c);
		key[bits / 8 - 1] ^= 0x80;
	}
}

static void
test_key_lengths(void **state)
{
	(void)state;
	key_lengths(EALG_BLOWFISH);
	key_lengths(EALG_CAST);
	key_lengths(EALG_AES);
	key_lengths(EALG_CAMELLIA);
}

/* A CBC text that is no multiple of the block is refused, then all is well. */
static void
test_odd_length(void **state)
{
	const struct alg *a = alg_by_id(ALG_ENCR, EALG_AES);
	uint8_t key[32] = { 0 }, in[48] = { 0 }, out[64], first[48];
	struct solo c = make(a, key, 128);

	(void)state;
	assert_true(crypt_with(&c, true, iv, in, first, 48));
	for (size_t n = 1; n < 48; n++)
		assert_int_equal(
		    crypt_with(&c, true, iv, in, out, n), n % 16 == 0);
	assert_true(crypt_with(&c, true, iv, in, out, 48));
	assert_memory_equal(out, first, 48);
	solo_free(&c);
}

/* RFC 3686 4: the block counter starts at one and carries. */
static void
test_counter(void **state)
{
	const struct alg *a = alg_by_id(ALG_ENCR, EALG_AES_CTR);
	const struct alg *cbc = alg_by_id(ALG_ENCR, EALG_AES);
	static const uint8_t zero[16], nonce_iv[8] = { 9, 8, 7 };
	static uint8_t in[300 * 16], out[300 * 16];
	uint8_t key[20], block[16], want[16];
	struct solo ctr, ecb;

	(void)state;
	pattern(key, sizeof(key));
	ctr = make(a, key, 128);
	ecb = make(cbc, key, 128);
	assert_true(crypt_with(&ctr, true, nonce_iv, in, out, sizeof(in)));
	for (unsigned i = 0; i < 300; i++) {
		memcpy(block, key + 16, 4);
		memcpy(block + 4, nonce_iv, 8);
		block[12] = block[13] = 0;
		block[14] = (uint8_t)((i + 1) >> 8);
		block[15] = (uint8_t)(i + 1);
		assert_true(crypt_with(&ecb, true, zero, block, want, 16));
		assert_memory_equal(out + 16 * (size_t)i, want, 16);
	}
	solo_free(&ctr);
	solo_free(&ecb);
}

static void
test_not_ours(void **state)
{
	static const uint8_t key[64];

	(void)state;
	assert_null(make(alg_by_id(ALG_ENCR, EALG_AES_GCM_16), key, 128).x);
	assert_null(make(alg_by_id(ALG_ENCR, EALG_NULL), key, 0).x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_odd_length),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_not_ours),
	};
	int failed;

	st = ossl_backend.init(&(struct say){ NULL, NULL });
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ossl_backend.fini(st);
	return failed;
}
