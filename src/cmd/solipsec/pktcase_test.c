/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktcase.h"

#include <stdlib.h>

#include "cmd/solipsec/pktfix.h"

/* RFC 7634 appendix A. */
static const char rfc7634[] =
    "{\"expect\":\"accept\",\"id\":\"rfc7634-esp\",\"iv\":\"10111"
    "21314151617\",\"plain\":\"45000054a6f200004001e778c6336405c0"
    "00020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112"
    "131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30"
    "31323334353637\",\"protected\":\"4500008c234500004032de5bcb0"
    "07199cb0071050102030400000005101112131415161724039428b97f417"
    "e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52"
    "844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163"
    "fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11"
    "b369907e1ad43\",\"sa\":{\"encap\":null,\"encr\":\"CHACHA20-P"
    "OLY1305\",\"encr_key\":\"808182838485868788898a8b8c8d8e8f909"
    "192939495969798999a9b9c9d9e9f\",\"esn\":false,\"icv_len\":16"
    ",\"integ\":\"NONE\",\"integ_key\":\"\",\"mode\":\"tunnel\","
    "\"outer\":{\"df\":false,\"dst\":\"203.0.113.5\",\"flow\":0,"
    "\"id\":9029,\"src\":\"203.0.113.153\",\"tos\":0,\"ttl\":64},"
    "\"proto\":\"esp\",\"salt\":\"a0a1a2a3\",\"spi\":\"0x01020304"
    "\"},\"seq\":\"5\"}";
/* RFC 3602 4, case 5: encryption alone. */
static const char rfc3602[] =
    "{\"expect\":\"accept\",\"id\":\"rfc3602-case5\",\"iv\":\"e96"
    "e8c08ab465763fd098d45dd3ff893\",\"plain\":\"4500005408f20000"
    "4001f9fec0a87b03c0a87b6408000ebda70a00008e9c083db95b07000809"
    "0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
    "28292a2b2c2d2e2f3031323334353637\",\"protected\":\"4500007c0"
    "8f200004032f9a5c0a87b03c0a87b640000432100000001e96e8c08ab465"
    "763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66c"
    "c6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b0"
    "7d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6"
    "\",\"sa\":{\"encap\":null,\"encr\":\"AES-CBC\",\"encr_key\":"
    "\"90d382b410eeba7ad938c46cec1a82bf\",\"esn\":false,\"icv_len"
    "\":0,\"integ\":\"NONE\",\"integ_key\":\"\",\"mode\":\"transp"
    "ort\",\"proto\":\"esp\",\"salt\":\"\",\"spi\":\"0x00004321\""
    "},\"seq\":\"1\",\"unauthenticated\":true}";

static char *text;

/* Run one case, changed in the member key unless that is NULL. */
static struct pktcase
run(const char *json, unsigned directions, const char *key, const char *value)
{
	struct pktcase p = { .crypto = pktfix_crypto(),
		.directions = directions };
	json_t *o = json_loads(json, 0, NULL);
	size_t n;

	assert_non_null(o);
	if (key != NULL && value == NULL)
		(void)json_object_del(o, key);
	else if (key != NULL)
		(void)json_object_set_new(
		    o, key, json_loads(value, JSON_DECODE_ANY, NULL));
	free(text);
	p.out = open_memstream(&text, &n);
	pktcase_run(&p, o);
	assert_int_equal(fclose(p.out), 0);
	json_decref(o);
	assert_int_equal(p.cases, 1);
	assert_true(p.passed + p.failed >= 1);
	return p;
}

#define BOTH (PKTCASE_IN | PKTCASE_OUT)

static void
test_good(void **state)
{
	struct pktcase p = run(rfc7634, BOTH, NULL, NULL);

	(void)state;
	assert_int_equal(p.passed, 2);
	assert_int_equal(p.failed, 0);
	assert_string_equal(text,
	    "{\"id\":\"rfc7634-esp\",\"direction\":\"in\",\"expected\":"
	    "\"accept\",\"got\":\"accept\",\"ok\":true}\n"
	    "{\"id\":\"rfc7634-esp\",\"direction\":\"out\",\"expected\":"
	    "\"accept\",\"got\":\"accept\",\"ok\":true}\n");
	p = run(rfc7634, PKTCASE_OUT, NULL, NULL);
	assert_int_equal(p.passed, 1);
	p = run(rfc3602, BOTH, NULL, NULL);
	assert_int_equal(p.passed, 2);
}

