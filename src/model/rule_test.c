/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/rule.h"

#include "base/test.h"

static void
test_actions(void **state)
{
	struct action a = { .type = ACT_IPSEC };
	struct rule r = { .priority = 9 }, c;

	(void)state;
	for (unsigned i = 0; i < RULE_MAX_ACTIONS; i++) {
		a.esp_min = (uint16_t)i;
		assert_true(rule_add_action(&r, &a));
	}
	assert_false(rule_add_action(&r, &a));
	assert_int_equal(r.n_actions, RULE_MAX_ACTIONS);
	assert_true(rule_copy(&c, &r));
	assert_int_equal(c.priority, 9);
	assert_ptr_not_equal(c.actions, r.actions);
	for (unsigned i = 0; i < RULE_MAX_ACTIONS; i++)
		assert_int_equal(c.actions[i].esp_min, i);
	rule_fini(&r);
	rule_fini(&c);
	assert_int_equal(r.n_actions, 0);
	assert_null(r.actions);
	rule_fini(&r);
}

static void
test_copy_of_none(void **state)
{
	struct rule r = { .dir = RULE_IN }, c;

	(void)state;
	assert_true(rule_copy(&c, &r));
	assert_int_equal(c.dir, RULE_IN);
	assert_null(c.actions);
}

static struct flow
tcp_flow(void)
{
	struct flow f = { .proto = IPPROTO_TCP_,
		.has_ports = true,
		.lport = 23,
		.rport = 1024 };

	assert_true(addr_read(&f.local, "192.168.116.16"));
	assert_true(addr_read(&f.remote, "192.168.13.213"));
	return f;
}

static struct sel
tcp_sel(void)
{
	struct flow f = tcp_flow();

	return (struct sel){ .has = SEL_LADDR | SEL_RADDR | SEL_PROTO |
				    SEL_LPORT | SEL_RPORT,
		.laddr = prefix_host(&f.local),
		.raddr = prefix_host(&f.remote),
		.proto = IPPROTO_TCP_,
		.lport_min = 23,
		.lport_max = 23,
		.rport_min = 1024,
		.rport_max = 2048 };
}

/* Each selector alone decides; a missing one is a wildcard. */
static void
test_match(void **state)
{
	struct flow f = tcp_flow(), g;
	struct sel s = tcp_sel(), none = { 0 }, t;

	(void)state;
	assert_true(sel_match(&s, &f));
	assert_true(sel_match(&none, &f));
	g = f;
	g.local.b[3]++;
	assert_false(sel_match(&s, &g));
	t = s;
	t.has &= ~(unsigned)SEL_LADDR;
	assert_true(sel_match(&t, &g));
	g = f;
	g.remote.b[0]++;
	assert_false(sel_match(&s, &g));
	g = f;
	g.proto = IPPROTO_UDP_;
	assert_false(sel_match(&s, &g));
	g = f;
	g.lport = 24;
	assert_false(sel_match(&s, &g));
	g = f;
	g.rport = 2048;
	assert_true(sel_match(&s, &g));
	g.rport = 2049;
	assert_false(sel_match(&s, &g));
	g.rport = 1023;
	assert_false(sel_match(&s, &g));
	/* policy 17: without ports a rule with a port does not match */
	g = f;
	g.has_ports = false;
	assert_false(sel_match(&s, &g));
	t = s;
	t.has &= ~(unsigned)(SEL_LPORT | SEL_RPORT);
	assert_true(sel_match(&t, &g));
}

static void
test_match_icmp(void **state)
{
	struct sel s = { .has = SEL_PROTO | SEL_TYPE,
		.proto = IPPROTO_ICMPV6_,
		.type_min = 133,
		.type_max = 137,
		.code_min = 1,
		.code_max = 2 };
	struct flow f = { .proto = IPPROTO_ICMPV6_,
		.has_icmp = true,
		.icmp_type = 137,
		.icmp_code = 7 };

	(void)state;
	assert_true(sel_match(&s, &f));
	s.has |= SEL_CODE;
	assert_false(sel_match(&s, &f));
	f.icmp_code = 2;
	assert_true(sel_match(&s, &f));
	f.icmp_type = 138;
	assert_false(sel_match(&s, &f));
	f.icmp_type = 133;
	assert_true(sel_match(&s, &f));
	f.has_icmp = false;
	assert_false(sel_match(&s, &f));
}

