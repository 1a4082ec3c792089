/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/gcmx.h"

#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/solo_fix_test.h"

/* Ours at one level, and libcrypto's. */
static struct crypto *ours, *theirs;

enum { BATCH = 70, LONGEST = 700, PACKET = 16 + LONGEST + 16 };

static struct aead *
make(const struct crypto *c, unsigned id, unsigned bits, size_t seed)
{
	uint8_t key[36];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(seed * 29 + i * i + 3);
	return aead_new(c, &(struct aead_spec){ .encr = alg_by_id(ALG_ENCR, id),
			       .ekey = key,
			       .ekey_bits = bits });
}

/* Packets of both sides, of which packet i has len[i] bytes. */
struct both {
	struct aead *key[2][BATCH];
	struct aead_op op[2][BATCH];
	uint8_t mem[2][BATCH][PACKET];
	size_t n;
};

static void
both_new(struct both *b, size_t n, unsigned id, unsigned bits, size_t keys)
{
	memset(b, 0, sizeof(*b));
	b->n = n;
	for (size_t i = 0; i < keys; i++) {
		b->key[0][i] = make(ours, id, bits, i);
		b->key[1][i] = make(theirs, id, bits, i);
		assert_non_null(b->key[0][i]);
	}
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < n; i++) {
			uint8_t *p = b->mem[s][i];

			for (size_t j = 0; j < PACKET; j++)
				p[j] = (uint8_t)(i * 7 + j * 3 + (j >> 8));
			b->op[s][i] =
			    (struct aead_op){ .key = b->key[s][i % keys],
				    .hdr = p,
				    .iv = p + 8,
				    .in = p + 16,
				    .out = p + 16,
				    .esn = i % 3 == 0,
				    .seq_hi = (uint32_t)(i * 0x01020305) };
		}
}

static void
both_len(struct both *b, size_t i, size_t len)
{
	for (size_t s = 0; s < 2; s++) {
		b->op[s][i].len = len;
		b->op[s][i].icv = b->mem[s][i] + 16 + len;
	}
}

static void
both_free(struct both *b)
{
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < BATCH; i++)
			aead_free(b->key[s][i]);
}

/* Seal, compare all memory, open; one bit of one ICV is wrong then. */
static void
both_ways(struct both *b, size_t spoil)
{
	aead_seal(b->op[0], b->n);
	aead_seal(b->op[1], b->n);
	for (size_t i = 0; i < b->n; i++)
		assert_true(b->op[0][i].ok);
	assert_memory_equal(b->mem[0], b->mem[1], sizeof(b->mem[0]));
	if (spoil < b->n)
		b->op[0][spoil].icv[spoil % 8] ^= (uint8_t)(1u << spoil % 7);
	aead_open(b->op[0], b->n);
	aead_open(b->op[1], b->n);
	for (size_t i = 0; i < b->n; i++) {
		assert_int_equal(b->op[0][i].ok, i != spoil);
		if (i != spoil)
			assert_memory_equal(b->mem[0][i], b->mem[1][i], PACKET);
	}
}

static const unsigned ids[] = { EALG_AES_GCM_8, EALG_AES_GCM_12,
	EALG_AES_GCM_16 };

/* Every length up to some, of every batch up to three groups. */
static void
test_lengths(void **state)
{
	static struct both b;

	(void)state;
	for (size_t len = 0; len <= LONGEST; len++) {
		size_t n = 1 + len % 13;

		both_new(&b, n, ids[len % 3],
		    128 + 64 * (unsigned)(len % 7 % 3), len % 2 != 0 ? n : 1);
		for (size_t i = 0; i < n; i++)
			both_len(&b, i, len);
		both_ways(&b, len % 4 == 0 ? n : len % n);
		both_free(&b);
	}
}

/* Lengths and keys as they come, in one batch. */
static void
test_mixed(void **state)
{
	static struct both b;
	uint32_t r = 7;

	(void)state;
	for (size_t round = 0; round < 120; round++) {
		size_t n = 1 + round % BATCH;

		both_new(&b, n, ids[round % 3],
		    128 + 64 * (unsigned)(round % 5 % 3),
		    round % 4 == 0 ? 1 : 1 + round % n);
		for (size_t i = 0; i < n; i++) {
			r = r * 1103515245 + 12345;
			both_len(&b, i,
			    (r >> 12) % (round % 2 == 0 ? 200 : LONGEST + 1));
		}
		both_ways(&b, round % 3 == 0 ? n : round % n);
		both_free(&b);
	}
}

