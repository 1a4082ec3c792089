/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polopts.h"

#include "base/test.h"

static char words[256];

/* The command line "ipsecconf LINE"; words may not be quoted. */
static bool
read_line(struct polopts *o, const char *line)
{
	char *argv[16];
	int argc = 1;

	argv[0] = words;
	assert_true(strlen(line) < sizeof(words) - 16);
	memcpy(words, "ipsecconf", 10);
	strcpy(words + 10, line);
	for (char *w = strtok(words + 10, " "); w != NULL;
	     w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	return polopts_read(o, argc, argv);
}

static void
test_commands(void **state)
{
	static const struct {
		const char *line;
		enum polopts_cmd cmd;
	} cases[] = {
		{ "", POLOPTS_VIEW },
		{ "-a f", POLOPTS_ADD },
		{ "-a - -q", POLOPTS_ADD },
		{ "-c f", POLOPTS_CHECK },
		{ "-d 7", POLOPTS_DELETE },
		{ "-f", POLOPTS_FLUSH },
		{ "-f -i ip.tun0", POLOPTS_FLUSH },
		{ "-F", POLOPTS_FLUSH_ALL },
		{ "-l", POLOPTS_LIST },
		{ "-nl", POLOPTS_LIST },
		{ "-l -i ip.tun0", POLOPTS_LIST },
		{ "-L -n", POLOPTS_LIST_ALL },
		{ "-L -i ip.tun0", POLOPTS_LIST },
		{ "-r f -q", POLOPTS_REMOVE },
		{ "-q -r -", POLOPTS_REMOVE },
		{ "--json", POLOPTS_VIEW },
		{ "--json -L", POLOPTS_LIST_ALL },
		{ "-ln --json", POLOPTS_LIST },
		{ "-c f --strict", POLOPTS_CHECK },
	};
	struct polopts o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(read_line(&o, cases[i].line));
		assert_int_equal(o.cmd, cases[i].cmd);
		assert_false(o.replace || o.replace_all);
	}
}

static void
test_replace(void **state)
{
	static const char *const host[] = { "-f -a x", "-a x -f", "-fa x",
		"-qfa x", "-a x -qf" };
	static const char *const all[] = { "-F -a x", "-a x -F", "-Fa x",
		"-q -F -a x", "-Fqa x" };
	struct polopts o;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_true(read_line(&o, host[i]));
		assert_true(o.cmd == POLOPTS_ADD && o.replace);
		assert_false(o.replace_all);
		assert_string_equal(o.file, "x");
		assert_true(read_line(&o, all[i]));
		assert_true(o.cmd == POLOPTS_ADD && o.replace_all);
		assert_false(o.replace);
		assert_string_equal(o.file, "x");
	}
	assert_true(o.quiet);
}

static void
test_values(void **state)
{
	struct polopts o;

	(void)state;
	assert_true(read_line(&o, "-d 18446744073709551615"));
	assert_true(o.index == UINT64_MAX);
	assert_string_equal(o.tun, "");
	assert_true(read_line(&o, "-d 3 -i ip.tun0"));
	assert_int_equal(o.index, 3);
	assert_string_equal(o.tun, "ip.tun0");
	assert_true(read_line(&o, "-d ip.tun0,4"));
	assert_int_equal(o.index, 4);
	assert_string_equal(o.tun, "ip.tun0");
	assert_false(o.json || o.strict);
	assert_true(read_line(&o, "-l --json"));
	assert_true(o.json);
	assert_true(read_line(&o, "--strict -c x"));
	assert_true(o.strict);
	assert_true(read_line(&o, "-r x"));
	assert_string_equal(o.file, "x");
	/* the spelling of some pages: never a flush */
	assert_true(read_line(&o, "-c -f x"));
	assert_int_equal(o.cmd, POLOPTS_CHECK);
	assert_string_equal(o.file, "x");
	assert_true(read_line(&o, "-c -f"));
	assert_string_equal(o.file, "-f");
}

static void
test_errors(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "-x", "unknown option -x" },
		{ "-a", "option -a lacks its value" },
		{ "x", "too many arguments" },
		{ "-l x", "too many arguments" },
		{ "-c -f x y", "too many arguments" },
		{ "-a x -a y", "multiple commands" },
		{ "-a x -c y", "multiple commands" },
		{ "-a x -l", "multiple commands" },
		{ "-f -F", "multiple commands" },
		{ "-f -F -a x", "multiple commands" },
		{ "-f -d 1", "multiple commands" },
		{ "-d 1 -d 2", "multiple commands" },
		{ "-l -L", "multiple commands" },
		{ "-i a -i b -l", "interface name already selected" },
		{ "-d a,1 -i a", "interface name already selected" },
		{ "-i a", "interface name not required" },
		{ "-i a -a x", "interface name not required" },
		{ "-i a -F", "interface name not required" },
		{ "-i a -c x", "interface name not required" },
		{ "-d 0", "invalid index: expected a number from 1" },
		{ "-d x", "invalid index: expected a number from 1" },
		{ "-d 1x", "invalid index: expected a number from 1" },
		{ "-d a,", "invalid index: expected a number from 1" },
		{ "-d ,1", "invalid interface name" },
		{ "-l -i 12345678901234567890123456789012",
		    "invalid interface name" },
		{ "-r x -a y", "multiple commands" },
		{ "-r x -f", "multiple commands" },
		{ "-r x -i a", "interface name not required" },
		{ "-r", "option -r lacks its value" },
		{ "--jsn", "unknown option --jsn" },
		{ "-lx", "unknown option -x" },
		{ "--json=x -l", "unknown option --json=x" },
		{ "-a x --json", "--json is for listings" },
		{ "-f --json", "--json is for listings" },
		{ "-l --strict", "--strict is for -c" },
	};
	struct polopts o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(read_line(&o, cases[i].line));
		assert_string_equal(o.error, cases[i].error);
	}

	char name[] = "ipsecconf", l[] = "-l", dash_i[] = "-i", empty[] = "";
	char *argv[] = { name, l, dash_i, empty, NULL };

	assert_false(polopts_read(&o, 4, argv));
	assert_string_equal(o.error, "invalid interface name");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
