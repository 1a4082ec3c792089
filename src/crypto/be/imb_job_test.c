/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/be/imb.h"

static struct crypto *ours, *theirs;

static const uint8_t key[64] = { 11, 12, 13 };

static struct aead *
make(const struct crypto *c, unsigned encr, unsigned auth)
{
	const struct alg *e = alg_by_id(ALG_ENCR, encr);
	const struct alg *a = auth != 0 ? alg_by_id(ALG_AUTH, auth) : NULL;

	return aead_new(c, &(struct aead_spec){ e, a, key, e->key_def, key,
			       a != NULL ? a->key_def : 0u });
}

/* Packets of n bytes, each in its own memory. */
struct packets {
	size_t n, len;
	uint8_t *mem[2];
	struct aead_op op[2][140];
};

static void
packets_new(struct packets *p, size_t n, size_t len, bool esn)
{
	size_t stride = 24 + len + 32;

	p->n = n;
	p->len = len;
	for (int side = 0; side < 2; side++) {
		uint8_t *m = p->mem[side] = calloc(n, stride);

		assert_non_null(m);
		for (size_t i = 0; i < n; i++, m += stride) {
			m[0] = (uint8_t)i;
			m[24] = (uint8_t)(i + 1);
			p->op[side][i] = (struct aead_op){ .hdr = m,
				.iv = m + 8,
				.in = m + 24,
				.out = m + 24,
				.len = len,
				.icv = m + 24 + len,
				.esn = esn,
				.seq_hi = 77 };
		}
	}
}

static void
packets_key(struct packets *p, size_t i, struct aead *a, struct aead *b)
{
	p->op[0][i].key = a;
	p->op[1][i].key = b;
}

static void
packets_free(struct packets *p)
{
	free(p->mem[0]);
	free(p->mem[1]);
}

static void
packets_same(const struct packets *p)
{
	for (size_t i = 0; i < p->n; i++)
		assert_int_equal(p->op[0][i].ok, p->op[1][i].ok);
	assert_memory_equal(p->mem[0], p->mem[1], p->n * (24 + p->len + 32));
}

/* All go through the staging memory, which holds only some of them at a time. */
static void
test_more_than_staging(void **state)
{
	struct aead *a = make(ours, EALG_AES, AALG_SHA1HMAC);
	struct aead *b = make(theirs, EALG_AES, AALG_SHA1HMAC);
	struct packets p;

	(void)state;
	for (size_t n = 1; n < 12; n += 5) {
		packets_new(&p, n, 65456, true);
		for (size_t i = 0; i < n; i++)
			packets_key(&p, i, a, b);
		aead_seal(p.op[0], n);
		aead_seal(p.op[1], n);
		packets_same(&p);
		aead_open(p.op[0], n);
		aead_open(p.op[1], n);
		packets_same(&p);
		assert_true(p.op[0][n - 1].ok);
		packets_free(&p);
	}
	aead_free(a);
	aead_free(b);
}

/* More than the lanes take at a time, of several algorithms in turn. */
static void
test_many(void **state)
{
	static const unsigned id[][2] = { { EALG_AES, AALG_SHA1HMAC },
		{ EALG_AES, AALG_SHA512HMAC }, { EALG_AES_CTR, AALG_AES_XCBC },
		{ EALG_NULL, AALG_SHA256HMAC }, { EALG_CHACHA20_POLY1305, 0 },
		{ EALG_AES_CCM_8, 0 } };
	struct aead *a[6], *b[6];
	struct packets p;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		a[i] = make(ours, id[i][0], id[i][1]);
		b[i] = make(theirs, id[i][0], id[i][1]);
	}
	packets_new(&p, 140, 112, false);
	for (size_t i = 0; i < p.n; i++)
		packets_key(&p, i, a[i % 6], b[i % 6]);
	aead_seal(p.op[0], p.n);
	aead_seal(p.op[1], p.n);
	packets_same(&p);
	aead_open(p.op[0], p.n);
	aead_open(p.op[1], p.n);
	packets_same(&p);
	packets_free(&p);
	for (size_t i = 0; i < 6; i++) {
		aead_free(a[i]);
		aead_free(b[i]);
	}
}

/* One that cannot be done fails alone. */
static void
test_one_bad_length(void **state)
{
	struct aead *a = make(ours, EALG_AES, AALG_SHA1HMAC);
	struct packets p;

	(void)state;
	packets_new(&p, 40, 96, false);
	for (size_t i = 0; i < p.n; i++)
		packets_key(&p, i, a, a);
	p.op[0][7].len = 95;
	p.op[0][23].len = 100000;
	aead_seal(p.op[0], p.n);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.op[0][i].ok, i != 7 && i != 23);
	aead_open(p.op[0], p.n);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.op[0][i].ok, i != 7 && i != 23);
	packets_free(&p);
	aead_free(a);
}

/* An ICV is looked at for its own packet. */
static void
test_one_bad_icv(void **state)
{
	struct aead *a = make(ours, EALG_AES, AALG_SHA256HMAC);
	struct packets p;

	(void)state;
	packets_new(&p, 70, 64, false);
	for (size_t i = 0; i < p.n; i++)
		packets_key(&p, i, a, a);
	aead_seal(p.op[0], p.n);
	p.op[0][66].icv[15] ^= 1;
	aead_open(p.op[0], p.n);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.op[0][i].ok, i != 66);
	packets_free(&p);
	aead_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_more_than_staging),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_one_bad_length),
		cmocka_unit_test(test_one_bad_icv),
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