/* What is too long fails alone. */
static void
test_too_long(void **state)
{
	static struct both b;

	(void)state;
	both_new(&b, 9, EALG_AES_GCM_16, 256, 9);
	for (size_t i = 0; i < 9; i++)
		both_len(&b, i, 64);
	b.op[0][5].len = AEAD_PACKET_MAX;
	aead_seal(b.op[0], 9);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(b.op[0][i].ok, i != 5);
	b.op[0][5].len = SIZE_MAX;
	aead_open(b.op[0], 9);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(b.op[0][i].ok, i != 5);
	both_free(&b);
}

/* RFC 5116's form, for any data. */
static void
test_text(void **state)
{
	static const uint8_t iv[8] = { 5 };
	uint8_t aad[70], in[70], out[2][70], icv[2][16], key[36] = { 6 };

	(void)state;
	for (size_t i = 0; i < sizeof(aad); i++)
		aad[i] = in[i] = (uint8_t)(i * 5);
	for (unsigned bits = 128; bits <= 256; bits += 64) {
		const struct aead_spec s = {
			.encr = alg_by_id(ALG_ENCR, EALG_AES_GCM_16),
			.ekey = key,
			.ekey_bits = bits,
		};
		struct solo m =
		    solo_aead(ours->slot[0].be, ours->slot[0].st, &s);
		struct solo o =
		    solo_aead(theirs->slot[0].be, theirs->slot[0].st, &s);

		for (size_t n = 0; n <= sizeof(aad); n++) {
			struct aead_text t[2];

			for (size_t i = 0; i < 2; i++)
				t[i] = (struct aead_text){ iv, aad, n, in,
					out[i], sizeof(in) - n, icv[i] };
			assert_true(solo_text(&m, true, &t[0]));
			assert_true(solo_text(&o, true, &t[1]));
			assert_memory_equal(out[0], out[1], sizeof(in) - n);
			assert_memory_equal(icv[0], icv[1], 16);
			t[0].in = out[0];
			t[0].out = out[1];
			assert_true(solo_text(&m, false, &t[0]));
			assert_memory_equal(out[1], in, sizeof(in) - n);
			icv[0][n % 16] ^= 0x40;
			assert_false(solo_text(&m, false, &t[0]));
		}
		solo_free(&m);
		solo_free(&o);
	}
}

/* All but GCM is for others. */
static void
test_claims(void **state)
{
	const struct crypto_slot *s = &ours->slot[0];
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		assert_int_equal(slot_passed(s, a),
		    a->table == ALG_ENCR && (a->flags & ALG_GCM) != 0 &&
			a->id != EALG_AES_GMAC);
}

/* A schedule is eight lines; the rest counts on that. */
static void
test_size(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct gcmx_key), 512);
}

/* Switched off and on, with keys at work. */
static void
test_switch(void **state)
{
	struct crypto *all = crypto_new(be_all, NULL, NULL);
	const struct alg *gcm = alg_by_id(ALG_ENCR, EALG_AES_GCM_16);
	struct crypto *keep = ours;
	static struct both b;

	(void)state;
	ours = all;
	both_new(&b, 32, EALG_AES_GCM_16, 256, 3);
	for (size_t i = 0; i < 32; i++)
		both_len(&b, i, 64);
	for (int on = 1; on >= -1; on--) {
		assert_true(crypto_switch(all, "gcmx", on != 0));
		assert_int_equal(
		    strcmp(crypto_backend_name(all, gcm), "gcmx") == 0,
		    on != 0 && all->slot[0].be == be_gcmx[0]);
		both_ways(&b, 32);
	}
	assert_false(crypto_switch(all, "nobody", false));
	both_free(&b);
	ours = keep;
	crypto_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_switch),
	};
	const struct crypto_be *const *level[] = { be_gcmx_ni, be_gcmx };
	int failed = 0;

	theirs = crypto_new(be_ossl, NULL, NULL);
	for (size_t i = 0; i < 2 && i < (size_t)gcmx_level(); i++) {
		ours = crypto_new(level[i], NULL, NULL);
		failed += cmocka_run_group_tests(tests, NULL, NULL);
		crypto_free(ours);
	}
	crypto_free(theirs);
	/* 77: this CPU cannot */
	return gcmx_level() == GCMX_NONE ? 77 : failed;
}
