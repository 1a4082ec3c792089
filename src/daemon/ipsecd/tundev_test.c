/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tundev.h"

#include "base/test.h"

/* What it does to devices is shown by test/netns/tunnel.py. */
static void
test_mtu(void **state)
{
	(void)state;
	assert_int_equal(tundev_mtu(1500, 65), 1395);
	assert_int_equal(tundev_mtu(9000, 65), 8895);
	assert_int_equal(tundev_mtu(1400, 100), 1280);
	assert_int_equal(tundev_mtu(0, 65), 1280);
	assert_int_equal(tundev_mtu(65536, 0), 65495);
	assert_int_equal(tundev_mtu(200000, 0), 65495);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mtu) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
