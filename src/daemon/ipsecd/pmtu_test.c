/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pmtu.h"

#include "base/test.h"

static uint32_t route;
static unsigned asked;

static uint32_t
ask(void *ctx, const struct addr *dst)
{
	(void)ctx;
	(void)dst;
	asked++;
	return route;
}

static struct addr
number(uint8_t fam, unsigned i)
{
	struct addr a = { .fam = fam, .b = { 10, (uint8_t)(i >> 16) } };

	a.b[2] = (uint8_t)(i >> 8);
	a.b[3] = (uint8_t)i;
	return a;
}

static void
test_route(void **state)
{
	struct pmtu *p = pmtu_new(ask, NULL);
	struct addr a = number(FAM_V4, 1);

	(void)state;
	route = 9000;
	asked = 0;
	assert_int_equal(pmtu_get(p, &a, 5), 9000);
	assert_int_equal(pmtu_get(p, &a, 6), 9000);
	assert_int_equal(asked, 1);
	route = 1400;
	assert_int_equal(pmtu_get(p, &a, 3000), 1400);
	route = 1300;
	assert_int_equal(pmtu_get(p, &a, 3001), 1400);
	pmtu_doubt(p, &a, 3002);
	assert_int_equal(pmtu_get(p, &a, 3003), 1300);
	route = 0;
	assert_int_equal(pmtu_get(p, &a, 6000), 1500);
	pmtu_free(p);
}

static void
test_learn(void **state)
{
	struct pmtu *p = pmtu_new(ask, NULL);
	struct addr a = number(FAM_V4, 1), b = number(FAM_V4, 2);
	struct addr six = number(FAM_V6, 1);

	(void)state;
	route = 1500;
	assert_true(pmtu_learn(p, &a, 1300, 10));
	assert_int_equal(pmtu_get(p, &a, 20), 1300);
	assert_int_equal(pmtu_get(p, &b, 20), 1500);
	/* a report never makes it larger, and the same one renews it */
	assert_false(pmtu_learn(p, &a, 1400, 30));
	assert_false(pmtu_learn(p, &a, 1300, 300000));
	assert_int_equal(pmtu_get(p, &a, 700000), 1300);
	assert_int_equal(pmtu_get(p, &a, 900000), 1500);
	/* forged ones cannot make it useless */
	assert_true(pmtu_learn(p, &a, 68, 900001));
	assert_int_equal(pmtu_get(p, &a, 900002), 576);
	assert_true(pmtu_learn(p, &six, 0, 900003));
	assert_int_equal(pmtu_get(p, &six, 900004), 1280);
	pmtu_free(p);
}

/* More peers than places: right answers, from the routes again. */
static void
test_many(void **state)
{
	struct pmtu *p = pmtu_new(ask, NULL);

	(void)state;
	route = 1450;
	for (unsigned i = 0; i < 20000; i++) {
		struct addr a = number(FAM_V4, i);

		assert_int_equal(pmtu_get(p, &a, i), 1450);
	}
	pmtu_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
