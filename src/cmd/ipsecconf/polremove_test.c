/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fakepol has { ulp 6 lport 23 dir out } pass { } with index 1, and the same for
 * inbound packets of ip.tun0 with index 2. Whole policies: test/golden.
 */
#include "cmd/ipsecconf/polremove.h"

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/fakepol_test.h"

#define HOST "{ulp tcp lport 23 dir out} pass {}"
#define TUN  "{tunnel ip.tun0 negotiate tunnel ulp 6 lport 23 dir in} pass {}"

static const char *asked, *said;
static struct polopts o;

static int
take_out(const char *text, const struct fakepol_case *cases)
{
	int e;

	o.cmd = POLOPTS_REMOVE;
	o.tun = "";
	o.file = fakerun_write(text);
	fakepol_start(cases);
	fakerun_capture();
	e = polremove_remove(&o);
	said = fakerun_captured();
	asked = fakepol_stop();
	return e;
}

static void
write_cache(const char *text)
{
	char path[96];
	FILE *f;

	fakerun_path(path, "policy/ipsecpolicy.conf");
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

#define CACHE "#INDEX 1 \n" HOST "\n\n#INDEX 2 \n" TUN "\n\n"

static void
test_remove(void **state)
{
	(void)state;
	o.quiet = true;
	write_cache(CACHE);
	assert_int_equal(take_out(HOST "\n" TUN "\n", NULL), POLRUN_OK);
	assert_string_equal(said, "");
	assert_string_equal(asked,
	    "ALGLIST\nCLONE standby\nDUMP standby all\n"
	    "DELETERULE standby 1\nDELETERULE standby ip.tun0 2\n"
	    "FLIP standby\nFLUSH standby all\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"),
	    ";#INDEX 1 \n;" HOST "\n;\n;#INDEX 2 \n;" TUN "\n;\n");
	/* "both" takes the one direction that there is */
	assert_int_equal(
	    take_out("{ulp tcp lport 23 dir both} pass {}", NULL), POLRUN_OK);
	assert_non_null(strstr(asked, "DELETERULE standby 1\nFLIP"));
}

/* What differs in anything stays. */
static void
test_nothing(void **state)
{
	static const char *const others[] = {
		"{ulp tcp lport 23 dir in} pass {}",
		"{ulp tcp lport 23-24 dir out} pass {}",
		"{ulp tcp lport 23 dir out} drop {}",
		"{ulp tcp lport 23 dir out} pass {} or drop {}",
		"{lport 23 dir out} pass {}",
		"{tunnel ip.tun1 negotiate tunnel ulp 6 lport 23 dir in} pass "
		"{}",
		"{tunnel ip.tun0 negotiate tunnel ulp 6 lport 23 dir out} pass "
		"{}",
		"{laddr 10.0.0.1 ulp tcp lport 23 dir out} pass {}",
	};

	(void)state;
	o.quiet = true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		write_cache(CACHE);
		assert_int_equal(take_out(others[i], NULL), POLRUN_ERROR);
		assert_string_equal(asked,
		    "ALGLIST\nCLONE standby\nDUMP standby all\n"
		    "FLUSH standby all\n");
		assert_non_null(strstr(said, "policy has nothing of what"));
		assert_non_null(strstr(said, "policy not modified"));
		assert_string_equal(
		    fakerun_read("policy/ipsecpolicy.conf"), CACHE);
	}
	/* one of two: a warning, and the other goes */
	o.quiet = false;
	assert_int_equal(
	    take_out("{lport 7 dir in} drop {}\n" HOST, NULL), POLRUN_OK);
	assert_non_null(strstr(said,
	    "/in:1:1: warning: policy has no such rule: this one is ignored"));
	assert_non_null(strstr(asked, "DELETERULE standby 1\nFLIP"));
}

/* All or nothing. */
static void
test_errors(void **state)
{
	static const struct fakepol_case no_delete[] = {
		{ SPD_DELETERULE, 2, FAKEPOL_REFUSE, ESRCH, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_DELETERULE, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_dump[] = {
		{ SPD_DUMP, 1, FAKEPOL_REFUSE, ENOMEM, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case no_clone[] = {
		{ SPD_CLONE, 1, FAKEPOL_REFUSE, EBUSY, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case *const ways[] = { no_delete, dies,
		no_dump, no_clone };

	(void)state;
	o.quiet = true;
	for (size_t i = 0; i < 4; i++) {
		write_cache(CACHE);
		assert_int_equal(
		    take_out(HOST "\n" TUN "\n", ways[i]), POLRUN_ERROR);
		assert_null(strstr(asked, "FLIP"));
		assert_non_null(strstr(said, "policy not modified"));
		assert_string_equal(
		    fakerun_read("policy/ipsecpolicy.conf"), CACHE);
	}
	assert_int_equal(take_out("{lprt 1} drop {}", NULL), POLRUN_ERROR);
	assert_string_equal(asked, "ALGLIST\n");
	assert_int_equal(take_out("# nothing", NULL), POLRUN_OK);
	assert_string_equal(asked, "ALGLIST\n");
	o.file = "/nonexistent";
	fakerun_capture();
	assert_int_equal(polremove_remove(&o), POLRUN_ERROR);
	(void)fakerun_captured();
	assert_int_equal(setenv("SMF_FMRI", "x", 1), 0);
	assert_int_equal(take_out("{lprt 1} drop {}", NULL), POLRUN_SMF_FATAL);
	assert_int_equal(take_out(HOST, NULL), POLRUN_OK);
	assert_string_equal(said, "1 rule removed\n");
	assert_int_equal(unsetenv("SMF_FMRI"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_errors),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
