/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poljson.h"

#include "cmd/pol/fakerun_test.h"

static struct ipsecalgs names;

static void
check(json_t *o, const char *want)
{
	char *got = json_dumps(o, JSON_COMPACT);

	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
	json_decref(o);
}

static void
test_rule(void **state)
{
	struct action a[] = {
		{ .type = ACT_IPSEC,
		    .flags = ACT_AH | ACT_ESP | ACT_ESPA | ACT_UNIQUE,
		    .ah_alg = AALG_SHA256HMAC,
		    .ah_min = 256,
		    .ah_max = 256,
		    .esp_alg = EALG_AES,
		    .esp_min = 128,
		    .esp_max = 256,
		    .espa_alg = 250,
		    .espa_min = 1,
		    .espa_max = 2 },
		{ .type = ACT_PASS },
		{ .type = ACT_DROP },
	};
	struct rule r = { .dir = RULE_OUT,
		.fam = FAM_V4,
		.index = 7,
		.priority = 5,
		.sel = { .has = 127,
		    .proto = 6,
		    .laddr = { { FAM_V4, { 10, 0, 0, 1 } }, 32 },
		    .raddr = { { FAM_V4, { 10 } }, 8 },
		    .lport_min = 80,
		    .lport_max = 80,
		    .rport_min = 1000,
		    .rport_max = 2000,
		    .type_min = 1,
		    .type_max = 2,
		    .code_min = 3,
		    .code_max = 4 },
		.n_actions = 3,
		.actions = a };

	(void)state;
	check(poljson_rule(&names, &r),
	    "{\"index\":7,\"dir\":\"out\",\"family\":\"ipv4\",\"priority\":5,"
	    "\"ulp\":6,\"laddr\":\"10.0.0.1/32\","
	    "\"lport\":{\"min\":80,\"max\":80},\"raddr\":\"10.0.0.0/8\","
	    "\"rport\":{\"min\":1000,\"max\":2000},"
	    "\"type\":{\"min\":1,\"max\":2},\"code\":{\"min\":3,\"max\":4},"
	    "\"actions\":[{\"action\":\"ipsec\","
	    "\"auth_algs\":{\"name\":\"hmac-sha256\",\"number\":5,"
	    "\"min_bits\":256,\"max_bits\":256},"
	    "\"encr_algs\":{\"name\":\"aes-cbc\",\"number\":12,"
	    "\"min_bits\":128,\"max_bits\":256},"
	    "\"encr_auth_algs\":{\"name\":\"250\",\"number\":250,"
	    "\"min_bits\":1,\"max_bits\":2},\"sa\":\"unique\"},"
	    "{\"action\":\"pass\"},{\"action\":\"drop\"}]}");
	r = (struct rule){ .dir = RULE_IN,
		.fam = FAM_V6,
		.tun = "ip.tun0",
		.tunnel_mode = true };
	check(poljson_rule(&names, &r),
	    "{\"index\":0,\"tunnel\":\"ip.tun0\",\"negotiate\":\"tunnel\","
	    "\"dir\":\"in\",\"family\":\"ipv6\",\"priority\":0,"
	    "\"actions\":[]}");
	r.tunnel_mode = false;
	r.fam = FAM_NONE;
	check(poljson_rule(&names, &r),
	    "{\"index\":0,\"tunnel\":\"ip.tun0\",\"negotiate\":\"transport\","
	    "\"dir\":\"in\",\"family\":null,\"priority\":0,\"actions\":[]}");
}

static void
test_entry(void **state)
{
	static const char text[] = "#INDEX 3 \n{dir in}\n drop {}\n\n";
	static const char bad[] = "#INDEX 3 \n\xff\n";

	(void)state;
	check(poljson_entry(3, "", text, sizeof(text) - 1),
	    "{\"index\":3,\"text\":\"{dir in}\\n drop {}\"}");
	check(poljson_entry(4, "ip.tun0", bad, sizeof(bad) - 1),
	    "{\"index\":4,\"tunnel\":\"ip.tun0\",\"text\":\"(not UTF-8)\"}");
}

static void
test_print(void **state)
{
	bool ok;

	(void)state;
	fakerun_capture();
	ok = poljson_print("rules", json_array());
	assert_string_equal(fakerun_captured(), "{\n  \"rules\": []\n}\n");
	assert_true(ok);
	assert_false(poljson_print("rules", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_print),
	};
	int failed;

	if (!fakerun_init() || !ipsecalgs_builtin(&names))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&names);
	fakerun_fini();
	return failed;
}
