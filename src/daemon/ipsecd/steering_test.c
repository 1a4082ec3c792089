/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/steering.h"

#include <stdio.h>

#include "base/test.h"

#include "model/alg.h"
#include "wire/pfpolicy.h"

static uint32_t
mtu(void *ctx, const struct addr *dst)
{
	(void)ctx;
	/* one peer behind a narrow link */
	return dst->fam == FAM_V4 && dst->b[3] == 9 ? 1300 : 1500;
}

static void
act(struct rule *r, uint8_t type)
{
	struct action a = { .type = type };

	if (type == ACT_IPSEC) {
		a.flags = ACT_ESP | ACT_ESPA;
		a.esp_alg = EALG_AES;
		a.espa_alg = AALG_SHA1HMAC;
	}
	assert_true(rule_add_action(r, &a));
}

static void
add(struct spd *d, struct rule *r)
{
	static uint32_t priority = RULE_PRIO_BASE;
	uint64_t index;
	uint16_t diag;

	r->priority = priority--;
	assert_int_equal(spd_add(d, SPD_ACTIVE, r, &diag, &index), 0);
	rule_fini(r);
}

static void
hosts(struct rule *r, const char *local, const char *remote)
{
	struct addr l, m;

	assert_true(addr_read(&l, local));
	assert_true(addr_read(&m, remote));
	*r = (struct rule){ .dir = RULE_BOTH, .fam = l.fam };
	r->sel.has = SEL_LADDR | SEL_RADDR;
	r->sel.laddr = prefix_host(&l);
	r->sel.raddr = prefix_host(&m);
}

static bool
is_addr(const struct netaddr *a, const char *text)
{
	struct addr b;

	assert_true(addr_read(&b, text));
	return a->fam == b.fam && memcmp(a->b, b.b, sizeof(a->b)) == 0;
}

/* Fixed lines come first: five outbound, six inbound for a family. */
static void
test_hosts(void **state)
{
	struct spd *d = spd_new();
	struct steering s;
	struct rule r;

	(void)state;
	hosts(&r, "192.0.2.1", "192.0.2.9");
	act(&r, ACT_IPSEC);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_true(s.plan.armed);
	assert_int_equal(s.plan.n_out, 6);
	assert_int_equal(s.plan.out[5].verb, STEER_DIVERT);
	assert_true(is_addr(&s.plan.out[5].m.src, "192.0.2.1"));
	assert_true(is_addr(&s.plan.out[5].m.dst, "192.0.2.9"));
	assert_int_equal(s.plan.out[5].m.dst_len, 32);
	assert_int_equal(s.plan.n_in, 7);
	assert_int_equal(s.plan.in[6].verb, STEER_SECOND);
	assert_true(is_addr(&s.plan.in[6].m.src, "192.0.2.9"));
	assert_true(is_addr(&s.plan.in[6].m.dst, "192.0.2.1"));
	assert_int_equal(s.plan.n_way, 1);
	assert_int_equal(s.plan.way[0].len, 32);
	/* 8 + 2 + 8 + IV 16 + ICV 12 + padding 15 */
	assert_int_equal(s.plan.way[0].mtu, 1300 - 61);
	steering_fini(&s);
	spd_free(d);
}

/* Ports change sides, a rule without a protocol keeps its ports. */
static void
test_ports(void **state)
{
	struct spd *d = spd_new();
	struct steering s;
	struct rule r = { .dir = RULE_BOTH, .fam = FAM_V4 };

	(void)state;
	r.sel.has = SEL_LPORT;
	r.sel.lport_min = r.sel.lport_max = 53;
	act(&r, ACT_PASS);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_false(s.plan.armed);
	assert_int_equal(s.plan.out[5].verb, STEER_PASS);
	assert_int_equal(s.plan.out[5].m.sport_min, 53);
	assert_int_equal(s.plan.out[5].m.dport_min, 0);
	assert_int_equal(s.plan.in[6].m.dport_max, 53);
	assert_int_equal(s.plan.in[6].m.sport_min, 0);
	steering_fini(&s);

	/* a protocol without ports: never matches, so no line */
	r = (struct rule){ .dir = RULE_OUT, .fam = FAM_V4 };
	r.sel.has = SEL_LPORT | SEL_PROTO;
	r.sel.lport_min = r.sel.lport_max = 53;
	r.sel.proto = 47;
	act(&r, ACT_IPSEC);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.n_out, 6);
	steering_fini(&s);
	spd_free(d);
}

