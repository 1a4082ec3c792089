/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/keyhome.h"

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *crypto;
static const uint8_t key[64] = { 1, 2 };

static struct aead *
make(unsigned id, unsigned bits)
{
	return aead_new(
	    crypto, &(struct aead_spec){ .encr = alg_by_id(ALG_ENCR, id),
			.ekey = key,
			.ekey_bits = bits });
}

/* One row for all keys of a kind, another for another kind. */
static void
test_rows(void **state)
{
	struct aead *a = make(EALG_AES_GCM_16, 256);
	struct aead *b = make(EALG_AES_GCM_16, 256);
	struct aead *c = make(EALG_AES_GCM_16, 128);
	struct aead *d = make(EALG_AES_GCM_8, 128);

	(void)state;
	assert_ptr_equal(a->k.row, b->k.row);
	assert_ptr_not_equal(a->k.row, c->k.row);
	assert_ptr_not_equal(c->k.row, d->k.row);
	assert_true(a->k.id != b->k.id && b->k.id != c->k.id);
	assert_int_equal(a->k.row->e_len, 36);
	assert_int_equal(a->k.row->a_len, 0);
	assert_memory_equal(keyed_spec(&a->k).ekey, key, 36);
	aead_free(a);
	aead_free(b);
	aead_free(c);
	aead_free(d);
}

/* libcrypto, which is last, has no bit: it stays. */
static void
test_off(void **state)
{
	const struct alg *gcm = alg_by_id(ALG_ENCR, EALG_AES_GCM_16);
	const char *first = crypto_backend_name(crypto, gcm);
	struct aead *a = make(EALG_AES_GCM_16, 128);
	uint8_t p[48] = { 0 };
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 16,
		.icv = p + 32 };

	(void)state;
	keyhome_set_off(crypto->home, ~0u);
	assert_int_equal(keyhome_off(crypto->home), ~0u);
	aead_seal(&op, 1);
	assert_true(op.ok);
	keyhome_set_off(crypto->home, 0);
	aead_open(&op, 1);
	assert_true(op.ok);
	assert_string_equal(crypto_backend_name(crypto, gcm), first);
	aead_free(a);
}

/* While one has the home's own cache, the others do without. */
static void
test_take(void **state)
{
	struct keyhome *h = crypto->home;
	struct aead *a = make(EALG_AES_GCM_16, 128);
	uint8_t p[2][48] = { { 0 } };
	struct aead_op op[2];
	const struct keycache *kc;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		op[i] = (struct aead_op){ .key = a,
			.hdr = p[i],
			.iv = p[i] + 8,
			.in = p[i] + 16,
			.out = p[i] + 16,
			.len = 16,
			.icv = p[i] + 32 };
	kc = keyhome_take(h);
	assert_non_null(kc);
	assert_null(keyhome_take(h));
	aead_seal(op, 2);
	assert_true(op[0].ok && op[1].ok);
	assert_int_equal(keycache_count(kc).misses, 0);
	keyhome_give(h);
	aead_open(op, 2);
	assert_true(op[0].ok && op[1].ok);
	assert_int_equal(keycache_count(kc).misses, 1);
	assert_ptr_equal(keyhome_take(h), kc);
	keyhome_give(h);
	aead_free(a);
}

/* No more than it can wipe. */
static void
test_too_many_caches(void **state)
{
	struct keycache *kc[80];
	size_t n = 0;

	(void)state;
	while (n < 80 && (kc[n] = keycache_new(crypto, 1)) != NULL)
		n++;
	assert_int_equal(n, 63); /* and the home's own */
	keycache_free(kc[0]);
	kc[0] = keycache_new(crypto, 1);
	assert_non_null(kc[0]);
	while (n != 0)
		keycache_free(kc[--n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_too_many_caches),
	};
	int failed;

	crypto = crypto_new(be_all, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(crypto);
	return failed;
}
