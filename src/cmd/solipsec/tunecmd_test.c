/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/tunecmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static const char answer[] =
    "{\"tunables\":["
    "{\"name\":\"ipsecesp_reap_delay\",\"driver\":\"ipsecesp\",\"unit\":\"s\","
    "\"help\":\"dead\",\"value\":3,\"default\":1,\"min\":1,\"max\":10,"
    "\"settable\":true},"
    "{\"name\":\"pim\",\"alias\":\"_pim\",\"driver\":\"ip\",\"unit\":\"\","
    "\"help\":\"PIM\",\"value\":1,\"default\":1,\"min\":0,\"max\":1,"
    "\"settable\":false,\"reason\":\"no\"}]}";

static char *
print(char *const *pattern, size_t n, bool verbose, size_t want)
{
	json_t *o = json_loads(answer, 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(tunecmd_print(f, o, pattern, n, verbose), want);
	(void)fclose(f);
	json_decref(o);
	return text;
}

#define HEAD                                                                   \
	"tunable                               value    default  range       " \
	"           unit\n"

static void
test_print(void **state)
{
	static char none[] = "nothing", pim[] = "_p*";
	static char *some[] = { none, pim };
	char *text = print(NULL, 0, false, 2);

	(void)state;
	assert_string_equal(text, HEAD
	    "ipsecesp_reap_delay                       3          1  1 to 10   "
	    "             s\n"
	    "pim                                       -          1  0 to 1\n");
	free(text);
	text = print(some, 2, true, 1);
	assert_string_equal(text, HEAD
	    "pim                                       -          1  0 to 1\n"
	    "    PIM\n    ipadm: _pim\n    cannot be set: no\n");
	free(text);
	text = print(some, 1, false, 0);
	assert_string_equal(text, "");
	free(text);
}

static void
line(const char *text, const char *want)
{
	const char *why = "";
	json_t *o;
	char *got;

	assert_true(tunecmd_line(&o, &why, text));
	if (want == NULL) {
		assert_null(o);
		return;
	}
	got = json_dumps(o, JSON_COMPACT);
	assert_string_equal(got, want);
	free(got);
	json_decref(o);
}

static void
bad_line(const char *text, const char *want)
{
	const char *why = "";
	json_t *o;

	assert_false(tunecmd_line(&o, &why, text));
	assert_null(o);
	assert_string_equal(why, want);
}

static void
test_lines(void **state)
{
	static const char number[] =
	    "the value has to be a whole number, as 64 or 0x40";
	char longer[200];

	(void)state;
	line("a 7\n", "{\"name\":\"a\",\"value\":7}");
	line("\t_b=0x10 # why\n", "{\"name\":\"_b\",\"value\":16}");
	line("a = 7", "{\"name\":\"a\",\"value\":7}");
	line("# a 7\n", NULL);
	line("\n", NULL);
	line("", NULL);
	bad_line("a\n", "expected NAME VALUE");
	bad_line("a 1 2\n", "expected NAME VALUE");
	bad_line("a -1\n", number);
	bad_line("a 1k\n", number);
	bad_line("a 99999999999999999999\n", number);
	bad_line("\xff 1", "the name is no text in UTF-8");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	bad_line(longer, "the line is too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
