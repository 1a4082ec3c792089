/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pace.h"

#include <unistd.h>

#include "base/test.h"

#include "io/clock.h"

static struct pace p;
static struct loop *loop;
static struct loop_watch packets, other;
static unsigned n_packets, n_other, n_woken;
static int pipes[2][2];

static void
burn(uint64_t ns)
{
	uint64_t end = clock_cpu() + ns;

	while (clock_cpu() < end)
		continue;
}

/* A millisecond of work for each packet; there is always another one. */
static void
on_packet(void *ctx, unsigned events)
{
	uint64_t since = pace_begin(&p);

	(void)ctx;
	(void)events;
	burn(1000000);
	n_packets++;
	pace_end(&p, since);
}

static void
on_other(void *ctx, unsigned events)
{
	(void)ctx;
	(void)events;
	n_other++;
	(void)usleep(1000);
}

static void
woken(void *ctx)
{
	(void)ctx;
	n_woken++;
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

	n_packets = n_other = n_woken = 0;
	loop_timer_start(loop, &t);
	assert_true(loop_run(loop));
	loop_timer_stop(&t);
}

/*
 * A second of packets: never more than the share. True: it was long enough to tell
 * that there were rests, and that others are heard all the time.
 */
static bool
share_holds(void)
{
	uint64_t cpu = clock_cpu();

	run(1000);
	cpu = clock_cpu() - cpu;
	/* a fifth of a second, and less where others have the CPU */
	assert_in_range(cpu / 1000000, 0, 300);
	assert_in_range(n_packets, 0, 280);
	return n_packets > 10 && n_woken > 3 && p.rests > 3 &&
	       n_other > n_packets;
}

static void
test_share(void **state)
{
	unsigned tries = 0;

	(void)state;
	pace_set(&p, 20);
	/* a busy machine may give it less than that */
	while (!share_holds())
		assert_true(++tries < 60);

	pace_set(&p, 100);
	assert_false(p.resting);
	p.rests = 0;
	run(100);
	assert_int_equal(p.rests, 0);
	assert_true(n_packets > 0);
}

/* Watches come and go while they rest. */
static void
test_changes(void **state)
{
	struct loop_watch more = { .fd = pipes[0][0], .ready = on_packet };

	(void)state;
	pace_set(&p, 1);
	pace_end(&p, pace_begin(&p) - 1000000000);
	assert_true(p.resting);
	pace_remove(&p, &packets);
	assert_true(pace_add(&p, &more));
	run(50);
	assert_int_equal(n_packets, 0);
	pace_set(&p, 50);
	assert_false(p.resting);
	run(50);
	assert_true(n_packets > 0);
	pace_remove(&p, &more);
	pace_remove(&p, &more);
	run(20);
	assert_int_equal(n_packets, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_changes),
	};
	int failed;

	loop = loop_new();
	if (loop == NULL)
		return 1;
	for (int i = 0; i < 2; i++)
		if (pipe(pipes[i]) != 0 || write(pipes[i][1], "x", 1) != 1)
			return 1;
	pace_init(&p, loop, woken, NULL);
	packets = (struct loop_watch){ .fd = pipes[0][0], .ready = on_packet };
	other = (struct loop_watch){ .fd = pipes[1][0], .ready = on_other };
	if (!pace_add(&p, &packets) || !loop_add(loop, &other, LOOP_READ))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pace_fini(&p);
	loop_free(loop);
	return failed;
}
