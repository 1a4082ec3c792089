/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/pollink.h"

#include "cmd/pol/fakepol_test.h"

static struct pollink l;

static void
test_questions(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_FLUSH, 2, FAKEPOL_REFUSE, ENOENT, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	struct pfpolicy_msg m = { .type = SPD_FLUSH, .spdid = SPD_STANDBY };
	struct pfpolicy_msg in;

	(void)state;
	fakepol_start(cases);
	assert_true(pollink_open(&l));
	assert_int_equal(pollink_ask(&l, &m, &in), POLLINK_OK);
	assert_int_equal(in.type, SPD_FLUSH);
	pfpolicy_fini(&in);
	assert_int_equal(pollink_ask(&l, &m, &in), POLLINK_REFUSED);
	assert_int_equal(in.errnum, ENOENT);
	pfpolicy_fini(&in);
	assert_int_equal(pollink_ask(&l, &m, NULL), POLLINK_OK);
	assert_int_equal(m.seq, 3);
	pollink_close(&l);
	assert_string_equal(
	    fakepol_stop(), "FLUSH standby\nFLUSH standby\nFLUSH standby\n");
}

static void
test_broken(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_CLONE, 1, FAKEPOL_GARBAGE, 0, 0 },
		{ SPD_FLIP, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	struct pfpolicy_msg clone = { .type = SPD_CLONE };
	struct pfpolicy_msg flip = { .type = SPD_FLIP };
	struct action act = { .type = ACT_DROP };
	struct pfpolicy_msg big = { .type = SPD_ADDRULE,
		.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION };
	char text[POLLINK_TEXT];

	(void)state;
	fakepol_start(cases);
	assert_true(pollink_open(&l));
	assert_int_equal(pollink_ask(&l, &clone, NULL), POLLINK_BROKEN);
	assert_non_null(
	    strstr(pollink_sentence(&l, text), "is no PF_POLICY message"));
	l.garbled = false;
	act.type = ACT_IPSEC;
	act.flags = ACT_AH | ACT_ESP | ACT_ESPA;
	act.ah_alg = act.espa_alg = AALG_SHA256HMAC;
	act.esp_alg = EALG_AES;
	act.ah_min = act.esp_min = act.espa_min = 1;
	act.ah_max = act.esp_max = act.espa_max = 2;
	for (unsigned i = 0; i < RULE_MAX_ACTIONS; i++)
		assert_true(rule_add_action(&big.rule, &act));
	assert_int_equal(pollink_ask(&l, &big, NULL), POLLINK_BROKEN);
	assert_non_null(strstr(pollink_sentence(&l, text),
	    "more alternatives than fit into one message"));
	rule_fini(&big.rule);
	assert_int_equal(pollink_ask(&l, &flip, NULL), POLLINK_BROKEN);
	assert_non_null(
	    strstr(pollink_sentence(&l, text), "closed the connection"));
	assert_false(pollink_denied(&l));
	pollink_close(&l);
	assert_string_equal(fakepol_stop(), "CLONE\nFLIP\n");
	assert_false(pollink_open(&l));
	assert_non_null(
	    strstr(pollink_sentence(&l, text), "ipsecd is not running"));
}

static void
test_algs(void **state)
{
	struct alg algs[PFPOLICY_MAX_ALGS];
	const struct alg *a;
	size_t n, all = 0;

	(void)state;
	while (alg_row(all) != NULL)
		all++;
	fakepol_start(NULL);
	assert_true(pollink_open(&l));
	assert_int_equal(
	    pollink_algs(&l, algs, PFPOLICY_MAX_ALGS, &n), POLLINK_OK);
	assert_int_equal(n, all);
	for (size_t i = 0; i < n; i++) {
		a = alg_row(i);
		assert_int_equal(algs[i].table, a->table);
		assert_int_equal(algs[i].id, a->id);
		assert_int_equal(algs[i].key_min, a->key_min);
		assert_int_equal(algs[i].key_max, a->key_max);
		assert_int_equal(algs[i].key_def, a->key_def);
		assert_int_equal(
		    algs[i].flags & ALG_COMBINED, a->flags & ALG_COMBINED);
		assert_int_equal((algs[i].flags & ALG_VALID) == 0,
		    a->table == ALG_ENCR && a->id == EALG_CAMELLIA);
	}
	assert_int_equal(pollink_algs(&l, algs, 3, &n), POLLINK_OK);
	assert_int_equal(n, 3);
	pollink_close(&l);
	assert_string_equal(fakepol_stop(), "ALGLIST\nALGLIST\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_algs),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