/* IPv6: the link's own protocols are spared unless an entry names them. */
static void
test_link(void **state)
{
	struct spd *d = spd_new();
	struct steering s;
	struct rule r = { .dir = RULE_OUT, .fam = FAM_V6 };

	(void)state;
	act(&r, ACT_IPSEC);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.n_out, 8);
	assert_int_equal(s.plan.out[5].verb, STEER_PASS);
	assert_int_equal(s.plan.out[5].m.proto, IPPROTO_ICMPV6_);
	assert_int_equal(s.plan.out[5].m.type_min, 130);
	assert_int_equal(s.plan.out[5].m.type_max, 137);
	assert_int_equal(s.plan.out[6].m.type_min, 143);
	assert_int_equal(s.plan.out[7].verb, STEER_DIVERT);
	assert_true(s.plan.mtu[1] < 1500);
	assert_int_equal(s.plan.mtu[0], 1500);
	steering_fini(&s);
	spd_free(d);

	d = spd_new();
	r = (struct rule){ .dir = RULE_OUT, .fam = FAM_V6 };
	r.sel.has = SEL_PROTO | SEL_TYPE;
	r.sel.proto = IPPROTO_ICMPV6_;
	r.sel.type_min = 133;
	r.sel.type_max = 134;
	act(&r, ACT_IPSEC);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.n_out, 8);
	assert_int_equal(s.plan.out[5].m.type_max, 127);
	assert_int_equal(s.plan.out[6].m.only, STEER_PIECE);
	assert_int_equal(s.plan.out[7].m.type_max, 134);
	assert_false(s.plan.out[7].m.has_code);
	steering_fini(&s);
	spd_free(d);
}

/* Drops are counted, once by reason and once by entry; "or pass" accepts. */
static void
test_actions(void **state)
{
	struct spd *d = spd_new();
	char name[STEER_NAME];
	struct steering s;
	struct rule r, kept;

	(void)state;
	hosts(&r, "2001:db8::1", "2001:db8::2");
	act(&r, ACT_DROP);
	add(d, &r);
	hosts(&r, "2001:db8::1", "2001:db8::3");
	act(&r, ACT_IPSEC);
	act(&r, ACT_PASS);
	assert_true(rule_copy(&kept, &r));
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.out[5].verb, STEER_DROP);
	assert_string_equal(s.plan.out[5].count[0], STEERING_OUT_DROP);
	assert_int_equal(s.plan.out[5].count[1][0], 'o');
	assert_int_equal(s.plan.in[6].verb, STEER_DROP);
	assert_string_equal(s.plan.in[6].count[0], STEERING_IN_DROP);
	assert_int_equal(s.plan.out[s.plan.n_out - 1].verb, STEER_DIVERT);
	assert_int_equal(s.plan.in[7].verb, STEER_PASS);
	kept.dir = RULE_IN;
	kept.index = 4;
	steering_counter(name, &kept);
	assert_string_equal(s.plan.in[7].count[1], name);
	/* the same index of another entry is another counter */
	kept.sel.raddr.a.b[15]++;
	steering_counter(name, &kept);
	assert_string_not_equal(s.plan.in[7].count[1], name);
	rule_fini(&kept);
	steering_fini(&s);
	spd_free(d);
}

/* "drop" first drops, whatever alternatives follow: policy judges so. */
static void
test_drop_first(void **state)
{
	static const uint8_t behind[] = { ACT_PASS, ACT_IPSEC };

	(void)state;
	for (size_t i = 0; i < sizeof(behind); i++) {
		struct spd *d = spd_new();
		struct steering s;
		struct rule r;

		hosts(&r, "192.0.2.1", "192.0.2.8");
		act(&r, ACT_DROP);
		act(&r, behind[i]);
		add(d, &r);
		assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
		assert_int_equal(s.plan.out[s.plan.n_out - 1].verb, STEER_DROP);
		assert_int_equal(s.plan.in[s.plan.n_in - 1].verb, STEER_DROP);
		steering_fini(&s);
		spd_free(d);
	}
}

