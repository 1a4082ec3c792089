/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/polcheck.h"

#include <errno.h>

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *crypto;

static int
setup(void **state)
{
	(void)state;
	crypto = crypto_new(be_ossl, NULL, NULL);
	return crypto == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(crypto);
	return 0;
}

static const struct action esp = { .type = ACT_IPSEC,
	.flags = ACT_ESP | ACT_ESPA,
	.esp_alg = EALG_AES,
	.espa_alg = AALG_SHA1HMAC };

static struct rule
rule_of(struct action a)
{
	struct rule r = { .dir = RULE_BOTH };

	assert_true(rule_add_action(&r, &a));
	return r;
}

static void
expect(struct rule r, int e, uint16_t want)
{
	uint16_t diag = 77;

	assert_int_equal(polcheck_rule(&r, crypto, &diag), e);
	assert_string_equal(pfpolicy_diag_text(diag), pfpolicy_diag_text(want));
	rule_fini(&r);
}

static void
expect_action(struct action a, uint16_t want)
{
	expect(rule_of(a), want == PFPOLICY_DIAG_NONE ? 0 : EINVAL, want);
}

static void
test_flags(void **state)
{
	struct action a = esp;

	(void)state;
	expect_action(a, PFPOLICY_DIAG_NONE);
	a.flags = 0;
	expect_action(a, PFPOLICY_DIAG_ADD_INCON_FLAGS);
	a.flags = ACT_ESPA | ACT_AH;
	a.ah_alg = AALG_SHA1HMAC;
	expect_action(a, PFPOLICY_DIAG_ADD_INCON_FLAGS);
	a.flags = ACT_ESP | ACT_BYPASS;
	expect_action(a, PFPOLICY_DIAG_ADD_INCON_FLAGS);
	a.flags = ACT_ESP | ACT_SELFENCAP;
	expect_action(a, PFPOLICY_DIAG_ADD_BAD_FLAGS);
	expect_action((struct action){ .type = ACT_PASS, .flags = ACT_BYPASS },
	    PFPOLICY_DIAG_NONE);
	expect_action((struct action){ .type = ACT_PASS, .flags = ACT_ESP },
	    PFPOLICY_DIAG_ADD_INCON_FLAGS);
	expect_action((struct action){ .type = ACT_DROP }, PFPOLICY_DIAG_NONE);
	expect_action((struct action){ .type = ACT_DROP, .flags = ACT_BYPASS },
	    PFPOLICY_DIAG_ADD_INCON_FLAGS);
}

static void
test_algorithms(void **state)
{
	struct action a = esp;

	(void)state;
	a.esp_alg = 0;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	a.esp_alg = 200;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	a = esp;
	a.espa_alg = 200;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG);
	/* AH's GMAC is not ESP's authentication */
	a.espa_alg = AALG_AES_GMAC;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG);
	/* a combined cipher has none beside it */
	a = esp;
	a.esp_alg = EALG_AES_GCM_16;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG);
	a.flags = ACT_ESP;
	expect_action(a, PFPOLICY_DIAG_NONE);
	/* policy 8: encryption alone is allowed, nothing at all is not */
	a.esp_alg = EALG_AES;
	expect_action(a, PFPOLICY_DIAG_NONE);
	a.esp_alg = EALG_NULL;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG);
	a.esp_alg = EALG_AES_CTR;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG);
	a = (struct action){ .type = ACT_IPSEC, .flags = ACT_AH };
	expect_action(a, PFPOLICY_DIAG_UNSUPP_AH_ALG);
	a.ah_alg = AALG_AES_GMAC;
	expect_action(a, PFPOLICY_DIAG_NONE);
}

