/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/section.h"

#include "base/test.h"

static char said[CONF_LINE];
static unsigned reports;

static void
keep(void *ctx, const struct conf_error *e)
{
	(void)ctx;
	reports++;
	(void)lex_error_print(said, e);
}

/* text begins with {. */
static bool
load(struct section *s, struct lex *lx, const char *text)
{
	struct lex_tok open;

	said[0] = '\0';
	reports = 0;
	*lx = lex_from(
	    "f", text, strlen(text), LEX_BRACES | LEX_COMMENTS, keep, NULL);
	open = lex_next(lx);
	return section_read(s, lx, &open, "thing");
}

static void
test_read(void **state)
{
	struct section s;
	struct lex lx;
	struct lex_tok t;

	(void)state;
	assert_true(load(&s, &lx, "{}x"));
	assert_int_equal(s.n, 0);
	t = lex_next(&lx);
	assert_true(lex_is(&t, "x"));
	assert_true(load(&s, &lx, "{a # }\n\n b}"));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.word[1].line, 3);
	assert_true(
	    load(&s, &lx, "{1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 20}"));
	assert_int_equal(s.n, SECTION_MAX);
	assert_int_equal(reports, 0);
	/* one too many, or three: one error, and the section ends in order */
	assert_true(load(
	    &s, &lx, "{1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 20 1 2 3} y"));
	assert_int_equal(s.n, SECTION_MAX);
	assert_int_equal(reports, 1);
	assert_string_equal(said, "f:1:44: more than 20 words in one thing");
	t = lex_next(&lx);
	assert_true(lex_is(&t, "y"));
}

static void
test_unclosed(void **state)
{
	struct section s;
	struct lex lx;

	(void)state;
	assert_false(load(&s, &lx, "{a b"));
	assert_string_equal(said, "f:1:5: found the end of the file, expected "
				  "the } that ends the thing begun at 1:1");
	/* in a line, the { is part of what is wrong */
	assert_false(load(&s, &lx, "{a {b"));
	assert_string_equal(said, "f:1:4: found \"{\", expected the } that "
				  "ends the thing begun at 1:1");
	assert_int_equal(lex_next(&lx).kind, LEX_WORD);
	/* at the begin of a line it may begin the next entry */
	assert_false(load(&s, &lx, "{a\n \t{b"));
	assert_int_equal(lex_next(&lx).kind, LEX_OPEN);
}

static void
test_pairs(void **state)
{
	static const char *const keys[] = { "one", "two", NULL };
	const struct lex_tok *word, *value;
	struct section s;
	struct lex lx;
	unsigned i = 0, key;

	(void)state;
	/* a misspelt keyword has a value, other words are passed to the next */
	assert_true(load(&s, &lx, "{one 1 tow 2 x y z two 3 two}"));
	assert_true(
	    section_pair(&s, &lx, &i, keys, "a number", &key, &word, &value));
	assert_int_equal(key, 0);
	assert_true(lex_is(value, "1"));
	assert_int_equal(reports, 0);
	assert_true(
	    section_pair(&s, &lx, &i, keys, "a number", &key, &word, &value));
	assert_int_equal(key, 1);
	assert_int_equal(word->col, 20);
	assert_true(lex_is(value, "3"));
	assert_int_equal(reports, 2);
	assert_string_equal(said, "f:1:14: found \"x\", expected a number");
	assert_false(
	    section_pair(&s, &lx, &i, keys, "a number", &key, &word, &value));
	assert_string_equal(said, "f:1:26: \"two\" has no value");
	assert_int_equal(reports, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_unclosed),
		cmocka_unit_test(test_pairs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
