/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/make_test.h"
#include "core/said_test.h"
#include "crypto/algset.h"
#include "wire/pfkey_diag.h"

/* The diagnostic for a spec. */
static unsigned
diag_of(const struct sa_spec *s)
{
	uint16_t diag = 12345;
	struct sa *sa = sa_new(make_crypto(), &crypto_rng, s, make_now, &diag);

	assert_true((sa == NULL) == (diag != 0));
	sa_free(sa);
	return diag;
}

static void
test_all_algorithms(void **state)
{
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		bool ah = a->table == ALG_AUTH;
		bool alone = (a->flags & ALG_COMBINED) != 0;
		struct sa_spec s = make_spec(ah ? 0 : a->id,
		    ah	    ? a->id
		    : alone ? 0
			    : AALG_SHA256HMAC,
		    0);

		if (a->id == EALG_3DESCBC && !ah)
			assert_false(alg_key_is_weak(a, s.ekey.b, 24));
		assert_int_equal(diag_of(&s), 0);
	}
}

static void
test_algorithm_checks(void **state)
{
	struct sa_spec s;

	(void)state;
	s = make_spec(EALG_NULL, AALG_NONE, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_AES_CTR, AALG_NONE, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_AES, AALG_NONE, 0);
	assert_int_equal(diag_of(&s), 0); /* encryption alone: if asked */
	s = make_spec(EALG_AES_GCM_16, AALG_SHA256HMAC, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_AES, AALG_AES_GMAC, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_AES, 200, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(200, AALG_SHA1HMAC, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EALG);
	s = make_spec(0, AALG_SHA1HMAC, 0);
	s.satype = SATYPE_ESP;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EALG);
	s.satype = 9;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_UNKNOWN_SATYPE);
	s = make_spec(0, 0, 0);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_AES, AALG_SHA1HMAC, 0);
	s.satype = SATYPE_AH;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_ENCR_NOTSUPP);
	s.encr = 0;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_EKEY_PRESENT);
}

/* Numbers of a table: what their mechanism is, decides (algs 8). */
static void
test_numbers_of_a_table(void **state)
{
	static const uint16_t aes[] = { 128, 128, 256 }, des[] = { 64 };
	static const uint16_t b16[] = { 16 }, b8[] = { 8 },
			      gcm[] = { 8, 16, 4 };
	static const struct algmech_entry e[] = {
		{ ALG_ENCR, 250, "CKM_AES_GCM", 64, 3, 1, 3, aes, b16, gcm,
		    ALG_VALID },
		{ ALG_ENCR, 251, "CKM_DES_CBC", 0, 1, 1, 0, des, b8, NULL,
		    ALG_VALID },
		{ ALG_ENCR, EALG_AES, "CKM_AES_CTR", 64, 3, 1, 0, aes, b16,
		    NULL, ALG_VALID },
		{ ALG_AUTH, AALG_SHA1HMAC, "CKM_AES_GMAC", 64, 3, 1, 3, aes,
		    b16, gcm, ALG_VALID },
		{ ALG_ENCR, EALG_AES_CCM_16, "CKM_NONE", 64, 3, 1, 3, aes, b16,
		    gcm, ALG_VALID },
	};
	struct crypto *c = crypto_new(be_ossl, NULL, NULL);
	struct sa_spec s = make_spec(EALG_AES_GCM_16, 0, 0);
	uint16_t diag;
	struct sa *sa;

	(void)state;
	assert_true(algset_load(c, e, 5));
	s.encr = 250;
	sa = sa_new(c, &crypto_rng, &s, make_now, &diag);
	assert_non_null(sa);
	assert_int_equal(said(sa)->ekey_salt_bits, 32);
	assert_int_equal(aead_info(sa->aead)->icv_len, 16);
	/* its own number is gone; the SA that there is goes on */
	s.encr = EALG_AES_GCM_16;
	assert_null(sa_new(c, &crypto_rng, &s, make_now, &diag));
	assert_int_equal(diag, PFKEY_DIAG_BAD_EALG);
	sa_free(sa);
	/* in the table, but nothing computes it */
	s = make_spec(EALG_AES_CCM_16, 0, 0);
	assert_null(sa_new(c, &crypto_rng, &s, make_now, &diag));
	assert_int_equal(diag, PFKEY_DIAG_BAD_EALG);
	/* weak keys are DES' whatever its number */
	s = make_spec(EALG_DESCBC, 0, 0);
	memset(s.ekey.b, 1, 8);
	s.encr = 251;
	assert_null(sa_new(c, &crypto_rng, &s, make_now, &diag));
	assert_int_equal(diag, PFKEY_DIAG_WEAK_EKEY);
	/* RFC 3686 7 and RFC 4543, by what it is */
	s = make_spec(EALG_AES_CTR, 0, 0);
	s.encr = EALG_AES;
	assert_null(sa_new(c, &crypto_rng, &s, make_now, &diag));
	assert_int_equal(diag, PFKEY_DIAG_BAD_AALG);
	s = make_spec(EALG_DESCBC, AALG_SHA1HMAC, 0);
	s.encr = 251;
	assert_null(sa_new(c, &crypto_rng, &s, make_now, &diag));
	assert_int_equal(diag, PFKEY_DIAG_BAD_AALG);
	crypto_free(c);
}

