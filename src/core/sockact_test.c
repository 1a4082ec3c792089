/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sockact.h"

#include <errno.h>

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *crypto;
static struct rule r;
static enum sockact_kind kind;

enum { N = SOCKREQ_NEVER, R = SOCKREQ_REQUIRED, U = SOCKREQ_UNIQUE };

static int
ask(struct sockreq_want w, bool privileged)
{
	int err;

	rule_fini(&r);
	err = sockact_read(&r, &kind, &w, crypto, privileged);
	if (err != 0 || kind != SOCKACT_IPSEC)
		assert_int_equal(r.n_actions, 0);
	return err;
}

#define W(...) ((struct sockreq_want){ __VA_ARGS__ })

/* Policy 25, the table of conditions. */
static void
test_conditions(void **state)
{
	(void)state;
	assert_int_equal(ask(W(0), false), 0);
	assert_int_equal(kind, SOCKACT_RESET);
	/* algorithms alone ask for nothing */
	assert_int_equal(ask(W(.esp_alg = 12), false), 0);
	assert_int_equal(kind, SOCKACT_RESET);
	assert_int_equal(ask(W(.esp = 8), true), EINVAL);
	assert_int_equal(ask(W(.ah = R | 0x10), true), EINVAL);
	assert_int_equal(ask(W(.esp = N | R), true), EINVAL);
	assert_int_equal(ask(W(.esp = N | U), true), EINVAL);
	assert_int_equal(ask(W(.esp = U), true), EINVAL);
	assert_int_equal(ask(W(.selfencap = R), true), EINVAL);
	assert_int_equal(
	    ask(W(.selfencap = R, .ah = N, .esp = N), true), EINVAL);
	for (unsigned i = 1; i < 8; i++) {
		struct sockreq_want w = { .ah = i & 1 ? N : 0,
			.esp = i & 2 ? N : 0,
			.selfencap = i & 4 ? N : 0 };

		assert_int_equal(ask(w, false), EPERM);
		assert_int_equal(ask(w, true), 0);
		assert_int_equal(
		    kind, (i & 3) == 3 ? SOCKACT_BYPASS : SOCKACT_NONE);
	}
}

/* Algorithms that nobody knows, or that protect nothing. */
static void
test_algorithms(void **state)
{
	(void)state;
	assert_int_equal(ask(W(.ah = R, .ah_alg = 77), false), EINVAL);
	assert_int_equal(ask(W(.esp = R, .esp_alg = 77), false), EINVAL);
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = 12, .espa_alg = 77), false), EINVAL);
	/* RFC 4303 3.2: a bypass by another name */
	assert_int_equal(ask(W(.esp = R, .esp_alg = EALG_NULL), true), EINVAL);
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = EALG_AES_CTR), false), EINVAL);
	/* GMAC is not an authentication of ESP; a combined cipher has its own */
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = EALG_AES, .espa_alg = AALG_AES_GMAC),
		false),
	    EINVAL);
	assert_int_equal(ask(W(.esp = R, .esp_alg = EALG_AES_GCM_16,
				 .espa_alg = AALG_SHA256HMAC),
			     false),
	    EINVAL);
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = EALG_AES, .espa_alg = 5, .esp_min = 512),
		false),
	    EINVAL);
}

