/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algshow.h"

#include "cmd/pol/fakepol_test.h"

static const char *said;
static int status;

static void
test_file(void **state)
{
	const char *md5;

	(void)state;
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", ETC_IPSECALGS, 1), 0);
	fakerun_capture();
	status = algshow_file(false);
	said = fakerun_captured();
	assert_int_equal(status, 0);
	assert_int_equal(strncmp(said,
			     "Algorithms, grouped by IPsec protocol:\n\n"
			     "Protocol 2/PROTO_IPSEC_AH (execution mode: "
			     "sync)\n\n"
			     "\tProtocol number: 2\n"
			     "\tAlgorithm number: 0\n"
			     "\tAlgorithm names: none,any\n",
			     150),
	    0);
	/* the block of algs 5, to the letter */
	md5 = strstr(said, "\tProtocol number: 2\n\tAlgorithm number: 2\n"
			   "\tAlgorithm names: hmac-md5,md5\n"
			   "\tMechanism Name: CKM_MD5_HMAC_GENERAL\n"
			   "\tBlock sizes or MAC sizes: 12\n"
			   "\tKey sizes: 128\n"
			   "\tAlgorithm parameters:\n"
			   "\tAlgorithm flags: VALID\n\n");
	assert_non_null(md5);
	assert_true(strstr(said, "Protocol 3/PROTO_IPSEC_ESP") > md5);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", "/nonexistent", 1), 0);
}

static void
test_kernel(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_DUMPALGS, 1, FAKEPOL_REFUSE, EPERM, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	fakepol_start(NULL);
	fakerun_capture();
	status = algshow_kernel(false);
	said = fakerun_captured();
	assert_string_equal(fakepol_stop(), "DUMPALGS\n");
	assert_int_equal(status, 0);
	assert_int_equal(strncmp(said,
			     "Kernel list of algorithms:\n\n"
			     "\tProtocol number: 2\n"
			     "\tAlgorithm number: 5\n"
			     "\tAlgorithm names: "
			     "hmac-sha256,sha256,sha-256,hmac-sha-256\n",
			     120),
	    0);
	assert_non_null(
	    strstr(said, "\tAlgorithm names: aes-gcm,aes-gcm16\n"
			 "\tMechanism Name: CKM_AES_GCM\n"
			 "\tBlock sizes or MAC sizes: 16\n"
			 "\tKey sizes: 128-256, increment 64, default 128\n"
			 "\tAlgorithm parameters: 8,16,4\n"
			 "\tAlgorithm flags: VALID COUNTER COMBINED GCM\n\n"));
	/* one that is there but can not be used */
	assert_non_null(
	    strstr(said, "\tAlgorithm names: camellia-cbc,camellia\n"
			 "\tMechanism Name: CKM_CAMELLIA_CBC\n"
			 "\tBlock sizes or MAC sizes: 16\n"
			 "\tKey sizes: 128-256, increment 64, default 128\n"
			 "\tAlgorithm parameters:\n"
			 "\tAlgorithm flags: INVALID\n\n"));

	fakepol_start(cases);
	fakerun_capture();
	status = algshow_kernel(false);
	said = fakerun_captured();
	(void)fakepol_stop();
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "does not tell its algorithms"));
	fakerun_capture();
	status = algshow_kernel(false);
	said = fakerun_captured();
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "ipsecd is not running"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_kernel),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
