/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/hostdev.h"

#include <errno.h>

#include "base/test.h"

#include "io/testns.h"
#include "io/tun.h"

/* A device made anew is set up like the first; setting up twice is as once. */
static void
test_setup(void **state)
{
	struct netlink n;
	unsigned index = 7, again;
	int fd;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	assert_int_equal(hostdev_setup(&n, "hd0", "mine", &index), ENODEV);
	assert_int_equal(index, 0);
	fd = tun_open();
	assert_true(fd >= 0);
	for (int i = 0; i < 2; i++) {
		testns_run(i == 0 ? "sysctl -qw net.ipv4.ip_forward=0 "
				    "net.ipv6.conf.all.forwarding=0"
				  : "sysctl -qw net.ipv4.ip_forward=1");
		assert_int_equal(tun_attach(fd, "hd0", NULL), 0);
		assert_int_equal(hostdev_setup(&n, "hd0", "mine", &index), 0);
		assert_int_equal(hostdev_setup(&n, "hd0", "mine", &again), 0);
		assert_int_equal(index, again);
		testns_run("ip link show hd0 | grep -q 'UP.*mtu 65535'");
		testns_run("ip link show hd0 | grep -q 'alias mine'");
		testns_run("ip addr show dev hd0 | "
			   "grep -q '192.0.0.8/32 scope host'");
		testns_run("! ip addr show dev hd0 | grep inet6");
		testns_run("grep -qx 2 /proc/sys/net/ipv4/conf/hd0/rp_filter");
		/* what others have joined comes whole where it is forwarded */
		testns_run(i == 0 ? "ip -d link show hd0 | "
				    "grep -q 'gso_max_size 60000'"
				  : "ip -d link show hd0 | "
				    "grep -q 'gso_max_size 65536'");
		testns_run("ip link del hd0");
	}
	netlink_close(&n);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_setup) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