static void
test_named(void **state)
{
	const struct action *a;
	struct sockreq_want w;

	(void)state;
	assert_int_equal(
	    ask(W(.ah = R, .ah_alg = AALG_SHA512HMAC, .esp = R | U,
		    .esp_alg = EALG_AES, .espa_alg = AALG_SHA256HMAC,
		    .esp_min = 192, .selfencap = R),
		false),
	    0);
	assert_int_equal(kind, SOCKACT_IPSEC);
	assert_int_equal(r.n_actions, 1);
	a = r.actions;
	assert_int_equal(a->type, ACT_IPSEC);
	assert_int_equal(
	    a->flags, ACT_AH | ACT_ESP | ACT_ESPA | ACT_UNIQUE | ACT_SELFENCAP);
	assert_int_equal(a->ah_alg, AALG_SHA512HMAC);
	assert_int_equal(a->esp_alg, EALG_AES);
	assert_int_equal(a->espa_alg, AALG_SHA256HMAC);
	assert_int_equal(a->esp_min, 192);
	assert_int_equal(a->esp_max, 256);

	sockact_show(&w, a);
	assert_int_equal(w.ah, R | U);
	assert_int_equal(w.esp, R | U);
	assert_int_equal(w.selfencap, R);
	assert_int_equal(w.ah_alg, AALG_SHA512HMAC);
	assert_int_equal(w.esp_alg, EALG_AES);
	assert_int_equal(w.espa_alg, AALG_SHA256HMAC);
	assert_int_equal(w.esp_min, 192);

	sockact_show(&w, &(struct action){ .type = ACT_PASS });
	assert_int_equal(w.ah, N);
	assert_int_equal(w.esp, N);
	sockact_show(&w, &(struct action){ .type = ACT_DROP });
	assert_int_equal(w.ah | w.esp | w.selfencap, 0);

	/* old algorithms work for those who say so */
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = EALG_3DESCBC, .espa_alg = AALG_MD5HMAC),
		false),
	    0);
	assert_int_equal(
	    ask(W(.esp = R, .esp_alg = EALG_NULL, .espa_alg = AALG_SHA256HMAC),
		false),
	    0);
	/* one never, the other asked for: the other decides */
	assert_int_equal(
	    ask(W(.ah = N, .esp = R, .esp_alg = EALG_AES_GCM_16), true), 0);
	assert_int_equal(kind, SOCKACT_IPSEC);
	assert_int_equal(r.actions[0].flags, ACT_ESP);
}

/* "any": the kernel's list in its order, without what nobody should get unasked. */
static void
test_any(void **state)
{
	unsigned combined = 0, plain = 0;

	(void)state;
	assert_int_equal(
	    ask(W(.esp = R, .espa_alg = SOCKREQ_ANY_AUTH), false), 0);
	assert_int_equal(r.actions[0].esp_alg, EALG_AES_GCM_16);
	for (unsigned i = 0; i < r.n_actions; i++) {
		const struct action *a = &r.actions[i];
		const struct alg *e = alg_by_id(ALG_ENCR, a->esp_alg);

		assert_int_equal(a->flags & ACT_AH, 0);
		assert_int_equal(e->flags & ALG_LEGACY, 0);
		assert_int_not_equal(e->id, EALG_NULL);
		if ((e->flags & ALG_COMBINED) != 0) {
			combined++;
			assert_int_equal(a->flags & ACT_ESPA, 0);
		} else {
			plain++;
			assert_int_equal(a->flags & ACT_ESPA, ACT_ESPA);
		}
	}
	assert_true(combined >= 5);
	assert_true(plain >= 8);

	assert_int_equal(ask(W(.ah = R), false), 0);
	assert_int_equal(r.actions[0].flags, ACT_AH);
	assert_int_equal(r.actions[0].ah_alg, AALG_SHA256HMAC);
	assert_true(r.n_actions >= 4);
	/* a minimum takes those out that cannot have it */
	assert_int_equal(ask(W(.ah = R, .ah_min = 300), false), 0);
	for (unsigned i = 0; i < r.n_actions; i++)
		assert_true(r.actions[i].ah_min >= 300);
	/* a named authentication goes with the ciphers that have none */
	assert_int_equal(
	    ask(W(.esp = R, .espa_alg = AALG_SHA256HMAC), false), 0);
	for (unsigned i = 0; i < r.n_actions; i++)
		assert_int_equal(r.actions[i].espa_alg, AALG_SHA256HMAC);
	/* everything open: more than a rule holds is cut, not refused */
	assert_int_equal(
	    ask(W(.ah = R, .esp = R, .espa_alg = SOCKREQ_ANY_AUTH), false), 0);
	assert_true(r.n_actions > 20);
}

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
	rule_fini(&r);
	crypto_free(crypto);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
