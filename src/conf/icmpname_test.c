/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/icmpname.h"

#include "base/test.h"

static bool
type(const char *s, uint8_t *min, uint8_t *max)
{
	struct lex_tok t = { .kind = LEX_WORD, .s = s, .n = strlen(s) };

	return icmpname_type(&t, min, max);
}

static bool
code(const char *s, uint8_t *min, uint8_t *max)
{
	struct lex_tok t = { .kind = LEX_WORD, .s = s, .n = strlen(s) };

	return icmpname_code(&t, min, max);
}

static void
test_values(void **state)
{
	static const struct {
		const char *text;
		int min, max; /* -1: refused */
	} cases[] = {
		{ "echo", 8, 8 },
		{ "echorep", 0, 0 },
		{ "redir6", 137, 137 },
		{ "maskrep", 18, 18 },
		{ "0", 0, 0 },
		{ "255", 255, 255 },
		{ "133-137", 133, 137 },
		{ "137-133", 137, 137 },
		{ "256", -1, -1 },
		{ "1-256", -1, -1 },
		{ "1-", -1, -1 },
		{ "-1", -1, -1 },
		{ "", -1, -1 },
		{ "Echo", -1, -1 },
		{ "needfrag", -1, -1 },
	};
	uint8_t min, max;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok = type(cases[i].text, &min, &max);

		assert_int_equal(ok, cases[i].min >= 0);
		if (ok) {
			assert_int_equal(min, cases[i].min);
			assert_int_equal(max, cases[i].max);
		}
	}
	assert_true(code("needfrag", &min, &max));
	assert_int_equal(min, 4);
	assert_true(code("unreq-opt6", &min, &max));
	assert_int_equal(max, 2);
	assert_false(code("echo", &min, &max));
}

static void
test_lists(void **state)
{
	size_t n = 0;
	uint8_t min, max;

	(void)state;
	for (; icmpname_types()[n] != NULL; n++)
		assert_true(type(icmpname_types()[n], &min, &max));
	assert_int_equal(n, 24);
	for (n = 0; icmpname_codes()[n] != NULL; n++)
		assert_true(code(icmpname_codes()[n], &min, &max));
	assert_int_equal(n, 25);
}

static bool
is_v6(const char *s)
{
	struct lex_tok t = { .kind = LEX_WORD, .s = s, .n = strlen(s) };

	return icmpname_is_v6(&t);
}

static void
test_family(void **state)
{
	(void)state;
	assert_true(is_v6("echo6") && is_v6("router-sol6"));
	assert_false(is_v6("echo") || is_v6("136") || is_v6("6"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
