/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/host/host.h"

#include "base/test.h"

static void
test_literals(void **state)
{
	struct addr out[2], want;

	(void)state;
	assert_int_equal(host_lookup("192.0.2.7", out, 2), 1);
	assert_true(addr_read(&want, "192.0.2.7"));
	assert_true(addr_equal(&out[0], &want));
	assert_int_equal(host_lookup("::ffff:192.0.2.7", out, 2), 1);
	assert_true(addr_equal(&out[0], &want));
	assert_int_equal(host_lookup("2001:db8::1", out, 2), 1);
	assert_true(addr_read(&want, "2001:db8::1"));
	assert_true(addr_equal(&out[0], &want));
	/* counted, but not stored */
	assert_int_equal(host_lookup("192.0.2.7", out, 0), 1);
	assert_int_equal(host_lookup("no such name", out, 2), 0);
}

static void
test_name(void **state)
{
	struct addr a;
	const char *name;

	(void)state;
	/* of /etc/hosts, on any Debian */
	assert_true(addr_read(&a, "127.0.0.1"));
	name = host_name(&a);
	assert_non_null(name);
	assert_string_equal(name, "localhost");
	assert_ptr_equal(host_name(&a), name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
