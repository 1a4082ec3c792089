/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/keysteer.h"

#include <errno.h>

#include "base/test.h"

#include "daemon/ipsecd/ipsecd.h"

/* An earlier process' steering is not replaced: the kernel is not even asked. */
static void
closed_stays_closed(void **state)
{
	static struct ipsecd d;

	(void)state;
	d.closed = true;
	for (int i = 0; i < 3; i++)
		assert_int_equal(keysteer_follow(&d), EBUSY);
	assert_true(d.closed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_stays_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
