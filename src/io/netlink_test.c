/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/test.h"

#include "io/testns.h"

static bool
count(void *ctx, const struct nlmsghdr *h)
{
	unsigned *n = ctx;

	assert_int_equal(h->nlmsg_type, RTM_NEWLINK);
	(*n)++;
	return true;
}

static struct nlmsghdr *
links(uint8_t *buf, uint16_t flags, int index)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = flags;
	m->ifi_index = index;
	return h;
}

static void
test_ask(void **state)
{
	struct netlink n;
	uint8_t buf[256];
	unsigned seen = 0;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	testns_run("ip link add nl0 type veth peer name nl1");
	assert_int_equal(
	    netlink_ask(&n, links(buf, NLM_F_DUMP, 0), count, &seen), 0);
	assert_true(seen >= 3);
	seen = 0;
	assert_int_equal(netlink_ask(&n, links(buf, 0, 1), count, &seen), 0);
	assert_int_equal(seen, 1);
	/* an error is the question's own, and the next question works */
	assert_int_equal(
	    netlink_ask(&n, links(buf, 0, 9999), count, &seen), ENODEV);
	assert_int_equal(netlink_ask(&n, links(buf, 0, 1), count, &seen), 0);
	assert_int_equal(seen, 2);
	netlink_close(&n);
	netlink_close(&n);
}

static bool
any(void *ctx, const struct nlmsghdr *h)
{
	unsigned *n = ctx;

	(void)h;
	(*n)++;
	return true;
}

static void
test_hear(void **state)
{
	struct netlink n;
	unsigned seen = 0;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_ROUTE, RTMGRP_LINK));
	assert_true(netlink_hear(&n, any, &seen));
	assert_int_equal(seen, 0);
	testns_run("ip link set nl0 up");
	assert_true(netlink_hear(&n, any, &seen));
	assert_true(seen > 0);
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_hear),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
