/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/selftest.h"

#include "base/test.h"

#include "crypto/be/ossl.h"

/* A backend that is libcrypto's but for one fault. */
static enum fault {
	NONE,
	NO_WAY,
	NO_KEYS,
	ACCEPTS_ALL,
	WRONG_TEXT,
	SEAL_FAILS,
	OPEN_FAILS,
	SHORT_ICV,
	MAC_ONCE,
	LAST_FAILS,
} fault;

static struct aead_way inner;
static struct mac_way inner_mac;
static unsigned signs;

static void
run(void *const *x, struct aead_op *op, size_t n, bool seal)
{
	assert_int_equal(n, 1);
	(seal ? inner.seal : inner.open)(&inner, x, op, n);
	if (fault == ACCEPTS_ALL && !seal)
		op->ok = true;
	if (fault == WRONG_TEXT && !seal)
		op->out[op->len - 1] ^= 1;
	if (fault == (seal ? SEAL_FAILS : OPEN_FAILS))
		op->ok = false;
}

static void
seal_run(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	(void)w;
	run(x, op, n, true);
}

static void
open_run(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	(void)w;
	run(x, op, n, false);
}

static bool
faulty_aead(void *st, const struct aead_spec *s, struct aead_way *w)
{
	if (fault == NO_WAY || !ossl_aead_way(st, s, &inner))
		return false;
	*w = inner;
	w->seal = seal_run;
	w->open = open_run;
	if (fault == SHORT_ICV)
		w->info.icv_len--;
	return true;
}

static bool
sign(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	(void)w;
	if (fault == MAC_ONCE && signs++ != 0)
		return false;
	return inner_mac.sign(&inner_mac, x, icv, iv, part, n);
}

static void
sign_n(const struct mac_way *w, void *const *x, struct mac_op *op, size_t n)
{
	for (size_t i = 0; i < n; i++)
		op[i].ok = inner_mac.sign(w, x[i], op[i].icv, op[i].iv,
			       op[i].part, op[i].n) &&
			   !(fault == LAST_FAILS && i == n - 1);
}

static bool
faulty_mac(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	if (fault == NO_WAY || !ossl_mac_way(st, a, bits, &inner_mac))
		return false;
	signs = 0;
	*w = inner_mac;
	w->sign = sign;
	w->sign_n = sign_n;
	if (fault == SHORT_ICV)
		w->info.icv_len--;
	return true;
}

/* No memory for the schedule, or no key that pleases. */
static bool
no_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	(void)w;
	(void)x;
	(void)s;
	return false;
}

static bool
keyless_aead(void *st, const struct aead_spec *s, struct aead_way *w)
{
	bool ok = faulty_aead(st, s, w);

	w->way.expand = no_expand;
	return ok;
}

static bool
keyless_mac(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	bool ok = faulty_mac(st, a, bits, w);

	w->way.expand = no_expand;
	return ok;
}

/* Does the first answer of this algorithm pass, with that fault? */
static bool
passes(enum fault f, enum alg_table t, unsigned id)
{
	struct crypto_be be = ossl_backend;
	struct crypto_slot s = { .be = &be };
	const struct kat *k = kat_rows;
	bool ok;

	be.aead = f == NO_KEYS ? keyless_aead : faulty_aead;
	be.mac = f == NO_KEYS ? keyless_mac : faulty_mac;
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
	for (int f = NO_WAY; f <= SHORT_ICV; f++)
		assert_false(passes((enum fault)f, ALG_ENCR, EALG_AES_GCM_16));
	assert_true(passes(NONE, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(NO_WAY, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(NO_KEYS, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(SHORT_ICV, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(MAC_ONCE, ALG_AUTH, AALG_SHA1HMAC));
	assert_false(passes(LAST_FAILS, ALG_AUTH, AALG_SHA1HMAC));
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
