/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_table.h"

#include "base/test.h"

#include "io/nft.h"
#include "io/nftask.h"
#include "io/testns.h"

static const struct steer_conf conf = { .dev = "ipsec0",
	.own_dev = "ipsec1",
	.table = "st",
	.mask = 0x30000000,
	.bypass = 0x10000000,
	.divert = 0x20000000,
	.own = 0x30000000,
	.again = 0x40000000,
	.queue = 5050 };

/* The three chains and what stands in each, and that twice is as once. */
static void
test_table(void **state)
{
	struct steer_line out = { .verb = STEER_DIVERT, .m = { .fam = 4 } };
	struct steer_line in = { .verb = STEER_SECOND, .m = { .fam = 6 } };
	struct steer_line second = { .verb = STEER_DROP, .m = { .fam = 6 } };
	struct steer_plan p = { .out = &out,
		.n_out = 1,
		.in = &in,
		.n_in = 1,
		.second = &second,
		.n_second = 1,
		.armed = true };
	struct steer_can can = { .sockets = true };
	struct netlink n;

	(void)state;
	TESTNS();
	/* a port without a protocol: those that have ports */
	out.m.dport_min = out.m.dport_max = 53;
	in.m.proto = IPPROTO_ICMPV6;
	in.m.has_type = true;
	in.m.type_min = 128;
	in.m.type_max = 129;
	(void)snprintf(second.count[0], STEER_NAME, "why");
	assert_true(netlink_open(&n, NETLINK_NETFILTER, 0));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    steer_table_apply(&n, &conf, &p, &can, i == 2), 0);
		testns_run("nft list chain inet st steer | "
			   "grep -c 'dport 53 .*goto divert' | grep -qx 3");
		testns_run("nft list chain inet st divert | "
			   "grep -q 'mark set'");
		testns_run("nft list chain inet st divert | "
			   "grep -c 'queue' | grep -qx 0");
		testns_run("nft list chain inet st guard | grep -q "
			   "'oifname != \"ipsec0\" meta mark & 0x30000000 == "
			   "0x20000000 counter name \"steer_guard\" drop'");
		testns_run("nft list chain inet st inbound | "
			   "grep -q 'icmpv6 type .* goto second'");
		testns_run("nft list chain inet st second | "
			   "grep -q 'counter name \"why\" drop'");
		testns_run("nft list counter inet st armed >/dev/null");
	}
	/* what no mark moves; and what comes so */
	p.queue = nftask_can_queue(&n, "probe", false)	? STEER_QUEUE_NFT
		  : nftask_can_queue(&n, "probe", true) ? STEER_QUEUE_XT
							: STEER_QUEUE_NONE;
	if (p.queue != STEER_QUEUE_NONE) {
		assert_int_equal(
		    steer_table_apply(&n, &conf, &p, &can, false), 0);
		/* nft(8) cannot show the words of x_tables in family inet */
		if (p.queue == STEER_QUEUE_NFT)
			testns_run(
			    "for c in divert aside; do nft list chain "
			    "inet st $c | grep -c 'queue to' | "
			    "grep -q [35] || exit 1; done; nft list chain "
			    "inet st guard | grep -q 'iifname \"\" "
			    ".*steer_queue.*queue to'");
		p.queue = STEER_QUEUE_NONE;
	}
	p.n_in = p.n_second = 0;
	p.armed = false;
	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
	testns_run("! nft list counter inet st armed 2>/dev/null");
	testns_run("! nft list counter inet st why 2>/dev/null");
	assert_int_equal(steer_table_remove(&n, "st"), 0);
	assert_int_equal(steer_table_remove(&n, "st"), 0);
	testns_run("test -z \"$(nft list ruleset)\"");
	netlink_close(&n);
}