/* Every selector counts when it is there, and none when it is not. */
static void
test_equal(void **state)
{
	struct sel s = tcp_sel(), t = s;
	struct sel icmp = {
		.has = SEL_TYPE | SEL_CODE, .type_max = 5, .code_max = 6
	};

	(void)state;
	assert_true(sel_equal(&s, &t));
#define DIFFERS(base, field)                        \
	do {                                        \
		t = base;                           \
		t.field ^= 1;                       \
		assert_false(sel_equal(&base, &t)); \
	} while (0)
	DIFFERS(s, has);
	DIFFERS(s, laddr.len);
	DIFFERS(s, laddr.a.b[0]);
	DIFFERS(s, raddr.a.b[3]);
	DIFFERS(s, proto);
	DIFFERS(s, lport_min);
	DIFFERS(s, lport_max);
	DIFFERS(s, rport_min);
	DIFFERS(s, rport_max);
	DIFFERS(icmp, type_min);
	DIFFERS(icmp, type_max);
	DIFFERS(icmp, code_min);
	DIFFERS(icmp, code_max);
	t = s;
	t.type_min = t.code_max = 9; /* not selected */
	assert_true(sel_equal(&s, &t));
	s.has = t.has = 0;
	t.proto = 99;
	assert_true(sel_equal(&s, &t));
}

static void
test_action_equal(void **state)
{
	struct action a = { ACT_IPSEC, ACT_AH, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	(void)state;
	assert_true(action_equal(&a, &a));
#define OTHER(field)                                \
	do {                                        \
		struct action b = a;                \
		b.field++;                          \
		assert_false(action_equal(&a, &b)); \
	} while (0)
	OTHER(type);
	OTHER(flags);
	OTHER(ah_alg);
	OTHER(esp_alg);
	OTHER(espa_alg);
	OTHER(ah_min);
	OTHER(ah_max);
	OTHER(esp_min);
	OTHER(esp_max);
	OTHER(espa_min);
	OTHER(espa_max);
}

static void
test_covers(void **state)
{
	struct sel all = { 0 },
		   a = { .has = SEL_LPORT, .lport_min = 10, .lport_max = 20 };
	struct sel b = { .has = SEL_LPORT | SEL_PROTO,
		.proto = 6,
		.lport_min = 12,
		.lport_max = 20 };
	struct sel c = { .has = SEL_RADDR,
		.raddr = { { FAM_V4, { 10, 1 } }, 16 } };
	struct sel e = { .has = SEL_RADDR | SEL_TYPE,
		.raddr = { { FAM_V4, { 10, 1, 2 } }, 24 },
		.type_min = 3,
		.type_max = 4 };

	(void)state;
	assert_true(sel_covers(&all, &a, FAM_V4));
	assert_false(sel_covers(&a, &all, FAM_V4));
	assert_true(sel_covers(&a, &b, FAM_V6));
	assert_false(sel_covers(&b, &a, FAM_V6));
	b.lport_max = 21;
	assert_false(sel_covers(&a, &b, FAM_V6));
	b.has = SEL_RPORT; /* another port */
	assert_false(sel_covers(&a, &b, FAM_V6));
	assert_true(sel_covers(&c, &e, FAM_V4));
	assert_false(sel_covers(&e, &c, FAM_V4));
	e.raddr.a.b[1] = 2;
	assert_false(sel_covers(&c, &e, FAM_V4));
	/* every address of its family, but not of the other one */
	c.raddr = (struct prefix){ .a.fam = FAM_V4 };
	assert_true(sel_covers(&c, &all, FAM_V4));
	assert_false(sel_covers(&c, &all, FAM_V6));
	assert_true(sel_covers(&c, &e, FAM_V4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_copy_of_none),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_match_icmp),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_action_equal),
		cmocka_unit_test(test_covers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
