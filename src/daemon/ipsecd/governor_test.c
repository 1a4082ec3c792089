/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/governor.h"

#include "base/test.h"

#define MS UINT64_C(1000000)

static void
test_share(void **state)
{
	struct governor g;

	(void)state;
	governor_set(&g, 20, 1000);
	/* 1 ms of work at 20 percent is paid for by 5 ms */
	assert_int_equal(governor_spend(&g, MS, 1000), 5);
	assert_int_equal(governor_spend(&g, 0, 1004), 1);
	assert_int_equal(governor_spend(&g, 0, 1005), 0);
	/* what is saved up is bounded: 50 ms' share, 10 ms of work */
	assert_int_equal(governor_spend(&g, 10 * MS, 100000), 0);
	assert_int_equal(governor_spend(&g, MS, 100000), 5);
	/* a clock that stands still or goes back gives nothing */
	assert_int_equal(governor_spend(&g, 0, 99000), 5);
	governor_set(&g, 100, 0);
	assert_int_equal(governor_spend(&g, 1000 * MS, 0), 0);
	governor_set(&g, 1, 0);
	assert_int_equal(governor_spend(&g, 10000 * MS, 0), 60000);
}

/* Whatever the pieces of work, in the long run they are the share. */
static void
test_long_run(void **state)
{
	(void)state;
	for (uint32_t share = 1; share < 100; share += 7) {
		struct governor g;
		uint64_t now = 5, used = 0, piece = 1;

		governor_set(&g, share, now);
		while (now < 60000) {
			uint32_t rest;

			piece = (piece * 1103515245 + 12345) % (3 * MS);
			used += piece;
			now += piece / MS; /* it takes as long as it works */
			rest = governor_spend(&g, piece, now);
			now += rest;
		}
		assert_in_range(used / (MS / 100), share * 60000 * 98 / 100,
		    share * 60000 * 102 / 100 + 6000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
