/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/kstatcmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static bool
fits(const char *pattern)
{
	return kstatcmd_fits(pattern, "ip", 0, "ipdrop", "spd_got_clear");
}

static void
test_fits(void **state)
{
	(void)state;
	assert_true(fits("ip:0:ipdrop:spd_got_clear"));
	assert_true(fits("ip:0:ipdrop:spd_*"));
	assert_true(fits("ip:0:ipdrop"));
	assert_true(fits("ip"));
	assert_true(fits(""));
	assert_true(fits(":::spd_got_clear"));
	assert_true(fits("i[op]:?::*clear"));
	assert_false(fits("ip:1"));
	assert_false(fits("ipsecesp"));
	assert_false(fits("ip:0:ipdrop:spd"));
	assert_false(fits("ip:0:ipdrop:spd_got_clear:more"));
}

static json_t *
answer(int good, int clear)
{
	return json_pack("{s:b,s:i,s:[{s:s,s:i,s:s,s:{s:i,s:i}},"
			 "{s:s,s:i,s:s,s:{s:i}}]}",
	    "ok", 1, "snaptime", 7, "kstats", "module", "ipsecesp", "instance",
	    0, "name", "esp_stat", "statistics", "good_auth", good, "bad_auth",
	    0, "module", "ip", "instance", 0, "name", "ipdrop", "statistics",
	    "spd_got_clear", clear);
}

static void
expect(char *const *pattern, size_t n, const json_t *before, size_t count,
    const char *want)
{
	json_t *now = answer(12, 3), *some;
	char *text = NULL;
	size_t len, found;
	FILE *f = open_memstream(&text, &len);

	some = kstatcmd_select(now, before, pattern, n, &found);
	assert_int_equal(found, count);
	kstatcmd_print(f, some);
	(void)fclose(f);
	assert_string_equal(text, want);
	assert_int_equal(
	    json_integer_value(json_object_get(some, "snaptime")), 7);
	free(text);
	json_decref(some);
	json_decref(now);
}

static void
test_select(void **state)
{
	static char good[] = "ipsecesp:0:esp_stat:good*", drops[] = "ip";
	static char none[] = "sctp";
	static char *const two[] = { good, drops };
	static char *const nothing[] = { none };
	json_t *before = answer(10, 4);

	(void)state;
	expect(NULL, 0, NULL, 3,
	    "ipsecesp:0:esp_stat:good_auth\t12\n"
	    "ipsecesp:0:esp_stat:bad_auth\t0\n"
	    "ip:0:ipdrop:spd_got_clear\t3\n");
	expect(two, 1, NULL, 1, "ipsecesp:0:esp_stat:good_auth\t12\n");
	expect(two, 2, before, 2,
	    "ipsecesp:0:esp_stat:good_auth\t12\t+2\n"
	    "ip:0:ipdrop:spd_got_clear\t3\t-1\n");
	expect(nothing, 1, NULL, 0, "");
	json_decref(before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_select),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