static void
test_key_checks(void **state)
{
	struct sa_spec s;

	(void)state;
	s = make_spec(EALG_AES, AALG_SHA1HMAC, 0);
	s.akey.bits = 0;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_MISSING_AKEY);
	s = make_spec(EALG_AES, AALG_SHA1HMAC, 0);
	s.ekey.bits = 0;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_MISSING_EKEY);
	make_key(&s.ekey, 17);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
	make_key(&s.ekey, 24);
	assert_int_equal(diag_of(&s), 0);
	make_key(&s.akey, 16);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_AKEYBITS);
	s = make_spec(EALG_AES_GCM_16, 0, 0);
	make_key(&s.ekey, 16); /* no salt */
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
	make_key(&s.ekey, 3); /* less than a salt */
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
	make_key(&s.ekey, 36);
	assert_int_equal(diag_of(&s), 0);
	make_key(&s.akey, 20);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_AKEY_PRESENT);
	s = make_spec(EALG_NULL, AALG_SHA1HMAC, 0);
	make_key(&s.ekey, 16);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
	s = make_spec(EALG_DESCBC, AALG_SHA1HMAC, 0);
	memset(s.ekey.b, 0x01, 8);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_WEAK_EKEY);
	s = make_spec(EALG_3DESCBC, AALG_SHA1HMAC, 0);
	memcpy(s.ekey.b + 8, s.ekey.b, 8);
	assert_int_equal(diag_of(&s), PFKEY_DIAG_WEAK_EKEY);
}

