/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/stat.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"

static const char *const doc =
    "{\"version\": \"1\", \"pid\": 7, \"uptime\": 3, \"policy\": \"loaded\","
    "\"verdicts\": {\"out\": {\"pass\": 5, \"hold\": 0},"
    " \"in\": {\"pass\": 0, \"esp_replay\": 2}},"
    "\"path\": {\"esp_in\": 4}, \"packets\": {\"tun_in\": 0},"
    "\"entries\": [{\"index\": 1, \"dir\": \"out\", \"family\": 4,"
    " \"packets\": 5, \"bytes\": 500, \"drops\": 0},"
    " {\"index\": 2, \"dir\": \"in\", \"family\": 6, \"packets\": 0,"
    " \"bytes\": 0, \"drops\": 0, \"tunnel\": \"ip.tun0\"}],"
    "\"sas_total\": 2, \"sas\": [{\"type\": \"esp\","
    " \"spi\": \"0x00000101\", \"src\": \"10.0.0.1\", \"dst\": \"10.0.0.2\","
    " \"dir\": \"out\", \"state\": \"MATURE\", \"packets\": 5,"
    " \"bytes\": 500, \"drops\": 0, \"sequence\": 5}],"
    "\"algorithms\": [{\"name\": \"aes-cbc\", \"backend\": \"libcrypto\","
    " \"absent\": false}, {\"name\": \"des-cbc\", \"backend\": \"-\","
    " \"absent\": true}]}";

static char text[65536];

/* What stat_print() writes. */
static const char *
printed(const char *json, int all, int want)
{
	FILE *f = tmpfile();
	int old = dup(STDOUT_FILENO), status;
	size_t n;

	assert_non_null(f);
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(fileno(f), STDOUT_FILENO) >= 0);
	status = stat_print(json, all);
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(old, STDOUT_FILENO) >= 0);
	(void)close(old);
	assert_int_equal(status, want);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

static void
test_some(void **state)
{
	const char *t = printed(doc, 0, 0);

	(void)state;
	assert_non_null(strstr(t, "ipsecd 1, process 7, up 3 s"));
	assert_non_null(strstr(t, "esp_replay               2\n"));
	assert_null(strstr(t, "hold"));
	assert_null(strstr(t, "ip.tun0"));
	assert_non_null(strstr(t, "  1                  out IPv4"));
	assert_non_null(strstr(t, "10.0.0.1, 10.0.0.2\n... 2 in all\n"));
	assert_non_null(strstr(t, "des-cbc                  absent\n"));
	assert_null(strstr(t, "aes-cbc"));
}

static void
test_all(void **state)
{
	const char *t = printed(doc, 1, 0);

	(void)state;
	assert_non_null(strstr(t, "hold                     0\n"));
	assert_non_null(strstr(t, "ip.tun0,2"));
	assert_non_null(strstr(t, "aes-cbc                  libcrypto\n"));
}

static void
test_odd(void **state)
{
	(void)state;
	assert_non_null(strstr(printed("{\"policy\": \"closed\"}", 0, 0),
	    "dropped until ipsecconf loads policy"));
	assert_string_equal(printed("", 0, 1), "");
	assert_string_equal(printed("[1]", 0, 1), "");
	/* wrong types are nothing, not a crash */
	(void)printed(
	    "{\"sas\": 7, \"entries\": {}, \"verdicts\": \"x\"}", 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
