/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tunnelop.h"

#include <errno.h>

#include "base/test.h"

/* What becomes of the devices is shown by test/netns/tunnel_clear.py. */
static int
read_one(struct tunnel_say *s, char err[ADMIN_ERROR], const char *text)
{
	static json_t *in;
	json_error_t why;

	json_decref(in);
	in = json_loads(text, 0, &why);
	assert_non_null(in);
	err[0] = '\0';
	return tunnelop_read(s, in, err, ADMIN_ERROR);
}

static void
test_all(void **state)
{
	struct tunnel_say s;
	char err[ADMIN_ERROR], a[ADDR_TEXT];

	(void)state;
	assert_int_equal(
	    read_one(&s, err,
		"{\"op\":\"tunnel-create\",\"name\":\"ip6.tun0\",\"type\":"
		"\"ipv6\",\"tsrc\":\"2001:db8::1\",\"tdst\":\"2001:db8::2\","
		"\"hoplimit\":9,\"encaplimit\":0,\"df\":\"clear\",\"implicit\":"
		"true,\"secure\":true,\"private\":false}"),
	    0);
	assert_string_equal(s.name, "ip6.tun0");
	assert_int_equal(s.type, FAM_V6);
	assert_string_equal(addr_print(a, &s.src), "2001:db8::1");
	assert_string_equal(addr_print(a, &s.dst), "2001:db8::2");
	assert_int_equal(s.hoplimit, 9);
	assert_int_equal(s.encaplimit, 0);
	assert_int_equal(s.df, DF_CLEAR);
	assert_true(s.implicit && s.secure && !s.is_private);
	assert_int_equal(s.has, 2 * TUNNEL_PRIVATE - 1);
	assert_int_equal(
	    read_one(&s, err, "{\"name\":\"a\",\"tsrc\":\"\"}"), 0);
	assert_int_equal(s.has, TUNNEL_SRC);
	assert_int_equal(s.src.fam, FAM_NONE);
}

static void
test_mistakes(void **state)
{
	static const char *const bad[] = { "{}", "{\"name\":1}",
		"{\"name\":\"a\",\"type\":\"6to4\"}",
		"{\"name\":\"a\",\"type\":4}",
		"{\"name\":\"a\",\"tsrc\":\"enigma\"}",
		"{\"name\":\"a\",\"tsrc\":null}",
		"{\"name\":\"a\",\"hoplimit\":0}",
		"{\"name\":\"a\",\"hoplimit\":256}",
		"{\"name\":\"a\",\"hoplimit\":-1}",
		"{\"name\":\"a\",\"hoplimit\":\"9\"}",
		"{\"name\":\"a\",\"encaplimit\":256}",
		"{\"name\":\"a\",\"df\":\"maybe\"}",
		"{\"name\":\"a\",\"secure\":1}",
		"{\"name\":\"a\",\"color\":\"blue\"}" };
	struct tunnel_say s;
	char err[ADMIN_ERROR];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_one(&s, err, bad[i]), EINVAL);
		assert_string_not_equal(err, "");
		assert_null(strchr(err, '\n'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
