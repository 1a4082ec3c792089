/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/loop.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/test.h"

static struct loop *loop;
static struct loop_watch a, b;
static unsigned heard_a, heard_b, ticks;

static void
ready_a(void *ctx, unsigned events)
{
	char c;

	(void)ctx;
	assert_true(events & LOOP_READ);
	assert_int_equal(read(a.fd, &c, 1), 1);
	heard_a++;
	/* b is ready too and must not be told any more */
	loop_remove(loop, &b);
}

static void
ready_b(void *ctx, unsigned events)
{
	char c;

	(void)ctx;
	(void)events;
	assert_int_equal(read(b.fd, &c, 1), 1);
	heard_b++;
	loop_remove(loop, &a);
}

static void
tick(void *ctx)
{
	(void)ctx;
	if (++ticks == 3)
		loop_stop(loop);
}

static void
test_loop(void **state)
{
	struct loop_timer t = { .fire = tick, .every = 5 };
	int pa[2], pb[2];

	(void)state;
	loop = loop_new();
	assert_non_null(loop);
	assert_int_equal(pipe2(pa, O_CLOEXEC), 0);
	assert_int_equal(pipe2(pb, O_CLOEXEC), 0);
	a = (struct loop_watch){ .fd = pa[0], .ready = ready_a };
	b = (struct loop_watch){ .fd = pb[0], .ready = ready_b };
	assert_true(loop_add(loop, &a, LOOP_READ));
	assert_true(loop_add(loop, &b, LOOP_READ));
	assert_int_equal(write(pa[1], "x", 1), 1);
	assert_int_equal(write(pb[1], "x", 1), 1);
	loop_timer_start(loop, &t);
	assert_true(loop_run(loop));
	assert_int_equal(heard_a + heard_b, 1);
	assert_int_equal(ticks, 3);
	loop_timer_stop(&t);
	loop_timer_stop(&t);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_loop) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
