/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tundev.h"

#include "base/test.h"

/* What it does to devices is shown by test/netns/tunnel.py. */
static void
test_mtu(void **state)
{
	(void)state;
	assert_int_equal(tundev_mtu(1500, 20, 65), 1415);
	assert_int_equal(tundev_mtu(1500, 48, 65), 1387);
	assert_int_equal(tundev_mtu(9000, 40, 65), 8895);
	assert_int_equal(tundev_mtu(1400, 20, 100), 1280);
	assert_int_equal(tundev_mtu(0, 20, 65), 1280);
	assert_int_equal(tundev_mtu(65536, 20, 0), 65515);
	assert_int_equal(tundev_mtu(200000, 40, 0), 65495);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mtu) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
