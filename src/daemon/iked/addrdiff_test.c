/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/addrdiff.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>

#include "base/test.h"

#include "io/testns.h"

static char said[256];

static void
say(void *ctx, const struct netaddr *a, bool there)
{
	char text[64] = "";

	(void)ctx;
	(void)inet_ntop(netaddr_af(a->fam), a->b, text, sizeof(text));
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said),
	    "%c%s ", there ? '+' : '-', text);
}

/* What is said after the system has run a command. */
static const char *
after(struct addrdiff *d, struct ifaddr *l, const char *command)
{
	struct pollfd p = { .fd = ifaddr_fd(l), .events = POLLIN };

	testns_run(command);
	assert_int_equal(poll(&p, 1, 30000), 1);
	(void)ifaddr_update(l);
	said[0] = '\0';
	addrdiff_look(d, l, say, NULL);
	return said;
}

static void
test_diff(void **state)
{
	struct addrdiff d = { 0 };
	struct ifaddr *l;

	(void)state;
	TESTNS();
	testns_run("ip link add d0 type veth peer name d1; "
		   "ip addr add 10.0.0.2/32 dev d0");
	l = ifaddr_new();
	assert_non_null(l);
	addrdiff_look(&d, l, say, NULL);
	assert_non_null(strstr(said, "+10.0.0.2 "));
	assert_string_equal(
	    after(&d, l, "ip addr add 10.0.0.1/32 dev d0"), "+10.0.0.1 ");
	/* the same on another device is nothing new */
	assert_string_equal(after(&d, l, "ip addr add 10.0.0.2/32 dev d1"), "");
	assert_string_equal(after(&d, l, "ip addr del 10.0.0.2/32 dev d0"), "");
	assert_string_equal(
	    after(&d, l, "ip addr del 10.0.0.2/32 dev d1"), "-10.0.0.2 ");
	assert_string_equal(
	    after(&d, l, "ip addr add 10.0.0.3/32 dev d1"), "+10.0.0.3 ");
	addrdiff_fini(&d);
	ifaddr_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
