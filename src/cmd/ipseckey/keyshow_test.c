/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyshow.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "model/alg.h"

static char *text;

/* What is printed for m, 248 bytes long. Valid until the next call. */
static const char *
shown(struct keyshow s, const struct pfkey_msg *m)
{
	size_t n;

	free(text);
	s.f = open_memstream(&text, &n);
	assert_non_null(s.f);
	keyshow_message(&s, m, 248);
	assert_int_equal(fclose(s.f), 0);
	return text;
}

static void
literal(struct addr *a, const char *s)
{
	assert_true(addr_read(a, s));
}

/* The answer to a dump of the SA of the task chapter. */
static void
example(struct pfkey_msg *m, struct sa_spec *s)
{
	*s = (struct sa_spec){ .satype = SATYPE_ESP,
		.spi = 0x8bcd1407,
		.state = SA_MATURE,
		.flags = SAF_OUTBOUND,
		.auth = AALG_MD5HMAC,
		.encr = EALG_3DESCBC };
	literal(&s->src, "192.168.116.16");
	literal(&s->dst, "192.168.13.213");
	assert_true(secret_set(&s->akey,
	    (const uint8_t *)"\xe8\x96\xf8\xdf\x7f\x78\xd6\xca"
			     "\xb3\x6c\x94\xcc\xf2\x93\xf0\x31",
	    128));
	assert_true(secret_set(&s->ekey,
	    (const uint8_t *)"\xd4\x1f\xb7\x44\x70\x27\x18\x26\xa8\xe7\xa8\x0d"
			     "\x34\x3c\xc5\xaa\xe9\xe2\xa7\xf0\x5f\x13\x73"
			     "\x0d",
	    192));
	*m = (struct pfkey_msg){ .type = PFKEY_DUMP, .seq = 1, .pid = 1234 };
	pfkey_from_spec(m, s, true);
}

/* Spec: sa 11, byte by byte. */
static void
test_dump(void **state)
{
	struct keyshow show = { .now = 1000000100, .numeric = true };
	struct pfkey_msg m;
	struct sa_spec s;

	(void)state;
	example(&m, &s);
	m.has |= UINT64_C(1) << PFKEY_EXT_LIFETIME_CURRENT |
		 UINT64_C(1) << PFKEY_EXT_LIFETIME_SOFT |
		 UINT64_C(1) << PFKEY_EXT_LIFETIME_HARD |
		 UINT64_C(1) << PFKEY_EXT_LIFETIME_IDLE;
	m.current = (struct lifetime){ .allocs = 3,
		.bytes = 1536,
		.addtime = 1000000000,
		.usetime = 1000000050 };
	m.soft = (struct lifetime){ .bytes = 100, .addtime = 24000 };
	m.hard = (struct lifetime){ .allocs = 9, .usetime = 10 };
	m.idle = (struct lifetime){ .addtime = 90, .usetime = 30 };
	assert_string_equal(shown(show, &m),
	    "Base message (version 2) type DUMP, SA type ESP.\n"
	    "Message length 248 bytes, seq=1, pid=1234.\n"
	    "SA: SADB_ASSOC spi=0x8bcd1407, replay window size=0, "
	    "state=MATURE\n"
	    "SA: Authentication algorithm = hmac-md5\n"
	    "SA: Encryption algorithm = 3des-cbc\n"
	    "SA: flags=0x8000 < X_OUTBOUND >\n"
	    "SRC: Source address (proto=0)\n"
	    "SRC: AF_INET: port 0, 192.168.116.16.\n"
	    "DST: Destination address (proto=0)\n"
	    "DST: AF_INET: port 0, 192.168.13.213.\n"
	    "AKY: Authentication key.\n"
	    "AKY: e896f8df7f78d6cab36c94ccf293f031/128\n"
	    "EKY: Encryption key.\n"
	    "EKY: d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d/192\n"
	    " LT: Lifetime information\n"
	    "CLT: Current lifetime information:\n"
	    "CLT: 1536 bytes (1.50 KB) protected, 3 allocations used.\n"
	    "CLT: SA added at time: Sun Sep  9 01:46:40 2001\n"
	    "CLT: SA first used at time Sun Sep  9 01:47:30 2001\n"
	    "CLT: Time now is Sun Sep  9 01:48:20 2001\n"
	    "SLT: Soft lifetime information:\n"
	    "SLT: 100 bytes of lifetime, 0 allocations.\n"
	    "SLT: 24000 seconds (6.67 hours) of post-add lifetime.\n"
	    "SLT: 0 seconds of post-use lifetime.\n"
	    "SLT: Soft expiration occurs in 23900 seconds (6.64 hours)\n"
	    "SLT: Time of expiration: Sun Sep  9 08:26:40 2001.\n"
	    "HLT: Hard lifetime information:\n"
	    "HLT: 0 bytes of lifetime, 9 allocations.\n"
	    "HLT: 0 seconds of post-add lifetime.\n"
	    "HLT: 10 seconds of post-use lifetime.\n"
	    "HLT: Hard expiration occurred 40 seconds ago\n"
	    "HLT: Time of expiration: Sun Sep  9 01:47:40 2001.\n"
	    "ILT: Idle lifetime information:\n"
	    "ILT: 90 seconds (1.50 minutes) of post-add lifetime.\n"
	    "ILT: 30 seconds of post-use lifetime.\n");
	saspec_fini(&s);
}

