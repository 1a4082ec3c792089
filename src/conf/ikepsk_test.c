/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikepsk.h"

#include <stdio.h>
#include <string.h>

#include "base/test.h"

static char said[8192];

static void
keep(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	assert_true(strlen(said) + CONF_LINE + 2 < sizeof(said));
	strcat(said, lex_error_print(line, e));
	strcat(said, "\n");
}

static bool
load(struct ikekeys *k, const char *text)
{
	unsigned errors;
	bool ok;

	said[0] = '\0';
	ok = ikepsk_read(k, "p", text, strlen(text), keep, NULL, &errors);
	assert_true(ok == (errors == 0));
	assert_true(ok || k->n == 0);
	return ok;
}

static void
print(char *buf, size_t cap, const struct ikekeys *k, bool show)
{
	struct wr w = wr_into(buf, cap - 1);

	for (unsigned i = 0; i < k->n; i++)
		ikepsk_print(&w, &k->key[i], show);
	assert_false(w.bad);
	buf[w.len] = '\0';
}

static void
good(const char *text, const char *want)
{
	static char buf[32768], again[32768];
	struct ikekeys k;

	if (!load(&k, text))
		fail_msg("%s: %s", text, said);
	print(buf, sizeof(buf), &k, true);
	assert_string_equal(buf, want);
	ikekeys_fini(&k);
	assert_true(load(&k, buf));
	print(again, sizeof(again), &k, true);
	assert_string_equal(again, buf);
	ikekeys_fini(&k);
}

static void
test_good(void **state)
{
	(void)state;
	good("# comment with # in the first column\n"
	     "{ localidtype IP\n localid 192.168.116.16\n remoteidtype IP\n"
	     "remoteid 192.168.13.213\n"
	     "key f47cb0f432e14480951095f82b735ba80a9467d0\n}\n",
	    "{ localidtype IP localid 192.168.116.16\n"
	    "  remoteidtype IP remoteid 192.168.13.213\n"
	    "  key f47cb0f432e14480951095f82b735ba80a9467d0\n}\n");
	good("{key \"a \\\"b\\\\\" remoteidtype any localidtype fqdn "
	     "localid host.example ike_mode both}",
	    "{ localidtype FQDN localid \"host.example\"\n"
	    "  remoteidtype any remoteid any\n  ike_mode both\n"
	    "  key 612022625c\n}\n");
	good("{ localidtype ip localid 10.0.0.1/8 remoteidtype dn "
	     "remoteid \"C=US,CN=a # b\" key FFFFFFFFFF/37 }",
	    "{ localidtype IP localid 10.0.0.0/8\n"
	    "  remoteidtype DN remoteid \"C=US, CN=a # b\"\n"
	    "  key fffffffff8/37\n}\n");
	good("{ ppkid \"k 1\" key 00112233 / 32 } { eapid me key \"pass\" }",
	    "{ ppkid \"k 1\"\n  key 00112233\n}\n"
	    "{ eapid \"me\"\n  key 70617373\n}\n");
	good("", "");
}

static void
test_hidden(void **state)
{
	char buf[1024];
	struct ikekeys k;

	(void)state;
	assert_true(load(&k, "{ localidtype ip localid ::1 remoteidtype key_id "
			     "remoteid 0x00ff key \"abcde\" }"));
	print(buf, sizeof(buf), &k, false);
	assert_string_equal(buf,
	    "{ localidtype IP localid ::1\n"
	    "  remoteidtype KEY_ID remoteid \"0x00ff\"\n  key XXXXXXXXXX\n}\n");
	assert_int_equal(k.key[0].key.bits, 40);
	assert_memory_equal(k.key[0].key.b, "abcde", 5);
	ikekeys_fini(&k);
}

#define TWO    "localidtype ip localid 10.0.0.1 remoteidtype ip remoteid 10.0.0.2 "
#define LONG   "00000000000000000000000000000000"
#define LONGER LONG LONG LONG LONG LONG LONG LONG LONG

static void
test_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "{ " TWO "}", "p:1:1: the entry has no \"key\"\n" },
		{ "{ key 00112233 }",
		    "p:1:1: the entry has no \"localidtype\"\n"
		    "p:1:1: the entry has no \"localid\"\n"
		    "p:1:1: the entry has no \"remoteidtype\"\n"
		    "p:1:1: the entry has no \"remoteid\"\n" },
		{ "{ " TWO "key 001122 }",
		    "p:1:73: the key is shorter than 32 bits\n" },
		{ "{ " TWO "key 001122334 }",
		    "p:1:73: the key has an odd number of hexadecimal "
		    "digits\n" },
		{ "{ " TWO "key secretsecret }",
		    "p:1:73: a key is hexadecimal digits, or text in "
		    "quotes\n" },
		{ "{ " TWO "key 0011223344/44 }",
		    "p:1:84: the number behind the / has to be the bits of the "
		    "key\n" },
		{ "{ " TWO "key " LONGER "00 }",
		    "p:1:73: the key is longer than 1024 bits\n" },
		{ "{ " TWO "kye 00112233 }",
		    "p:1:69: found \"kye\", expected a parameter; did you mean "
		    "\"key\"?\n" },
		{ "{ " TWO "key 00112233 44556677 }",
		    "p:1:82: expected localidtype, localid, remoteidtype, "
		    "remoteid, key, ike_mode, ppkid or eapid\n" },
		{ "{ " TWO "key }", "p:1:73: \"key\" has no value\n" },
		{ "{ " TWO "key 00112233 key 00112233 }",
		    "p:1:82: \"key\" is there twice\n" },
		{ "{ " TWO "key 00112233 ike_mode quick }",
		    "p:1:91: found \"quick\", expected main, aggressive or "
		    "both\n" },
		{ "{ localidtype ip localid host remoteidtype ips remoteid x "
		  "key 00112233 }",
		    "p:1:26: found \"host\", expected an address; names of "
		    "hosts are of type FQDN\n"
		    "p:1:44: found \"ips\", expected a type of identity: IP, "
		    "FQDN, USER_FQDN, DN, KEY_ID or any; did you mean "
		    "\"ip\"?\n" },
		{ "{ localidtype ip localid 10.0.0.0/33 remoteidtype any "
		  "remoteid x key 00112233 }",
		    "p:1:26: found \"10.0.0.0/33\", expected an address, and "
		    "the bits of a prefix behind its /\n"
		    "p:1:64: found \"x\", expected the identity any, as the "
		    "type says\n" },
		{ "{ " TWO "key 00112233 }\n{ " TWO "key 44556677 }",
		    "p:2:1: the entry of line 1 is for the same\n" },
		{ "{ ppkid a eapid b key 00112233 }",
		    "p:1:17: \"eapid\" does not go with \"ppkid\"\n" },
		{ "{ ppkid a localid 10.0.0.1 key 00112233 }",
		    "p:1:19: \"localid\" does not go with \"ppkid\"\n" },
		{ "{ eapid \"\" key 00112233 }",
		    "p:1:10: \"eapid\" has 1 to 255 characters\n" },
		{ "{ " TWO "key 00112233",
		    "p:1:81: the entry that begins at 1:1 has no }\n" },
		{ "key 00112233\n{", "p:1:1: expected the { of an entry\n"
				     "p:2:2: the entry that begins at 2:1 has "
				     "no }\n" },
	};
	struct ikekeys k;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(load(&k, rows[i].text));
		assert_string_equal(said, rows[i].says);
		assert_null(strstr(said, "secret"));
		assert_null(strstr(said, "44556677"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
