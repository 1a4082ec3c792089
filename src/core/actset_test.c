/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/actset.h"

#include "base/test.h"

static struct action
act(unsigned i)
{
	return (struct action){ .type = ACT_IPSEC,
		.flags = ACT_ESP,
		.esp_alg = (uint8_t)(i % 7),
		.esp_min = (uint16_t)i };
}

static void
test_shared(void **state)
{
	struct actset_table t = { 0 };
	struct action a[2] = { act(1), act(2) }, b[2] = { act(1), act(2) };
	struct actset *x, *y, *z, *w;

	(void)state;
	x = actset_get(&t, a, 2);
	y = actset_get(&t, b, 2);
	assert_non_null(x);
	assert_ptr_equal(x, y);
	assert_int_equal(x->n, 2);
	assert_true(action_equal(&x->a[1], &a[1]));
	z = actset_get(&t, a, 1);
	assert_ptr_not_equal(x, z);
	b[1].flags |= ACT_UNIQUE;
	w = actset_get(&t, b, 2);
	assert_ptr_not_equal(x, w);
	assert_int_equal(t.n, 3);
	actset_put(&t, x);
	assert_int_equal(t.n, 3);
	assert_ptr_equal(actset_ref(y), y);
	actset_put(&t, y);
	actset_put(&t, y);
	actset_put(&t, z);
	actset_put(&t, w);
	actset_put(&t, NULL);
	assert_int_equal(t.n, 0);
	actset_fini(&t);
}

/* Many lists: each is found again after the table has grown. */
static void
test_growth(void **state)
{
	enum { N = 5000 };
	static struct actset *s[N];
	struct actset_table t = { 0 };

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		struct action a = act(i);

		s[i] = actset_get(&t, &a, 1);
		assert_non_null(s[i]);
	}
	assert_int_equal(t.n, N);
	for (unsigned i = 0; i < N; i++) {
		struct action a = act(i);
		struct actset *again = actset_get(&t, &a, 1);

		assert_ptr_equal(again, s[i]);
		actset_put(&t, again);
		actset_put(&t, s[i]);
	}
	assert_int_equal(t.n, 0);
	actset_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_growth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
