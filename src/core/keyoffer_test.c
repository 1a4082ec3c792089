/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keyoffer.h"

#include "base/test.h"

#include "core/make_test.h"

static struct pfkey_msg m;

static const struct action ah_and_esp = { .type = ACT_IPSEC,
	.flags = ACT_AH | ACT_ESP | ACT_ESPA,
	.ah_alg = AALG_SHA1HMAC,
	.ah_min = 160,
	.ah_max = 160,
	.esp_alg = EALG_AES_GCM_16,
	.esp_min = 192,
	.esp_max = 256,
	.espa_alg = AALG_SHA256HMAC,
	.espa_min = 256,
	.espa_max = 256 };

static struct rule
rule_of(struct action *a, unsigned n)
{
	return (struct rule){
		.dir = RULE_OUT, .n_actions = (uint16_t)n, .actions = a
	};
}

static const struct sadb_tune tune = { .replay_size = 64,
	.soft = { .addtime = 24000 },
	.hard = { .addtime = 28800 } };
/* of AH alone */
static const struct sadb_tune ah_tune = { .replay_size = 32,
	.soft = { .addtime = 60 },
	.hard = { .addtime = 70, .bytes = 4000 } };

static void
expect_lifetimes(const struct lifetime *soft, const struct lifetime *hard)
{
	assert_int_equal(soft->addtime, 24000);
	assert_int_equal(hard->addtime, 28800);
	assert_int_equal(soft->bytes + hard->bytes, 0);
	assert_int_equal(soft->usetime + hard->usetime, 0);
	assert_int_equal(soft->allocs + hard->allocs, 0);
}

static void
proposes_for_one_type(void **state)
{
	struct action a[] = { ah_and_esp };
	struct rule r = rule_of(a, 1);

	(void)state;
	assert_true(keyoffer_wants(&r, SATYPE_AH));
	assert_true(keyoffer_wants(&r, SATYPE_ESP));
	m = (struct pfkey_msg){ 0 };
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_AH, &tune);
	assert_true(pfkey_has(&m, PFKEY_EXT_PROPOSAL));
	assert_int_equal(m.prop_replay, 64);
	assert_int_equal(m.n_combs, 1);
	assert_int_equal(m.comb[0].auth, AALG_SHA1HMAC);
	assert_int_equal(m.comb[0].auth_min, 160);
	assert_int_equal(m.comb[0].encr, 0);
	assert_int_equal(m.comb[0].encr_min + m.comb[0].encr_max, 0);
	expect_lifetimes(&m.comb[0].soft, &m.comb[0].hard);
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_ESP, &tune);
	assert_int_equal(m.n_combs, 1);
	assert_int_equal(m.comb[0].auth, AALG_SHA256HMAC);
	assert_int_equal(m.comb[0].encr, EALG_AES_GCM_16);
	assert_int_equal(m.comb[0].encr_min, 192);
	assert_int_equal(m.comb[0].encr_max, 256);
	assert_int_equal(m.comb[0].salt_bits, 32);
}

static void
skips_what_is_not_asked(void **state)
{
	struct action a[] = { { .type = ACT_PASS }, { .type = ACT_DROP },
		{ .type = ACT_IPSEC,
		    .flags = ACT_ESP,
		    .espa_alg = AALG_SHA1HMAC } };
	struct rule r = rule_of(a, 3);

	(void)state;
	assert_false(keyoffer_wants(&r, SATYPE_AH));
	assert_true(keyoffer_wants(&r, SATYPE_ESP));
	m = (struct pfkey_msg){ 0 };
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_ESP, &tune);
	assert_int_equal(m.n_combs, 1);
	/* authentication alone: NULL encryption, of no key */
	assert_int_equal(m.comb[0].encr, EALG_NULL);
	assert_int_equal(m.comb[0].encr_min + m.comb[0].encr_max, 0);
	/* limits that policy leaves open are the algorithm's */
	assert_int_equal(m.comb[0].auth_min, 160);
	assert_int_equal(m.comb[0].auth_max, 160);
	keyoffer_extended(&m, make_crypto(), &r, &tune, &ah_tune);
	assert_int_equal(m.n_ecombs, 1);
	/* spec: pfkey 11: no descriptor means none */
	assert_int_equal(m.ecomb[0].n, 1);
	assert_int_equal(m.ecomb[0].desc[0].alg, AALG_SHA1HMAC);
	r.n_actions = 2;
	assert_false(keyoffer_wants(&r, SATYPE_ESP));
}

