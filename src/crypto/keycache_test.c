/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/keycache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/keycacheint.h"

static struct crypto *crypto;

/* Key i of a kind, made of its number. */
static struct aead *
make(const struct crypto *c, size_t i)
{
	static const struct {
		uint8_t e, i;
		uint16_t ebits, ibits;
	} kind[] = {
		{ EALG_AES_GCM_16, 0, 256, 0 },
		{ EALG_AES, AALG_SHA256HMAC, 256, 256 },
		{ EALG_CHACHA20_POLY1305, 0, 256, 0 },
		{ EALG_3DESCBC, AALG_SHA1HMAC, 192, 160 },
	};
	size_t k = i % 4;
	uint8_t e[40], a[32];

	memset(e, (int)(i + 1), sizeof(e));
	memcpy(e, &i, sizeof(i));
	memset(a, (int)(i + 2), sizeof(a));
	return aead_new(
	    c, &(struct aead_spec){ alg_by_id(ALG_ENCR, kind[k].e),
		   kind[k].i != 0 ? alg_by_id(ALG_AUTH, kind[k].i) : NULL, e,
		   kind[k].ebits, a, kind[k].ibits });
}

enum { LEN = 48, PACKET = 8 + 16 + LEN + 32 };

static struct aead_op
op_of(const struct aead *a, uint8_t *p)
{
	return (struct aead_op){ .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 24,
		.out = p + 24,
		.len = LEN,
		.icv = p + 24 + LEN };
}

enum { KEYS = 600, BATCH = 100 };

/*
 * More keys than there is room for, in batches of many and of one: what a key
 * does depends on nothing but itself.
 */
static void
test_small_cache(void **state)
{
	struct crypto *plain = crypto_new(be_ossl, NULL, NULL);
	struct keycache *kc = keycache_new(crypto, 8);
	static struct aead *key[KEYS], *other[KEYS];
	static uint8_t p[2][BATCH][PACKET];
	struct aead_op op[2][BATCH];
	struct keycache_count n;
	uint32_t at = 1;

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		key[i] = make(crypto, i);
		other[i] = make(plain, i);
	}
	memset(p, 0, sizeof(p));
	for (size_t round = 0; round < 60; round++) {
		size_t many = 1 + round * 7 % BATCH;

		for (size_t i = 0; i < many; i++) {
			at = at * 1103515245 + 12345;
			size_t k = (at >> 16) % (round % 3 == 0 ? 6 : KEYS);

			op[0][i] = op_of(key[k], p[0][i]);
			op[1][i] = op_of(other[k], p[1][i]);
		}
		aead_seal_in(kc, op[0], many);
		aead_seal(op[1], many);
		for (size_t i = 0; i < many; i++)
			assert_true(op[0][i].ok && op[1][i].ok);
		assert_memory_equal(p[0], p[1], sizeof(p[0]));
		aead_open_in(kc, op[0], many);
		aead_open(op[1], many);
		for (size_t i = 0; i < many; i++)
			assert_true(op[0][i].ok && op[1][i].ok);
		assert_memory_equal(p[0], p[1], sizeof(p[0]));
	}
	n = keycache_count(kc);
	assert_true(n.hits > 0 && n.misses > KEYS);
	for (size_t i = 0; i < KEYS; i++) {
		aead_free(key[i]);
		aead_free(other[i]);
	}
	keycache_free(kc);
	keycache_free(NULL);
	crypto_free(plain);
}

/* What is used again is found again. */
static void
test_hits(void **state)
{
	struct keycache *kc = keycache_new(crypto, 100);
	struct aead *key[40];
	uint8_t p[PACKET] = { 0 };

	(void)state;
	for (size_t i = 0; i < 40; i++)
		key[i] = make(crypto, i);
	for (size_t i = 0; i < 400; i++) {
		struct aead_op op = op_of(key[i % 40], p);

		aead_seal_in(kc, &op, 1);
		assert_true(op.ok);
	}
	assert_int_equal(keycache_count(kc).misses, 40);
	assert_int_equal(keycache_count(kc).hits, 360);
	for (size_t i = 0; i < 40; i++)
		aead_free(key[i]);
	keycache_free(kc);
}

/* A backend of which each schedule can be seen. */
static uint8_t *seen[300];
static size_t n_seen, live;

static bool
expand(const struct way *w, void *x, const struct aead_spec *s)
{
	for (size_t i = 0; i < w->size; i++)
		assert_int_equal(((uint8_t *)x)[i], 0);
	memset(x, s->akey[0], w->size);
	seen[n_seen++] = x;
	live++;
	return true;
}

static void
release(const struct way *w, void *x)
{
	(void)w;
	(void)x;
	live--;
}

static bool
sign(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	(void)iv;
	(void)part;
	(void)n;
	memset(icv, ((const uint8_t *)x)[w->way.size - 1], w->info.icv_len);
	return true;
}

