/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/backlog.h"

#include <stdlib.h>

#include "base/test.h"

static struct loop *loop;
static struct pace pace;
static unsigned done;

static void
work(void *ctx, const struct backlog_item *i)
{
	assert_ptr_equal(ctx, &done);
	assert_int_equal(i->n, done + 1);
	done++;
}

static void
over(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

static void
run(uint32_t ms)
{
	struct loop_timer t = { .fire = over, .every = ms };

	loop_timer_start(loop, &t);
	assert_true(loop_run(loop));
	loop_timer_stop(&t);
}

/* By the loop, in their order; not while pace rests; then all the same. */
static void
test_later(void **state)
{
	static const uint8_t pkt[400];
	struct backlog b;

	(void)state;
	pace_init(&pace, loop, backlog_wake, &b);
	backlog_init(&b, &pace, work, &done);
	for (unsigned k = 1; k <= 100; k++)
		assert_true(backlog_put(&b, true, "", pkt, k));
	assert_int_equal(done, 0);
	run(20);
	assert_int_equal(done, 100);
	assert_false(b.runs);
	pace_set(&pace, 50);
	/* a tenth of a second was used in advance */
	pace_end(&pace, pace_begin(&pace) - 100000000);
	assert_true(pace.resting);
	for (unsigned k = 101; k <= 200; k++)
		assert_true(backlog_put(&b, true, "", pkt, k));
	run(20);
	assert_int_equal(done, 100);
	run(400);
	assert_int_equal(done, 200);
	/* a rest that begins while there is work */
	for (unsigned k = 0; k < 3; k++) {
		assert_true(backlog_put(&b, true, "", pkt, done + 1));
		pace_end(&pace, pace_begin(&pace) - 100000000);
		run(400);
		assert_int_equal(done, 201 + k);
	}
	assert_true(backlog_put(&b, true, "", pkt, 1));
	backlog_fini(&b);
	pace_fini(&pace);
	run(5);
}

static void
test_order(void **state)
{
	struct backlog b;
	struct backlog_item *i;
	uint8_t pkt[300];

	(void)state;
	pace_init(&pace, loop, backlog_wake, &b);
	backlog_init(&b, &pace, work, &done);
	assert_null(backlog_take(&b));
	for (unsigned k = 0; k < 200; k++) {
		memset(pkt, (int)k, sizeof(pkt));
		assert_true(backlog_put(
		    &b, k % 3 == 0, k % 2 == 0 ? "" : "ip.tun0", pkt, k));
	}
	assert_int_equal(b.n, 200);
	for (unsigned k = 0; k < 200; k++) {
		i = backlog_take(&b);
		assert_non_null(i);
		assert_int_equal(i->n, k);
		assert_int_equal(i->inbound, k % 3 == 0);
		assert_string_equal(i->tun, k % 2 == 0 ? "" : "ip.tun0");
		if (k != 0)
			assert_int_equal(i->pkt[k - 1], k);
		free(i);
	}
	assert_null(backlog_take(&b));
	assert_int_equal(b.bytes, 0);
	backlog_fini(&b);
}

static void
test_bounds(void **state)
{
	static uint8_t pkt[65535];
	struct backlog b;

	(void)state;
	pace_init(&pace, loop, backlog_wake, &b);
	backlog_init(&b, &pace, work, &done);
	while (backlog_has_room(&b))
		assert_true(backlog_put(&b, true, "", pkt, 20));
	assert_int_equal(b.n, BACKLOG_PACKETS);
	backlog_fini(&b);
	assert_int_equal(b.n, 0);
	while (backlog_has_room(&b))
		assert_true(backlog_put(&b, true, "", pkt, sizeof(pkt)));
	assert_in_range(b.bytes, BACKLOG_BYTES, BACKLOG_BYTES + 65535);
	backlog_fini(&b);
	assert_true(backlog_has_room(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bounds),
	};

	int failed;

	loop = loop_new();
	if (loop == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loop_free(loop);
	return failed;
}
