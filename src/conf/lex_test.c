/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/lex.h"

#include <stdio.h>

#include "base/test.h"

static char printed[CONF_LINE];
static unsigned reports;

static void
keep(void *ctx, const struct conf_error *e)
{
	assert_ptr_equal(ctx, &reports);
	reports++;
	assert_ptr_equal(lex_error_print(printed, e), printed);
}

static struct lex
on(const char *text, unsigned flags)
{
	reports = 0;
	printed[0] = '\0';
	return lex_from("f", text, strlen(text), flags, keep, &reports);
}

/* Every token as KIND LINE:COL text, joined by spaces. */
static const char *
walk(const char *text, unsigned flags)
{
	static const char kinds[] = "$;ws{}";
	static char out[1024];
	struct lex lx = on(text, flags);
	int n = 0;

	for (;;) {
		struct lex_tok peek = lex_peek(&lx), t = lex_next(&lx);

		assert_int_equal(peek.kind, t.kind);
		assert_ptr_equal(peek.s, t.s);
		n += snprintf(out + n, sizeof(out) - (size_t)n, "%c%u:%u%.*s ",
		    kinds[t.kind], t.line, t.col, (int)t.n, t.s);
		if (t.kind == LEX_END)
			return out;
	}
}

static void
test_tokens(void **state)
{
	(void)state;
	assert_string_equal(walk("", 0), "$1:1 ");
	assert_string_equal(walk("a", 0), "w1:1a ;1:2 $1:2 ");
	assert_string_equal(walk("a\n", 0), "w1:1a ;1:2 $2:1 ");
	assert_string_equal(walk("\n\n b", 0), ";1:1 ;2:1 w3:2b ;3:3 $3:3 ");
	assert_string_equal(walk("{a b}c{", LEX_BRACES),
	    "{1:1{ w1:2a w1:4b }1:5} w1:6c {1:7{ ;1:8 $1:8 ");
	assert_string_equal(walk("{a}", 0), "w1:1{a} ;1:4 $1:4 ");
}

static void
test_comments(void **state)
{
	(void)state;
	assert_string_equal(
	    walk("# x\na#b\n", LEX_COMMENTS), ";1:4 w2:1a ;2:4 $3:1 ");
	assert_string_equal(walk(" # x\na #b\n", LEX_COMMENT_LINES),
	    ";1:5 w2:1a w2:3#b ;2:5 $3:1 ");
	assert_string_equal(walk("# x", LEX_COMMENTS), "$1:4 ");
}

static void
test_continuation_and_quotes(void **state)
{
	(void)state;
	assert_string_equal(walk("a \\\n b\\\nc \\d", LEX_CONTINUED),
	    "w1:1a w2:2b w3:1c w3:3\\d ;3:5 $3:5 ");
	assert_string_equal(walk("a \"b c\" \"\"\n", LEX_QUOTES),
	    "w1:1a s1:4b c s1:10 ;1:11 $2:1 ");
	assert_int_equal(reports, 0);
	assert_string_equal(walk("a \"b c\nd", LEX_QUOTES),
	    "w1:1a s1:4b c ;1:7 w2:1d ;2:2 $2:2 ");
	assert_int_equal(reports, 1);
	assert_string_equal(
	    printed, "f:1:4: the quoted text has no closing quote");
}

static void
test_slashes(void **state)
{
	(void)state;
	assert_string_equal(walk("a//b\n//c\nd/ /e \"//\"\n",
				LEX_COMMENTS | LEX_SLASHES | LEX_QUOTES),
	    "w1:1a ;1:5 ;2:4 w3:1d/ w3:4/e s3:8// ;3:11 $4:1 ");
	assert_string_equal(walk("//a\n", LEX_COMMENTS), "w1:1//a ;1:4 $2:1 ");
	assert_int_equal(reports, 0);
}

static void
test_escapes(void **state)
{
	(void)state;
	assert_string_equal(walk("\"a\\\"b\\\\\" c", LEX_QUOTES | LEX_ESCAPES),
	    "s1:2a\\\"b\\\\ w1:10c ;1:11 $1:11 ");
	assert_int_equal(reports, 0);
	(void)walk("\"a\\\"", LEX_QUOTES | LEX_ESCAPES);
	assert_int_equal(reports, 1);
}

static void
test_long_line(void **state)
{
	struct lex lx = on("1234\n12345\n123456\n", 0);
	unsigned words = 0;
	struct lex_tok t;

	(void)state;
	lx.max_line = 5;
	while ((t = lex_next(&lx)).kind != LEX_END)
		words += t.kind == LEX_WORD;
	assert_int_equal(words, 3);
	assert_int_equal(lx.errors, 1);
	assert_string_equal(printed, "f:3:6: the line is longer than 5 bytes");
}

static void
test_skip_line(void **state)
{
	struct lex lx = on("a b c\nd", 0);
	struct lex_tok t = lex_next(&lx);

	(void)state;
	lex_skip_line(&lx);
	t = lex_next(&lx);
	assert_true(lex_is(&t, "d"));
	assert_int_equal(t.line, 2);
	lex_skip_line(&lx);
	assert_int_equal(lex_next(&lx).kind, LEX_END);
}

