/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyunit.h"

#include "base/test.h"

static void
test_bytes(void **state)
{
	char buf[KEYUNIT_TEXT];

	(void)state;
	assert_string_equal(keyunit_bytes(buf, 0), "");
	assert_string_equal(keyunit_bytes(buf, 1024), "");
	assert_string_equal(keyunit_bytes(buf, 1536), "(1.50 KB) ");
	assert_string_equal(keyunit_bytes(buf, 1048576), "(1.00 MB) ");
	assert_string_equal(keyunit_bytes(buf, UINT64_MAX), "(16.00 EB) ");
}

static void
test_seconds(void **state)
{
	char buf[KEYUNIT_TEXT];

	(void)state;
	assert_string_equal(keyunit_seconds(buf, 60), "");
	assert_string_equal(keyunit_seconds(buf, 90), "(1.50 minutes) ");
	assert_string_equal(keyunit_seconds(buf, 28800), "(8.00 hours) ");
	assert_string_equal(keyunit_seconds(buf, 129600), "(1.50 days) ");
	assert_string_equal(
	    keyunit_seconds(buf, UINT64_MAX), "(213503982334601.28 days) ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
