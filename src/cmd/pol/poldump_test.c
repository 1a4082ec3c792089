/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poldump.h"

#include "cmd/pol/fakepol_test.h"

static struct poldump d;
static struct pfpolicy_msg why;

static enum pollink_result
dump(const struct fakepol_case *cases, bool all)
{
	struct pfpolicy_msg ask = { .type = SPD_DUMP,
		.has = all ? 1u << SPD_EXT_TUN_NAME : 0 };
	enum pollink_result res;
	struct pollink l;

	fakepol_start(cases);
	assert_true(pollink_open(&l));
	res = poldump_read(&d, &l, &ask, &why);
	pollink_close(&l);
	(void)fakepol_stop();
	return res;
}

static void
test_dump(void **state)
{
	(void)state;
	assert_int_equal(dump(NULL, true), POLLINK_OK);
	assert_false(d.no_memory || d.torn);
	assert_int_equal(d.n, 2);
	assert_int_equal(d.rule[0].index, 1);
	assert_int_equal(d.rule[0].dir, RULE_OUT);
	assert_int_equal(d.rule[0].n_actions, 1);
	assert_int_equal(d.rule[0].actions[0].type, ACT_PASS);
	assert_string_equal(d.rule[1].tun, "ip.tun0");
	poldump_free(&d);
	assert_null(d.rule);
}

/* A dump that a change broke off is taken again, and leaves nothing behind. */
static void
test_torn(void **state)
{
	static const struct fakepol_case twice[] = {
		{ SPD_DUMP, 1, FAKEPOL_GARBAGE, 0, 0 },
		{ SPD_DUMP, 2, FAKEPOL_REFUSE, EAGAIN, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	struct fakepol_case always[10] = { { 0 } };

	(void)state;
	assert_int_equal(dump(twice, false), POLLINK_OK);
	assert_false(d.torn);
	assert_int_equal(d.n, 2);
	poldump_free(&d);
	for (unsigned i = 0; i < 9; i++)
		always[i] = (struct fakepol_case){ SPD_DUMP, i + 1,
			FAKEPOL_GARBAGE, 0, 0 };
	assert_int_equal(dump(always, false), POLLINK_OK);
	assert_true(d.torn);
	poldump_free(&d);
}

static void
test_errors(void **state)
{
	static const struct fakepol_case refused[] = {
		{ SPD_DUMP, 1, FAKEPOL_REFUSE, ENOENT, 7 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_DUMP, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	assert_int_equal(dump(refused, false), POLLINK_REFUSED);
	assert_int_equal(why.errnum, ENOENT);
	assert_int_equal(why.diag, 7);
	assert_int_equal(d.n, 0);
	poldump_free(&d);
	assert_int_equal(dump(dies, false), POLLINK_BROKEN);
	poldump_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_errors),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
