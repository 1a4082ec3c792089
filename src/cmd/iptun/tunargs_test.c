/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunargs.h"

#include <getopt.h>
#include <stdio.h>

#include "base/test.h"

/* The words of a line, without quotes. */
static int
read_line(struct tunargs *a, bool create, const char *line)
{
	static char buf[512];
	char *argv[64];
	int argc = 0;

	(void)snprintf(buf, sizeof(buf), "%s", line);
	for (char *w = strtok(buf, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	optind = 0;
	opterr = 0;
	return tunargs_read(a, create, argc, argv);
}

static void
test_good(void **state)
{
	struct tunargs a;

	(void)state;
	assert_int_equal(
	    read_line(&a, true,
		"create -t -T ipv6 -s 2001:db8::1 -d 2001:db8::2 -p "
		"hoplimit=9,encaplimit=0,df=set,mtu=1300 vpn0 fd00::1 fd00::2 "
		"-router up"),
	    0);
	assert_true(a.temporary);
	assert_string_equal(a.link, "vpn0");
	assert_int_equal(a.type, FAM_V6);
	assert_int_equal(a.conf.has, TUNCONF_TSRC | TUNCONF_TDST |
					 TUNCONF_HOPLIMIT | TUNCONF_ENCAPLIMIT |
					 TUNCONF_DF | TUNCONF_MTU |
					 TUNCONF_ROUTER | TUNCONF_UP);
	assert_int_equal(a.conf.hoplimit, 9);
	assert_int_equal(a.conf.n_pairs, 1);
	tunargs_free(&a);
	/* the name says the type */
	assert_int_equal(read_line(&a, true, "create ip.tun0"), 0);
	assert_int_equal(a.type, FAM_V4);
	assert_false(a.temporary);
	tunargs_free(&a);
	assert_int_equal(read_line(&a, false, "modify x0 down"), 0);
	assert_int_equal(a.type, FAM_NONE);
	tunargs_free(&a);
}

static void
test_bad(void **state)
{
	static const struct {
		bool create;
		const char *line;
		int status;
	} t[] = {
		{ true, "create", 2 },
		{ true, "create x0", 2 },
		{ true, "create -T ipv4", 2 },
		{ true, "create -x ip.tun0", 2 },
		{ false, "modify -T ipv4 ip.tun0", 2 },
		{ true, "create -T 6to4 ip.6to4tun0", 1 },
		{ true, "create ip.6to4tun0", 1 },
		{ true, "create -T ipv9 x0", 1 },
		{ true, "create -T ipv6 ip.tun0", 1 },
		{ true, "create -s 2001:db8::1 ip.tun0", 1 },
		{ true, "create -p color=blue ip.tun0", 1 },
		{ true, "create -p hoplimit ip.tun0", 1 },
		{ true, "create ip.tun0 frobnicate", 1 },
	};
	struct tunargs a;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(
		    read_line(&a, t[i].create, t[i].line), t[i].status);
		tunargs_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
