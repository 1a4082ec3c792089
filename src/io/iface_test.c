/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/iface.h"

#include <errno.h>

#include "base/test.h"

#include "io/testns.h"

static void
test_iface(void **state)
{
	struct iface_setup s = {
		.mtu = 1300, .alias = "test", .up = true, .quiet = true
	};
	static const uint8_t dummy[4] = { 192, 0, 0, 8 };
	struct netlink n;
	unsigned i;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	assert_int_equal(iface_index(&n, "if0"), 0);
	testns_run("sysctl -qw net.ipv4.conf.default.rp_filter=1");
	testns_run("ip link add if0 type veth peer name if1");
	i = iface_index(&n, "if0");
	assert_int_not_equal(i, 0);
	assert_int_equal(iface_mtu(&n, i), 1500);
	assert_int_equal(iface_set(&n, i, &s), 0);
	assert_int_equal(iface_mtu(&n, i), 1300);
	testns_run("ip link show if0 | grep -q ,UP");
	testns_run("ip link show if0 | grep -q 'alias test'");
	testns_run("test $(cat /proc/sys/net/ipv4/conf/if0/rp_filter) = 2");
	assert_int_equal(iface_add_v4(&n, i, dummy), 0);
	assert_int_equal(iface_add_v4(&n, i, dummy), 0);
	testns_run("ip addr show if0 | grep -q '192.0.0.8/32 scope host'");
	testns_run("ip -d link show if0 | grep -q 'addrgenmode none'");
	assert_int_equal(iface_mtu(&n, 9999), 0);
	assert_true(iface_has_alias(&n, i, "test"));
	assert_false(iface_has_alias(&n, i, "tes"));
	assert_false(iface_has_alias(&n, 1, "test"));
	s = (struct iface_setup){ .gso = 60000 };
	assert_int_equal(iface_set(&n, i, &s), 0);
	testns_run("ip -d link show if0 | grep -q 'gso_max_size 60000'");
	assert_int_equal(iface_mtu(&n, i), 1300);
	s.gso = 50000;
	iface_set_alias(&n, "other", &s);
	testns_run("ip -d link show if0 | grep -q 'gso_max_size 60000'");
	iface_set_alias(&n, "test", &s);
	testns_run("ip -d link show if0 | grep -q 'gso_max_size 50000'");
	testns_run("ip -d link show if1 | grep -q 'gso_max_size 65536'");
	testns_run("sysctl -qw net.ipv4.ip_forward=0 "
		   "net.ipv6.conf.all.forwarding=0");
	assert_false(iface_forwards(&n));
	testns_run("sysctl -qw net.ipv4.ip_forward=1");
	assert_true(iface_forwards(&n));
	testns_run("sysctl -qw net.ipv4.ip_forward=0 "
		   "net.ipv6.conf.all.forwarding=1");
	assert_true(iface_forwards(&n));
	testns_run("sysctl -qw net.ipv6.conf.all.forwarding=0");
	assert_false(iface_forwards(&n));
	testns_run("sysctl -qw net.ipv4.conf.default.forwarding=1");
	assert_false(iface_forwards(&n));
	testns_run("sysctl -qw net.ipv4.conf.if0.forwarding=1");
	assert_true(iface_forwards(&n));
	assert_int_equal(iface_delete_alias(&n, "other"), 0);
	assert_int_equal(iface_delete_alias(&n, "test"), 1);
	assert_int_equal(iface_index(&n, "if0"), 0);
	assert_int_equal(iface_delete(&n, i), ENODEV);
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_iface) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
