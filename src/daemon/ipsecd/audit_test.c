/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/audit.h"

#include "base/test.h"

static uint8_t pkt[200];
static char line[AUDIT_LINE];

/* A packet of this protocol with these bytes behind the IP header. */
static size_t
packet(bool v6, uint8_t proto, const void *bytes, size_t n)
{
	struct ip_new h = { .proto = proto, .ttl = 9, .flow = 0x1234 };
	struct wr w = wr_into(pkt, sizeof(pkt));

	assert_true(addr_read(&h.src, v6 ? "2001:db8::1" : "192.0.2.1"));
	assert_true(addr_read(&h.dst, v6 ? "2001:db8::2" : "192.0.2.2"));
	ip_write(&w, &h, n);
	wr_bytes(&w, bytes, n);
	assert_false(w.bad);
	return w.len;
}

static bool
tell(enum verdict v, bool inbound, size_t n, const struct sa *ah,
    const struct sa *esp)
{
	struct path_result r = { .verdict = v, .ah = ah, .esp = esp };

	return audit_line(line, &r, inbound, pkt, n, 4500);
}

static const uint8_t esp_bytes[] = "\0\0\x12\x34\0\0\0\7abcdefgh";
static const uint8_t ah_bytes[] = "\x32\4\0\0\0\0\x12\x35\0\0\0\x8"
				  "ICVICVICVICVrest";

static void
test_inbound(void **state)
{
	static const uint8_t udp[] = "\x11\x94\x11\x94\0\x18\0\0"
				     "\0\0\x12\x36\xff\xff\xff\xff"
				     "abcdefgh";

	(void)state;
	assert_true(tell(VERDICT_ESP_BAD_AUTH, true,
	    packet(false, 50, esp_bytes, 16), NULL, NULL));
	assert_string_equal(line,
	    "inbound packet dropped (esp_bad_auth), ESP integrity check "
	    "failed (RFC 4303 3.4.4): ESP SPI 0x00001234 number 7, "
	    "192.0.2.1 to 192.0.2.2");
	assert_true(tell(VERDICT_AH_EARLY_REPLAY, true,
	    packet(true, 51, ah_bytes, 28), NULL, NULL));
	assert_non_null(strstr(line,
	    ": AH SPI 0x00001235 number 8, 2001:db8::1 to 2001:db8::2, flow "
	    "label 0x01234"));
	assert_true(tell(
	    VERDICT_ESP_NO_SA, true, packet(false, 17, udp, 24), NULL, NULL));
	assert_non_null(
	    strstr(line, ": ESP in UDP SPI 0x00001236 number 4294967295, "));
}

static void
test_cut(void **state)
{
	size_t n;

	(void)state;
	/* no number in there */
	assert_true(tell(VERDICT_ESP_SHORT, true,
	    packet(false, 50, esp_bytes, 7), NULL, NULL));
	assert_non_null(strstr(line, ": ESP, 192.0.2.1 to"));
	n = packet(false, 51, ah_bytes, 28);
	pkt[6] = 0x20;
	assert_true(tell(VERDICT_SPD_MALFORMED_FRAG, true, n, NULL, NULL));
	assert_non_null(strstr(line, ": AH, 192.0.2.1 to"));
	/* not a matter of IPsec, or no packet at all */
	n = packet(false, 17, "\0\1\0\2\0\x8\0\0", 8);
	assert_false(tell(VERDICT_SPD_MALFORMED_FRAG, true, n, NULL, NULL));
	n = packet(false, 6, esp_bytes, 16);
	assert_false(tell(VERDICT_ESP_BAD_INNER, true, n, NULL, NULL));
	assert_false(tell(VERDICT_ESP_BAD_INNER, true, 0, NULL, NULL));
}

static void
test_sas(void **state)
{
	static struct sa ah = { .satype = SATYPE_AH, .spi = 1, .seq = 5 };
	static struct sa esp = {
		.satype = SATYPE_ESP, .spi = 2, .seq = UINT64_C(0x1ffffffff)
	};
	size_t n = packet(false, 51, ah_bytes, 28);

	(void)state;
	assert_true(tell(VERDICT_ESP_BAD_AUTH, true, n, &ah, &esp));
	assert_non_null(strstr(line,
	    ": AH SPI 0x00001235 number 8, in it ESP SPI 0x00000002, 192"));
	assert_true(tell(VERDICT_AH_BAD_AUTH, true, n, &ah, NULL));
	assert_null(strstr(line, "in it"));
	n = packet(false, 6, esp_bytes, 16);
	assert_true(tell(VERDICT_ESP_REPLAY, false, n, &ah, &esp));
	assert_non_null(strstr(line, "outbound packet dropped (esp_replay), "));
	assert_non_null(
	    strstr(line, ": ESP SPI 0x00000002 last number 8589934591, 192"));
	assert_true(tell(VERDICT_AH_IV_WRAP, false, n, &ah, &esp));
	assert_non_null(strstr(line, ": AH SPI 0x00000001 last number 5, "));
}

/* The longest of everything fits. */
static void
test_longest(void **state)
{
	static const char most[] = "aaaa:bbbb:cccc:dddd:eeee:ffff:abcd:1234";
	static struct sa esp = {
		.satype = SATYPE_ESP, .spi = UINT32_MAX, .seq = UINT64_MAX
	};
	struct addr a;
	size_t n = packet(true, 51, ah_bytes, 28);

	(void)state;
	assert_true(addr_read(&a, most));
	memcpy(pkt + 8, a.b, 16);
	memcpy(pkt + 24, a.b, 16);
	memset(pkt + 44, 0xff, 8);
	for (int v = 0; v < VERDICT_N; v++) {
		assert_true(tell((enum verdict)v, true, n, &esp, &esp));
		assert_true(tell((enum verdict)v, false, n, &esp, &esp));
	}
}

static void
test_levels(void **state)
{
	(void)state;
	for (int v = 0; v < VERDICT_N; v++)
		for (int in = 0; in < 2; in++)
			if (!verdict_is_drop((enum verdict)v))
				assert_int_equal(
				    audit_level((enum verdict)v, in != 0), 0);
	assert_int_equal(
	    audit_level(VERDICT_ESP_BAD_AUTH, true), LOG_LEVEL_WARN);
	assert_int_equal(audit_level(VERDICT_AH_REPLAY, false), LOG_LEVEL_WARN);
	assert_int_equal(audit_level(VERDICT_AH_NO_SA, true), LOG_LEVEL_DEBUG);
	assert_int_equal(audit_level(VERDICT_AH_NO_SA, false), 0);
	/* policy's word is no event of an SA */
	assert_int_equal(audit_level(VERDICT_SPD_EXPLICIT, true), 0);
	assert_int_equal(audit_level(VERDICT_SPD_GOT_CLEAR, true), 0);
	assert_int_equal(audit_level(VERDICT_SPD_MALFORMED_FRAG, false), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_sas),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