/* What no backend computes is no policy. */
static void
test_unusable(void **state)
{
	static const struct crypto_be *const none[] = { NULL };
	struct crypto *c = crypto_new(none, NULL, NULL);
	struct rule r = rule_of(esp);
	uint16_t diag;
	struct pfpolicy_alg row;

	(void)state;
	assert_non_null(c);
	assert_int_equal(polcheck_rule(&r, c, &diag), EINVAL);
	assert_int_equal(diag, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	polcheck_alg(&row, alg_by_id(ALG_ENCR, EALG_AES), c);
	assert_int_equal(row.uses, 0);
	assert_int_equal(row.flags & ALG_VALID, 0);
	assert_int_equal(row.key_max, 256);
	rule_fini(&r);
	crypto_free(c);
}

/* Policy 7: open ends are the default and the greatest; the rest is cut. */
static void
test_key_sizes(void **state)
{
	static const struct {
		uint8_t alg;
		uint16_t min, max, got_min, got_max;
		bool ok;
	} t[] = {
		{ EALG_AES, 0, 0, 128, 256, true },
		{ EALG_AES, 0, 65535, 128, 256, true },
		{ EALG_AES, 192, 65535, 192, 256, true },
		{ EALG_AES, 0, 192, 128, 192, true },
		{ EALG_AES, 1, 999, 128, 256, true },
		{ EALG_AES, 256, 256, 256, 256, true },
		{ EALG_AES, 257, 65535, 0, 0, false },
		{ EALG_AES, 1, 127, 0, 0, false },
		{ EALG_AES, 0, 127, 0, 0, false },
		{ EALG_AES, 256, 128, 0, 0, false },
		{ EALG_BLOWFISH, 0, 64, 64, 64, true },
		{ EALG_BLOWFISH, 0, 65535, 128, 448, true },
		{ EALG_3DESCBC, 0, 65535, 192, 192, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct action a = esp;
		struct rule r;
		uint16_t diag;

		a.esp_alg = t[i].alg;
		a.esp_min = t[i].min;
		a.esp_max = t[i].max;
		if (!crypto_usable(crypto, alg_by_id(ALG_ENCR, t[i].alg)))
			continue;
		if (!t[i].ok) {
			expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_KEYSIZE);
			continue;
		}
		r = rule_of(a);
		assert_int_equal(polcheck_rule(&r, crypto, &diag), 0);
		assert_int_equal(r.actions[0].esp_min, t[i].got_min);
		assert_int_equal(r.actions[0].esp_max, t[i].got_max);
		assert_int_equal(r.actions[0].espa_min, 160);
		rule_fini(&r);
	}
	struct action a = esp;

	a.espa_min = 161;
	expect_action(a, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_KEYSIZE);
	a = (struct action){ .type = ACT_IPSEC,
		.flags = ACT_AH,
		.ah_alg = AALG_SHA1HMAC,
		.ah_max = 100 };
	expect_action(a, PFPOLICY_DIAG_UNSUPP_AH_KEYSIZE);
}

static void
test_rules(void **state)
{
	struct rule r = rule_of(esp);

	(void)state;
	r.index = 4;
	expect(r, EINVAL, PFPOLICY_DIAG_INVALID_RULE_INDEX);
	r = rule_of(esp);
	r.dir = 0;
	expect(r, EINVAL, PFPOLICY_DIAG_MALFORMED_RULE);
	r = rule_of(esp);
	r.tunnel_mode = true;
	expect(r, EINVAL, PFPOLICY_DIAG_MALFORMED_RULE);
	r = rule_of(esp);
	r.sel.has = SEL_TYPE;
	expect(r, EINVAL, PFPOLICY_DIAG_MALFORMED_ICMP_TYPECODE);
	r = rule_of(esp);
	r.sel.has = SEL_TYPE | SEL_PROTO;
	r.sel.proto = IPPROTO_ICMPV6_;
	expect(r, 0, PFPOLICY_DIAG_NONE);
	expect((struct rule){ .dir = RULE_IN }, EINVAL,
	    PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT);
}

/* Policy 26. */
static void
test_tunnels(void **state)
{
	struct action unique = esp;
	struct rule r = rule_of(esp);
	uint16_t diag;

	(void)state;
	unique.flags |= ACT_UNIQUE;
	expect_action(unique, PFPOLICY_DIAG_NONE);
	memcpy(r.tun, "ip.tun0", 8);
	r.tunnel_mode = true;
	r.sel.has = SEL_PROTO;
	assert_int_equal(polcheck_rule(&r, crypto, &diag), 0);
	assert_int_equal(r.actions[0].flags & ACT_UNIQUE, 0);
	r.actions[0].flags |= ACT_UNIQUE;
	expect(r, EINVAL, PFPOLICY_DIAG_ADD_INCON_FLAGS);

	r = rule_of(esp);
	memcpy(r.tun, "ip.tun0", 8);
	assert_int_equal(polcheck_rule(&r, crypto, &diag), 0);
	assert_int_equal(r.actions[0].flags & ACT_UNIQUE, ACT_UNIQUE);
	r.sel.has = SEL_PROTO;
	expect(r, EINVAL, PFPOLICY_DIAG_NO_TUNNEL_SELECTORS);
}

static void
test_rows(void **state)
{
	struct pfpolicy_alg row;

	(void)state;
	polcheck_alg(&row, alg_by_id(ALG_AUTH, AALG_SHA1HMAC), crypto);
	assert_int_equal(row.uses, ACT_AH | ACT_ESPA);
	assert_int_equal(row.flags, ALG_VALID);
	assert_string_equal(row.mech, "CKM_SHA_1_HMAC_GENERAL");
	polcheck_alg(&row, alg_by_id(ALG_AUTH, AALG_AES_GMAC), crypto);
	assert_int_equal(row.uses, ACT_AH);
	polcheck_alg(&row, alg_by_id(ALG_ENCR, EALG_AES_CCM_16), crypto);
	assert_int_equal(row.uses, ACT_ESP);
	assert_int_equal(row.key_incr, 64);
	assert_int_equal(row.params.v[2], 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_key_sizes),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