static struct lex_tok
word_of(const char *s)
{
	return (struct lex_tok){
		.kind = LEX_WORD, .line = 3, .col = 7, .s = s, .n = strlen(s)
	};
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool dec, c;
		uint64_t dec_v, c_v;
	} cases[] = {
		{ "0", true, true, 0, 0 },
		{ "10", true, true, 10, 10 },
		{ "010", true, true, 10, 8 },
		{ "0x1F", false, true, 0, 31 },
		{ "0x", false, false, 0, 0 },
		{ "", false, false, 0, 0 },
		{ "-1", false, false, 0, 0 },
		{ "+1", false, false, 0, 0 },
		{ "1 ", false, false, 0, 0 },
		{ "08", true, false, 8, 0 },
		{ "18446744073709551615", true, true, UINT64_MAX, UINT64_MAX },
		{ "18446744073709551616", false, false, 0, 0 },
		{ "0x10000000000000000", false, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lex_tok t = word_of(cases[i].text);
		uint64_t v = 77;

		assert_int_equal(lex_number(&t, UINT64_MAX, &v), cases[i].dec);
		assert_int_equal(v, cases[i].dec ? cases[i].dec_v : 77);
		v = 77;
		assert_int_equal(lex_cnumber(&t, UINT64_MAX, &v), cases[i].c);
		assert_int_equal(v, cases[i].c ? cases[i].c_v : 77);
	}

	struct lex_tok t = word_of("256");
	uint64_t v;

	assert_false(lex_number(&t, 255, &v));
	assert_true(lex_number(&t, 256, &v));
}

static void
test_nearest(void **state)
{
	static const char *const words[] = { "encr_algs", "auth_algs",
		"encr_auth_algs", "sa", "or", NULL };
	static const struct {
		const char *typed, *meant;
	} cases[] = {
		{ "encr_alg", "encr_algs" },
		{ "encr_aglos", "encr_algs" },
		{ "ecnr_algs", "encr_algs" },
		{ "auth-algs", "auth_algs" },
		{ "encr_auth_alg", "encr_auth_algs" },
		{ "SA", NULL },
		{ "ro", "or" },
		{ "x", NULL },
		{ "", NULL },
		{ "laddr", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lex_tok t = word_of(cases[i].typed);
		const char *got = lex_nearest(&t, words);

		if (cases[i].meant == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].meant);
	}
}

static void
test_messages(void **state)
{
	static const char *const words[] = { "encr_algs", NULL };
	struct lex lx = on("", 0);
	struct lex_tok t = word_of("encr_alg"), eol = lex_next(&lx);

	(void)state;
	lex_expected(&lx, &t, words, "a property (%s)", "encr_algs");
	assert_string_equal(printed,
	    "f:3:7: found \"encr_alg\", expected a property (encr_algs); "
	    "did you mean \"encr_algs\"?");
	lex_expected(&lx, &eol, words, "an action");
	assert_string_equal(
	    printed, "f:1:1: found the end of the file, expected an action");
	eol.kind = LEX_EOL;
	lex_expected(&lx, &eol, NULL, "an action");
	assert_string_equal(
	    printed, "f:1:1: found the end of the line, expected an action");
	lex_warning(&lx, &t, "odd");
	assert_string_equal(printed, "f:3:7: warning: odd");
	lex_error(&lx, &t, "bad %d", 1);
	assert_string_equal(printed, "f:3:7: bad 1");
	assert_int_equal(lx.errors, 4);
	assert_int_equal(lx.warnings, 1);
	lx.report = NULL;
	lex_error(&lx, &t, "counted");
	assert_int_equal(lx.errors, 5);
	assert_int_equal(reports, 5);
}

/* What was typed comes out cut, and without bytes that drive terminals. */
static void
test_hostile_text(void **state)
{
	struct lex lx = on("", 0);
	struct lex_tok t = word_of("a\x1b[2J\x7f\x9b");
	static char longest[CONF_TEXT * 2];

	(void)state;
	lex_expected(&lx, &t, NULL, "x");
	assert_string_equal(
	    printed, "f:3:7: found \"a\\x1b[2J\\x7f\\x9b\", expected x");
	t = word_of("");
	t.s = "a\0b";
	t.n = 3;
	lex_expected(&lx, &t, NULL, "x");
	assert_string_equal(printed, "f:3:7: found \"a\\x00b\", expected x");
	memset(longest, 0x1b, sizeof(longest) - 1);
	t = word_of(longest);
	lx.file = longest;
	lex_expected(&lx, &t, NULL, "%s", longest);
	assert_in_range(strlen(printed), CONF_TEXT, CONF_LINE - 1);
	t = word_of(
	    "0123456789012345678901234567890123456789012345678901234567890");
	lx.file = "f";
	lex_expected(&lx, &t, NULL, "x");
	assert_string_equal(printed,
	    "f:3:7: found \"01234567890123456789012345678901234567890123..."
	    "\", expected x");
}

static void
test_copy(void **state)
{
	struct lex_tok t = word_of("abc");
	char buf[4];

	(void)state;
	assert_true(lex_copy(buf, 4, &t));
	assert_string_equal(buf, "abc");
	assert_false(lex_copy(buf, 3, &t));
	assert_string_equal(buf, "");
	t.s = "a\0c";
	assert_false(lex_copy(buf, 4, &t));
	assert_string_equal(buf, "");
	assert_true(lex_is_nocase(
	    &(struct lex_tok){ .kind = LEX_WORD, .s = "AeS", .n = 3 }, "aes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_continuation_and_quotes),
		cmocka_unit_test(test_slashes),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_skip_line),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
