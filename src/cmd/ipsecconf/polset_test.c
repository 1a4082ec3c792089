/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polset.h"

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/fakepol_test.h"

#define ENTRY "{dir in} drop {}"

static const char *asked, *said;

/* The end of a change that added ENTRY to the cache. */
static int
finish(const struct fakepol_case *cases, int so_far)
{
	const struct polopts o = { .quiet = true };
	struct polcache c;
	struct pollink l;
	int e;

	fakepol_start(cases);
	assert_true(pollink_open(&l));
	fakerun_capture();
	assert_int_equal(polrun_begin_change(&c, &o), POLRUN_OK);
	polcache_append(&c, 1, ENTRY, strlen(ENTRY));
	e = polset_finish(&l, &c, so_far);
	polrun_end_change(&c);
	said = fakerun_captured();
	pollink_close(&l);
	asked = fakepol_stop();
	return e;
}

static void
test_finish(void **state)
{
	static const struct fakepol_case no_flip[] = {
		{ SPD_FLIP, 1, FAKEPOL_REFUSE, EIO, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_flush[] = {
		{ SPD_FLUSH, 1, FAKEPOL_REFUSE, ENOMEM, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_FLIP, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	assert_int_equal(finish(NULL, POLRUN_ERROR), POLRUN_ERROR);
	assert_string_equal(asked, "FLUSH standby all\n");
	assert_non_null(strstr(said, "policy not modified"));
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), "none");
	assert_int_equal(finish(no_flip, POLRUN_OK), POLRUN_ERROR);
	assert_string_equal(asked, "FLIP standby\nFLUSH standby all\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), "none");
	assert_int_equal(finish(dies, POLRUN_OK), POLRUN_ERROR);
	assert_string_equal(asked, "FLIP standby\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), "none");
	assert_int_equal(finish(NULL, POLRUN_OK), POLRUN_OK);
	assert_string_equal(said, "");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"),
	    "#INDEX 1 \n" ENTRY "\n\n");
	/* it is in force, but something was left behind */
	assert_int_equal(finish(no_flush, POLRUN_OK), POLRUN_ERROR);
	assert_null(strstr(said, "policy not modified"));
	assert_non_null(strstr(said, "flush the copy"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_finish) };
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