/* Answers: three comparisons for other packets, lines for these alone. */
static void
test_replies(void **state)
{
	struct steer_line l[] = {
		{ .verb = STEER_PASS,
		    .m = { .fam = 4,
			.only = STEER_RESET,
			.proto = IPPROTO_TCP,
			.sport_min = 22,
			.sport_max = 22 } },
		{ .verb = STEER_DIVERT,
		    .m = { .fam = 4,
			.only = STEER_RESET,
			.proto = IPPROTO_TCP } },
		{ .verb = STEER_DIVERT,
		    .m = { .fam = 6,
			.proto = IPPROTO_ICMPV6,
			.has_type = true,
			.type_min = 129,
			.type_max = 129 } },
	};
	struct steer_plan p = { .replies = l, .n_replies = 3, .armed = true };
	struct steer_can can = { .sockets = true };
	struct netlink n;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_NETFILTER, 0));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    steer_table_apply(&n, &conf, &p, &can, i == 2), 0);
		testns_run("nft list chain inet st steer | "
			   "grep -q 'tcp flags rst jump reply$' || "
			   "nft list chain inet st steer | "
			   "grep -q 'tcp flags & rst != .* jump reply$'");
		testns_run("nft list chain inet st steer | "
			   "grep -c 'jump reply$' | grep -qx 2");
		testns_run("nft list chain inet st guard | "
			   "grep -c 'jump replyguard$' | grep -qx 2");
		testns_run("nft list chain inet st reply | "
			   "grep -q 'sport 22.* return$'");
		testns_run("nft list chain inet st reply | "
			   "grep -c 'goto divert$' | grep -qx 2");
		testns_run("nft list chain inet st replyguard | "
			   "grep -c 'counter name \"steer_guard\" drop$' | "
			   "grep -qx 2");
	}
	p.n_replies = 1;
	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
	testns_run("! nft list chain inet st steer | grep -q 'jump reply$'");
	assert_int_equal(steer_table_remove(&n, "st"), 0);
	netlink_close(&n);
}

/* Many lines: one rule for each form, with all that its lines have. */
static void
test_many(void **state)
{
	enum { LINES = 300 };
	static struct steer_line out[LINES], in[LINES], quoted[LINES];
	struct steer_plan p = { .out = out,
		.n_out = LINES,
		.in = in,
		.n_in = LINES,
		.quoted = quoted,
		.n_quoted = LINES,
		.armed = true };
	struct steer_can can = { .sockets = true };
	struct netlink n;

	(void)state;
	TESTNS();
	for (unsigned i = 0; i < LINES; i++) {
		struct steer_match m = { .fam = i % 3 == 0 ? 6 : 4,
			.proto = IPPROTO_TCP,
			.dport_min = (uint16_t)(1000 + i),
			.dport_max = (uint16_t)(1000 + i) };

		m.dst.fam = m.fam;
		m.dst.b[0] = 0xfd;
		m.dst.b[m.fam == 4 ? 2 : 6] = (uint8_t)i;
		m.dst_len = m.fam == 4 ? 24 : 64;
		out[i] = (struct steer_line){ .m = m, .verb = STEER_DIVERT };
		in[i] = (struct steer_line){ .m = m, .verb = STEER_SECOND };
		(void)snprintf(in[i].count[1], STEER_NAME, "i%u", i);
		quoted[i] = (struct steer_line){ .m = m, .verb = STEER_SECOND };
	}
	assert_true(netlink_open(&n, NETLINK_NETFILTER, 0));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    steer_table_apply(&n, &conf, &p, &can, i == 2), 0);
		testns_run("nft list chain inet st steer | "
			   "grep -c 'goto divert$' | grep -qx 2");
		testns_run("nft list chain inet st guard | "
			   "grep -c 'steer_guard\" drop$' | grep -qx '[3-9]'");
		testns_run("nft list chain inet st inbound | "
			   "grep -c 'goto second$' | grep -qx '[2-9]'");
		/* of IPv6 five more, for other headers in front */
		testns_run("nft list chain inet st quoted | "
			   "grep -c 'goto second$' | grep -qx 8");
		testns_run("nft list counters table inet st | "
			   "grep -c 'counter i[0-9]' | grep -qx 300");
	}
	/* fewer than that are told as rules again, and the sets are gone */
	p.n_out = p.n_in = p.n_quoted = 10;
	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
	testns_run("nft list chain inet st steer | grep -c 'dport 100.*goto "
		   "divert$' | grep -qx 10");
	assert_int_equal(steer_table_remove(&n, "st"), 0);
	testns_run("test -z \"$(nft list ruleset)\"");
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table),
		cmocka_unit_test(test_replies), cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