static bool
open_mac(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	(void)st;
	(void)bits;
	w->way =
	    (struct way){ .expand = expand, .release = release, .size = 100 };
	w->sign = sign;
	w->info = (struct mac_info){ 0, a->icv_len };
	return true;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* How many schedules of this key there are. */
static size_t
left_of(uint8_t fill)
{
	size_t n = 0;

	for (size_t i = 0; i < n_seen; i++) {
		bool again = false;

		for (size_t j = 0; j < i; j++)
			again = again || seen[j] == seen[i];
		n += !again && seen[i][0] == fill;
		/* all of it or nothing */
		assert_true(seen[i][99] == seen[i][0]);
	}
	return n;
}

enum { OPEN_KEYS = 40 };

/* With the key, its schedules go from every cache, and no others do. */
static void
test_wiped(void **state)
{
	static const struct crypto_be be = { .mac = open_mac };
	const struct alg *sha1 = alg_by_id(ALG_AUTH, AALG_SHA1HMAC);
	struct crypto c = { .n = 1, .slot = { { .be = &be } } };
	struct keycache *kc[2];
	struct mac *m[OPEN_KEYS];
	struct mac_op op[OPEN_KEYS];
	uint8_t key[20], icv[OPEN_KEYS][12];
	size_t before;

	(void)state;
	*slot_pass(&c.slot[0], sha1) = 1;
	c.home = keyhome_new();
	n_seen = live = 0;
	for (size_t i = 0; i < 2; i++)
		kc[i] = keycache_new(&c, 1 + 500 * i);
	for (size_t i = 0; i < OPEN_KEYS; i++) {
		memset(key, (int)i + 1, sizeof(key));
		m[i] = mac_new(&c, sha1, key, 160);
		op[i] = (struct mac_op){ .key = m[i], .icv = icv[i] };
	}
	/* the first has room for some of them only */
	for (size_t i = 0; i < 2; i++)
		mac_sign_in(kc[i], op, OPEN_KEYS);
	for (size_t i = 0; i < OPEN_KEYS; i++)
		assert_int_equal(icv[i][11], i + 1);
	assert_int_equal(n_seen, 2 * OPEN_KEYS);
	assert_in_range(live, OPEN_KEYS + 7, OPEN_KEYS + 14);
	for (size_t i = 0; i < OPEN_KEYS; i++) {
		size_t n = left_of((uint8_t)(i + 1));

		before = live;
		assert_in_range(n, 1, 2);
		mac_free(m[i]);
		assert_int_equal(left_of((uint8_t)(i + 1)), 0);
		assert_int_equal(live, before - n);
		/* what comes next does not meet it */
		memset(key, 0x77, sizeof(key));
		m[i] = mac_new(&c, sha1, key, 160);
		op[0].key = m[i];
		mac_sign_in(kc[1], op, 1);
		assert_int_equal(icv[0][0], 0x77);
	}
	assert_int_equal(live, OPEN_KEYS);
	for (size_t i = 0; i < OPEN_KEYS; i++)
		mac_free(m[i]);
	assert_int_equal(live, 0);
	for (size_t i = 0; i < n_seen; i++)
		assert_true(is_zero(seen[i], 100));
	/* and with the cache */
	m[0] = mac_new(&c, sha1, key, 160);
	op[0].key = m[0];
	mac_sign_in(kc[0], op, 1);
	assert_int_equal(live, 1);
	keycache_free(kc[0]);
	assert_int_equal(live, 0);
	mac_free(m[0]);
	keycache_free(kc[1]);
	keyhome_free(c.home);
}

/* Threads at work, while another makes keys, tries them and frees them. */
enum { THREADS = 3, ROUNDS = 400 };

static struct aead *shared[24];
static pthread_barrier_t start;

static void *
worker(void *arg)
{
	struct keycache *kc = keycache_new(crypto, 8);
	uint8_t p[24][PACKET];
	struct aead_op op[24];
	size_t bad = kc == NULL;

	(void)arg;
	memset(p, 0, sizeof(p));
	pthread_barrier_wait(&start);
	for (size_t r = 0; r < ROUNDS && kc != NULL; r++) {
		for (size_t i = 0; i < 24; i++)
			op[i] = op_of(shared[(i * (r + 1)) % 24], p[i]);
		aead_seal_in(kc, op, 24);
		(r % 2 == 0 ? aead_open_in(kc, op, 24) : aead_open(op, 24));
		for (size_t i = 0; i < 24; i++)
			bad += !op[i].ok;
	}
	keycache_free(kc);
	return bad == 0 ? NULL : &start;
}

static void
test_threads(void **state)
{
	pthread_t t[THREADS];
	uint8_t p[PACKET] = { 0 };
	void *said;

	(void)state;
	for (size_t i = 0; i < 24; i++)
		shared[i] = make(crypto, i);
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS + 1), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, worker, NULL), 0);
	pthread_barrier_wait(&start);
	for (size_t i = 0; i < ROUNDS; i++) {
		struct aead *a = make(crypto, i + 1000);
		struct aead_op op = op_of(a, p);

		aead_seal(&op, 1);
		assert_true(op.ok);
		aead_free(a);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(t[i], &said), 0);
		assert_null(said);
	}
	for (size_t i = 0; i < 24; i++)
		aead_free(shared[i]);
	assert_int_equal(pthread_barrier_destroy(&start), 0);
}

static void
test_bounds(void **state)
{
	(void)state;
	assert_null(keycache_new(crypto, 0));
	assert_null(keycache_new(crypto, KEYCACHE_MOST + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_cache),
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_bounds),
	};
	int failed;

	crypto = crypto_new(be_all, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(crypto);
	return failed;
}
