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

/* Without ipsecd: what the table has, if it can be computed. */
static void
test_table(void **state)
{
	static const char text[] =
	    "PROTO|2|A|sync\nPROTO|3|E|sync\n"
	    "ALG|2|0|none,any|-|0|0\n"
	    "ALG|3|250|mine|CKM_AES_GCM|256/128-256,64|16|8,16,4|23\n"
	    "ALG|3|251|odd|CKM_NO_SUCH|128|16\n";
	char path[96];
	FILE *f;

	(void)state;
	fakerun_path(path, "policy/ipsecpolicy.conf"); /* is cleaned up */
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", path, 1), 0);
	in = (struct polinput){ .text.quiet = true };
	assert_int_equal(polinput_table(&in), POLRUN_OK);
	assert_int_equal(in.n_algs, 2);
	assert_int_equal(in.algs[0].id, 250);
	assert_int_equal(in.algs[0].key_def, 256);
	assert_true((in.algs[0].flags & ALG_VALID) != 0);
	assert_int_equal(in.algs[1].id, 251);
	assert_false((in.algs[1].flags & ALG_VALID) != 0);
	polinput_free(&in);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", "/nonexistent", 1), 0);
	in = (struct polinput){ .text.quiet = true };
	assert_int_equal(polinput_table(&in), POLRUN_OK);
	assert_true(in.n_algs > 20);
	polinput_free(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_algs_and_parse),
		cmocka_unit_test(test_table),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
