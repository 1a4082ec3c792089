/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikeval.h"

#include "base/test.h"

static void
test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < IKECFG_VALUES; i++) {
		const struct ikecfg_row *r = ikeval_row((enum ikecfg_value)i);

		assert_non_null(r->name);
		assert_non_null(r->help);
		assert_true(r->def <= r->max);
		/* 0 may stand for what nobody said */
		assert_true(r->def >= r->min || r->def == 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
			    ikeval_row((enum ikecfg_value)k)->name, r->name);
		if (r->unit == IKECFG_FLAG || r->unit == IKECFG_WORDS) {
			bool has = false;

			assert_non_null(r->words);
			for (unsigned k = 0; r->words[k].name != NULL; k++)
				has |= r->words[k].v == r->def;
			assert_true(has);
		} else {
			assert_null(r->words);
		}
	}
}

static void
test_auth(void **state)
{
	const char *const *n = ikeval_auth_names();

	(void)state;
	for (unsigned i = 1; i < IKECFG_AUTHS; i++) {
		assert_int_equal(ikeval_auth_by_name(ikeval_auth_name(i)), i);
		assert_string_equal(n[i - 1], ikeval_auth_name(i));
	}
	assert_null(n[IKECFG_AUTHS - 1]);
	assert_int_equal(ikeval_auth_by_name("PreShared"), IKECFG_PRESHARED);
	assert_int_equal(ikeval_auth_by_name("none"), 0);
	assert_string_equal(ikeval_auth_name(0), "?");
	assert_string_equal(ikeval_auth_name(IKECFG_AUTHS), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_auth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
