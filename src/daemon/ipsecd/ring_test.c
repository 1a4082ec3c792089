/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/ring.h"

#include <pthread.h>
#include <sched.h>

#include "base/test.h"

enum { SIZE = 8192, RECORDS = 10000 };

static uint32_t
length_of(uint32_t i)
{
	return i * UINT32_C(2654435761) % 3000;
}

static void
put_one(struct ring *r, uint32_t i)
{
	uint32_t n = 4 + length_of(i);
	uint8_t *p;

	while ((p = ring_room(r, n)) == NULL)
		(void)sched_yield();
	assert_int_equal((uintptr_t)p % 64, 0);
	memset(p, (int)(i & 0xff), n);
	memcpy(p, &i, 4);
	ring_put(r);
}

static void
check_one(const uint8_t *p, size_t n, uint32_t i)
{
	uint32_t is;

	assert_int_equal(n, 4 + length_of(i));
	memcpy(&is, p, 4);
	assert_int_equal(is, i);
	for (size_t k = 4; k < n; k++)
		assert_int_equal(p[k], i & 0xff);
}

static void
test_one_thread(void **state)
{
	struct ring *r = ring_new(SIZE);
	uint32_t put = 0, got = 0;
	uint8_t *p;
	size_t n;

	(void)state;
	assert_null(ring_new(100));
	assert_null(ring_new(5000));
	assert_non_null(r);
	assert_null(ring_next(r, &n));
	assert_true(ring_is_done(r));
	assert_null(ring_room(r, SIZE));
	assert_null(ring_room(r, SIZE_MAX));
	assert_non_null(ring_room(r, 10)); /* not put: not there */
	assert_null(ring_next(r, &n));
	while (got < 5000) {
		while (ring_room(r, 4 + length_of(put)) != NULL)
			put_one(r, put++);
		assert_true(put > got);
		assert_false(ring_is_done(r));
		for (uint32_t k = got + 2; got < k && got < put; got++) {
			p = ring_next(r, &n);
			assert_non_null(p);
			check_one(p, n, got);
			ring_done(r);
		}
	}
	assert_false(ring_has_room(r, SIZE));
	p = ring_next(r, &n);
	assert_non_null(p);
	assert_ptr_not_equal(ring_next(r, &n), p);
	ring_again(r);
	while ((p = ring_next(r, &n)) != NULL)
		check_one(p, n, got++);
	assert_false(ring_is_done(r));
	ring_done(r);
	assert_true(ring_has_room(r, SIZE));
	assert_int_equal(put, got);
	assert_true(ring_is_done(r));
	ring_free(r);
	ring_free(NULL);
}

static void *
put_all(void *ctx)
{
	for (uint32_t i = 0; i < RECORDS; i++)
		put_one(ctx, i);
	return NULL;
}

static void
test_two_threads(void **state)
{
	struct ring *r = ring_new(SIZE);
	pthread_t other;
	uint8_t *p;
	size_t n;

	(void)state;
	assert_non_null(r);
	assert_int_equal(pthread_create(&other, NULL, put_all, r), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		while ((p = ring_next(r, &n)) == NULL)
			(void)sched_yield();
		check_one(p, n, i);
		ring_done(r);
	}
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_null(ring_next(r, &n));
	ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