static void
test_names(void **state)
{
	struct pfkey_msg m;
	struct sa_spec s;

	(void)state;
	example(&m, &s);
	m.src.proto = 6;
	m.dst.proto = 0;
	memset(m.src.a.b, 0, 16);
	literal(&m.dst.a, "127.0.0.1");
	shown((struct keyshow){ 0 }, &m);
	assert_non_null(strstr(text, "SRC: Source address (proto=6/tcp)\n"
				     "SRC: AF_INET: port 0, 0.0.0.0 "
				     "(<unspecified>).\n"));
	assert_non_null(
	    strstr(text, "DST: Destination address (proto=0/<unspecified>)\n"
			 "DST: AF_INET: port 0, 127.0.0.1 (localhost"));
}

static void
test_all_kinds(void **state)
{
	struct keyshow show = { .numeric = true };
	struct pfkey_msg m = { .type = 99, .satype = 44, .seq = 7 };

	(void)state;
	m.has = UINT64_C(1) << PFKEY_EXT_SA | UINT64_C(1) << PFKEY_EXT_WINDOW |
		UINT64_C(1) << PFKEY_EXT_INNER_SRC |
		UINT64_C(1) << PFKEY_EXT_INNER_DST |
		UINT64_C(1) << PFKEY_EXT_NATT_LOC |
		UINT64_C(1) << PFKEY_EXT_NATT_REM |
		UINT64_C(1) << PFKEY_EXT_IDENTITY_SRC |
		UINT64_C(1) << PFKEY_EXT_IDENTITY_DST |
		UINT64_C(1) << PFKEY_EXT_SPIRANGE |
		UINT64_C(1) << PFKEY_EXT_KM_COOKIE |
		UINT64_C(1) << PFKEY_EXT_PAIR |
		UINT64_C(1) << PFKEY_EXT_REPLAY_VALUE |
		UINT64_C(1) << PFKEY_EXT_EDUMP;
	m.spi = 1;
	m.window = 1000;
	m.state = 77;
	m.auth = 200;
	m.encr = EALG_CHACHA20_POLY1305;
	m.sa_flags = UINT32_MAX;
	literal(&m.isrc.a, "10.0.0.0");
	m.isrc.plen = 8;
	literal(&m.idst.a, "2001:db8::1");
	m.idst.port = 80;
	literal(&m.natt_loc.a, "10.1.1.1");
	m.natt_loc.port = 4500;
	literal(&m.natt_rem.a, "10.1.1.2");
	m.sid = (struct sa_ident){ .type = 2, .len = 5, .id = "a\n\033b\\" };
	m.did = (struct sa_ident){ .type = 4, .len = 2, .id = "0\x01" };
	m.spi_min = 256;
	m.spi_max = 0xffffffff;
	m.kmp = 1;
	m.kmc = 5;
	m.pair_spi = 0x22;
	m.replay32 = 9;
	m.edump_timeout = 60;
	assert_string_equal(shown(show, &m),
	    "Base message (version 2) type Unknown (99), SA type <unknown "
	    "44>.\n"
	    "Message length 248 bytes, seq=7, pid=0.\n"
	    "SA: SADB_ASSOC spi=0x1, replay window size=1000, state=<unknown "
	    "77>\n"
	    "SA: Authentication algorithm = <unknown 200>\n"
	    "SA: Encryption algorithm = chacha20-poly1305\n"
	    "SA: flags=0xffffffff < PFS NOREPLAY X_USED X_PAIRED X_OUTBOUND "
	    "X_INBOUND X_UNIQUE X_AALG1 X_AALG2 X_EALG1 X_EALG2 X_NATT_LOC "
	    "X_NATT_REM X_TUNNEL X_NATTED X_ESN >\n"
	    "INS: Inner source address (proto=0)\n"
	    "INS: AF_INET: port 0, 10.0.0.0/8.\n"
	    "IND: Inner destination address (proto=0)\n"
	    "IND: AF_INET6: port 80, 2001:db8::1.\n"
	    "NLC: NAT-T local address (proto=0)\n"
	    "NLC: AF_INET: port 4500, 10.1.1.1.\n"
	    "NRM: NAT-T remote address (proto=0)\n"
	    "NRM: AF_INET: port 0, 10.1.1.2.\n"
	    "SID: Source identity, uid=0, type FQDN\n"
	    "SID: a\\012\\033b\\134\n"
	    "DID: Destination identity, uid=0, type ASN.1 DER distinguished "
	    "name\n"
	    "DID: 3001\n"
	    "SPR: SA SPI range, min=0x100, max=0xffffffff\n"
	    "KMC: Protocol 1, cookie=\"<unknown>\" (5)\n"
	    "OTH: Paired with spi=0x22\n"
	    "RPL: Replay value 9\n"
	    "EDP: Only associations idle for 60 seconds\n");
}

