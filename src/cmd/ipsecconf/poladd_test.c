/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/poladd.h"

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/fakepol_test.h"

#define ONE "{laddr 10.0.0.1 raddr 10.0.0.2} ipsec {encr_algs aes-gcm}"
#define TWO "{lport 23 ulp tcp dir both} drop {}"
#define TUN "{tunnel ip.tun0 negotiate tunnel} ipsec {encr_algs aes-gcm}"

static struct polopts o;
static const char *asked, *said;
static int status;

/* Run -a (or with replace -f -a, -F -a) on text against such a server. */
static void
add(const char *text, const struct fakepol_case *cases)
{
	o.cmd = POLOPTS_ADD;
	o.tun = "";
	o.quiet = true;
	o.file = fakerun_write(text);
	fakepol_start(cases);
	fakerun_capture();
	status = poladd_add(&o);
	said = fakerun_captured();
	asked = fakepol_stop();
}

static void
forget(void)
{
	char path[96];

	fakerun_path(path, "policy/ipsecpolicy.conf");
	(void)unlink(path);
	o = (struct polopts){ 0 };
}

static void
test_add(void **state)
{
	(void)state;
	forget();
	add("# x\n" ONE "\n" TWO " # y\n" TUN, NULL);
	assert_string_equal(said, "");
	assert_int_equal(status, 0);
	assert_string_equal(asked,
	    "ALGLIST\n"
	    "CLONE standby\n"
	    "ADDRULE standby 004fffff dir 3 fam 4 actions 1\n"
	    "ADDRULE standby 000ffffe dir 3 fam 0 actions 1\n"
	    "ADDRULE standby ip.tun0 004ffffd dir 3 fam 0 actions 1 tunnel\n"
	    "FLIP standby\n"
	    "FLUSH standby all\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"),
	    "#INDEX 2 \n" ONE "\n\n#INDEX 6 \n" TWO "\n\n#INDEX 10 \n" TUN
	    "\n\n");
	/* what is added later is behind; "any" is what this ipsecd offers */
	add("{} ipsec {encr_algs any encr_auth_algs sha256}", NULL);
	assert_int_equal(status, 0);
	assert_non_null(
	    strstr(asked, "ADDRULE standby 004fffff dir 3 fam 0 actions 13\n"));
	assert_non_null(strstr(fakerun_read("policy/ipsecpolicy.conf"),
	    TUN "\n\n#INDEX 4 \n{} ipsec {encr_algs any"));
}

static void
test_replace(void **state)
{
	(void)state;
	forget();
	add(ONE "\n" TUN "\n", NULL);
	assert_int_equal(status, 0);
	/* -f -a: the host's policy; the tunnel's stays */
	o.replace = true;
	add(TWO, NULL);
	assert_string_equal(said, "");
	assert_string_equal(asked,
	    "ALGLIST\nCLONE standby\nFLUSH standby\n"
	    "ADDRULE standby 000fffff dir 3 fam 0 actions 1\n"
	    "FLIP standby\nFLUSH standby all\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"),
	    "#INDEX 6 \n" TUN "\n\n#INDEX 4 \n" TWO "\n\n");
	/* -F -a: all */
	o.replace = false;
	o.replace_all = true;
	add(ONE, NULL);
	assert_string_equal(asked,
	    "ALGLIST\nCLONE standby\nFLUSH standby all\n"
	    "ADDRULE standby 004fffff dir 3 fam 4 actions 1\n"
	    "FLIP standby\nFLUSH standby all\n");
	assert_string_equal(
	    fakerun_read("policy/ipsecpolicy.conf"), "#INDEX 2 \n" ONE "\n\n");
}

