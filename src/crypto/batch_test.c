/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/batch.h"

#include "base/test.h"

/* Keys that count their operations and do nothing. */
static size_t few_ops, many_ops, freed;

static void
few_run(struct aead_op *op, size_t n)
{
	few_ops += n;
	for (size_t i = 0; i < n; i++)
		op[i].ok = true;
}

static void
many_run(struct aead_op *op, size_t n)
{
	many_ops += n;
	for (size_t i = 0; i < n; i++)
		op[i].ok = true;
}

static void
fake_free(struct aead *a)
{
	(void)a;
	freed++;
}

static struct aead few = { few_run, few_run, NULL, fake_free, 1,
	{ 8, 12, 4, true } };
static struct aead many = { many_run, many_run, NULL, fake_free, 3,
	{ 8, 12, 4, true } };

/* How many of n operations went to the one for many. */
static size_t
many_of(size_t n, bool seal)
{
	static struct aead_op op[200];
	struct aead *b = batch_new(&few, &many);

	few_ops = many_ops = 0;
	for (size_t i = 0; i < n; i++)
		op[i] = (struct aead_op){ .key = b };
	(seal ? aead_seal : aead_open)(op, n);
	assert_int_equal(few_ops + many_ops, n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(op[i].key, b);
		assert_true(op[i].ok);
	}
	aead_free(b);
	return many_ops;
}

static void
test_by_number(void **state)
{
	(void)state;
	for (int seal = 0; seal < 2; seal++) {
		assert_int_equal(many_of(1, seal), 0);
		assert_int_equal(many_of(2, seal), 0);
		assert_int_equal(many_of(3, seal), 3);
		assert_int_equal(many_of(64, seal), 64);
		assert_int_equal(many_of(65, seal), 64);
		assert_int_equal(many_of(200, seal), 200);
	}
}

static void
test_ends(void **state)
{
	struct aead *b = batch_new(&few, &many);

	(void)state;
	assert_int_equal(aead_info(b)->icv_len, 12);
	freed = 0;
	aead_free(b);
	assert_int_equal(freed, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_number),
		cmocka_unit_test(test_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
