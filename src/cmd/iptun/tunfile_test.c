/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

static char dir[] = "/tmp/tunfileXXXXXX";

static void
put(const char *name, const char *text)
{
	char path[96];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	(void)fclose(f);
}

/* "": there is none. */
static const char *
get(const char *name)
{
	static char text[1024];
	char path[96];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	text[0] = '\0';
	f = fopen(path, "r");
	if (f != NULL) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		(void)fclose(f);
	}
	return text;
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("SOLIPSEC_ETC", dir, 1), 0);
	return 0;
}

static int
empty(void **state)
{
	char line[64];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -f %s/*", dir);
	return system(line);
}

static int
teardown(void **state)
{
	(void)empty(state);
	return rmdir(dir);
}

static struct tunconf
conf(const char *text)
{
	struct tunconf_env env = { .type = FAM_NONE };
	struct tunconf c;

	assert_true(tunconf_read(&c, &env, "x", text, strlen(text)));
	return c;
}

static void
test_save(void **state)
{
	struct tunconf c = conf("10.0.0.1 10.0.0.2 addif fd00::1 fd00::2 tsrc "
				"192.0.2.1 tdst 192.0.2.2 up");

	(void)state;
	assert_true(tunfile_can_save("ip.tun0", false));
	assert_false(tunfile_can_save("ip.tun0", true));
	assert_false(tunfile_can_save("vpn0", false));
	assert_int_equal(tunfile_save("ip.tun0", &c, false), 0);
	assert_string_equal(get("hostname.ip.tun0"),
	    "10.0.0.1 10.0.0.2 tsrc 192.0.2.1 tdst 192.0.2.2 up\n");
	assert_string_equal(get("hostname6.ip.tun0"), "fd00::1 fd00::2 up\n");
	assert_false(tunfile_can_save("ip.tun0", false));
	/* a change goes over what is there */
	assert_true(tunfile_can_save("ip.tun0", true));
	c = conf("tdst 192.0.2.9 thoplimit 3 down");
	assert_int_equal(tunfile_save("ip.tun0", &c, true), 0);
	assert_string_equal(get("hostname.ip.tun0"),
	    "10.0.0.1 10.0.0.2 tsrc 192.0.2.1 tdst 192.0.2.9 thoplimit 3 "
	    "down\n");
	assert_string_equal(get("hostname6.ip.tun0"), "fd00::1 fd00::2 down\n");
	assert_int_equal(tunfile_remove("ip.tun0"), 0);
	assert_string_equal(get("hostname.ip.tun0"), "");
	assert_int_equal(tunfile_remove("ip.tun0"), 0);
	c = conf("fd00::1 fd00::2 tsrc 2001:db8::1 up");
	assert_int_equal(tunfile_save("ip6.tun0", &c, false), 0);
	assert_string_equal(
	    get("hostname6.ip6.tun0"), "fd00::1 fd00::2 tsrc 2001:db8::1 up\n");
	/* somebody's words about it are not lost */
	put("hostname6.ip6.tun0", "# mine\ntsrc 2001:db8::1 up\n");
	assert_false(tunfile_can_save("ip6.tun0", true));
}

static void
see(void *ctx, const struct tunfile *t)
{
	char *all = ctx;
	size_t n = strlen(all);

	(void)snprintf(all + n, 200 - n, "%s type %u pairs %zu;", t->link,
	    t->type, t->conf.n_pairs);
}

static void
test_each(void **state)
{
	char all[200] = "";

	(void)state;
	put("hostname.eth0", "10.0.0.1 up\n");
	put("hostname.ip.tun10", "10.0.0.1 10.0.0.2 tsrc 192.0.2.1\n");
	put("hostname.ip.tun2", "tsrc 192.0.2.1 tdst 192.0.2.2 up\n");
	put("hostname6.ip.tun2", "fd00::1 fd00::2 up\n");
	assert_int_equal(tunfile_each(see, all), 0);
	assert_string_equal(all, "ip.tun2 type 4 pairs 1;ip.tun10 type 4 pairs "
				 "1;");
	/* one that contradicts the other, one with a mistake, one of 6to4 */
	put("hostname6.ip.tun2", "fd00::1 tsrc 192.0.2.9 up\n");
	put("hostname.ip.tun3", "tsrc nobody.invalid up\n");
	put("hostname6.ip.6to4tun0", "tsrc 192.0.2.1 up\n");
	all[0] = '\0';
	assert_int_equal(tunfile_each(see, all), 1);
	assert_string_equal(all, "ip.tun10 type 4 pairs 1;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_save, empty),
		cmocka_unit_test_teardown(test_each, empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
