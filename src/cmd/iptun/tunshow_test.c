/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunshow.h"

#include <stdlib.h>

#include "base/test.h"

static char *text;

static void
print(const struct tunshow *o)
{
	size_t n;
	json_t *rows =
	    json_pack("[{s:s,s:s,s:s,s:s,s:s,s:b,s:i,s:s,s:[{s:s,s:s,"
		      "s:i}],s:b},{s:s,s:s,s:n,s:n,s:s,s:b}]",
		"link", "ip6.tun0", "type", "ipv6", "source", "2001:db8::1",
		"destination", "2001:db8::2", "policy", "tunnel", "implicit", 1,
		"mtu", 1400, "df", "copy", "addresses", "local", "10.0.0.1",
		"remote", "10.0.0.2", "length", 32, "up", 1, "link", "ip.tun1",
		"type", "ipv4", "source", "destination", "policy", "none",
		"implicit", 0);
	FILE *f;

	assert_non_null(rows);
	free(text);
	text = NULL;
	f = open_memstream(&text, &n);
	assert_non_null(f);
	tunshow_print(f, rows, o);
	(void)fclose(f);
	json_decref(rows);
}

static void
test_table(void **state)
{
	struct tunshow o = { 0 };

	(void)state;
	print(&o);
	assert_string_equal(text,
	    "LINK             TYPE  FLAGS  SOURCE               DESTINATION\n"
	    "ip6.tun0         ipv6  si     2001:db8::1          2001:db8::2\n"
	    "ip.tun1          ipv4  --     --                   --\n");
}

static void
test_parseable(void **state)
{
	struct tunshow o = { .parseable = true,
		.fields = "LINK,source,mtu,up,addresses" };
	char bad[32];

	(void)state;
	print(&o);
	assert_string_equal(text,
	    "ip6.tun0:2001\\:db8\\:\\:1:1400:yes:10.0.0.1>10.0.0.2\n"
	    "ip.tun1::::\n");
	assert_true(tunshow_fields("all", bad));
	assert_true(tunshow_fields("link,type", bad));
	assert_false(tunshow_fields("link,typ", bad));
	assert_string_equal(bad, "typ");
	assert_false(tunshow_fields("", bad));
}

static int
end(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_parseable),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
