/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/route_rule.h"

#include <arpa/inet.h>

#include "base/test.h"

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

struct seen {
	unsigned n;
	struct route_rule last;
};

static bool
see(void *ctx, const struct route_rule *r)
{
	struct seen *s = ctx;

	s->n++;
	s->last = *r;
	return true;
}

/* Added, read back the same, deleted by what was read. */
static void
round_trip(const struct route_rule *r)
{
	struct seen s = { 0 };

	assert_int_equal(route_rule_add(&n, r), 0);
	assert_int_equal(route_rule_add(&n, r), 0);
	assert_int_equal(route_rule_each(&n, r->fam, 50, see, &s), 0);
	assert_int_equal(s.n, 1);
	assert_true(route_rule_equal(&s.last, r));
	assert_int_equal(route_rule_delete(&n, &s.last), 0);
	assert_int_equal(route_rule_delete(&n, &s.last), 0);
	s.n = 0;
	assert_int_equal(route_rule_each(&n, r->fam, 50, see, &s), 0);
	assert_int_equal(s.n, 0);
}

static void
test_rules(void **state)
{
	static const char *const host[] = { "10.0.0.1", "fd00::1" };
	static const char *const net[] = { "10.2.0.0", "fd02::" };

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	for (int six = 0; six < 2; six++) {
		struct route_rule r = { .fam = six ? 6 : 4,
			.pref = 4100,
			.proto = 50,
			.what = ROUTE_RULE_GOTO,
			.target = 4999,
			.mark = 0x10000000,
			.mask = 0x30000000 };

		round_trip(&r);
		r = (struct route_rule){ .fam = six ? 6 : 4,
			.pref = 4101,
			.proto = 50,
			.what = ROUTE_RULE_TABLE,
			.table = 5051,
			.src = addr(host[six]),
			.src_len = six ? 128 : 32,
			.dst = addr(net[six]),
			.dst_len = 16,
			.find_saddr = six,
			.local_only = true,
			.ipproto = IPPROTO_TCP,
			.sport_min = 80,
			.sport_max = 80,
			.dport_min = 1024,
			.dport_max = 65534 };
		round_trip(&r);
		r = (struct route_rule){ .fam = six ? 6 : 4,
			.pref = 4999,
			.proto = 50,
			.what = ROUTE_RULE_NOP };
		round_trip(&r);
	}
	/* "from 0.0.0.0/32": a source that is not yet chosen */
	round_trip(&(struct route_rule){ .fam = 4,
	    .pref = 4002,
	    .proto = 50,
	    .what = ROUTE_RULE_GOTO,
	    .target = 4999,
	    .src.fam = 4,
	    .src_len = 32 });
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rules) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
