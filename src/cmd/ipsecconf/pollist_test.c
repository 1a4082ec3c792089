/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/pollist.h"

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/fakepol_test.h"

static struct polopts o;
static const char *asked, *said;
static int status;

static void
run(enum polopts_cmd cmd, const char *tun, const struct fakepol_case *cases)
{
	o.cmd = cmd;
	o.tun = tun;
	o.quiet = o.numeric = true;
	fakepol_start(cases);
	fakerun_capture();
	status = cmd == POLOPTS_VIEW	 ? pollist_view(&o)
		 : cmd == POLOPTS_DELETE ? pollist_delete(&o)
		 : cmd == POLOPTS_FLUSH || cmd == POLOPTS_FLUSH_ALL
		     ? pollist_flush(&o)
		     : pollist_list(&o);
	said = fakerun_captured();
	asked = fakepol_stop();
}

#define FIRST  "#INDEX 1\n{ ulp 6 lport 23 dir out } pass { } \n"
#define SECOND "#INDEX 2\n{ ulp 6 lport 23 dir in } pass { } \n"

static void
test_list(void **state)
{
	(void)state;
	run(POLOPTS_LIST, "", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(asked, "DUMP\n");
	assert_string_equal(said, FIRST SECOND);
	run(POLOPTS_LIST_ALL, "", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(asked, "DUMP all\n");
	assert_string_equal(said,
	    FIRST "#INDEX ip.tun0,2\n{ tunnel ip.tun0 negotiate tunnel ulp 6 "
		  "lport 23 dir in } pass { } \n");
	run(POLOPTS_LIST, "ip.tun0", NULL);
	assert_string_equal(asked, "DUMP ip.tun0\n");
}

/* A list that changes while it is read is read again. */
static void
test_list_again(void **state)
{
	static const struct fakepol_case twice[] = {
		{ SPD_DUMP, 1, FAKEPOL_GARBAGE, 0, 0 },
		{ SPD_DUMP, 2, FAKEPOL_REFUSE, EAGAIN, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	struct fakepol_case always[16] = { { 0 } };

	(void)state;
	run(POLOPTS_LIST, "", twice);
	assert_int_equal(status, 0);
	assert_string_equal(asked, "DUMP\nDUMP\nDUMP\n");
	assert_string_equal(said, FIRST SECOND);
	for (unsigned i = 0; i < 15; i++)
		always[i] = (struct fakepol_case){ SPD_DUMP, i + 1,
			FAKEPOL_GARBAGE, 0, 0 };
	run(POLOPTS_LIST, "", always);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "changes all the time"));
	assert_null(strstr(said, "#INDEX"));
}

static void
test_list_errors(void **state)
{
	static const struct fakepol_case no_tunnel[] = {
		{ SPD_DUMP, 1, FAKEPOL_REFUSE, ENOENT, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct fakepol_case dies[] = {
		{ SPD_DUMP, 1, FAKEPOL_CLOSE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	run(POLOPTS_LIST, "ip.tun9", no_tunnel);
	assert_int_equal(status, 1);
	assert_non_null(
	    strstr(said, "there is no policy for a tunnel \"ip.tun9\"\n"));
	run(POLOPTS_LIST, "", dies);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "ipsecd closed the connection"));
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

#define HOST "#INDEX 2 \n{lport 1 dir in} drop {}\n\n"
#define TUN  "#INDEX 2 \n{tunnel ip.tun0 negotiate tunnel dir in} drop {}\n\n"

static void
test_view(void **state)
{
	(void)state;
	write_cache(HOST ";#INDEX 4 \n;{}\n;\n" TUN);
	run(POLOPTS_VIEW, "", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(said, HOST TUN);
	assert_string_equal(asked, "");
	/* no ipsecd: then the file says nothing about what is in force */
	fakerun_capture();
	status = pollist_view(&o);
	said = fakerun_captured();
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "ipsecd is not running"));
}

static void
test_delete(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_DELETERULE, 1, FAKEPOL_REFUSE, ESRCH, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	write_cache(HOST TUN);
	o.index = 2;
	run(POLOPTS_DELETE, "", cases);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "there is no rule with index 2\n"));
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), HOST TUN);
	run(POLOPTS_DELETE, "", NULL);
	assert_int_equal(status, 0);
	assert_string_equal(said, "");
	assert_string_equal(asked, "DELETERULE 2\n");
	run(POLOPTS_VIEW, "", NULL);
	assert_string_equal(said, TUN);
	run(POLOPTS_DELETE, "ip.tun0", NULL);
	assert_string_equal(asked, "DELETERULE ip.tun0 2\n");
	run(POLOPTS_VIEW, "", NULL);
	assert_string_equal(said, "");
}

static void
test_flush(void **state)
{
	static const struct fakepol_case cases[] = {
		{ SPD_FLUSH, 1, FAKEPOL_REFUSE, EPERM, 0 },
		{ 0, 0, 0, 0, 0 },
	};

	(void)state;
	write_cache(HOST TUN);
	run(POLOPTS_FLUSH, "", cases);
	assert_int_equal(status, 1);
	assert_non_null(strstr(said, "no permission"));
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), HOST TUN);
	run(POLOPTS_FLUSH, "", NULL);
	assert_string_equal(asked, "FLUSH\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), TUN);
	write_cache(HOST TUN);
	run(POLOPTS_FLUSH, "ip.tun0", NULL);
	assert_string_equal(asked, "FLUSH ip.tun0\n");
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), HOST);
	run(POLOPTS_FLUSH_ALL, "", NULL);
	assert_string_equal(asked, "FLUSH all\n");
	assert_int_equal(status, 0);
	assert_string_equal(fakerun_read("policy/ipsecpolicy.conf"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_again),
		cmocka_unit_test(test_list_errors),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_flush),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
