/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/ptp.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/test.h"

#include "io/iface.h"
#include "io/testns.h"

static struct ptp_addr
pair(const char *local, const char *remote, uint8_t len)
{
	struct ptp_addr a = { .len = len };
	int af = strchr(local, ':') != NULL ? AF_INET6 : AF_INET;
	uint8_t b[16];

	assert_int_equal(inet_pton(af, local, b), 1);
	a.local = netaddr_from(af, b);
	if (remote == NULL)
		return a;
	assert_int_equal(inet_pton(af, remote, b), 1);
	a.remote = netaddr_from(af, b);
	return a;
}

struct seen {
	struct ptp_addr a[8];
	size_t n;
};

static bool
see(void *ctx, const struct ptp_addr *a)
{
	struct seen *s = ctx;

	assert_true(s->n < 8);
	s->a[s->n++] = *a;
	return true;
}

static void
test_all(void **state)
{
	const struct ptp_addr a[] = { pair("10.0.0.1", "10.0.0.2", 32),
		pair("10.1.0.1", NULL, 24), pair("fd00::1", "fd00::2", 128),
		pair("fd01::1", NULL, 64) };
	struct netlink n;
	unsigned index;

	(void)state;
	TESTNS();
	testns_run("ip tuntap add t0 mode tun");
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	index = iface_index(&n, "t0");
	assert_int_equal(ptp_allow_v6("t0"), 0);
	assert_false(ptp_is_up(&n, index));
	assert_int_equal(ptp_set_up(&n, index, true), 0);
	assert_true(ptp_is_up(&n, index));
	for (int i = 0; i < 4; i++)
		assert_int_equal(ptp_add(&n, index, &a[i]), 0);
	assert_int_equal(ptp_add(&n, index, &a[0]), EEXIST);
	for (int round = 0; round < 2; round++) {
		struct seen s = { .n = 0 };
		unsigned found = 0;

		assert_int_equal(ptp_each(&n, index, see, &s), 0);
		for (size_t i = 0; i < s.n; i++)
			for (int k = 0; k < 4; k++)
				if (netaddr_equal(&s.a[i].local, &a[k].local) &&
				    netaddr_equal(
					&s.a[i].remote, &a[k].remote) &&
				    s.a[i].len == a[k].len)
					found |= 1u << k;
		assert_int_equal(s.n, round == 0 ? 4 : 2);
		assert_int_equal(found, round == 0 ? 15 : 10);
		if (round == 0) {
			assert_int_equal(ptp_delete(&n, index, &a[0]), 0);
			assert_int_equal(ptp_delete(&n, index, &a[2]), 0);
		}
	}
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		assert_int_equal(ptp_set_forwards("t0", fam, true), 0);
		assert_true(ptp_forwards("t0", fam));
		assert_int_equal(ptp_set_forwards("t0", fam, false), 0);
		assert_false(ptp_forwards("t0", fam));
	}
	assert_false(ptp_forwards("none", 4));
	assert_int_equal(ptp_set_forwards("none", 4, true), ENOENT);
	assert_int_equal(ptp_set_up(&n, index, false), 0);
	assert_false(ptp_is_up(&n, index));
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
