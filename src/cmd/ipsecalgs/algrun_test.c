/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algrun.h"

#include "cmd/pol/fakepol_test.h"

#define TABLE                                                \
	"# ours\n"                                           \
	"PROTO|2|PROTO_IPSEC_AH|sync\n"                      \
	"PROTO|3|PROTO_IPSEC_ESP|sync\n"                     \
	"ALG|2|0|none,any|-|0|0\n"                           \
	"ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n" \
	"ALG|3|12|aes-cbc,aes|CKM_AES_CBC|128/128-256,64|16\n"

#define NEW "ALG|3|250|new|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n"

static const char *said;

/* What was printed, with DIR for the test's folder. */
static const char *
captured(void)
{
	static char text[4096];
	const char *s = fakerun_captured(), *at;
	size_t n = 0;

	while ((at = strstr(s, fakerun_dir)) != NULL) {
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "%.*sDIR", (int)(at - s), s);
		s = at + strlen(fakerun_dir);
	}
	(void)snprintf(text + n, sizeof(text) - n, "%s", s);
	return text;
}

static int
start(void **state)
{
	const char *path = fakerun_write(TABLE);

	(void)state;
	return setenv("SOLIPSEC_IPSECALGS", path, 1);
}

static struct algopts
add_opts(void)
{
	return (struct algopts){ .cmd = ALGOPTS_ADD,
		.proto_name = "PROTO_IPSEC_ESP",
		.row = { .id = 250,
		    .names = "new",
		    .mech = "CKM_AES_GCM",
		    .key_incr = 64,
		    .keys = { 3, { 128, 128, 256 } },
		    .blocks = { 1, { 16 } },
		    .params = { 3, { 8, 16, 4 } },
		    .flags = 23 } };
}

/* Run, and compare what it said and the file afterwards. */
static void
run(const struct algopts *o, int want, const char *text, const char *file)
{
	int got;

	fakerun_capture();
	got = algrun_change(o);
	said = captured();
	assert_string_equal(said, text);
	assert_int_equal(got, want);
	assert_string_equal(fakerun_read("in"), file);
}

static void
test_add(void **state)
{
	struct algopts o = add_opts();

	(void)state;
	run(&o, 0, "", TABLE NEW);
	run(&o, 1,
	    "algrun_test: algorithm exists: number 250 is new; -f replaces "
	    "it\n",
	    TABLE NEW);
	o.row.id = 251;
	strcpy(o.row.names, "newest,AES");
	run(&o, 1,
	    "algrun_test: algorithm exists: \"AES\" is a name of number 12; "
	    "-f replaces it\n",
	    TABLE NEW);
	o.row.id = 250;
	strcpy(o.row.names, "newest");
	o.force = true;
	run(&o, 0, "",
	    TABLE "ALG|3|250|newest|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n");
	o.proto_name = "PROTO_IPSEC_ESQ";
	run(&o, 1,
	    "algrun_test: there is no protocol \"PROTO_IPSEC_ESQ\"; did you "
	    "mean \"PROTO_IPSEC_ESP\"?\n",
	    TABLE "ALG|3|250|newest|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n");
}

static void
test_add_warns(void **state)
{
	struct algopts o = add_opts();

	(void)state;
	strcpy(o.row.mech, "CKM_AES_GMC");
	run(&o, 0,
	    "algrun_test: warning: nothing here computes CKM_AES_GMC: ipsecd "
	    "will say INVALID; did you mean \"CKM_AES_GCM\"?\n",
	    TABLE "ALG|3|250|new|CKM_AES_GMC|128/128-256,64|16|8,16,4|23\n");
	strcpy(o.row.mech, "CKM_AES_GCM");
	o.row.params.v[2] = 8;
	o.force = true;
	run(&o, 0,
	    "algrun_test: warning: CKM_AES_GCM is not computed with these key, "
	    "block or MAC sizes and parameters: ipsecd will say INVALID\n",
	    TABLE "ALG|3|250|new|CKM_AES_GCM|128/128-256,64|16|8,16,8|23\n");
	o.row.params.v[2] = 4;
	strcpy(o.row.names, "a|b");
	assert_int_equal(start(NULL), 0);
	run(&o, 1,
	    "algrun_test: the table cannot hold this: names and mechanism are "
	    "letters, digits and signs without blanks, commas and |; a name "
	    "has fewer than 64 letters and stands once\n",
	    TABLE);
}

