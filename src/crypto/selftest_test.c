/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/selftest.h"

#include "base/test.h"

#include "crypto/be/ossl.h"

/* A backend that is libcrypto's but for one fault. */
static enum fault {
	NONE,
	NO_KEYS,
	ACCEPTS_ALL,
	WRONG_TEXT,
	SEAL_FAILS,
	OPEN_FAILS,
	SHORT_ICV,
	MAC_ONCE,
} fault;

static const struct aead *inner;
static const struct mac *inner_mac;
static unsigned signs;

static void
run(struct aead_op *op, size_t n, bool seal)
{
	const struct aead *outer = op->key;

	assert_int_equal(n, 1);
	op->key = inner;
	(seal ? inner->seal : inner->open)(op, n);
	op->key = outer;
	if (fault == ACCEPTS_ALL && !seal)
		op->ok = true;
	if (fault == WRONG_TEXT && !seal)
		op->out[op->len - 1] ^= 1;
	if (fault == (seal ? SEAL_FAILS : OPEN_FAILS))
		op->ok = false;
}

static void
seal_run(struct aead_op *op, size_t n)
{
	run(op, n, true);
}

static void
open_run(struct aead_op *op, size_t n)
{
	run(op, n, false);
}

static void
outer_free(struct aead *a)
{
	(void)a;
	aead_free((struct aead *)(uintptr_t)inner);
}

static struct aead *
faulty_aead(void *st, const struct aead_spec *s)
{
	static struct aead a;

	inner = fault == NO_KEYS ? NULL : ossl_aead_new(st, s);
	if (inner == NULL)
		return NULL;
	a = (struct aead){ .seal = seal_run,
		.open = open_run,
		.free = outer_free,
		.info = inner->info };
	if (fault == SHORT_ICV)
		a.info.icv_len--;
	return &a;
}

static bool
sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	(void)m;
	if (fault == MAC_ONCE && signs++ != 0)
		return false;
	return inner_mac->sign(inner_mac, icv, iv, part, n);
}

static void
outer_mac_free(struct mac *m)
{
	(void)m;
	mac_free((struct mac *)(uintptr_t)inner_mac);
}

static struct mac *
faulty_mac(void *st, const struct alg *a, const uint8_t *key, unsigned bits)
{
	static struct mac m;

	inner_mac = fault == NO_KEYS ? NULL : ossl_mac_new(st, a, key, bits);
	if (inner_mac == NULL)
		return NULL;
	signs = 0;
	m = (struct mac){ sign, outer_mac_free, inner_mac->info };
	if (fault == SHORT_ICV)
		m.info.icv_len--;
	return &m;
}

/* Does the first answer of this algorithm pass, with that fault? */
static bool
passes(enum fault f, enum alg_table t, unsigned id)
{
	struct crypto_be be = ossl_backend;
	struct crypto_slot s = { .be = &be };
	const struct kat *k = kat_rows;
	bool ok;

	be.aead_new = faulty_aead;
	be.mac_new = faulty_mac;
	fault = f;
	s.st = be.init(&(struct say){ NULL, NULL });
	while (k->table != t || k->id != id)
		k++;
	ok = selftest_run(&s, k);
	be.fini(s.st);
	return ok;
}

static void
test_faults(void **state)
{
	(void)state;
	assert_true(passes(NONE, ALG_ENCR, EALG_AES_GCM_16));
	for (int f = NO_KEYS; f <= SHORT_ICV; f++)
		assert_false(passes((enum fault)f, ALG_ENCR, EALG_AES_GCM_16));
	assert_true(passes(NONE, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(NO_KEYS, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(SHORT_ICV, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(MAC_ONCE, ALG_AUTH, AALG_SHA1HMAC));
}

static void
test_bad_rows(void **state)
{
	static const struct kat unknown = { .table = ALG_ENCR, .id = 250 };
	static const struct kat too_long = {
		.table = ALG_ENCR, .id = EALG_NULL, .len = 10000
	};
	static const struct crypto_slot none;

	(void)state;
	assert_false(selftest_run(&none, &unknown));
	assert_false(selftest_run(&none, &too_long));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_bad_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