static void
describes_alternatives_in_order(void **state)
{
	struct action a[] = { ah_and_esp, ah_and_esp };
	struct rule r = rule_of(a, 2);
	const struct pfkey_desc want[] = {
		{ SATYPE_AH, PFKEY_ALGTYPE_AUTH, AALG_SHA1HMAC, 0, 160, 160 },
		{ SATYPE_ESP, PFKEY_ALGTYPE_AUTH, AALG_SHA256HMAC, 0, 256,
		    256 },
		{ SATYPE_ESP, PFKEY_ALGTYPE_CRYPT, EALG_AES_GCM_16, 32, 192,
		    256 },
	};

	(void)state;
	a[1].flags = ACT_AH;
	m = (struct pfkey_msg){ 0 };
	keyoffer_extended(&m, make_crypto(), &r, &tune, &ah_tune);
	assert_int_equal(m.eprop_replay, 32);
	assert_int_equal(m.n_ecombs, 2);
	assert_int_equal(m.ecomb[0].n, 3);
	assert_memory_equal(m.ecomb[0].desc, want, sizeof(want));
	expect_lifetimes(&m.ecomb[0].soft, &m.ecomb[0].hard);
	assert_int_equal(m.ecomb[1].n, 1);
	assert_int_equal(m.ecomb[1].desc[0].satype, SATYPE_AH);
	/* AH alone: its own lifetimes */
	assert_int_equal(m.ecomb[1].soft.addtime, 60);
	assert_int_equal(m.ecomb[1].hard.addtime, 70);
	assert_int_equal(m.ecomb[1].hard.bytes, 4000);
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_AH, &ah_tune);
	assert_int_equal(m.prop_replay, 32);
	assert_int_equal(m.comb[0].hard.bytes, 4000);
}

static void
says_equal_combinations_once(void **state)
{
	struct action a[] = { ah_and_esp, ah_and_esp, ah_and_esp };
	struct rule r = rule_of(a, 3);

	(void)state;
	a[1].esp_alg = EALG_AES;
	m = (struct pfkey_msg){ 0 };
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_AH, &tune);
	assert_int_equal(m.n_combs, 1);
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_ESP, &tune);
	assert_int_equal(m.n_combs, 2);
	assert_int_equal(m.comb[1].encr, EALG_AES);
}

static void
leaves_out_what_does_not_fit(void **state)
{
	static struct action a[PFKEY_MAX_COMBS + 5];
	struct rule r = rule_of(a, PFKEY_MAX_COMBS + 5);
	static uint8_t buf[PFKEY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	for (unsigned i = 0; i < r.n_actions; i++) {
		a[i] = ah_and_esp;
		a[i].esp_min = (uint16_t)(i + 1);
	}
	m = (struct pfkey_msg){ 0 };
	keyoffer_regular(&m, make_crypto(), &r, SATYPE_ESP, &tune);
	keyoffer_extended(&m, make_crypto(), &r, &tune, &ah_tune);
	assert_int_equal(m.n_combs, PFKEY_MAX_COMBS);
	assert_int_equal(m.n_ecombs, PFKEY_MAX_COMBS);
	assert_int_equal(m.comb[PFKEY_MAX_COMBS - 1].encr_min, PFKEY_MAX_COMBS);
	assert_true(pfkey_write(&w, &m));
}

static const struct pfkey_supported *
find(const struct pfkey_algs *l, uint8_t id)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->alg[i].id == id)
			return &l->alg[i];
	return NULL;
}

static void
lists_what_works(void **state)
{
	struct crypto *c = crypto_new(be_ossl, NULL, NULL);
	const struct pfkey_supported *a;

	(void)state;
	m = (struct pfkey_msg){ 0 };
	keyoffer_supported(&m, c, SATYPE_AH);
	assert_int_equal(m.has, UINT64_C(1) << PFKEY_EXT_SUPPORTED_AUTH);
	assert_int_equal(m.sencr.n, 0);
	a = find(&m.sauth, AALG_SHA256HMAC);
	assert_non_null(a);
	assert_int_equal(a->min, 256);
	assert_int_equal(a->max, 256);
	assert_int_equal(a->ivlen, 0);
	assert_non_null(find(&m.sauth, AALG_AES_GMAC));

	m = (struct pfkey_msg){ 0 };
	keyoffer_supported(&m, c, SATYPE_ESP);
	assert_true(pfkey_has(&m, PFKEY_EXT_SUPPORTED_ENCRYPT));
	assert_null(find(&m.sauth, AALG_AES_GMAC));
	a = find(&m.sencr, EALG_AES_GCM_16);
	assert_non_null(a);
	assert_int_equal(a->ivlen, 8); /* bytes */
	assert_int_equal(a->salt_bits, 32);
	assert_int_equal(a->min, 128);
	assert_int_equal(a->max, 256);
	assert_int_equal(a->incr, 64);
	assert_non_null(find(&m.sencr, EALG_NULL));
	crypto_free(c);
}

/* An algorithm that failed its test is not offered. */
static void
leaves_out_what_does_not_work(void **state)
{
	static const struct crypto_be *const none[] = { NULL };
	struct crypto *c = crypto_new(none, NULL, NULL);

	(void)state;
	assert_non_null(c);
	m = (struct pfkey_msg){ 0 };
	keyoffer_supported(&m, c, SATYPE_ESP);
	assert_null(find(&m.sauth, AALG_SHA256HMAC));
	assert_null(find(&m.sencr, EALG_AES_GCM_16));
	crypto_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proposes_for_one_type),
		cmocka_unit_test(skips_what_is_not_asked),
		cmocka_unit_test(describes_alternatives_in_order),
		cmocka_unit_test(says_equal_combinations_once),
		cmocka_unit_test(leaves_out_what_does_not_fit),
		cmocka_unit_test(lists_what_works),
		cmocka_unit_test(leaves_out_what_does_not_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
