/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/algent.h"

#include <stdlib.h>

#include "base/test.h"

static void
test_both_ways(void **state)
{
	struct ipsecalgs t;

	(void)state;
	assert_true(ipsecalgs_builtin(&t));
	for (size_t i = 0; i < t.n_rows; i++) {
		struct ipsecalgent *e = algent_new(&t.row[i]);
		struct ipsecalgs_row back;

		assert_non_null(e);
		if (t.row[i].id == 0) { /* the word "any" is no algorithm */
			assert_false(algent_row(&back, e));
			free(e);
			continue;
		}
		assert_true(algent_row(&back, e));
		/* a size of 0 ends the list of parameters */
		if (t.row[i].params.n == 3 && t.row[i].params.v[1] == 0) {
			assert_int_equal(e->a_mech_params[0], 8);
			assert_int_equal(e->a_mech_params[1], 0);
			back.params = t.row[i].params;
		}
		assert_memory_equal(&back, &t.row[i], sizeof(back));
		free(e);
	}
	ipsecalgs_fini(&t);
}

static void
test_refused(void **state)
{
	static char name[] = "one", comma[] = "a,b", mech[] = "CKM_X";
	static char *names[] = { name, NULL }, *bad[] = { comma, NULL };
	static char *none[] = { NULL };
	static char long_mech[] = "CKM_34567890123456789012345678901";
	static int list[] = { 128, 256, 0 }, zero[] = { 0 },
		   large[] = { 65536, 0 };
	static int range[] = { 128, 128, 256 }, minus[] = { -1, 0 };
	static int many[18];
	const struct ipsecalgent good = { .a_names = names,
		.a_proto_num = 3,
		.a_alg_num = 250,
		.a_mech_name = mech,
		.a_block_sizes = list,
		.a_key_sizes = list };
	struct ipsecalgent e;
	struct ipsecalgs_row row;

	(void)state;
	assert_true(algent_row(&row, &good));
	assert_int_equal(row.flags, ALG_VALID);
	assert_int_equal(row.keys.n, 2);
#define REFUSE(what) \
	e = good;    \
	e.what;      \
	assert_false(algent_row(&row, &e))
	REFUSE(a_alg_num = 0);
	REFUSE(a_alg_num = 256);
	REFUSE(a_proto_num = 256);
	REFUSE(a_proto_num = 0);
	REFUSE(a_names = bad);
	REFUSE(a_names = none);
	REFUSE(a_names = NULL);
	REFUSE(a_mech_name = long_mech);
	REFUSE(a_mech_name = NULL);
	REFUSE(a_block_sizes = NULL);
	REFUSE(a_block_sizes = large);
	REFUSE(a_block_sizes = minus);
	REFUSE(a_key_sizes = large);
	REFUSE(a_key_sizes = NULL);
	REFUSE(a_key_increment = -1);
	REFUSE(a_alg_flags = -1);
	for (int i = 0; i < 17; i++)
		many[i] = 8;
	REFUSE(a_key_sizes = many);

	e = good;
	e.a_key_sizes = range;
	e.a_key_increment = 64;
	assert_true(algent_row(&row, &e));
	assert_int_equal(row.keys.n, 3);
	e.a_key_sizes = list; /* the 0 is no maximum */
	assert_false(algent_row(&row, &e));
	/* NULL encryption: one size of 0 */
	e = good;
	e.a_key_sizes = zero;
	e.a_block_sizes = zero;
	assert_true(algent_row(&row, &e));
	assert_int_equal(row.keys.n, 1);
	assert_int_equal(row.keys.v[0], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