/* Nothing of a bad file is applied, nor of one that ipsecd refuses. */
static void
test_all_or_nothing(void **state)
{
	static const struct fakepol_case refuse[] = {
		{ SPD_ADDRULE, 2, FAKEPOL_REFUSE, EINVAL,
		    PFPOLICY_DIAG_ADD_INCON_FLAGS },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_tunnel[] = {
		{ SPD_ADDRULE, 1, FAKEPOL_REFUSE, ENOENT, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_flip[] = {
		{ SPD_FLIP, 1, FAKEPOL_REFUSE, EIO, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_clone[] = {
		{ SPD_CLONE, 1, FAKEPOL_REFUSE, ENOMEM, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_ADDRULE, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	forget();
	add(ONE "\n{lprt 5} drop {}\n", NULL);
	assert_int_equal(status, 1);
	assert_string_equal(asked, "ALGLIST\n");
	assert_non_null(strstr(said, "/in:2:2: found \"lprt\", expected"));
	assert_non_null(strstr(said, "1 erroneous rule; policy not modified"));

	add(ONE "\n  " TWO "\n", refuse);
	assert_int_equal(status, 1);
	assert_non_null(strstr(asked, "ADDRULE"));
	assert_null(strstr(asked, "FLIP"));
	assert_non_null(strstr(asked, "\nFLUSH standby all\n"));
	assert_non_null(strstr(said,
	    "/in:2:3: ipsecd refuses this rule: inconsistent action flags\n"));
	assert_non_null(strstr(said, "policy not modified"));

	add(TUN, no_tunnel);
	assert_int_equal(status, 1);
	assert_non_null(strstr(
	    said, "/in:1:1: there is no tunnel interface \"ip.tun0\"\n"));

	add(ONE, no_flip);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said,
	    "ipsecd can not make the new policy the active one: the kernel "
	    "could not be made to agree with the policy\n"));
	assert_non_null(strstr(said, "policy not modified"));

	add(ONE, no_clone);
	assert_int_equal(status, 1);
	assert_null(strstr(asked, "ADDRULE"));

	add(ONE, dies);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "ipsecd closed the connection"));
	assert_null(strstr(asked, "FLIP"));

	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), "none");
	assert_string_equal(
	    fakerun_read("policy/ipsecpolicy.conf.new"), "none");
}

static void
test_duplicates(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_ADDRULE, 1, FAKEPOL_REFUSE, EEXIST, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	forget();
	add(ONE "\n" TWO "\n", cases);
	assert_int_equal(status, 0);
	assert_string_equal(said, "");
	assert_non_null(strstr(asked, "FLIP"));
	assert_string_equal(
	    fakerun_read("policy/ipsecpolicy.conf"), "#INDEX 4 \n" TWO "\n\n");
	/* not so quiet */
	o.quiet = false;
	o.file = fakerun_write(ONE);
	fakepol_start(cases);
	fakerun_capture();
	status = poladd_add(&o);
	said = fakerun_captured();
	(void)fakepol_stop();
	assert_int_equal(status, 0);
	assert_non_null(strstr(said,
	    "/in:1:1: warning: policy has such a rule already: this one is "
	    "ignored\n"));
	assert_non_null(strstr(said, "what is changed by hand is gone"));
	assert_null(strstr(said, "connections that exist now"));
}

static void
test_warnings(void **state)
{
	(void)state;
	forget();
	o.tun = "";
	o.file = fakerun_write("{lport 53} bypass {}\n");
	fakepol_start(NULL);
	fakerun_capture();
	status = poladd_add(&o);
	said = fakerun_captured();
	(void)fakepol_stop();
	assert_int_equal(status, 0);
	assert_non_null(strstr(said,
	    "/in:1:12: warning: \"bypass\" without \"dir\" is taken as \"dir "
	    "both\"\n\t{lport 53} bypass {}\n\t           ^\n"));
	assert_non_null(strstr(said, "connections that exist now may come"));
}

static void
test_service(void **state)
{
	(void)state;
	forget();
	assert_int_equal(setenv("SMF_FMRI", "svc:/network/ipsec/policy", 1), 0);
	add(ONE "\n" TWO "\n", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(said, "2 rules added\n");
	add("{", NULL);
	assert_int_equal(status, POLRUN_SMF_FATAL);
	/* no file is a system without policy */
	o.file = "/nonexistent/ipsecinit.conf";
	fakerun_capture();
	status = poladd_add(&o);
	said = fakerun_captured();
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "there is no /nonexistent/"));
	assert_int_equal(unsetenv("SMF_FMRI"), 0);
	fakerun_capture();
	status = poladd_add(&o);
	said = fakerun_captured();
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "cannot read /nonexistent/"));
}

static void
test_empty_file(void **state)
{
	(void)state;
	forget();
	o.replace_all = true;
	add("# nothing\n", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(asked, "ALGLIST\n");
	assert_non_null(strstr(said, "has no rules: policy not modified"));
}

static void
check(const char *text)
{
	o.cmd = POLOPTS_CHECK;
	o.file = fakerun_write(text);
	fakerun_capture();
	status = poladd_check(&o);
	said = fakerun_captured();
}

#define ODD                      \
	"{lport 53} bypass {}\n" \
	"{lport 53 dir in} ipsec {encr_algs des encr_auth_algs md5}\n"

/* -c needs no ipsecd; what lint finds is no error, unless one wants it so. */
static void
test_check(void **state)
{
	(void)state;
	forget();
	check(ODD);
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "/in: no errors; policy not modified\n"));
	assert_non_null(strstr(said, "/in:1:12: warning: \"bypass\" without"));
	assert_non_null(strstr(said, "/in:2:36: warning: DANGER: \"des\""));
	assert_non_null(
	    strstr(said, "/in:2:1: warning: a duplicate of the entry at 1:1"));
	o.strict = true;
	check(ODD);
	assert_int_equal(status, 1);
	assert_null(strstr(said, "no errors"));
	assert_non_null(strstr(said, "/in: 4 warnings, and --strict"));
	/* notes are no warnings */
	check("{} ipsec {encr_algs aes encr_auth_algs sha1}\n");
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "/in:1:1: note: SHA-1"));
	o.strict = false;
	o.quiet = true;
	check(ODD);
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "/in: no errors; policy not modified\n"));
	assert_null(strstr(said, "warning"));
	check("{lport 53 bypass {}\n{} ipsec {encr_algs de "
	      "encr_auth_algs md5}\n");
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "/in:1:18: found \"{\""));
	assert_non_null(strstr(said, "/in:2:21: found \"de\""));
	assert_non_null(strstr(said, "/in: 2 erroneous rules; policy not "
				     "modified\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_empty_file),
		cmocka_unit_test(test_check),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
