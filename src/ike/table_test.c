/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every (state, exchange, direction) has one row or a refusal, and the rows keep
 * the rules that no handler looks after.
 */
#include "ike/table.h"

#include "base/test.h"

static unsigned
rows_of(unsigned state, unsigned exchange, bool response)
{
	const struct table_row *r;
	unsigned n = 0;

	for (size_t i = 0; (r = table_row(i)) != NULL; i++)
		n += r->state == state && r->exchange == exchange &&
		     r->response == response;
	return n;
}

static void
test_every_pair(void **state)
{
	unsigned taken = 0, refused = 0;

	(void)state;
	for (unsigned st = 0; st < IKESA_STATES; st++)
		for (unsigned ex = 0; ex < 256; ex++)
			for (unsigned resp = 0; resp < 2; resp++) {
				const struct table_row *r =
				    table_find((enum ikesa_state)st,
					(uint8_t)ex, resp != 0);

				assert_true(rows_of(st, ex, resp != 0) <= 1);
				if (r == NULL) {
					refused++;
					continue;
				}
				taken++;
				assert_int_equal(r->state, st);
				assert_int_equal(r->exchange, ex);
				assert_non_null(r->handle);
				assert_non_null(r->rfc);
				assert_int_equal(r->must & ~r->may, 0);
				assert_true(r->next != 0);
			}
	assert_int_equal(taken + refused, IKESA_STATES * 256 * 2);
	assert_true(taken > 10);
}

/*
 * CVE-2014-2338, CVE-2019-12312: before the peer has proved who it is, nothing
 * but the exchange that is due.
 */
static void
test_nothing_early(void **state)
{
	const struct table_row *r;

	(void)state;
	for (size_t i = 0; (r = table_row(i)) != NULL; i++) {
		if (r->state >= IKESA_UP) {
			assert_true(r->exchange != IKE2_SA_INIT);
			assert_true(r->exchange != IKE2_AUTH);
			continue;
		}
		assert_true(
		    r->exchange == IKE2_SA_INIT || r->exchange == IKE2_AUTH);
		/* the way up goes by the keystore's answers, never by a
		   message alone */
		assert_int_equal(r->next & TABLE_TO(IKESA_UP), 0);
	}
}

/* A dead one, and one that waits for the keystore, takes nothing. */
static void
test_deaf_states(void **state)
{
	static const enum ikesa_state deaf[] = { IKESA_DEAD, IKESA_SIGN_I,
		IKESA_VERIFY_I, IKESA_VERIFY_R, IKESA_SIGN_R };

	(void)state;
	for (size_t i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
		for (unsigned ex = 0; ex < 256; ex++) {
			assert_null(table_find(deaf[i], (uint8_t)ex, false));
			assert_null(table_find(deaf[i], (uint8_t)ex, true));
		}
}

static void
test_names(void **state)
{
	(void)state;
	for (unsigned a = 0; a < IKESA_STATES; a++)
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(
			    table_state_name((enum ikesa_state)a),
			    table_state_name((enum ikesa_state)b));
	assert_string_equal(table_state_name(IKESA_STATES), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_nothing_early),
		cmocka_unit_test(test_deaf_states),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
