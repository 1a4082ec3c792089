/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/ifaddr.h"

#include <arpa/inet.h>

#include "base/test.h"

#include "io/testns.h"

static bool
local(const struct ifaddr *l, const char *text)
{
	uint8_t b[16];
	int af = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	struct netaddr a;

	assert_int_equal(inet_pton(af, text, b), 1);
	a = netaddr_from(af, b);
	return ifaddr_is_local(l, &a);
}

static void
test_ifaddr(void **state)
{
	struct ifaddr *l;
	size_t before;

	(void)state;
	TESTNS();
	testns_run("ip link add a0 type veth peer name a1");
	testns_run("ip addr add 192.0.2.1/24 dev a0");
	l = ifaddr_new();
	assert_non_null(l);
	assert_true(local(l, "127.0.0.1"));
	assert_true(local(l, "::1"));
	assert_true(local(l, "192.0.2.1"));
	assert_false(local(l, "192.0.2.2"));
	assert_false(local(l, "192.0.2.255"));
	assert_false(ifaddr_update(l));
	before = ifaddr_count(l);
	testns_run("for i in $(seq 2 99); do "
		   "ip addr add 198.51.100.$i/32 dev a1; "
		   "ip addr add 2001:db8::$i/128 dev a1; done");
	assert_true(ifaddr_update(l));
	assert_int_equal(ifaddr_count(l), before + 2 * 98);
	assert_true(local(l, "198.51.100.99"));
	assert_true(local(l, "2001:db8::99"));
	/* on two devices: gone when it is gone from both */
	testns_run("ip addr add 192.0.2.1/24 dev a1");
	testns_run("ip addr del 192.0.2.1/24 dev a0");
	assert_true(ifaddr_update(l));
	assert_true(local(l, "192.0.2.1"));
	testns_run("ip addr del 192.0.2.1/24 dev a1");
	assert_true(ifaddr_update(l));
	assert_false(local(l, "192.0.2.1"));
	/* the address at this end, not the other end's */
	testns_run("ip addr add 192.0.2.7 peer 192.0.2.8 dev a0");
	assert_true(ifaddr_update(l));
	assert_true(local(l, "192.0.2.7"));
	assert_false(local(l, "192.0.2.8"));
	ifaddr_free(l);
}

/* More news than the socket holds: everything is asked again. */
static void
test_overrun(void **state)
{
	struct ifaddr *l;

	(void)state;
	TESTNS();
	l = ifaddr_new();
	assert_non_null(l);
	testns_run("for i in $(seq 0 5); do for k in $(seq 1 250); do "
		   "echo addr add 10.9.$i.$k/32 dev a0; done; done | ip -b -");
	(void)ifaddr_update(l);
	(void)ifaddr_update(l);
	assert_true(local(l, "10.9.0.1"));
	assert_true(local(l, "10.9.5.250"));
	ifaddr_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ifaddr),
		cmocka_unit_test(test_overrun),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
