/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyjson.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "model/alg.h"

static char *text;

static const char *
shown(struct keyshow s, const struct pfkey_msg *m, bool timed)
{
	size_t n;

	free(text);
	s.f = open_memstream(&text, &n);
	assert_non_null(s.f);
	keyjson_message(&s, m, 100, timed);
	assert_int_equal(fclose(s.f), 0);
	return text;
}

static struct addr
addr(const char *s)
{
	struct addr a;

	assert_true(addr_read(&a, s));
	return a;
}

static void
test_sa(void **state)
{
	struct sa_more more = { .n_src = 1, .src = { addr("::1") } };
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = 0x8bcd1407,
		.state = SA_MATURE,
		.flags = SAF_OUTBOUND | SAF_PAIRED,
		.window = 300,
		.encr = EALG_AES_GCM_16,
		.src = addr("192.0.2.1"),
		.dst = addr("192.0.2.2"),
		.more = &more,
		.proto = 132,
		.dport = 80,
		.ekey_salt_bits = 32,
		.pair_spi = 5,
		.replay_value = 7,
		.kmp = 1,
		.kmc = 9,
		.soft = { .bytes = 10 },
		.sid = { 2, 9, 3, "a\"\x1b\\b.org" } };
	struct pfkey_msg m = { .type = PFKEY_GET, .seq = 1, .pid = 2 };
	struct keyshow show = { .now = 1000000100 };
	uint8_t key[20] = { 0xab, 0xcd, [16] = 0x5a };

	(void)state;
	assert_true(secret_set(&s.ekey, key, 160));
	pfkey_from_spec(&m, &s, true);
	m.has |= UINT64_C(1) << PFKEY_EXT_LIFETIME_CURRENT;
	m.current = (struct lifetime){ 3, 1536, 1000000000, 0 };
	assert_string_equal(shown(show, &m, false),
	    "{\"type\": \"GET\", \"sa_type\": \"ESP\", \"length\": 100, "
	    "\"seq\": 1, \"pid\": 2, \"spi\": \"0x8bcd1407\", "
	    "\"replay_window\": 300, \"state\": \"mature\", "
	    "\"encr_alg\": \"aes-gcm\", \"flags\": [\"paired\", \"outbound\"], "
	    "\"src\": {\"address\": \"192.0.2.1\", \"proto\": 132}, "
	    "\"dst\": {\"address\": \"192.0.2.2\", \"port\": 80, "
	    "\"proto\": 132}, \"more_src\": [\"::1\"], "
	    "\"encr_key\": {\"hex\": \"abcd0000000000000000000000000000\", "
	    "\"bits\": 128, \"salt\": \"5a000000\", \"salt_bits\": 32}, "
	    "\"src_identity\": {\"type\": \"FQDN\", \"uid\": 3, "
	    "\"value\": \"a\\u0022\\u001b\\u005cb.org\"}, "
	    "\"km_protocol\": 1, \"km_cookie\": 9, "
	    "\"pair_spi\": \"0x00000005\", \"replay_value\": 7, "
	    "\"current\": {\"allocations\": 3, \"bytes\": 1536, "
	    "\"addtime\": 1000000000, \"usetime\": 0}, "
	    "\"soft\": {\"allocations\": 0, \"bytes\": 10, \"addtime\": 0, "
	    "\"usetime\": 0}}");
	show.hide_keys = true;
	assert_non_null(strstr(shown(show, &m, false),
	    "\"hex\": \"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\", \"bits\": 128, "
	    "\"salt\": \"XXXXXXXX\""));
	assert_null(strstr(text, "abcd"));
	/* a key in any other message is nobody's business */
	m.type = PFKEY_ADD;
	show.hide_keys = false;
	assert_null(strstr(shown(show, &m, false), "abcd"));
}

static void
test_error(void **state)
{
	struct pfkey_msg m = { .type = PFKEY_ADD,
		.satype = 9,
		.errnum = 22,
		.diag = PFKEY_DIAG_BAD_AKEYBITS };
	struct keyshow show = { .now = 1000000100 };

	(void)state;
	assert_string_equal(shown(show, &m, true),
	    "{\"time\": 1000000100, \"type\": \"ADD\", \"sa_type\": "
	    "\"<unknown 9>\", \"length\": 100, \"seq\": 0, \"pid\": 0, "
	    "\"errno\": 22, \"error\": \"Invalid argument\", \"diagnostic\": "
	    "44, \"diagnostic_text\": \"bad number of authentication key "
	    "bits\"}");
}

/* What a monitor sees besides. */
static void
test_others(void **state)
{
	static struct pfkey_msg m;
	struct keyshow show = { 0 };

	(void)state;
	m = (struct pfkey_msg){ .type = PFKEY_ACQUIRE,
		.prop_replay = 64,
		.n_combs = 2,
		.comb = { { .auth = AALG_SHA1HMAC, .auth_min = 160 },
		    { .encr = EALG_AES } },
		.eprop_replay = 32,
		.n_ecombs = 1,
		.ecomb = { { .n = 1,
		    .desc = { { SATYPE_AH, 1, AALG_SHA1HMAC, 0, 1, 2 } } } },
		.sauth = { 1, { { AALG_MD5HMAC, 0, 0, 0, 128, 128 } } },
		.spi_min = 1,
		.spi_max = 2,
		.edump_timeout = 5,
		.has = UINT64_C(1) << PFKEY_EXT_PROPOSAL |
		       UINT64_C(1) << PFKEY_EXT_EPROP |
		       UINT64_C(1) << PFKEY_EXT_SUPPORTED_AUTH |
		       UINT64_C(1) << PFKEY_EXT_SPIRANGE |
		       UINT64_C(1) << PFKEY_EXT_EDUMP };
	(void)shown(show, &m, false);
	assert_non_null(strstr(text,
	    "\"proposal\": {\"replay_window\": 64, \"combinations\": "
	    "[{\"auth_alg\": \"hmac-sha1\", \"auth_min_bits\": 160, "));
	assert_non_null(strstr(text,
	    "\"extended_proposal\": {\"replay_window\": 32, "
	    "\"combinations\": [{\"algorithms\": [{\"sa_type\": \"AH\", "
	    "\"auth_alg\": \"hmac-sha1\", \"min_bits\": 1, "
	    "\"max_bits\": 2}], \"soft\": "));
	assert_non_null(strstr(text,
	    "\"supported_auth\": [{\"alg\": \"hmac-md5\", \"min_bits\": 128, "
	    "\"max_bits\": 128, \"iv_bytes\": 0, \"salt_bits\": 0, "
	    "\"increment\": 0}]"));
	assert_non_null(strstr(text,
	    "\"spi_min\": \"0x00000001\", \"spi_max\": \"0x00000002\", "
	    "\"idle_for\": 5}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sa),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_others),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return status;
}
