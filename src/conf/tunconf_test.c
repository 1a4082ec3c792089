/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/tunconf.h"

#include "base/test.h"

static char said[4 * CONF_LINE];

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];
	size_t n = strlen(said);

	(void)ctx;
	(void)lex_error_print(line, e);
	assert_true(n + strlen(line) + 2 < sizeof(said));
	memcpy(said + n, line, strlen(line) + 1);
}

static bool
resolve(void *ctx, const char *name, uint8_t fam, struct addr *out)
{
	(void)ctx;
	if (strcmp(name, "enigma") == 0)
		return addr_read(out,
		    fam == FAM_V6 ? "2001::aaaa:6666:6666" : "192.168.116.16");
	return strcmp(name, "four") == 0 && fam != FAM_V6 &&
	       addr_read(out, "192.0.2.4");
}

static bool
read_as(struct tunconf *c, uint8_t type, uint8_t inner, const char *text)
{
	struct tunconf_env env = { .resolve = resolve,
		.type = type,
		.inner = inner,
		.report = report };

	said[0] = '\0';
	return tunconf_read(c, &env, "f", text, strlen(text));
}

/* What is read, as text again. */
static void
expect(uint8_t type, uint8_t inner, const char *text, const char *want)
{
	static uint8_t buf[2048];
	struct wr w = wr_into(buf, sizeof(buf) - 1);
	struct tunconf c;

	if (!read_as(&c, type, inner, text))
		fail_msg("%s", said);
	tunconf_print(&w, &c);
	assert_false(w.bad);
	buf[w.len] = '\0';
	assert_string_equal((char *)buf, want);
	if (text != want)
		expect(type, inner, want, want);
}

static void
test_good(void **state)
{
	static const char solaris[] =
	    "10.16.16.6 10.1.3.3 tsrc 192.168.116.16 tdst 192.168.13.213 "
	    "router up\n";
	static const char six[] = "6000:6666::aaaa:1116 6000:3333::eeee:1113 "
				  "tsrc 2001::aaaa:6666:6666 tdst "
				  "2001::eeee:3333:3333 router up\n";
	struct tunconf c;

	(void)state;
	expect(FAM_V4, FAM_V4, solaris, solaris);
	expect(FAM_V6, FAM_V6, six, six);
	expect(FAM_V4, FAM_V4,
	    "# a tunnel\n\n10.16.16.6\t10.1.3.3 tsrc enigma tdst four \\\n"
	    "\tup\nencr_algs aes(256) encr_auth_algs sha256 auth_algs none # x",
	    "10.16.16.6 10.1.3.3 tsrc 192.168.116.16 tdst 192.0.2.4 encr_algs "
	    "aes(256) encr_auth_algs sha256 auth_algs none up\n");
	expect(FAM_V6, FAM_V4,
	    "plumb inet 10.0.0.1/24 thoplimit 9 encaplimit 2 private -router "
	    "df clear mtu 1400 down",
	    "10.0.0.1/24 thoplimit 9 encaplimit 2 df clear mtu 1400 private "
	    "-router down\n");
	expect(FAM_V6, FAM_V6,
	    "-encaplimit addif fd00::1 fd00::2 up addif "
	    "fd01::1/64 up tsrc enigma",
	    "fd00::1 fd00::2 addif fd01::1/64 tsrc 2001::aaaa:6666:6666 "
	    "encaplimit 0 up\n");
	expect(FAM_V4, FAM_V4, "up -private router\n", "-private router up\n");
	expect(FAM_V4, FAM_NONE, "", "\n");
	assert_true(read_as(&c, FAM_V4, FAM_V4, "encr_algs none"));
	assert_false(tunconf_protects(&c));
	assert_true(read_as(&c, FAM_V4, FAM_V4, "auth_algs any"));
	assert_true(tunconf_protects(&c));
}

