/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nft_flow.h"

#include <errno.h>

#include "base/test.h"

#include "io/nftask.h"
#include "io/testns.h"

static struct netlink n;
static const uint8_t a4[4] = { 192, 0, 2, 1 }, b4[4] = { 192, 0, 2, 2 };
static const uint8_t a6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static const uint8_t b6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };

static void
put_rules(struct nft *b)
{
	nft_rule_begin(b, "c");
	nft_family(b, 4);
	nft_flow_in(b, "f4", 4, true);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_family(b, 6);
	nft_flow_in(b, "f6", 6, false);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_family(b, 4);
	nft_flow_note(b, "r4", 4, true);
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_flow_socket(b, 0x30000000, 0x10000000);
	nft_accept(b);
	nft_rule_end(b);
	nft_rule_begin(b, "c");
	nft_flow_tcp(b, 2);
	nft_return(b);
	nft_rule_end(b);
}

/* As nft(8) reads it. */
static void
test_shown(void **state)
{
	struct nft *b = nft_begin("t");
	uint8_t key[NFT_FLOW_MAX];
	size_t size;

	(void)state;
	TESTNS();
	nft_table_put(b, false);
	nft_chain_put_inner(b, "c");
	nft_flow_set(b, "f4", 4);
	nft_flow_set(b, "f6", 6);
	nft_flow_set_of_rules(b, "r4", 4, 75, 100);
	nft_flow_flush(b, "f4");
	size = nft_flow_key(key, 4, 6, a4, b4, 4000, 80);
	nft_flow_elements(b, "f4", true, key, size, 1);
	size = nft_flow_key(key, 6, 17, a6, b6, 5000, 53);
	nft_flow_elements(b, "f6", true, key, size, 1);
	put_rules(b);
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run(
	    "cat > /tmp/nft_flow_test.$PPID <<'E'\n"
	    "table inet t {\n"
	    "	set f4 {\n"
	    "		type inet_proto . ipv4_addr . ipv4_addr . "
	    "inet_service . inet_service\n"
	    "		elements = { tcp . 192.0.2.1 . 192.0.2.2 . 4000 . 80 "
	    "}\n"
	    "	}\n"
	    "\n"
	    "	set f6 {\n"
	    "		type inet_proto . ipv6_addr . ipv6_addr . "
	    "inet_service . inet_service\n"
	    "		elements = { udp . 2001:db8::1 . 2001:db8::2 . 5000 . "
	    "53 }\n"
	    "	}\n"
	    "\n"
	    "	set r4 {\n"
	    "		type inet_proto . ipv4_addr . ipv4_addr . "
	    "inet_service . inet_service\n"
	    "		size 100\n"
	    "		flags dynamic,timeout\n"
	    "		timeout 1m15s\n"
	    "	}\n"
	    "\n"
	    "	chain c {\n"
	    "		meta l4proto . ip saddr . ip daddr "
	    ". th sport . th dport @f4 accept\n"
	    "		meta l4proto . ip6 daddr . ip6 "
	    "saddr . th dport . th sport @f6 accept\n"
	    "		update @r4 { meta l4proto . ip saddr "
	    ". ip daddr . th sport . th dport }\n"
	    "		socket mark & 0x30000000 == 0x10000000 accept\n"
	    "		tcp flags & syn != 0x0 return\n"
	    "	}\n"
	    "}\n"
	    "E\n"
	    "nft list ruleset | sed 's/tcp flags syn return/tcp flags \\& "
	    "syn != 0x0 return/' | diff -w /tmp/nft_flow_test.$PPID -; e=$?; "
	    "rm /tmp/nft_flow_test.$PPID; exit $e");
}

/* More elements than one message holds; single ones go; a flush is of all. */
static void
test_elements(void **state)
{
	static uint8_t keys[3000 * NFT_FLOW_MAX];
	struct nft *b = nft_begin("t");
	size_t size = 0;

	(void)state;
	TESTNS();
	for (uint16_t i = 0; i < 3000; i++) {
		uint8_t key[NFT_FLOW_MAX];

		size = nft_flow_key(key, 6, 6, a6, b6, (uint16_t)(i + 1), 80);
		memcpy(keys + i * size, key, size);
	}
	nft_flow_flush(b, "f6");
	nft_flow_elements(b, "f6", true, keys, size, 3000);
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run("test $(nft list set inet t f6 | grep -o tcp | wc -l) = "
		   "3000");
	/* again is no fault */
	b = nft_begin("t");
	nft_flow_elements(b, "f6", true, keys, size, 1);
	assert_int_equal(nft_commit(b, &n), 0);
	b = nft_begin("t");
	nft_flow_elements(b, "f6", false, keys, size, 2);
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run("test $(nft list set inet t f6 | grep -o tcp | wc -l) = "
		   "2998");
	b = nft_begin("t");
	nft_flow_elements(b, "f6", false, keys, size, 1);
	assert_int_equal(nft_commit(b, &n), ENOENT);
	b = nft_begin("t");
	nft_flow_flush(b, "f6");
	assert_int_equal(nft_commit(b, &n), 0);
	testns_run("! nft list set inet t f6 | grep -q tcp");
}

/* The probe leaves nothing behind. */
static void
test_probe(void **state)
{
	(void)state;
	TESTNS();
	assert_true(nft_flow_has_socket(&n));
	assert_int_equal(nftask_table(&n, "solipsec-probe"), ENOENT);
	netlink_close(&n);
}

static int
setup(void **state)
{
	testns_setup(state);
	return netlink_open(&n, NETLINK_NETFILTER, 0) ? 0 : 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
