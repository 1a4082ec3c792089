/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/queue.h"

#include "base/test.h"

#include "io/testns.h"

static const struct steer_conf conf = { .dev = "qt0", .table = "qt" };

/* One process reads a queue; who comes second does without. */
static void
test_open(void **state)
{
	struct steer *s;
	int fd, other;

	(void)state;
	TESTNS();
	s = steer_open(&conf);
	assert_non_null(s);
	if (steer_queue_kind(s) == STEER_QUEUE_NONE) {
		assert_int_equal(queue_open(s, 9, &fd), STEER_QUEUE_NONE);
		assert_int_equal(fd, -1);
		steer_close(s);
		skip();
	}
	assert_int_equal(queue_open(s, 9, &fd), steer_queue_kind(s));
	assert_true(fd >= 0);
	assert_int_equal(queue_open(s, 9, &other), STEER_QUEUE_NONE);
	assert_int_equal(other, -1);
	assert_int_equal(queue_open(s, 10, &other), steer_queue_kind(s));
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(other), 0);
	/* asking has left nothing behind */
	testns_run("test -z \"$(nft list ruleset)\"");
	steer_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_open) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
