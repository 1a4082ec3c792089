/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/ikefiles.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

static char inet[] = "/tmp/ikefilesXXXXXX";
static char why[IKEFILES_TEXT];

static const char *
at(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", inet, name);
	return path;
}

static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *f;

	(void)unlink(at(name));
	f = fopen(at(name), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static int
setup(void **state)
{
	static const char *const dirs[] = { "ike", "ike/publickeys", "ike/crls",
		"secret", "secret/ike.privatekeys" };

	(void)state;
	if (mkdtemp(inet) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(at(dirs[i]), 0700) != 0)
			return -1;
	return 0;
}

static int
teardown(void **state)
{
	char cmd[PATH_MAX + 16];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "rm -r %s", inet);
	return system(cmd) == 0 ? 0 : -1;
}

static bool
reads(struct intake *t)
{
	char config[PATH_MAX];

	(void)snprintf(config, sizeof(config), "%s", at(IKEFILES_CONFIG));
	return ikefiles_read(t, config, inet, why);
}

static void
test_all(void **state)
{
	const struct intake_file *f;
	struct intake t;

	(void)state;
	assert_false(reads(&t));
	assert_non_null(strstr(why, "no rules"));
	put("ike/config", "rules", 0644);
	assert_true(reads(&t));
	f = intake_find(&t, IKEIPC_CONFIG, NULL);
	assert_non_null(f);
	assert_string_equal(f->text, "rules");
	assert_null(intake_find(&t, IKEIPC_PRESHARED, NULL));
	intake_clear(&t);
	put("secret/ike.preshared", "keys", 0600);
	put("ike/publickeys/0", "certificate", 0644);
	put("ike/publickeys/.hidden", "not read", 0644);
	put("ike/crls/0", "crl", 0644);
	put("secret/ike.privatekeys/0", "private", 0400);
	assert_true(reads(&t));
	assert_int_equal(t.count, 5);
	f = intake_find(&t, IKEIPC_PRESHARED, NULL);
	assert_string_equal(f->text, "keys");
	f = intake_find(&t, IKEIPC_CERT, NULL);
	assert_string_equal(f->name, "0");
	assert_string_equal(f->text, "certificate");
	f = intake_find(&t, IKEIPC_KEY, NULL);
	assert_string_equal(f->text, "private");
	f = intake_find(&t, IKEIPC_CRL, NULL);
	assert_string_equal(f->text, "crl");
	intake_clear(&t);
}

/* Keys that others can read are not used, and nothing else either. */
static void
test_open(void **state)
{
	struct intake t;

	(void)state;
	put("ike/config", "rules", 0644);
	put("secret/ike.preshared", "keys", 0644);
	assert_false(reads(&t));
	assert_non_null(strstr(why, "ike.preshared"));
	assert_int_equal(t.count, 0);
	put("secret/ike.preshared", "keys", 0600);
	put("secret/ike.privatekeys/0", "private", 0640);
	assert_false(reads(&t));
	assert_non_null(strstr(why, "ike.privatekeys/0"));
	put("secret/ike.privatekeys/0", "private", 0600);
	assert_true(reads(&t));
	intake_clear(&t);
}

static void
test_too_long(void **state)
{
	static char text[(1 << 20) + 2];
	struct intake t;

	(void)state;
	memset(text, '#', sizeof(text) - 1);
	put("ike/config", text, 0644);
	assert_false(reads(&t));
	put("ike/config", "rules", 0644);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