/* What the case says counts, not what comes out. */
static void
test_wrong(void **state)
{
	struct pktcase p = run(rfc7634, BOTH, "expect", "\"drop\"");

	(void)state;
	assert_int_equal(p.failed, 1);
	assert_non_null(strstr(text, "\"expected\":\"drop\",\"got\":\"accept\","
				     "\"ok\":false"));
	p = run(rfc7634, PKTCASE_IN, "seq", "6");
	assert_int_equal(p.failed, 1);
	assert_non_null(strstr(text, "\"got\":\"esp_early_replay\""));
	p = run(rfc7634, PKTCASE_OUT, "iv", "\"1011121314151618\"");
	assert_int_equal(p.failed, 1);
	assert_non_null(strstr(text, "other bytes than expected from byte"));
	assert_non_null(strstr(text, "\"output\":\"45"));
	p = run(rfc7634, PKTCASE_IN, "plain", "\"45\"");
	assert_int_equal(p.failed, 1);
}

static void
test_malformed(void **state)
{
	static const struct {
		const char *key, *value, *why;
	} cases[] = {
		{ "sa", "5", "the SA is not an object" },
		{ "sa", NULL, "the SA is not an object" },
		{ "protected", "\"4\"", "not an even number of hex digits" },
		{ "protected", NULL, "no case of a known kind" },
		{ "plain", NULL, "\\\"plain\\\" is missing" },
		{ "iv", "\"10\"", "\\\"iv\\\" has 1 bytes, not 8" },
		{ "seq", "4294967296", "more than 32 bits without esn" },
		{ "seq", "\"x\"", "not a number" },
		{ "expect", "\"maybe\"", "neither" },
		{ "expect", "7", "not text" },
		{ "tfc", "-1", "not a number" },
		{ "sas", "[]", "not arrays of 1 to 8 members" },
		{ "esp", "\"zz\"", "something else than hex digits" },
		{ "steps", "\"zz\"", "not an array" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pktcase p =
		    run(rfc7634, BOTH, cases[i].key, cases[i].value);

		assert_true(p.failed >= 1);
		assert_non_null(strstr(text, "\"got\":\"malformed\""));
		assert_non_null(strstr(text, cases[i].why));
	}
	assert_int_equal(run("[]", BOTH, NULL, NULL).failed, 1);
	assert_int_equal(run("[1]", BOTH, NULL, NULL).failed, 1);
	assert_non_null(strstr(text, "\"id\":\"case 1\""));
}

/* Without integrity a stack may refuse; a stream cipher it must refuse. */
static void
test_refused(void **state)
{
	static const char ctr[] =
	    "{\"proto\":\"esp\",\"spi\":5,\"encr\":\"AES-CTR\",\"encr_key\":"
	    "\"000102030405060708090a0b0c0d0e0f\",\"salt\":\"01020304\"}";
	struct pktcase p = run(rfc3602, BOTH, "sa", ctr);

	(void)state;
	assert_int_equal(p.passed, 1);
	assert_int_equal(p.failed, 0);
	assert_non_null(strstr(text, "\"expected\":\"refused\",\"got\":"
				     "\"refused\",\"ok\":true"));
	/* the same in a case that does not say so is a failure */
	p = run(rfc7634, BOTH, "sa", ctr);
	assert_int_equal(p.failed, 1);
}

static void
test_summary(void **state)
{
	struct pktcase p = { .crypto = pktfix_crypto(), .directions = BOTH };
	char doc[4096];
	json_t *o;
	size_t n;

	(void)state;
	(void)snprintf(
	    doc, sizeof(doc), "{\"vectors\":[%s,%s]}", rfc7634, rfc3602);
	o = json_loads(doc, 0, NULL);
	assert_non_null(o);
	free(text);
	p.out = open_memstream(&text, &n);
	assert_true(pktcase_all(&p, o));
	assert_int_equal(fclose(p.out), 0);
	json_decref(o);
	assert_non_null(strstr(text, "\n{\"summary\":true,\"cases\":2,"
				     "\"checks\":4,\"passed\":4,\"failed\":0}"
				     "\n"));
	/* no case is no success */
	p = (struct pktcase){ .crypto = pktfix_crypto(), .directions = BOTH };
	o = json_loads("[]", 0, NULL);
	free(text);
	p.out = open_memstream(&text, &n);
	assert_false(pktcase_all(&p, o));
	assert_int_equal(fclose(p.out), 0);
	json_decref(o);
	free(text);
	text = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_summary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
