/* SPDX-License-Identifier: BSD-2-Clause */
/* How values are typed is in test/golden/ikeconf.txt. */
#include "conf/ikeword.h"

#include <stdlib.h>

#include "base/test.h"

static struct lex_tok
word(const char *s)
{
	return (struct lex_tok){ .kind = LEX_WORD, .s = s, .n = strlen(s) };
}

static void
test_keywords(void **state)
{
	static const bool places[] = { false, true };
	const char *all[IKEWORD_ALL];
	struct lex_tok t;
	struct ikeword w;

	(void)state;
	for (int p = 0; p < 2; p++) {
		unsigned n = 0;

		ikeword_all(all, places[p]);
		for (; all[n] != NULL; n++) {
			t = word(all[n]);
			w = ikeword_find(&t);
			assert_true(places[p] ? w.in_rule : w.outside);
			assert_string_equal(all[n],
			    ikeword_name((enum ikeword_kind)w.kind, w.i));
		}
		assert_true(n > 30);
	}
	t = word("ldap-list");
	w = ikeword_find(&t);
	assert_string_equal(ikeword_name(IKEWORD_TEXT, w.i), "ldap_server");
	t = word("labels");
	assert_int_equal(ikeword_find(&t).kind, IKEWORD_NONE);
	/* a quoted word is a value */
	t = word("label");
	t.kind = LEX_STRING;
	assert_int_equal(ikeword_find(&t).kind, IKEWORD_NONE);
}

static void
check(const char *raw, const char *text, const char *sel)
{
	struct lex_tok t = word(raw);
	char *s, buf[64];
	struct wr w = wr_into(buf, sizeof(buf) - 1);

	t.kind = LEX_STRING;
	s = ikeword_string(&t);
	assert_string_equal(s, text);
	free(s);
	s = ikeword_selector(&t);
	assert_string_equal(s, sel);
	ikeword_put_selector(&w, s);
	free(s);
	buf[w.len - 1] = '\0';
	assert_string_equal(buf + 1, raw);
}

static void
test_strings(void **state)
{
	char buf[64];
	struct wr w = wr_into(buf, sizeof(buf) - 1);

	(void)state;
	check("plain", "plain", "plain");
	check("a\\, b", "a\\, b", "a\\, b");
	check("a\\\\", "a\\", "a\\\\");
	check("\\\"a\\\"", "\"a\"", "\"a\"");
	check("\\\\\\\"", "\\\"", "\\\\\"");
	ikeword_put_string(&w, "a\\\"b");
	buf[w.len] = '\0';
	assert_string_equal(buf, "\"a\\\\\\\"b\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
