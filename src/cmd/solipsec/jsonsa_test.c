/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/jsonsa.h"

#include "base/test.h"

#include "model/alg.h"

/* What json says as an SA; its error, or "". */
static const char *
spec(struct sa_spec *s, const char *json)
{
	static struct jsonsa_err e;
	json_t *o = json_loads(json, 0, NULL);

	assert_non_null(o);
	e = (struct jsonsa_err){ .bad = false };
	jsonsa_spec(&e, o, s);
	json_decref(o);
	assert_int_equal(e.bad, e.why[0] != '\0');
	return e.why;
}

static void
test_good(void **state)
{
	struct sa_spec s;
	char buf[ADDR_TEXT];

	(void)state;
	assert_string_equal(
	    spec(&s, "{\"proto\":\"esp\",\"mode\":\"tunnel\",\"spi\":"
		     "\"0x10\",\"encr\":\"AES-GCM\",\"encr_key\":"
		     "\"000102030405060708090A0b0c0d0e0f\",\"salt\":"
		     "\"01020304\",\"integ\":\"NONE\",\"integ_key\":\"\","
		     "\"icv_len\":12,\"esn\":true,\"encap\":{\"type\":\"udp\","
		     "\"sport\":5,\"dport\":4500},\"outer\":{\"src\":\"::1\","
		     "\"dst\":\"::2\"},\"replay\":32}"),
	    "");
	assert_int_equal(s.satype, SATYPE_ESP);
	assert_int_equal(
	    s.flags, SAF_TUNNEL | SAF_ESN | SAF_NATT_LOC | SAF_NATT_REM);
	assert_int_equal(s.spi, 16);
	assert_int_equal(s.encr, EALG_AES_GCM_12);
	assert_int_equal(s.ekey.bits, 160);
	assert_memory_equal(
	    s.ekey.b + 10, "\x0a\x0b\x0c\x0d\x0e\x0f\x01\x02", 8);
	assert_int_equal(s.natt_lport, 5);
	assert_string_equal(addr_print(buf, &s.dst), "::2");
	assert_int_equal(s.window, 32);

	/* defaults, names of ipseckey, GMAC with its salt */
	assert_string_equal(
	    spec(&s, "{\"proto\":\"ah\",\"spi\":5,\"integ\":\"AES-GMAC\","
		     "\"integ_key\":\"000102030405060708090a0b0c0d0e0f\","
		     "\"salt\":\"01020304\",\"dst\":\"192.0.2.1\"}"),
	    "");
	assert_int_equal(s.akey.bits, 160);
	assert_int_equal(s.auth, AALG_AES_GMAC);
	assert_string_equal(addr_print(buf, &s.dst), "192.0.2.1");
	assert_string_equal(
	    spec(&s, "{\"proto\":\"esp\",\"spi\":5,\"integ\":\"sha-256\","
		     "\"encr\":\"aes\",\"encap\":null,\"outer\":null}"),
	    "");
	assert_int_equal(s.auth, AALG_SHA256HMAC);
	assert_int_equal(s.encr, EALG_AES);
}

static void
test_bad(void **state)
{
	static const struct {
		const char *json, *why;
	} cases[] = {
		{ "[]", "the SA is not an object" },
		{ "{}", "\"proto\" is missing" },
		{ "{\"proto\":5}", "\"proto\" is not text" },
		{ "{\"proto\":\"ike\"}",
		    "\"proto\" is neither \"esp\" nor \"ah\"" },
		{ "{\"proto\":\"esp\",\"mode\":\"beet\",\"spi\":1}",
		    "\"mode\" is neither \"transport\" nor \"tunnel\"" },
		{ "{\"proto\":\"esp\"}", "\"spi\" is missing" },
		{ "{\"proto\":\"esp\",\"spi\":-1}",
		    "\"spi\" is not a number from 0 to 4294967295" },
		{ "{\"proto\":\"esp\",\"spi\":\"0x100000000\"}",
		    "\"spi\" is not a number from 0 to 4294967295" },
		{ "{\"proto\":\"esp\",\"spi\":\"12 \"}",
		    "\"spi\" is not a number from 0 to 4294967295" },
		{ "{\"proto\":\"esp\",\"spi\":1.5}",
		    "\"spi\" is not a number from 0 to 4294967295" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"esn\":\"yes\"}",
		    "\"esn\" is neither true nor false" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"ROT13\"}",
		    "the algorithm ROT13 is not known" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"AES-GCM\","
		  "\"icv_len\":10}",
		    "AES-GCM with an ICV of 10 bytes is not known" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr\":\"AES-CBC\","
		  "\"integ\":\"HMAC-SHA1-96\",\"icv_len\":16}",
		    "these algorithms have no ICV of 16 bytes" },
		{ "{\"proto\":\"ah\",\"spi\":1}", "\"integ\" is missing" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr_key\":\"0\"}",
		    "\"encr_key\" is not an even number of hex digits" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr_key\":7}",
		    "\"encr_key\" is not an even number of hex digits" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encr_key\":\"0g\"}",
		    "\"encr_key\" has something else than hex digits" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encap\":\"tcp\"}",
		    "\"encap\" is not UDP" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"encap\":{\"sport\":70000}}",
		    "\"sport\" is not a number from 0 to 65535" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"outer\":5}",
		    "\"outer\" is not an object" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"outer\":{\"src\":\"::1\","
		  "\"dst\":\"1.2.3.4\"}}",
		    "\"outer\" needs two addresses of one family" },
		{ "{\"proto\":\"esp\",\"spi\":1,\"dst\":\"host\"}",
		    "\"dst\" is not an address" },
	};
	struct sa_spec s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(spec(&s, cases[i].json), cases[i].why);
}

static void
test_long_values(void **state)
{
	static char json[200000];
	static struct jsonsa_bytes out;
	struct jsonsa_err e = { .bad = false };
	json_t *o;
	size_t n = (size_t)sprintf(json, "{\"a\":\"");

	(void)state;
	memset(json + n, '0', 2 * JSONSA_ROOM + 2);
	memcpy(json + n + 2 * JSONSA_ROOM + 2, "\"}", 3);
	o = json_loads(json, 0, NULL);
	assert_non_null(o);
	assert_false(jsonsa_hex(&e, o, "a", &out));
	assert_string_equal(e.why, "\"a\" is longer than any packet");
	json_decref(o);

	/* a key and a salt that are together too long */
	e = (struct jsonsa_err){ .bad = false };
	n = (size_t)sprintf(
	    json, "{\"proto\":\"esp\",\"spi\":1,\"encr_key\":\"");
	memset(json + n, '1', 2 * SECRET_MAX);
	(void)sprintf(json + n + 2 * SECRET_MAX, "\",\"salt\":\"00\"}");
	struct sa_spec s;

	assert_string_equal(
	    spec(&s, json), "\"encr_key\" is longer than any key");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
