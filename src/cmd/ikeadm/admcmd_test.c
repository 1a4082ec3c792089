/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ikeadm/admcmd.h"

#include <string.h>

#include "base/test.h"

static char why[ADMCMD_TEXT];

static bool
typed(struct admcmd *c, const char *line, bool arguments)
{
	static char buf[256];
	static const char *word[16];

	(void)snprintf(buf, sizeof(buf), "%s", line);
	why[0] = '\0';
	return admcmd_read(
	    c, admcmd_split(buf, word, 16), word, arguments, why);
}

static void
test_good(void **state)
{
	struct admcmd c;

	(void)state;
	assert_true(typed(&c, "  get  p1 10.0.0.1\t10.0.0.2\n", false));
	assert_int_equal(c.verb, ADM_GET);
	assert_int_equal(c.object, ADM_P1);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.arg[1], "10.0.0.2");
	assert_true(typed(&c, "get rule \"a label\"", false));
	assert_string_equal(c.arg[0], "a label");
	assert_true(typed(&c, "add preshared { key 1 }", false));
	assert_string_equal(c.braces, "{ key 1 }");
	assert_true(typed(&c, "read rules", true));
	assert_int_equal(c.object, ADM_RULE);
	assert_true(typed(&c, "add preshared file", true));
	assert_true(typed(&c, "get preshared fqdn a fqdn b", true));
	assert_true(typed(&c, "quit", true));
	assert_int_equal(c.verb, ADM_EXIT);
	assert_true(typed(&c, "help get", true));
	assert_string_equal(c.arg[0], "get");
}

static void
test_bad(void **state)
{
	static const char *const lines[] = { "list", "get", "get rules x y",
		"get p1", "get p1 a", "get p2", "dump stats", "set debug",
		"set priv 1 2", "get debug x", "add rule", "write rule",
		"write rule a b", "token login", "flush p1 x", "read rule a b",
		"get preshared a b c", "dump rule x",
		"get p1 1 2 3 4 5 6 7 8 9" };
	struct admcmd c;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(typed(&c, lines[i], false));
		assert_true(why[0] != '\0');
	}
	/* spec: ike 7: keys are not for the command line */
	assert_false(typed(&c, "add preshared { key 1 }", true));
	assert_true(typed(&c, "add rule { label x }", true));
}

static void
test_debug(void **state)
{
	static const struct {
		const char *text;
		unsigned level;
	} rows[] = { { "0", 0 }, { "0x7ff", 0x7ff }, { "all", 0x7ff },
		{ "all-op", 0x7fb }, { "cert+key", 3 }, { "Phase1", 8 },
		{ "p2+policy-p2", 0x40 } };
	static const char *const bad[] = { "", "all-", "x", "+op", "0x800",
		"-1", "op+", "1x" };
	unsigned v;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(admcmd_debug(rows[i].text, &v));
		assert_int_equal(v, rows[i].level);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(admcmd_debug(bad[i], &v));
}

static void
test_priv(void **state)
{
	unsigned v;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(admcmd_priv(admcmd_priv_name(i), &v));
		assert_int_equal(v, i);
	}
	assert_true(admcmd_priv("2", &v));
	assert_int_equal(v, 2);
	assert_false(admcmd_priv("3", &v));
	assert_false(admcmd_priv("root", &v));
	assert_string_equal(admcmd_priv_name(3), "unknown");
	assert_string_equal(admcmd_object_name(ADM_P1), "phase 1 SA");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_debug),
		cmocka_unit_test(test_priv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