static void
test_bad(void **state)
{
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "tsrc", "f:1:1: \"tsrc\" is followed by an address" },
		{ "up tsrc\ntdst 1.2.3.4",
		    "f:1:4: \"tsrc\" is followed by an address" },
		{ "tsrc ::1", "f:1:6: found \"::1\", expected an IPv4 address, "
			      "the name of a host that has one, or a keyword" },
		{ "tsrc 0.0.0.0", "f:1:6: no tunnel can have this end" },
		{ "tdst 1.2.3.4 tdst 1.2.3.5",
		    "f:1:14: \"tdst\" is said for a second time" },
		{ "tsrc 1.2.3.4 tdst 1.2.3.4",
		    "f:1:19: tsrc and tdst are the same" },
		{ "10.0.0.1 10.0.0.2 tdst 10.0.0.2",
		    "f:1:10: the remote address of the interface is tdst: the "
		    "tunnel would lead into itself" },
		{ "10.0.0.1 10.0.0.2 10.0.0.3",
		    "f:1:19: found \"10.0.0.3\", expected a keyword (further "
		    "addresses follow \"addif\")" },
		{ "thoplimit 0",
		    "f:1:11: found \"0\", expected a number from 1 to 255" },
		{ "thoplimit 256",
		    "f:1:11: found \"256\", expected a number from 1 to 255" },
		{ "encaplimit 4", "f:1:1: an encapsulation limit is for "
				  "tunnels with IPv6 outside" },
		{ "mtu 1279", "f:1:5: found \"1279\", expected a number from "
			      "1280 to 65535" },
		{ "encr_algs aes\nencr_auth_algs md5",
		    "f:2:1: encr_algs, encr_auth_algs and auth_algs have to be "
		    "on one line" },
		{ "encr_algs a{b", "f:1:11: found \"a{b\", expected an "
				   "algorithm of /etc/inet/ipsecalgs, any or "
				   "none" },
		{ "10.0.0.1/33", "f:1:10: found \"33\", expected a length from "
				 "0 to 32" },
		{ "routr up",
		    "f:1:1: found \"routr\", expected an IPv4 address, the "
		    "name of a host that has one, or a keyword; did you mean "
		    "\"router\"?" },
		{ "df maybe",
		    "f:1:4: found \"maybe\", expected copy, set or clear" },
		{ "inet6", "f:1:1: this file is about IPv4 addresses" },
		{ "up down", "f:1:4: \"down\" is said for a second time" },
	};
	struct tunconf c;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_false(read_as(&c, FAM_V4, FAM_V4, t[i].text));
		assert_string_equal(said, t[i].why);
	}
	assert_false(
	    read_as(&c, FAM_NONE, FAM_NONE, "tsrc 1.2.3.4 tdst 2001:db8::1"));
}

static void
test_merge(void **state)
{
	uint8_t buf[512];
	struct wr w = wr_into(buf, sizeof(buf) - 1);
	struct tunconf a, b;

	(void)state;
	assert_true(read_as(&a, FAM_V6, FAM_NONE,
	    "10.0.0.1 10.0.0.2 addif fd00::1 tsrc enigma thoplimit 3 encr_algs "
	    "aes encr_auth_algs md5 up"));
	assert_true(read_as(&b, FAM_V6, FAM_NONE,
	    "10.0.0.9 auth_algs any tdst 2001:db8::1 encaplimit 1 down mtu "
	    "1300 df set router private thoplimit 4"));
	tunconf_merge(&a, &b);
	tunconf_print(&w, &a);
	buf[w.len] = '\0';
	assert_string_equal((char *)buf,
	    "fd00::1 addif 10.0.0.9 tsrc 2001::aaaa:6666:6666 tdst "
	    "2001:db8::1 thoplimit 4 encaplimit 1 df set mtu 1300 auth_algs "
	    "any private router down\n");
}

static void
test_name(void **state)
{
	uint8_t type;

	(void)state;
	assert_true(tunconf_is_name("ip.tun0", &type) && type == FAM_V4);
	assert_true(tunconf_is_name("ip6.tun12", &type) && type == FAM_V6);
	assert_true(tunconf_is_name("ip.6to4tun0", &type) && type == FAM_NONE);
	assert_false(tunconf_is_name("ip.tun", &type));
	assert_false(tunconf_is_name("ip.tun0a", &type));
	assert_false(tunconf_is_name("eth0", &type));
	assert_false(tunconf_is_name("ip.tun12345", &type));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
