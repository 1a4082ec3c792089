/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nft.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/test.h"

#include "io/nft_peers.h"
#include "io/nftask.h"
#include "io/testns.h"

static struct netlink n;

static const uint8_t lo[2] = { 0, 80 }, hi[2] = { 0, 90 };

static void
put_others(struct nft *b)
{
	nft_rule_begin(b, "d");
	nft_iif(b, "eth1", true);
	nft_later_fragment(b, 6);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "d");
	nft_l4proto_not(b, 6);
	nft_return(b);
	nft_rule_end(b);
	nft_rule_begin(b, "d");
	nft_family(b, 4);
	nft_later_fragment(b, 4);
	nft_option(b, 131);
	nft_user(b, 65534);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "d");
	nft_routed(b);
	nft_field_not(b, NFT_BASE_IP, 0, lo, 1);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_fragment(b);
	nft_jump(b, "d");
	nft_rule_end(b);
	nft_peers_put(b, "set4", 4, 5000);
	nft_peers_put(b, "set6", 6, 5000);
	nft_rule_begin(b, "d");
	nft_fragment_of(b, 51);
	nft_daddr_type(b, RTN_MULTICAST);
	nft_peers_add(b, "set6", 6);
	nft_rule_end(b);
	nft_rule_begin(b, "d");
	nft_family(b, 4);
	nft_peers_in(b, "set4", 4);
	nft_accept(b);
	nft_rule_end(b);
}

/* Every expression, as nft(8) reads it. */
static void
test_shown(void **state)
{
	static const uint8_t v4[4] = { 192, 0, 2, 0 };
	static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct nft *b = nft_begin("t");

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_NETFILTER, 0));
	nft_table_put(b, false);
	nft_chain_put(b, "c", "route", NFT_HOOK_OUTPUT, -150);
	nft_chain_put_inner(b, "d");
	nft_counter_put(b, "n1");
	nft_rule_begin(b, "c");
	nft_family(b, 4);
	nft_prefix(b, NFT_BASE_IP, 12, v4, 4, 23);
	nft_prefix(b, NFT_BASE_IP, 16, v4, 4, 32);
	nft_l4proto(b, 17);
	nft_field(b, NFT_BASE_UPPER, 0, lo, 2);
	nft_range(b, NFT_BASE_UPPER, 2, lo, hi, 2);
	nft_count(b, "n1");
	nft_mark_set(b, 0xf0, 0x30);
	nft_goto(b, "d");
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_family(b, 6);
	nft_prefix(b, NFT_BASE_IP, 8, v6, 16, 33);
	nft_prefix(b, NFT_BASE_IP, 24, v6, 16, 0);
	nft_oif(b, "eth0", false);
	nft_mark(b, 0xf0, 0x10);
	nft_drop(b);
	nft_rule_end(b);
	put_others(b);
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run("cat > /tmp/nft_test.$PPID <<'E'\n"
		   "table inet t {\n"
		   "	counter n1 {\n"
		   "		packets 0 bytes 0\n"
		   "	}\n"
		   "\n"
		   "	set set4 {\n"
		   "		type ipv4_addr\n"
		   "		size 65536\n"
		   "		flags dynamic,timeout\n"
		   "		timeout 5s\n"
		   "	}\n"
		   "\n"
		   "	set set6 {\n"
		   "		type ipv6_addr\n"
		   "		size 65536\n"
		   "		flags dynamic,timeout\n"
		   "		timeout 5s\n"
		   "	}\n"
		   "\n"
		   "	chain c {\n"
		   "		type route hook output priority mangle; "
		   "policy accept;\n"
		   "		ip saddr 192.0.2.0/23 ip daddr 192.0.2.0 "
		   "udp sport 80 udp dport 80-90 counter name \"n1\" "
		   "meta mark set meta mark & 0xffffff3f | 0x00000030 goto d\n"
		   "		ip6 saddr 2001:db8::/33 oifname != \"eth0\" "
		   "meta mark & 0x000000f0 == 0x00000010 drop\n"
		   "		exthdr frag exists jump d\n"
		   "	}\n"
		   "\n"
		   "	chain d {\n"
		   "		iifname \"eth1\" frag frag-off != 0 accept\n"
		   "		meta l4proto != tcp return\n"
		   "		ip frag-off & 8191 != 0 ip option lsrr "
		   "exists meta skuid 65534 accept\n"
		   "		rt seg-left != 0 @nh,0,8 != 0x0 accept\n"
		   "		frag nexthdr ah fib daddr type multicast "
		   "update @set6 { @nh,192,128 }\n"
		   "		ip saddr @set4 accept\n"
		   "	}\n"
		   "}\n"
		   "E\n"
		   "nft list ruleset | diff /tmp/nft_test.$PPID -; e=$?; "
		   "rm /tmp/nft_test.$PPID; exit $e");
}

/* All of a transaction or nothing of it. */
static void
test_whole(void **state)
{
	struct nft *b = nft_begin("t");

	(void)state;
	TESTNS();
	nft_chain_flush(b, "c");
	nft_rule_begin(b, "c");
	nft_count(b, "there is none");
	nft_accept(b);
	nft_rule_end(b);
	assert_int_equal(nft_commit(b, &n), ENOENT);
	testns_run("nft list chain inet t c | grep -q 'udp sport 80'");
	assert_int_equal(nftask_table(&n, "t"), 0);
	assert_int_equal(nftask_table(&n, "nowhere"), ENOENT);
	b = nft_begin("nowhere");
	nft_table_delete(b);
	assert_int_equal(nft_commit(b, &n), ENOENT);
}

struct seen {
	unsigned n;
	uint64_t packets;
};

static bool
see(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	struct seen *s = ctx;

	(void)bytes;
	s->n++;
	if (strcmp(name, "n2") == 0)
		s->packets = packets;
	return true;
}

/* Large transactions; counters are kept and deleted by name. */
static void
test_counters(void **state)
{
	struct nft *b = nft_begin("t");
	struct seen s = { 0 };

	(void)state;
	TESTNS();
	nft_chain_flush(b, "c");
	nft_counter_put(b, "n1");
	nft_counter_put(b, "n2");
	for (int i = 0; i < 5000; i++) {
		nft_rule_begin(b, "c");
		nft_l4proto(b, (uint8_t)(i == 4999 ? 17 : 200));
		nft_count(b, "n2");
		nft_accept(b);
		nft_rule_end(b);
	}
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run("bash -c 'echo > /dev/udp/127.0.0.1/9'");
	assert_int_equal(nftask_counters(&n, "t", see, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.packets, 1);
	b = nft_begin("t");
	nft_chain_flush(b, "c");
	nft_counter_delete(b, "n2");
	assert_int_equal(nft_commit(b, &n), 0);
	s.n = 0;
	assert_int_equal(nftask_counters(&n, "t", see, &s), 0);
	assert_int_equal(s.n, 1);
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
