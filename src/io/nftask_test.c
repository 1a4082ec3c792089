/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nftask.h"

#include <errno.h>

#include "base/test.h"

#include "io/nft.h"
#include "io/testns.h"

static struct netlink n;

static bool
see(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	unsigned *seen = ctx;

	assert_string_equal(name, "one");
	assert_int_equal(packets + bytes, 0);
	++*seen;
	return true;
}

static void
test_asked(void **state)
{
	struct nft *b = nft_begin("t");
	unsigned seen = 0;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&n, NETLINK_NETFILTER, 0));
	assert_int_equal(nftask_table(&n, "t"), ENOENT);
	assert_int_equal(nftask_counters(&n, "t", see, &seen), 0);
	nft_table_put(b, false);
	nft_counter_put(b, "one");
	assert_int_equal(nft_commit(b, &n), 0);
	assert_int_equal(nftask_table(&n, "t"), 0);
	assert_int_equal(nftask_counters(&n, "t", see, &seen), 0);
	assert_int_equal(seen, 1);
	/* asking leaves nothing, whatever the answer is */
	if (!nftask_can_queue(&n, "probe", false) &&
	    !nftask_can_queue(&n, "probe", true))
		print_message("no queue in this kernel\n");
	assert_int_equal(nftask_table(&n, "probe"), ENOENT);
	testns_run("nft list tables | grep -qx 'table inet t'");
	netlink_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_asked) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
