/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of test/golden/lint.txt: entries, "=>", what lint says. */
#include "conf/lint.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

static struct ipsecalgs names;
static struct alg algs[64];
static size_t n_algs;
static char said[16384];

static size_t
resolve(void *ctx, const char *name, struct prefix *out, size_t max)
{
	struct addr a[3];

	(void)ctx, (void)max;
	assert_true(addr_read(&a[0], "10.0.0.1"));
	assert_true(addr_read(&a[1], "10.0.0.2"));
	assert_true(addr_read(&a[2], "2001:db8::1"));
	for (int i = 0; i < 3; i++)
		out[i] = prefix_host(&a[i]);
	return strcmp(name, "three") == 0 ? 3 : 0;
}

static bool
none16(void *ctx, const char *name, uint16_t *out)
{
	(void)ctx, (void)name, (void)out;
	return false;
}

static bool
none8(void *ctx, const char *name, uint8_t *out)
{
	(void)ctx, (void)name, (void)out;
	return false;
}

static void
keep(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	assert_true(e->severity != CONF_ERROR);
	assert_true(strlen(said) + CONF_LINE + 2 < sizeof(said));
	strcat(said, lex_error_print(line, e));
	strcat(said, "\n");
}

static void
read_file(struct ipsecinit *p, const char *text)
{
	const struct ipsecinit_env env = { .resolve = resolve,
		.service = none16,
		.protocol = none8,
		.names = &names,
		.algs = algs,
		.n_algs = n_algs,
		.report = keep };

	said[0] = '\0';
	if (!ipsecinit_read(p, &env, "f", text, strlen(text)))
		fail_msg("%s: %s", text, said);
}

static void
test_golden(void **state)
{
	static char file[65536];
	FILE *f = fopen(LINT, "r");
	unsigned blocks = 0;
	char *block, *next;

	(void)state;
	assert_non_null(f);
	file[fread(file, 1, sizeof(file) - 1, f)] = '\0';
	assert_true(feof(f));
	(void)fclose(f);
	block = strstr(file, "\n%%\n") + 4;
	for (; block != NULL; block = next) {
		char *expected = strstr(block, "\n=>\n");
		struct ipsecinit p;

		next = strstr(block, "\n%%\n");
		if (next != NULL) {
			next[1] = '\0';
			next += 4;
		}
		assert_non_null(expected);
		*expected = '\0';
		expected += 4;
		read_file(&p, block);
		said[0] = '\0'; /* of what was said while it was read */
		lint_policy(&p, "f", keep, NULL);
		assert_string_equal(said, expected);
		ipsecinit_fini(&p);
		blocks++;
	}
	assert_true(blocks > 12);
}

/* So many that comparing them all would take too long. */
static void
test_many(void **state)
{
	static char text[(LINT_RULES + 2) * 40];
	struct ipsecinit p;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i <= LINT_RULES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "{lport %u dir in} drop {}\n", i + 1);
	read_file(&p, text);
	lint_policy(&p, "f", keep, NULL);
	assert_string_equal(said,
	    "f:1:1: note: more than 8192 rules: entries were not compared with "
	    "each other\n");
	ipsecinit_fini(&p);
	/* an empty file has no entry to speak of */
	read_file(&p, "");
	lint_policy(&p, "f", keep, NULL);
	assert_string_equal(said, "");
	ipsecinit_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_many),
	};
	const struct alg *a;
	int failed;

	assert_true(ipsecalgs_builtin(&names));
	while ((a = alg_row(n_algs)) != NULL)
		algs[n_algs++] = *a;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&names);
	return failed;
}
