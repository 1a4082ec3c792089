/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/route.h"

#include <arpa/inet.h>

#include "base/test.h"

#include "io/iface.h"
#include "io/testns.h"

static struct netlink n;

static struct netaddr
addr(const char *text)
{
	uint8_t b[16];
	int af = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(af, text, b), 1);
	return netaddr_from(af, b);
}

static uint32_t
mtu(const char *dst, uint32_t mark)
{
	struct netaddr a = addr(dst);

	return route_mtu(&n, &a, mark);
}

static int
setup(void **state)
{
	(void)testns_setup(state);
	if (!testns_have)
		return 0;
	testns_run("ip link add r0 mtu 1400 type veth peer name r1");
	testns_run("ip link set r0 up; ip link set r1 up");
	testns_run("ip addr add 10.0.0.1/24 dev r0");
	testns_run("ip addr add fd00::1/64 dev r0 nodad");
	return netlink_open(&n, NETLINK_ROUTE, 0) ? 0 : 1;
}

static void
test_mtu(void **state)
{
	(void)state;
	TESTNS();
	assert_int_equal(mtu("10.0.0.2", 0), 1400);
	assert_int_equal(mtu("fd00::2", 0), 1400);
	assert_int_equal(mtu("10.77.0.1", 0), 0);
	assert_int_equal(mtu("fd77::1", 0), 0);
	testns_run("ip route add 10.77.0.0/16 via 10.0.0.9 mtu 1300");
	testns_run("ip -6 route add fd77::/16 via fd00::9 mtu 1310");
	testns_run("ip route add 10.78.0.0/16 via 10.0.0.9 mtu 9000");
	testns_run("ip route add unreachable 10.79.0.0/16");
	assert_int_equal(mtu("10.77.0.1", 0), 1300);
	assert_int_equal(mtu("fd77::1", 0), 1310);
	assert_int_equal(mtu("10.78.0.1", 0), 1400);
	assert_int_equal(mtu("10.79.0.1", 0), 0);
	assert_int_equal(mtu("127.0.0.1", 0), 65535 + 1);
	/* by mark, as our own packets go */
	testns_run("ip rule add fwmark 7 lookup 77 && "
		   "ip route add 10.77.0.0/16 via 10.0.0.9 mtu 1200 table 77");
	assert_int_equal(mtu("10.77.0.1", 7), 1200);
	assert_int_equal(mtu("10.77.0.1", 0), 1300);
}

struct seen {
	unsigned n;
	struct route last;
};

static bool
see(void *ctx, const struct route *r)
{
	struct seen *s = ctx;

	s->n++;
	s->last = *r;
	return true;
}

static struct seen
routes(uint8_t fam)
{
	struct seen s = { 0 };

	assert_int_equal(route_each(&n, fam, 5555, 50, see, &s), 0);
	return s;
}

static void
test_routes(void **state)
{
	static const char *const dst[] = { "10.1.0.0", "fd01::" };
	struct seen s;

	(void)state;
	TESTNS();
	for (int six = 0; six < 2; six++) {
		uint8_t fam = six ? 6 : 4;
		struct route r = { .dst = addr(dst[six]),
			.len = 16,
			.table = 5555,
			.proto = 50,
			.metric = 77,
			.index = iface_index(&n, "r0"),
			.mtu = 1280 };
		struct route closed = { .dst.fam = fam,
			.table = 5555,
			.proto = 50,
			.metric = 4000 };

		assert_int_equal(routes(fam).n, 0);
		assert_int_equal(route_put(&n, &r), 0);
		r.mtu = 1290;
		assert_int_equal(route_put(&n, &r), 0);
		s = routes(fam);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.last.mtu, 1290);
		assert_int_equal(s.last.len, 16);
		assert_int_equal(s.last.index, r.index);
		assert_true(netaddr_equal(&s.last.dst, &r.dst));
		/* what is read names what is deleted */
		assert_int_equal(route_put(&n, &closed), 0);
		assert_int_equal(routes(fam).n, 2);
		assert_int_equal(route_delete(&n, &s.last), 0);
		s = routes(fam);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.last.index, 0);
		assert_int_equal(route_delete(&n, &s.last), 0);
		assert_int_equal(route_delete(&n, &s.last), 0);
		assert_int_equal(routes(fam).n, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_routes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
