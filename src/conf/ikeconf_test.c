/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The blocks of test/golden/ikeconf.txt: a file, "=>", what is reported, and the
 * configuration as it is printed.
 */
#include "conf/ikeconf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

#include "conf/ikelint.h"
#include "conf/ikeprint.h"

static char said[32768], got[65536];

static void
keep(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	assert_true(strlen(said) + CONF_LINE + 2 < sizeof(said));
	strcat(said, lex_error_print(line, e));
	strcat(said, "\n");
}

static void
print(char *buf, size_t cap, const struct ikecfg *c)
{
	struct wr w = wr_into(buf, cap - 1);

	ikeprint_all(&w, c);
	assert_false(w.bad);
	buf[w.len] = '\0';
}

/* What is printed has to read back to what prints the same. */
static void
read_back(const char *text)
{
	static char again[32768];
	struct ikecfg c;

	if (!ikeconf_read(&c, "again", text, strlen(text), keep, NULL, NULL))
		fail_msg("%s: %s", text, said);
	print(again, sizeof(again), &c);
	assert_string_equal(again, text);
	ikecfg_fini(&c);
}

static void
run(const char *block, const char *expected)
{
	static const struct ikelint_env env = { .report = keep };
	static char text[32768];
	unsigned errors;
	struct ikecfg c;
	bool ok;

	said[0] = '\0';
	ok = ikeconf_read(&c, "f", block, strlen(block), keep, NULL, &errors);
	assert_true(ok == (errors == 0));
	assert_true(ok || c.n == 0);
	strcpy(text, "REFUSED\n");
	if (ok) {
		(void)ikelint_config(&c, "f", &env);
		print(text, sizeof(text), &c);
	}
	(void)snprintf(got, sizeof(got), "%s%s", said, text);
	assert_string_equal(got, expected);
	if (ok)
		read_back(text);
	ikecfg_fini(&c);
}

static void
test_golden(void **state)
{
	static char file[131072];
	FILE *f = fopen(IKECONF, "r");
	unsigned blocks = 0;
	char *block, *next;

	(void)state;
	assert_non_null(f);
	file[fread(file, 1, sizeof(file) - 1, f)] = '\0';
	assert_true(feof(f));
	(void)fclose(f);
	block = strstr(file, "\n%%\n") + 4;
	for (; block != NULL; block = next, blocks++) {
		char *expected = strstr(block, "\n=>\n");

		next = strstr(block, "\n%%\n");
		if (next != NULL) {
			next[1] = '\0';
			next += 4;
		}
		assert_non_null(expected);
		*expected = '\0';
		run(block, expected + 4);
	}
	assert_true(blocks > 30);
}

#define RULE(label) \
	"{ label \"" label "\" local_addr 10.0.0.1 remote_addr 10.0.0.2 }"

static void
test_rules(void **state)
{
	static const char base[] =
	    "dpd_interval 7 p1_xform { auth_method preshared encr_alg aes-gcm "
	    "oakley_group 31 }" RULE("a");
	static const char more[] = RULE("b") RULE("c");
	struct ikecfg c, d;
	unsigned errors;

	(void)state;
	assert_true(
	    ikeconf_read(&c, "f", base, strlen(base), NULL, NULL, NULL));
	assert_true(ikeconf_read_rules(
	    &d, &c, "f", more, strlen(more), NULL, NULL, &errors));
	assert_int_equal(d.n, 2);
	assert_int_equal(ikecfg_value(&d, &d.rule[0], IKECFG_DPD), 7);
	ikecfg_fini(&d);
	said[0] = '\0';
	assert_false(ikeconf_read_rules(
	    &d, &c, "f", "dpd_interval 7", 14, keep, NULL, &errors));
	assert_int_equal(errors, 1);
	assert_string_equal(
	    said, "f:1:1: \"dpd_interval\" is not part of a rule\n");
	assert_int_equal(d.n, 0);
	ikecfg_fini(&c);
}

/* Bytes that end anywhere are an error or a configuration, never more. */
static void
test_cut(void **state)
{
	static const char all[] =
	    "// x\ncert_root \"C=US, O=\\\"x\\\", CN=\\\\\"\n"
	    "p1_xform { auth_method rsa_sig oakley_group 14 auth_alg sha256\n"
	    "encr_alg aes ( 128 .. 256 ) }\n"
	    "{ label \"a b\" local_addr 10.0.0.0 / 8 remote_addr ::1 - ::2\n"
	    "local_id_type dn local_id \"CN=a\" remote_id \"\" }";
	struct ikecfg c;

	(void)state;
	for (size_t n = 0; n < sizeof(all); n++) {
		(void)!ikeconf_read(&c, "f", all, n, NULL, NULL, NULL);
		ikecfg_fini(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
