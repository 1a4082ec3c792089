/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keylist.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static void
test_many(void **state)
{
	static char text[40 * 64];
	struct keylist l = { .who = "ipseckey" };
	size_t n = 0;

	(void)state;
	for (unsigned i = 1; i <= 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "delete esp spi %u dst ::1\n", i);
	assert_true(keylist_read(&l, "f", IPSECKEYS_FILE, false, text, n));
	assert_int_equal(l.n, 40);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(l.c[i].spec.spi, i + 1);
		assert_int_equal(l.c[i].line, i + 1);
	}
	keylist_fini(&l);
	assert_null(l.c);
	keylist_fini(&l);
}

static void
test_errors(void **state)
{
	static const char text[] = "flush\nflsh\ndelete esp spi 1 dst "
				   "localhost\n";
	struct keylist l = { .who = "ipseckey" };
	char *said = NULL;
	size_t n;

	(void)state;
	l.err = open_memstream(&said, &n);
	assert_non_null(l.err);
	assert_false(keylist_read(
	    &l, "f", IPSECKEYS_FILE, false, text, sizeof(text) - 1));
	assert_int_equal(fclose(l.err), 0);
	assert_string_equal(said,
	    "ipseckey: f:2:1: found \"flsh\", expected a command; did you "
	    "mean \"flush\"?\n"
	    "ipseckey: f:3:22: found \"localhost\", expected an address "
	    "(names are not looked up)\n");
	free(said);
	assert_int_equal(l.res.errors, 2);
	keylist_fini(&l);
	assert_false(keylist_read(
	    &l, "f", IPSECKEYS_FILE, true, text, sizeof(text) - 1));
	assert_int_equal(l.res.errors, 1);
	keylist_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
