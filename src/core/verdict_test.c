/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict.h"

#include <string.h>

#include "base/test.h"

/* Every verdict has a name of its own and a text; a name finds its verdict. */
static void
test_names(void **state)
{
	(void)state;
	for (enum verdict v = 0; v < VERDICT_N; v++) {
		assert_true(strlen(verdict_name(v)) > 1);
		assert_true(strlen(verdict_text(v)) > 5);
		assert_int_equal(verdict_by_name(verdict_name(v)), v);
	}
	assert_int_equal(verdict_by_name("nothing"), VERDICT_N);
	assert_string_equal(verdict_name(VERDICT_N), "?");
	assert_string_equal(verdict_text(VERDICT_N), "?");
}

static void
test_drops(void **state)
{
	(void)state;
	assert_false(verdict_is_drop(VERDICT_PASS));
	assert_false(verdict_is_drop(VERDICT_HOLD));
	assert_false(verdict_is_drop(VERDICT_KEEPALIVE));
	assert_false(verdict_is_drop(VERDICT_N));
	for (enum verdict v = VERDICT_TOO_BIG; v < VERDICT_N; v++)
		assert_true(verdict_is_drop(v));
}

/* Names that Solaris' ip:0:ipdrop has (services 10) are spelled as there. */
static void
test_solaris_names(void **state)
{
	static const char *const names[] = { "spd_explicit", "spd_got_secure",
		"spd_got_clear", "spd_bad_ahalg", "spd_got_ah",
		"spd_bad_espealg", "spd_bad_espaalg", "spd_got_esp",
		"spd_ah_innermismatch", "spd_esp_innermismatch",
		"spd_no_policy", "spd_malformed_packet", "spd_malformed_frag",
		"sadb_acquire_toofull", "sadb_acquire_timeout",
		"sadb_inlarval_replace", "esp_no_sa", "esp_early_replay",
		"esp_replay", "esp_bytes_expire", "esp_bad_padding",
		"esp_bad_auth", "esp_nat_t_ipsec", "ah_no_sa", "ah_bad_length",
		"ah_bad_auth", "ah_replay", "ah_bytes_expire" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(verdict_by_name(names[i]) < VERDICT_N);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_solaris_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