/* Of UDP port 7 of two peers: what else may be about it comes here, too. */
static void
test_about(void **state)
{
	static const char *const ends[][2] = { { "192.0.2.1", "192.0.2.9" },
		{ "2001:db8::1", "2001:db8::2" } };

	(void)state;
	for (int six = 0; six < 2; six++) {
		struct spd *d = spd_new();
		struct steering s;
		struct rule r;
		const struct steer_line *l;

		for (int i = 0; i < 2; i++) { /* UDP and TCP */
			hosts(&r, ends[six][0], ends[six][1]);
			r.sel.has |= SEL_PROTO | SEL_RPORT;
			r.sel.proto = i ? IPPROTO_TCP_ : IPPROTO_UDP_;
			r.sel.rport_min = r.sel.rport_max = 7;
			act(&r, ACT_IPSEC);
			add(d, &r);
		}
		assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
		l = s.plan.out;
		/* of key management, but root's alone */
		assert_int_equal(l[2].m.sport_min, 500);
		assert_int_equal(l[2].m.only, STEER_ROOT);
		assert_int_equal(l[3].m.only, STEER_ROOT);
		assert_int_equal(l[4].m.only, STEER_ROUTED);
		assert_int_equal(l[4].verb, STEER_DIVERT);
		/* errors to that peer, once for both rules */
		assert_int_equal(l[5].verb, STEER_DIVERT);
		assert_int_equal(l[5].m.type_min, six ? 0 : 3);
		assert_int_equal(l[5].m.type_max, six ? 127 : 5);
		assert_true(is_addr(&l[5].m.dst, ends[six][1]));
		assert_int_equal(l[5].m.src.fam, 0);
		l += six ? 6 : 7;
		/* fragments: IPv4's say their protocol, IPv6's may not */
		assert_int_equal(l[0].m.only, STEER_PIECE);
		assert_int_equal(l[0].verb, STEER_DIVERT);
		assert_int_equal(l[0].m.proto, six ? 0 : IPPROTO_UDP_);
		assert_int_equal(l[0].m.dport_min, 0);
		assert_true(is_addr(&l[0].m.src, ends[six][0]));
		assert_int_equal(l[1].m.only, STEER_ALL);
		assert_int_equal(l[1].m.dport_min, 7);
		assert_int_equal(s.plan.n_out, l - s.plan.out + (six ? 3 : 4));
		/* inbound errors about it, which have to be protected */
		assert_int_equal(s.plan.n_quoted, 6);
		l = &s.plan.quoted[4];
		assert_int_equal(l[-1].verb, STEER_PASS);
		assert_int_equal(l[-1].m.sport_min, 4500);
		assert_int_equal(l[0].verb, STEER_SECOND);
		assert_int_equal(l[0].m.proto, IPPROTO_UDP_);
		assert_true(is_addr(&l[0].m.src, ends[six][0]));
		assert_true(is_addr(&l[0].m.dst, ends[six][1]));
		assert_int_equal(l[0].m.dport_max, 7);
		assert_int_equal(l[0].m.sport_min, 0);
		steering_fini(&s);
		spd_free(d);
	}
}

/* Where nothing is protected or dropped, routed packets are not looked at. */
static void
test_routed(void **state)
{
	struct spd *d = spd_new();
	struct steering s;
	struct rule r;

	(void)state;
	hosts(&r, "192.0.2.1", "192.0.2.9");
	act(&r, ACT_PASS);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.out[4].m.only, STEER_ROUTED);
	assert_int_equal(s.plan.out[4].verb, STEER_PASS);
	steering_fini(&s);
	hosts(&r, "192.0.2.1", "192.0.2.8");
	r.dir = RULE_OUT;
	act(&r, ACT_DROP);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.out[4].verb, STEER_DIVERT);
	/* fragments of what is dropped only by its port are dropped */
	assert_int_equal(s.plan.n_out, 7);
	steering_fini(&s);
	hosts(&r, "192.0.2.1", "192.0.2.7");
	r.sel.has |= SEL_RPORT;
	r.sel.rport_min = r.sel.rport_max = 9;
	act(&r, ACT_DROP);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.n_out, 9);
	assert_int_equal(s.plan.out[7].m.only, STEER_PIECE);
	assert_int_equal(s.plan.out[7].verb, STEER_DROP);
	assert_string_equal(s.plan.out[7].count[0], STEERING_OUT_DROP);
	steering_fini(&s);
	spd_free(d);
}

