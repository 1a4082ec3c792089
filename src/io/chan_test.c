/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/chan.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"

/* One end, and what happened to it. */
struct side {
	struct loop *loop;
	struct chan *c;
	unsigned n, stop_at;
	size_t bytes;
	uint8_t last[64];
	int fd;
	bool ended;
};

static void
message(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct side *s = ctx;

	s->bytes += n;
	memcpy(s->last, msg, n < sizeof(s->last) ? n : sizeof(s->last));
	if (fd >= 0)
		s->fd = fd;
	if (++s->n == s->stop_at)
		loop_stop(s->loop);
}

static void
ended(void *ctx)
{
	struct side *s = ctx;

	s->ended = true;
	chan_free(s->c);
	s->c = NULL;
	loop_stop(s->loop);
}

struct both {
	struct loop *loop;
	struct side a, b;
};

static void
open_side(struct both *t, struct side *s, int fd)
{
	const struct chan_use use = { .longest = 4096,
		.queue = 1 << 20,
		.message = message,
		.ended = ended,
		.ctx = s };

	*s = (struct side){ .loop = t->loop, .fd = -1 };
	s->c = chan_new(t->loop, fd, &use);
	assert_non_null(s->c);
}

static int
setup(void **state)
{
	struct both *t = calloc(1, sizeof(*t));
	int ends[2];

	assert_non_null(t);
	t->loop = loop_new();
	assert_non_null(t->loop);
	assert_true(chan_pair(ends));
	open_side(t, &t->a, ends[0]);
	open_side(t, &t->b, ends[1]);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct both *t = *state;

	chan_free(t->a.c);
	chan_free(t->b.c);
	loop_free(t->loop);
	free(t);
	return 0;
}

static void
run(struct both *t)
{
	assert_true(loop_run(t->loop));
}

static void
test_message(void **state)
{
	struct both *t = *state;

	assert_true(chan_send(t->a.c, "hello", 5, -1));
	t->b.stop_at = 1;
	run(t);
	assert_int_equal(t->b.bytes, 5);
	assert_memory_equal(t->b.last, "hello", 5);
	assert_int_equal(t->b.fd, -1);
}

/* More than the kernel takes at once; all of it arrives, in order. */
static void
test_queue(void **state)
{
	struct both *t = *state;
	uint8_t msg[4096] = { 0 };
	unsigned n = 0;

	while (n < 1000 && chan_send(t->a.c, msg, sizeof(msg), -1)) {
		n++;
		msg[0] = (uint8_t)n;
		msg[1] = (uint8_t)(n >> 8);
	}
	/* the queue has a limit */
	assert_true(n > (1 << 20) / sizeof(msg));
	assert_true(n < 1000);
	assert_true(chan_waiting(t->a.c) > 0);
	assert_true(chan_waiting(t->a.c) <= 1 << 20);
	t->b.stop_at = n;
	run(t);
	assert_int_equal(t->b.n, n);
	assert_int_equal(t->b.last[0] | t->b.last[1] << 8, n - 1);
	assert_int_equal(chan_waiting(t->a.c), 0);
}

static void
test_descriptor(void **state)
{
	struct both *t = *state;
	uint8_t msg[4096] = { 0 };
	int p[2];
	char c;

	/* also behind others that wait */
	while (chan_waiting(t->a.c) == 0)
		assert_true(chan_send(t->a.c, msg, sizeof(msg), -1));
	assert_int_equal(pipe(p), 0);
	assert_true(chan_send(t->a.c, "pipe", 4, p[1]));
	(void)close(p[1]);
	while (t->b.fd < 0) {
		t->b.stop_at = t->b.n + 1;
		run(t);
	}
	assert_memory_equal(t->b.last, "pipe", 4);
	assert_int_equal(write(t->b.fd, "x", 1), 1);
	assert_int_equal(read(p[0], &c, 1), 1);
	(void)close(t->b.fd);
	(void)close(p[0]);
}

static void
test_end(void **state)
{
	struct both *t = *state;

	chan_free(t->b.c);
	t->b.c = NULL;
	/* nobody is told within chan_send() */
	assert_false(chan_send(t->a.c, "hello", 5, -1));
	assert_false(t->a.ended);
	run(t);
	assert_true(t->a.ended);
}

/* A message longer than agreed ends it, and closes what came with it. */
static void
test_too_long(void **state)
{
	struct both *t = *state;
	static uint8_t msg[4097];
	int p[2];
	char c;

	assert_int_equal(pipe(p), 0);
	assert_true(chan_send(t->a.c, msg, sizeof(msg), p[1]));
	(void)close(p[1]);
	run(t);
	assert_true(t->b.ended);
	assert_int_equal(t->b.n, 0);
	assert_int_equal(read(p[0], &c, 1), 0);
	(void)close(p[0]);
}

/* What is kept goes before an end, which the other one sees then. */
static void
test_finish(void **state)
{
	struct both *t = *state;
	uint8_t msg[4096] = { 0 };
	int ends[2];
	struct side s;
	unsigned n = 0;

	assert_true(chan_pair(ends));
	open_side(t, &s, ends[0]);
	while (chan_waiting(s.c) == 0) {
		assert_true(chan_send(s.c, msg, sizeof(msg), -1));
		n++;
	}
	chan_finish(s.c, 1);
	assert_true(chan_waiting(s.c) > 0);
	while (n-- > 1)
		assert_int_equal(recv(ends[1], msg, sizeof(msg), 0), 4096);
	/* it says something, but does not close */
	assert_int_equal(send(ends[1], msg, 1, 0), 1);
	chan_finish(s.c, 1);
	assert_int_equal(chan_waiting(s.c), 0);
	assert_int_equal(recv(ends[1], msg, sizeof(msg), 0), 4096);
	assert_int_equal(recv(ends[1], msg, sizeof(msg), 0), 0);
	(void)close(ends[1]);
	chan_finish(s.c, 60000);
	chan_free(s.c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
