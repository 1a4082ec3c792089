/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/clock.h"

#include <time.h>
#include <unistd.h>

#include "base/test.h"

static void
test_clock(void **state)
{
	uint64_t a = clock_mono(), b;

	(void)state;
	(void)usleep(20000);
	b = clock_mono();
	assert_in_range(b - a, 19, 10000);
	assert_in_range(
	    clock_wall(), (uint64_t)time(NULL) - 1, (uint64_t)time(NULL) + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_clock) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