/* Labels of somebody else's messages (RFC 2367 2.3.6). */
static void
test_labels(void **state)
{
	struct keyshow show = { .numeric = true };
	/* DPD 7, level 3, one word; integrity 2, one word; implicit */
	uint32_t in[8] = { 0, 7, 0, 1, 0xabcd, 0, 0x12, 0 };
	const uint8_t levels[4] = { 3, 1, 2, 1 };
	struct pfkey_msg m = { .type = PFKEY_REGISTER, .satype = SATYPE_ESP };

	(void)state;
	memcpy(&in[2], levels, 4);
	m.sens = m.outer_sens =
	    (struct pfkey_blob){ (const uint8_t *)in, sizeof(in) };
	m.has = UINT64_C(1) << PFKEY_EXT_SENSITIVITY |
		UINT64_C(1) << PFKEY_EXT_OUTER_SENS;
	(void)shown(show, &m);
	assert_non_null(strstr(text,
	    "SNS: Sensitivity, protection domain 7, level 3, integrity level "
	    "2, flags=0x1\n"
	    "SNS: Sensitivity bitmap 000000000000abcd\n"
	    "SNS: Integrity bitmap 0000000000000012\n"
	    "OSN: Outer sensitivity, protection domain 7, level 3, integrity "
	    "level 2, flags=0x1\n"));
}

static void
test_error(void **state)
{
	struct pfkey_msg m = { .type = PFKEY_ADD,
		.satype = SATYPE_AH,
		.errnum = 22,
		.diag = PFKEY_DIAG_BAD_AKEYBITS };

	(void)state;
	assert_string_equal(shown((struct keyshow){ 0 }, &m),
	    "Base message (version 2) type ADD, SA type AH.\n"
	    "Error Invalid argument from PF_KEY.\n"
	    "  Diagnostic code 44:  bad number of authentication key bits.\n"
	    "Message length 248 bytes, seq=0, pid=0.\n");
}

static void
test_keys(void **state)
{
	struct keyshow show = { .numeric = true };
	struct pfkey_msg m = { .type = PFKEY_GET };
	struct sa_spec s = { .satype = SATYPE_ESP,
		.encr = EALG_AES_GCM_16,
		.ekey_salt_bits = 32 };

	(void)state;
	literal(&s.dst, "::1");
	assert_true(secret_set(&s.ekey,
	    (const uint8_t *)"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa"
			     "\xbb\xcc\xdd\xee\xff\xa1\xa2\xa3\xa4",
	    160));
	pfkey_from_spec(&m, &s, true);
	shown(show, &m);
	assert_non_null(strstr(
	    text, "EKY: 00112233445566778899aabbccddeeff[a1a2a3a4]/128+32\n"));
	show.hide_keys = true;
	shown(show, &m);
	assert_non_null(strstr(
	    text, "EKY: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX[XXXXXXXX]/128+32\n"));

	/* a message that was not asked for with get or dump shows no key */
	show.hide_keys = false;
	m = (struct pfkey_msg){ .type = PFKEY_ADD };
	pfkey_from_spec(&m, &s, true);
	shown(show, &m);
	assert_null(strstr(text, "0011"));
	assert_non_null(strstr(text, "XXXX/160\n"));
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
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_keys),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, end);
}
