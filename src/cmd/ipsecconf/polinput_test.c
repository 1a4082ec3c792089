/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polinput.h"

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/fakepol_test.h"

static struct polinput in;
static bool missing;

static int
read_file(const char *path)
{
	struct polopts o = { .file = path };
	int e;

	in = (struct polinput){ .text.quiet = true };
	fakerun_capture();
	e = polinput_read(&in, &o, &missing);
	(void)fakerun_captured();
	return e;
}

static void
test_read(void **state)
{
	(void)state;
	assert_int_equal(read_file(fakerun_write("{dir in} drop {}\n")), 0);
	assert_false(missing);
	assert_string_equal(in.text.text, "{dir in} drop {}\n");
	polinput_free(&in);
	assert_int_equal(read_file("/nonexistent/x"), POLRUN_ERROR);
	polinput_free(&in);
	assert_int_equal(setenv("SMF_FMRI", "x", 1), 0);
	assert_int_equal(read_file("/nonexistent/x"), POLRUN_OK);
	assert_true(missing);
	polinput_free(&in);
	assert_int_equal(read_file("/"), POLRUN_SMF_FATAL);
	polinput_free(&in);
	assert_int_equal(unsetenv("SMF_FMRI"), 0);
}

static void
test_algs_and_parse(void **state)
{
	static const struct fakepol_case no[] = {
		{ SPD_ALGLIST, 1, FAKEPOL_REFUSE, EPERM, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_ALGLIST, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case *const ways[] = { NULL, no, dies };
	struct pollink l;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(read_file(fakerun_write(
				     "\n{} ipsec {encr_algs aes-gcm}\n")),
		    0);
		fakepol_start(ways[i]);
		assert_true(pollink_open(&l));
		fakerun_capture();
		assert_int_equal(polinput_algs(&in, &l), i == 0 ? 0 : 1);
		assert_int_equal(
		    polinput_parse(&in), i == 0 ? POLRUN_OK : POLRUN_ERROR);
		(void)fakerun_captured();
		pollink_close(&l);
		(void)fakepol_stop();
		assert_int_equal(in.policy.n, i == 0 ? 1 : 0);
		if (i == 0) {
			fakerun_capture();
			polinput_say(&in, &in.policy.entry[0], CONF_ERROR,
			    "odd: %s", "x");
			assert_non_null(
			    strstr(fakerun_captured(), "/in:2:1: odd: x\n"));
		}
		polinput_free(&in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_algs_and_parse),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