/* The table of what may come in the clear (spec: policy 20). */
static void
test_clear(void **state)
{
	struct spd *d = spd_new();
	struct steering s;
	bool v4[256] = { 0 }, v6[256] = { 0 }, decided[256] = { 0 };

	(void)state;
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	assert_int_equal(s.plan.n_out, 0);
	assert_int_equal(s.plan.n_in, 0);
	for (size_t i = 0; i < s.plan.n_second; i++) {
		const struct steer_line *l = &s.plan.second[i];

		if (l->m.fam == 4 && l->m.has_type && !l->m.has_code)
			v4[l->m.type_min] = l->verb == STEER_PASS;
		if (l->m.fam == 6 && l->m.proto == IPPROTO_ICMPV6_)
			for (unsigned t = 0; t < 256; t++)
				if (!decided[t] &&
				    (!l->m.has_type || l->m.type_min == t)) {
					decided[t] = true;
					v6[t] = l->verb == STEER_PASS;
				}
	}
	assert_true(v4[0] && v4[4] && v4[9] && v4[11] && v4[14] && v4[16]);
	assert_false(v4[5] || v4[8] || v4[10] || v4[12] || v4[13] || v4[15] ||
		     v4[17] || v4[18]);
	assert_true(v6[1] && v6[2] && v6[3] && v6[129] && v6[133] && v6[136]);
	assert_false(v6[128] || v6[4]);
	/* the last line of each family drops the rest and says why */
	for (size_t i = s.plan.n_second - 2; i < s.plan.n_second; i++) {
		assert_int_equal(s.plan.second[i].verb, STEER_DROP);
		assert_int_equal(s.plan.second[i].m.proto, 0);
		assert_string_equal(
		    s.plan.second[i].count[0], STEERING_IN_CLEAR);
	}
	steering_fini(&s);
	spd_free(d);
}

static void
test_overhead(void **state)
{
	struct rule r = { 0 };
	struct action a = { .type = ACT_IPSEC,
		.flags = ACT_AH | ACT_ESP,
		.ah_alg = AALG_SHA256HMAC,
		.esp_alg = EALG_AES_GCM_16 };

	(void)state;
	assert_true(rule_add_action(&r, &a));
	/* ESP 8 + 2 + 8 + 8 + 16 + 3, AH 12 + 16 made a multiple of 8 */
	assert_int_equal(steering_overhead(&r), 45 + 32);
	a.flags |= ACT_SELFENCAP;
	assert_true(rule_add_action(&r, &a));
	assert_int_equal(steering_overhead(&r), 45 + 32 + 20);
	rule_fini(&r);
}

/* Answers to what may come protected, and none to what comes in the clear. */
static void
test_replies(void **state)
{
	struct spd *d = spd_new();
	const struct steer_line *l;
	struct steering s;
	struct rule r;

	(void)state;
	hosts(&r, "192.0.2.1", "192.0.2.9");
	r.dir = RULE_IN;
	r.sel.has |= SEL_PROTO | SEL_LPORT;
	r.sel.proto = IPPROTO_TCP_;
	r.sel.lport_min = r.sel.lport_max = 22;
	act(&r, ACT_PASS);
	add(d, &r);
	for (int i = 0; i < 2; i++) {
		hosts(&r, "192.0.2.1", "192.0.2.9");
		r.dir = RULE_IN;
		if (i == 0) {
			r.sel.has |= SEL_PROTO;
			r.sel.proto = IPPROTO_UDP_;
		}
		act(&r, ACT_IPSEC);
		add(d, &r);
	}
	/* what leaves has no say in it */
	hosts(&r, "192.0.2.1", "192.0.2.8");
	r.dir = RULE_OUT;
	act(&r, ACT_IPSEC);
	add(d, &r);
	assert_true(steering_compile(&s, d, SPD_ACTIVE, mtu, NULL));
	l = s.plan.replies;
	/* a reset, errors once for both, two replies, any reset */
	assert_int_equal(s.plan.n_replies, 6);
	assert_int_equal(l[0].verb, STEER_PASS);
	assert_int_equal(l[0].m.only, STEER_RESET);
	assert_int_equal(l[0].m.sport_min, 22);
	assert_true(is_addr(&l[0].m.src, "192.0.2.1"));
	assert_true(is_addr(&l[0].m.dst, "192.0.2.9"));
	assert_int_equal(l[1].m.type_min, 3);
	assert_int_equal(l[2].m.type_max, 12);
	assert_int_equal(l[3].m.type_min, 0);
	assert_int_equal(l[3].m.src.fam, 0);
	assert_int_equal(l[4].m.type_max, 14);
	assert_int_equal(l[5].m.only, STEER_RESET);
	assert_int_equal(l[5].m.sport_min, 0);
	for (int i = 1; i < 6; i++) {
		assert_int_equal(l[i].verb, STEER_DIVERT);
		assert_true(is_addr(&l[i].m.dst, "192.0.2.9"));
	}
	steering_fini(&s);
	spd_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_drop_first),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_routed),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_overhead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
