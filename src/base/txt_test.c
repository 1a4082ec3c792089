/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/txt.h"

#include "base/test.h"

static void
test_fits_or_not(void **state)
{
	char buf[8];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	txt_put(&w, "ab");
	txt_print(&w, "%d-%s", 12, "xyz");
	assert_false(w.bad);
	assert_int_equal(w.len, 8);
	assert_memory_equal(buf, "ab12-xyz", 8);
	txt_put(&w, "");
	assert_false(w.bad);
	txt_put(&w, "c");
	assert_true(w.bad);
	assert_int_equal(w.len, 8);
}

static void
test_too_long_for_print(void **state)
{
	static char buf[4096], s[1025];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	memset(s, 'a', 1023);
	txt_print(&w, "%s", s);
	assert_int_equal(w.len, 1023);
	s[1023] = 'a';
	txt_print(&w, "%s", s);
	assert_true(w.bad);
	assert_int_equal(w.len, 1023);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits_or_not),
		cmocka_unit_test(test_too_long_for_print),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
