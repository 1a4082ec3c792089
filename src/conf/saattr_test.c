/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/saattr.h"

#include "base/test.h"

#include "conf/ipseckeys_testing.h"

static struct testing t;

/* Every name of the table is known, is read, and is found by its name only. */
static void
test_names(void **state)
{
	const struct saattr *a;
	size_t names = 0;

	(void)state;
	for (size_t i = 0; (a = saattr_row(i)) != NULL; i++) {
		const char *p = a->help.name;

		assert_true(a->help.text[0] != '\0');
		assert_ptr_equal(ipseckeys_attribute(i), &a->help);
		while (*p != '\0') {
			struct lex_tok tok = {
				.kind = LEX_WORD, .s = p, .n = strcspn(p, ",")
			};

			assert_ptr_equal(saattr_find(&tok), a);
			tok.n--;
			assert_ptr_not_equal(saattr_find(&tok), a);
			p += tok.n + 1;
			p += *p == ',';
			names++;
		}
	}
	assert_int_equal(names, 82);
}

/* The table of spec: sa 5, last two columns. */
static void
test_name_only(void **state)
{
	static const char *const good[] = { "saddr 1.1.1.1", "srcaddr 1.1.1.1",
		"src 1.1.1.1", "sport 1", "dport 1", "proto 1", "ulp 1",
		"inbound", "outbound" };
	static const char *const bad[] = { "pair-spi 1", "replay 1",
		"replay_value 1", "state dead", "auth_alg md5", "encralg aes",
		"encap udp", "soft_bytes 1", "idle_addtime 1", "isrc 1.1.1.1",
		"idport 1", "iproto 1", "nat_loc 1.1.1.1", "authkey 1",
		"srcidtype fqdn a", "esn" };
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(line, sizeof(line),
		    "get esp spi 1 dst 1.1.1.2 %s", good[i]);
		testing_read(&t, IPSECKEYS_PROMPT, line);
		assert_string_equal(t.said, "");
		assert_int_equal(t.n, 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(
		    line, sizeof(line), "get esp spi 1 dst 1.1.1.2 %s", bad[i]);
		testing_read(&t, IPSECKEYS_PROMPT, line);
		assert_int_equal(t.res.errors, 1);
		assert_non_null(strstr(t.said, "does not go with get"));
		assert_int_equal(t.n, 0);
	}
}

static void
test_may_be_secret(void **state)
{
	struct lex lx = lex_from("f",
	    "0x8bcd1407 deadbeefcafe 0xdeadbeefcafe/40 authentication", 55, 0,
	    NULL, NULL);
	struct lex_tok tok;

	(void)state;
	tok = lex_next(&lx);
	assert_false(saattr_secret(&tok));
	tok = lex_next(&lx);
	assert_true(saattr_secret(&tok));
	tok = lex_next(&lx);
	assert_true(saattr_secret(&tok));
	tok = lex_next(&lx);
	assert_false(saattr_secret(&tok));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_only),
		cmocka_unit_test(test_may_be_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
