/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/imb.h"

#include <pthread.h>

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *ours, *theirs;

enum { THREADS = 4, ROUNDS = 3000, BATCH = 24, LEN = 96 };

static struct aead *
make(const struct crypto *c, uint8_t seed)
{
	uint8_t key[64];

	memset(key, seed, sizeof(key));
	return aead_new(
	    c, &(struct aead_spec){ alg_by_id(ALG_ENCR, EALG_AES),
		   alg_by_id(ALG_AUTH, AALG_SHA1HMAC), key, 128, key, 160 });
}

/* Seal a batch; what came out, by xor. */
static uint8_t
seal_batch(const struct aead *a, uint8_t start)
{
	uint8_t p[BATCH][24 + LEN + 12], sum = 0;
	struct aead_op op[BATCH];

	memset(p, start, sizeof(p));
	for (size_t i = 0; i < BATCH; i++) {
		p[i][24] = (uint8_t)i;
		op[i] = (struct aead_op){ .key = a,
			.hdr = p[i],
			.iv = p[i] + 8,
			.in = p[i] + 24,
			.out = p[i] + 24,
			.len = LEN,
			.icv = p[i] + 24 + LEN };
	}
	aead_seal(op, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		assert_true(op[i].ok);
		for (size_t j = 0; j < sizeof(p[i]); j++)
			sum = (uint8_t)(sum * 5 + p[i][j]);
	}
	return sum;
}

static pthread_barrier_t start;

/* NULL when each batch came out as libcrypto has it. */
static void *
worker(void *arg)
{
	static const char bad[] = "differs";
	uint8_t seed = *(const uint8_t *)arg;
	struct aead *a = make(ours, seed), *b = make(theirs, seed);
	bool same = true;

	pthread_barrier_wait(&start);
	for (int i = 0; i < ROUNDS; i++)
		same = same &&
		       seal_batch(a, (uint8_t)i) == seal_batch(b, (uint8_t)i);
	aead_free(a);
	aead_free(b);
	return same ? NULL : (void *)(uintptr_t)bad;
}

/* Threads with their own keys do not disturb each other; their state ends with
   them (the leak checker sees to that). */
static void
test_threads(void **state)
{
	uint8_t seed[THREADS];
	pthread_t t[THREADS];
	void *said;

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++) {
		seed[i] = (uint8_t)(i + 1);
		assert_int_equal(
		    pthread_create(&t[i], NULL, worker, &seed[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(t[i], &said), 0);
		assert_null(said);
	}
	assert_int_equal(pthread_barrier_destroy(&start), 0);
}

/* It says what it can do and leaves the rest. */
static void
test_claims(void **state)
{
	const struct crypto_slot *s = &ours->slot[0];

	(void)state;
	assert_true(slot_passed(s, alg_by_id(ALG_ENCR, EALG_AES_GCM_16)));
	assert_true(slot_passed(s, alg_by_id(ALG_AUTH, AALG_AES_GMAC)));
	assert_false(slot_passed(s, alg_by_id(ALG_ENCR, EALG_BLOWFISH)));
	assert_false(slot_passed(s, alg_by_id(ALG_ENCR, EALG_CAMELLIA)));
	assert_false(imb_backend.claims(
	    s->st, alg_by_id(ALG_ENCR, EALG_AES_CCM_8), 192));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_claims),
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