static void
test_remove(void **state)
{
	struct algopts o = {
		.cmd = ALGOPTS_REMOVE, .proto = 3, .alg_name = "ase"
	};

	(void)state;
	run(&o, 1,
	    "algrun_test: protocol 3 has no algorithm \"ase\"; did you mean "
	    "\"aes\"?\n",
	    TABLE);
	o.alg_name = "zzzzzz";
	run(&o, 1, "algrun_test: protocol 3 has no algorithm \"zzzzzz\"\n",
	    TABLE);
	o.alg_name = NULL;
	o.alg = 13;
	run(&o, 1, "algrun_test: protocol 3 has no algorithm 13\n", TABLE);
	o.proto = 7;
	run(&o, 1, "algrun_test: there is no protocol 7\n", TABLE);
	o.proto = 3;
	o.alg = 12;
	run(&o, 0, "",
	    "# ours\nPROTO|2|PROTO_IPSEC_AH|sync\n"
	    "PROTO|3|PROTO_IPSEC_ESP|sync\nALG|2|0|none,any|-|0|0\n"
	    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n");
	/* as in the examples of Solaris' manual */
	o = (struct algopts){ .cmd = ALGOPTS_REMOVE,
		.proto_name = "IPSEC_PROTO_AH",
		.alg_name = "md5" };
	run(&o, 0, "",
	    "# ours\nPROTO|2|PROTO_IPSEC_AH|sync\n"
	    "PROTO|3|PROTO_IPSEC_ESP|sync\nALG|2|0|none,any|-|0|0\n");
}

static void
test_protocols(void **state)
{
	struct algopts o = { .cmd = ALGOPTS_ADD_PROTO,
		.proto = 4,
		.proto_name = "IPCOMP",
		.async = true };

	(void)state;
	run(&o, 0, "", TABLE "PROTO|4|IPCOMP|async\n");
	o.proto_name = "OTHER";
	run(&o, 1,
	    "algrun_test: protocol exists: number 4 is IPCOMP; -f replaces "
	    "it\n",
	    TABLE "PROTO|4|IPCOMP|async\n");
	o.force = true;
	o.async = false;
	run(&o, 0, "", TABLE "PROTO|4|OTHER|sync\n");
	o = (struct algopts){ .cmd = ALGOPTS_MODE, .proto = 4, .async = true };
	run(&o, 0, "", TABLE "PROTO|4|OTHER|async\n");
	o.proto = 5;
	run(&o, 1, "algrun_test: there is no protocol 5\n",
	    TABLE "PROTO|4|OTHER|async\n");
	o = (struct algopts){ .cmd = ALGOPTS_REMOVE_PROTO,
		.proto_name = "other" };
	run(&o, 0, "", TABLE);
	o.proto_name = "PROTO_IPSEC_ESP";
	run(&o, 0, "",
	    "# ours\nPROTO|2|PROTO_IPSEC_AH|sync\nALG|2|0|none,any|-|0|0\n"
	    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n");
}

static void
test_files(void **state)
{
	struct algopts o = add_opts();
	char path[96];

	(void)state;
	(void)fakerun_write("ALG|3\n");
	run(&o, 1,
	    "DIR/in:1:1: an ALG record has 7 to 9 fields, this one "
	    "has 2\n\tALG|3\n\t^\n",
	    "ALG|3\n");
	fakerun_path(path, "none/ipsecalgs");
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", path, 1), 0);
	fakerun_capture();
	assert_int_equal(algrun_change(&o), 1);
	said = captured();
	assert_non_null(
	    strstr(said, "/none/ipsecalgs: the table of algorithms, "
			 "or its successor, cannot be opened: No such "
			 "file or directory\n"));
}

static int
sync_says(void)
{
	int e;

	fakerun_capture();
	e = algrun_sync();
	said = captured();
	return e;
}

static void
test_sync(void **state)
{
	static const struct fakepol_case refuse[] = {
		{ SPD_UPDATEALGS, 1, FAKEPOL_REFUSE, EINVAL,
		    PFPOLICY_DIAG_ALG_NUM_KEY_SIZES },
		{ 0, 0, 0, 0, 0 },
	};
	struct algopts o = add_opts();

	(void)state;
	assert_int_equal(sync_says(), 1);
	assert_non_null(strstr(said, "ipsecd is not running"));
	fakepol_start(NULL);
	assert_int_equal(sync_says(), 0);
	assert_string_equal(said, "");
	/* "any" is no algorithm */
	assert_string_equal(
	    fakepol_stop(), "UPDATEALGS 2 algorithms, sync, sync\n");

	fakepol_start(refuse);
	assert_int_equal(sync_says(), 1);
	assert_string_equal(said,
	    "algrun_test: ipsecd refuses the table: Invalid argument: "
	    "inconsistent number of key sizes\n");
	(void)fakepol_stop();

	/* after a change; the file has it though ipsecd has not */
	o.sync = true;
	fakepol_start(refuse);
	run(&o, 1,
	    "algrun_test: ipsecd refuses the table: Invalid argument: "
	    "inconsistent number of key sizes\n"
	    "algrun_test: DIR/in has changed all the same\n",
	    TABLE NEW);
	(void)fakepol_stop();
	o = (struct algopts){
		.cmd = ALGOPTS_MODE, .proto = 3, .async = true, .sync = true
	};
	fakepol_start(NULL);
	fakerun_capture();
	assert_int_equal(algrun_change(&o), 0);
	(void)fakerun_captured();
	assert_string_equal(
	    fakepol_stop(), "UPDATEALGS 3 algorithms, sync, async\n");
}

static void
test_sync_limits(void **state)
{
	static char text[1 << 15];
	size_t n;

	(void)state;
	(void)fakerun_write(TABLE "PROTO|4|IPCOMP|sync\nALG|4|1|lz|-|0|0\n");
	fakepol_start(NULL);
	assert_int_equal(sync_says(), 0);
	assert_string_equal(said,
	    "algrun_test: warning: ipsecd has no protocol "
	    "4 (IPCOMP); it is left out\n");
	assert_string_equal(
	    fakepol_stop(), "UPDATEALGS 2 algorithms, sync, sync\n");
	n = (size_t)snprintf(text, sizeof(text), "PROTO|3|ESP|sync\n");
	for (int i = 1; i < 130; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "ALG|3|%d|n%d|CKM_AES_CBC|128/128-256,64|16\n", i, i);
	(void)fakerun_write(text);
	fakepol_start(NULL);
	assert_int_equal(sync_says(), 1);
	assert_string_equal(said, "algrun_test: DIR/in has more "
				  "algorithms than ipsecd takes: 128\n");
	assert_string_equal(fakepol_stop(), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_add, start),
		cmocka_unit_test_setup(test_add_warns, start),
		cmocka_unit_test_setup(test_remove, start),
		cmocka_unit_test_setup(test_protocols, start),
		cmocka_unit_test_setup(test_files, start),
		cmocka_unit_test_setup(test_sync, start),
		cmocka_unit_test_setup(test_sync_limits, start),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
