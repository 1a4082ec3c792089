/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/tun.h"

#include <errno.h>

#include "base/test.h"

#include "io/iface.h"
#include "io/testns.h"

static void
test_tun(void **state)
{
	uint8_t buf[2000], reply[2000];
	int a, b;
	struct netlink nl;
	ssize_t n = 0;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&nl, NETLINK_ROUTE, 0));
	a = tun_open();
	b = tun_open();
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(tun_attach(a, "a name of a device"), ENAMETOOLONG);
	assert_int_equal(tun_attach(a, "tun7"), 0);
	assert_int_equal(tun_attach(b, "tun7"), EBUSY);
	testns_run("sysctl -qw net.ipv6.conf.tun7.disable_ipv6=1 && "
		   "ip addr add 10.0.0.1/24 dev tun7 && ip link set tun7 up");
	assert_int_equal(tun_read(a, buf, sizeof(buf)), 0);
	testns_run("ping -c1 -W1 10.0.0.2 >/dev/null 2>&1 &");
	for (int i = 0; n == 0 && i < 200; i++) {
		(void)usleep(10000);
		n = tun_read(a, buf, sizeof(buf));
	}
	assert_int_equal(n, 84);
	/* written back with the addresses changed it is an echo request to us */
	memcpy(reply, buf, 84);
	memcpy(reply + 12, buf + 16, 4);
	memcpy(reply + 16, buf + 12, 4);
	assert_true(tun_write(a, reply, 84));
	for (n = 0; n == 0;)
		n = tun_read(a, buf, sizeof(buf));
	assert_int_equal(n, 84);
	assert_int_equal(buf[20], 0); /* echo reply */
	assert_false(tun_write(a, reply, 0));
	/* it stays without a process, and can be had again */
	assert_int_equal(tun_persist(a, true), 0);
	(void)close(a);
	assert_int_not_equal(iface_index(&nl, "tun7"), 0);
	assert_int_equal(tun_attach(b, "tun7"), 0);
	assert_int_equal(tun_persist(b, false), 0);
	(void)close(b);
	assert_int_equal(iface_index(&nl, "tun7"), 0);
	netlink_close(&nl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_tun) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
