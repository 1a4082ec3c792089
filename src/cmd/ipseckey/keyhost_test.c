/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyhost.h"

#include <string.h>

#include "base/test.h"

static void
test_lookup(void **state)
{
	struct addr a[8], want;
	size_t n;

	(void)state;
	n = keyhost_lookup(NULL, "localhost", a, 8);
	assert_true(n >= 1);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(addr_equal(&a[i], &a[j]));
	assert_true(addr_read(&want, "127.0.0.1"));
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&a[i], &want))
			n = 0;
	if (n != 0) { /* a host that has only ::1 */
		assert_true(addr_read(&want, "::1"));
		assert_true(addr_equal(&a[0], &want));
	}
	assert_int_equal(keyhost_lookup(NULL, "localhost", a, 0), 0);
	assert_int_equal(keyhost_lookup(NULL, "no such host", a, 8), 0);
}

static void
test_name(void **state)
{
	struct addr a;

	(void)state;
	assert_true(addr_read(&a, "0.0.0.0"));
	assert_string_equal(keyhost_name(&a), "<unspecified>");
	assert_true(addr_read(&a, "::"));
	assert_string_equal(keyhost_name(&a), "<unspecified>");
	assert_true(addr_read(&a, "127.0.0.1"));
	assert_non_null(strstr(keyhost_name(&a), "localhost"));
	assert_ptr_equal(keyhost_name(&a), keyhost_name(&a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