static void
test_initial_iv(void **state)
{
	struct sa_spec s = make_spec(EALG_AES_GCM_16, 0, 0);
	uint8_t iv[16];
	uint64_t seq;

	(void)state;
	make_key(&s.ekey, 28); /* key, salt, IV */
	memcpy(s.ekey.b + 20, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
	s.ekey_iv_bits = 64;

	struct sa *sa = make_sa(&s);

	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_memory_equal(iv, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_memory_equal(iv, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(seq, 3);
	sa_free(sa);
	s.ekey_iv_bits = 32;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
	s = make_spec(EALG_AES, AALG_SHA1HMAC, 0);
	make_key(&s.ekey, 32);
	s.ekey_iv_bits = 128;
	assert_int_equal(diag_of(&s), PFKEY_DIAG_BAD_EKEYBITS);
}

static void
test_iv_wrap(void **state)
{
	uint8_t iv[16];
	uint64_t seq;
	struct sa *sa = make_sa_of(EALG_CHACHA20_POLY1305, 0, SAF_ESN);
	struct sa *ah = make_sa_of(0, AALG_AES_GMAC, SAF_ESN);

	(void)state;
	sa->iv_next = sa->rest->iv_first - 1;
	sa->iv_used = true;
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_int_equal(
	    sa_next(sa, &crypto_rng, &seq, iv), VERDICT_ESP_IV_WRAP);
	assert_int_equal(
	    sa_next(sa, &crypto_rng, &seq, iv), VERDICT_ESP_IV_WRAP);
	ah->iv_next = ah->rest->iv_first;
	assert_int_equal(sa_next(ah, &crypto_rng, &seq, iv), VERDICT_PASS);
	ah->iv_next = ah->rest->iv_first;
	assert_int_equal(
	    sa_next(ah, &crypto_rng, &seq, iv), VERDICT_AH_IV_WRAP);
	sa_free(sa);
	sa_free(ah);
}

/* Two SAs with one key must not start with the same IV. */
static void
test_ivs_differ(void **state)
{
	uint8_t iv[4][16];
	uint64_t seq;
	struct sa *gcm[2], *cbc;

	(void)state;
	for (int i = 0; i < 2; i++) {
		gcm[i] = make_sa_of(EALG_AES_GCM_16, 0, 0);
		assert_int_equal(
		    sa_next(gcm[i], &crypto_rng, &seq, iv[i]), VERDICT_PASS);
	}
	assert_memory_not_equal(iv[0], iv[1], 8);
	cbc = make_sa_of(EALG_AES, AALG_SHA1HMAC, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    sa_next(cbc, &crypto_rng, &seq, iv[i]), VERDICT_PASS);
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(iv[i], iv[k], 16);
	sa_free(cbc);
	sa_free(gcm[0]);
	sa_free(gcm[1]);
}

static bool
dry(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0, n);
	return false;
}

static void
test_no_random_bytes(void **state)
{
	static const struct rng none = { .fill = dry };
	struct sa_spec s = make_spec(EALG_AES_GCM_16, 0, 0);
	struct sa *sa = make_sa_of(EALG_AES, AALG_SHA1HMAC, 0);
	uint16_t diag;
	uint8_t iv[16];
	uint64_t seq;

	(void)state;
	assert_null(sa_new(make_crypto(), &none, &s, make_now, &diag));
	assert_int_equal(diag, 0);
	assert_int_equal(
	    sa_next(sa, &none, &seq, iv), VERDICT_ESP_CRYPTO_FAILED);
	assert_int_equal(sa->seq, 0);
	sa_free(sa);
}

static void
test_sequence_ends(void **state)
{
	struct sa_spec s = make_spec(EALG_NULL, AALG_SHA1HMAC, 0);
	uint8_t iv[16];
	uint64_t seq;

	(void)state;
	s.replay_value = UINT32_MAX - 1;

	struct sa *sa = make_sa(&s);

	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_true(seq == UINT32_MAX);
	assert_int_equal(
	    sa_next(sa, &crypto_rng, &seq, iv), VERDICT_ESP_REPLAY);
	assert_int_equal(
	    sa_next(sa, &crypto_rng, &seq, iv), VERDICT_ESP_REPLAY);
	sa_free(sa);

	s.window = 0; /* a receiver may check all the same */
	sa = make_sa(&s);
	sa->seq = UINT32_MAX;
	assert_int_equal(
	    sa_next(sa, &crypto_rng, &seq, iv), VERDICT_ESP_REPLAY);
	sa_free(sa);

	s.flags = SAF_NOREPLAY;
	s.window = 64;
	sa = make_sa(&s);
	assert_int_equal(sa->replay.size, 0);
	sa->seq = UINT32_MAX;
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_true(seq == 0);
	sa_free(sa);

	s = make_spec(0, AALG_SHA1HMAC, SAF_ESN);
	s.replay_value = UINT32_MAX;
	sa = make_sa(&s);
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_PASS);
	assert_true(seq == UINT64_C(1) << 32);
	sa->seq = UINT64_MAX;
	assert_int_equal(sa_next(sa, &crypto_rng, &seq, iv), VERDICT_AH_REPLAY);
	sa_free(sa);
}

static void
test_window(void **state)
{
	struct sa_spec s = make_spec(EALG_AES, AALG_SHA1HMAC, 0);

	(void)state;
	s.window = 1000;
	s.replay_value = 500;

	struct sa *sa = make_sa(&s);

	assert_int_equal(sa->replay.size, 1024);
	assert_true(sa->replay.top == 500 && sa->seq == 500);
	sa_free(sa);
	s.auth = 0; /* RFC 4303 2.2: no integrity, no window */
	s.akey.bits = 0;
	sa = make_sa(&s);
	assert_int_equal(sa->replay.size, 0);
	sa_free(sa);
}

static struct now
at(uint64_t seconds)
{
	return (struct now){ .mono = make_now.mono + seconds * 1000 };
}

static void
test_bytes_and_packets(void **state)
{
	struct sa_spec s = make_spec(EALG_NULL, AALG_SHA1HMAC, 0);

	(void)state;
	s.soft.bytes = 200;
	s.hard.bytes = 300;

	struct sa *sa = make_sa(&s);

	assert_int_equal(sa_account(sa, 199, at(0)), SA_OK);
	assert_int_equal(sa_account(sa, 1, at(0)), SA_SOFT);
	assert_int_equal(sa_account(sa, 1, at(0)), SA_SOFT);
	sa->soft_sent = true;
	assert_int_equal(sa_account(sa, 98, at(0)), SA_OK);
	assert_int_equal(sa_account(sa, 1, at(0)), SA_HARD);
	assert_true(sa->count.bytes == 300 && sa->count.packets == 5);
	assert_true((sa->flags & SAF_USED) != 0);
	sa_free(sa);

	s.soft = (struct lifetime){ .allocs = 2 };
	s.hard = (struct lifetime){ .allocs = 3 };
	sa = make_sa(&s);
	assert_int_equal(sa_account(sa, 1000, at(0)), SA_OK);
	assert_int_equal(sa_account(sa, 1000, at(0)), SA_SOFT);
	assert_int_equal(sa_account(sa, 1000, at(0)), SA_SOFT);
	assert_int_equal(sa_account(sa, 1000, at(0)), SA_HARD);
	sa_free(sa);
}

static void
test_times(void **state)
{
	struct sa_spec s = make_spec(EALG_NULL, AALG_SHA1HMAC, 0);

	(void)state;
	s.soft.addtime = 100;
	s.hard.addtime = 200;
	s.hard.usetime = 50;

	struct sa *sa = make_sa(&s);

	assert_int_equal(sa_age(sa, at(99)), SA_OK);
	assert_int_equal(sa_age(sa, at(100)), SA_SOFT);
	sa->rest->soft_jitter = 20;
	assert_int_equal(sa_age(sa, at(79)), SA_OK);
	assert_int_equal(sa_age(sa, at(80)), SA_SOFT);
	sa->rest->soft_jitter = 200; /* more than there is */
	assert_int_equal(sa_age(sa, at(0)), SA_OK);
	assert_int_equal(sa_age(sa, at(1)), SA_SOFT);
	sa->soft_sent = true;
	assert_int_equal(sa_age(sa, at(199)), SA_OK);
	assert_int_equal(sa_age(sa, at(200)), SA_HARD);
	assert_int_equal(sa_account(sa, 1, at(10)), SA_OK);
	assert_int_equal(
	    sa_account(sa, 1, at(40)), SA_OK); /* first use counts */
	assert_int_equal(sa_age(sa, at(59)), SA_OK);
	assert_int_equal(sa_age(sa, at(60)), SA_HARD);
	sa->rest->added = UINT64_MAX; /* a clock that went back */
	sa->used = UINT64_MAX;
	assert_int_equal(sa_age(sa, at(1000)), SA_OK);
	sa_free(sa);
}

static void
test_idle(void **state)
{
	struct sa_spec s = make_spec(EALG_NULL, AALG_SHA1HMAC, 0);
	struct sa *sa = make_sa(&s);

	(void)state;
	assert_false(sa_is_idle(sa, at(1000000)));
	sa_make_lives(sa)->idle.addtime = 10;
	assert_false(sa_is_idle(sa, at(9)));
	assert_true(sa_is_idle(sa, at(10)));
	sa->idle_sent = true;
	assert_false(sa_is_idle(sa, at(11)));
	assert_int_equal(sa_account(sa, 1, at(12)), SA_OK);
	assert_false(sa_is_idle(sa, at(21)));
	assert_true(sa_is_idle(sa, at(22)));
	sa_make_lives(sa)->idle.usetime = 30;
	assert_false(sa_is_idle(sa, at(41)));
	assert_true(sa_is_idle(sa, at(42)));
	sa_free(sa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_algorithms),
		cmocka_unit_test(test_algorithm_checks),
		cmocka_unit_test(test_numbers_of_a_table),
		cmocka_unit_test(test_key_checks),
		cmocka_unit_test(test_initial_iv),
		cmocka_unit_test(test_iv_wrap),
		cmocka_unit_test(test_ivs_differ),
		cmocka_unit_test(test_no_random_bytes),
		cmocka_unit_test(test_sequence_ends),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_bytes_and_packets),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_idle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
