/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/due.h"

#include "base/test.h"

enum { N = 300 };

static uint32_t seed = 1;

static uint32_t
rnd(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static uint64_t
least(const struct due_item *i)
{
	uint64_t at = UINT64_MAX;

	for (int k = 0; k < N; k++)
		if (i[k].at < at)
			at = i[k].at;
	return at;
}

/* After each of many random changes the first is the least of all. */
static void
test_random(void **state)
{
	static struct due_item item[N];
	struct due d = { 0 };

	(void)state;
	for (int k = 0; k < N; k++)
		item[k].at = UINT64_MAX;
	assert_null(due_first(&d));
	assert_true(due_reserve(&d, N));
	for (int round = 0; round < 20000; round++) {
		struct due_item *i = &item[rnd() % N];

		due_set(&d, i, rnd() % 4 == 0 ? UINT64_MAX : rnd() % 1000);
		struct due_item *f = due_first(&d);
		if (f == NULL)
			assert_true(least(item) == UINT64_MAX);
		else
			assert_true(f->at == least(item));
	}
	uint64_t last = 0;
	for (struct due_item *f; (f = due_first(&d)) != NULL;) {
		assert_true(f->at >= last);
		last = f->at;
		due_set(&d, f, UINT64_MAX);
	}
	assert_true(least(item) == UINT64_MAX);
	due_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
