/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2note.h"

#include <errno.h>

#include "base/test.h"

#include "wire/ike2num.h"

static uint8_t buf[2048];
static struct ike2_note got;

/* Zeros of any size as data. */
static int
parse_sized(uint16_t type, uint8_t proto, uint8_t spi_len, size_t data)
{
	static const uint8_t zero[600];
	struct ike2_note n = { .type = type,
		.proto = proto,
		.spi = { zero, spi_len },
		.data = { zero, data } };
	struct wr w = wr_into(buf, sizeof(buf));

	ike2note_write(&w, &n);
	assert_false(w.bad);
	return ike2note_parse(&got, rd_from(buf, w.len));
}

static void
set_data(uint16_t type, const void *p, size_t n)
{
	got = (struct ike2_note){ .type = type, .data = { p, n } };
}

static void
test_round(void **state)
{
	static const uint8_t b[] = { 3, 4, 0x40, 9, 1, 2, 3, 4, 5, 6 };
	uint8_t out[sizeof(b)];
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	assert_int_equal(ike2note_parse(&got, rd_from(b, sizeof(b))), 0);
	assert_int_equal(got.proto, 3);
	assert_int_equal(got.type, IKE2_N_REKEY_SA);
	assert_int_equal(ike2note_spi32(&got), 0x01020304);
	assert_int_equal(got.data.n, 2);
	ike2note_write(&w, &got);
	assert_false(w.bad);
	assert_memory_equal(out, b, sizeof(b));
	for (size_t n = 0; n < 8; n++)
		assert_int_equal(ike2note_parse(&got, rd_from(b, n)), EINVAL);
}

/* Which SA is meant: only AH and ESP with 4 bytes, of any protocol number. */
static void
test_which_sa(void **state)
{
	(void)state;
	for (unsigned proto = 0; proto < 256; proto++)
		for (uint8_t spi = 0; spi < 10; spi++) {
			bool sa = (proto == IKE2_PROTO_AH ||
				      proto == IKE2_PROTO_ESP) &&
				  spi == 4;

			assert_int_equal(parse_sized(IKE2_N_REKEY_SA,
					     (uint8_t)proto, spi, 0),
			    sa ? 0 : EINVAL);
			assert_int_equal(parse_sized(IKE2_N_CHILD_SA_NOT_FOUND,
					     (uint8_t)proto, spi, 0),
			    spi == 0 || spi == 4 ? 0 : EINVAL);
		}
	/* elsewhere the SPI says nothing: RFC 7296 3.10 has senders leave it out */
	assert_int_equal(parse_sized(IKE2_N_USE_TRANSPORT_MODE, 77, 4, 0), 0);
	assert_int_equal(parse_sized(40000, 0, 255, 9), 0);
}

/* Sizes of data that a reader counts on. */
static void
test_sizes(void **state)
{
	static const struct {
		uint16_t type, min, max;
	} t[] = {
		{ IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1 },
		{ IKE2_N_INVALID_SPI, 4, 4 },
		{ IKE2_N_INVALID_KE_PAYLOAD, 2, 2 },
		{ IKE2_N_SET_WINDOW_SIZE, 4, 4 },
		{ IKE2_N_NAT_DETECTION_SOURCE_IP, 20, 20 },
		{ IKE2_N_NAT_DETECTION_DESTINATION_IP, 20, 20 },
		{ IKE2_N_COOKIE, 1, 64 },
		{ IKE2_N_COOKIE2, 8, 64 },
		{ IKE2_N_ADDITIONAL_IP4_ADDRESS, 4, 4 },
		{ IKE2_N_ADDITIONAL_IP6_ADDRESS, 16, 16 },
		{ IKE2_N_QUICK_CRASH_DETECTION, 16, 128 },
		{ IKE2_N_MESSAGE_ID_SYNC, 12, 12 },
		{ IKE2_N_ADDITIONAL_KEY_EXCHANGE, 1, 599 },
		{ IKE2_N_USE_TRANSPORT_MODE, 0, 599 },
		{ 40000, 0, 599 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (size_t n = 0; n < 600; n++)
			assert_int_equal(parse_sized(t[i].type, 0, 0, n),
			    n >= t[i].min && n <= t[i].max ? 0 : EINVAL);
}

/* What has one byte for its length is not written when it is longer. */
static void
test_too_long(void **state)
{
	static const uint8_t zero[256];
	struct ike2_note n = { .type = 40000, .spi = { zero, 256 } };
	struct ike2_gateway g = { .type = IKE2_GW_FQDN, .id = { zero, 256 } };
	struct ike2_announce a = { .method = 14, .alg = { zero, 253 } };
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	ike2note_write(&w, &n);
	assert_true(w.bad);
	w = wr_into(buf, sizeof(buf));
	ike2note_write_gateway(&w, &g);
	assert_true(w.bad);
	w = wr_into(buf, sizeof(buf));
	ike2note_write_announce(&w, &a);
	assert_true(w.bad);
	w = wr_into(buf, sizeof(buf));
	a.alg.n = 252;
	ike2note_write_announce(&w, &a);
	assert_false(w.bad);
}

static void
test_numbers(void **state)
{
	static const uint8_t b[] = { 0, 31, 2, 3, 4 };

	(void)state;
	set_data(IKE2_N_INVALID_KE_PAYLOAD, b, 2);
	assert_int_equal(ike2note_number(&got), 31);
	set_data(IKE2_N_AUTH_LIFETIME, b, 4);
	assert_int_equal(ike2note_number(&got), 0x1f0203);
	set_data(IKE2_N_AUTH_LIFETIME, b, 5);
	assert_int_equal(ike2note_number(&got), 0);
	set_data(IKE2_N_AUTH_LIFETIME, NULL, 0);
	assert_int_equal(ike2note_number(&got), 0);
	assert_true(ike2note_is_error(16383));
	assert_false(ike2note_is_error(16384));
}

static void
test_hashes(void **state)
{
	static const uint8_t b[] = { 0, 2, 0, 4, 0, 5, 0 };

	(void)state;
	set_data(IKE2_N_SIGNATURE_HASH_ALGORITHMS, b, 6);
	assert_true(ike2note_has_hash(&got, IKE2_HASH_SHA256));
	assert_false(ike2note_has_hash(&got, IKE2_HASH_SHA384));
	assert_true(ike2note_has_hash(&got, IKE2_HASH_IDENTITY));
	/* half a number at the end */
	set_data(IKE2_N_SIGNATURE_HASH_ALGORITHMS, b, 7);
	assert_true(ike2note_has_hash(&got, IKE2_HASH_SHA512));
	assert_false(ike2note_has_hash(&got, 0));
}

static void
test_addresses(void **state)
{
	static const uint8_t b[16] = { 0x20, 1, 0xd, 0xb8 };
	struct addr a;

	(void)state;
	set_data(IKE2_N_ADDITIONAL_IP4_ADDRESS, b, 4);
	a = ike2note_addr(&got);
	assert_int_equal(a.fam, FAM_V4);
	assert_memory_equal(a.b, b, 4);
	set_data(IKE2_N_ADDITIONAL_IP6_ADDRESS, b, 16);
	assert_int_equal(ike2note_addr(&got).fam, FAM_V6);
	set_data(IKE2_N_ADDITIONAL_IP6_ADDRESS, b, 4);
	assert_int_equal(ike2note_addr(&got).fam, FAM_NONE);
	set_data(IKE2_N_COOKIE, b, 4);
	assert_int_equal(ike2note_addr(&got).fam, FAM_NONE);
}

static void
test_gateways(void **state)
{
	uint8_t b[64] = { IKE2_GW_FQDN, 3, 'g', '.', 'x' };
	uint8_t nonce[16] = { 9 }, out[64];
	struct ike2_gateway g;
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	memcpy(b + 5, nonce, 16);
	set_data(IKE2_N_REDIRECT, b, 21);
	assert_true(ike2note_gateway(&g, &got));
	assert_int_equal(g.id.n, 3);
	assert_int_equal(g.nonce.n, 16);
	ike2note_write_gateway(&w, &g);
	assert_int_equal(w.len, 21);
	assert_memory_equal(out, b, 21);
	b[3] = 0; /* a NUL in a name */
	assert_false(ike2note_gateway(&g, &got));
	/* every type with every length of the identity */
	for (unsigned type = 0; type < 256; type++)
		for (uint8_t n = 0; n < 40; n++) {
			memset(b, 'a', sizeof(b));
			b[0] = (uint8_t)type;
			b[1] = n;
			set_data(IKE2_N_REDIRECT, b, sizeof(b));
			assert_true(
			    ike2note_gateway(&g, &got) ==
			    ((type == 1 && n == 4) || (type == 2 && n == 16) ||
				(type == 3 && n > 0)));
		}
	b[0] = 1;
	b[1] = 4;
	for (size_t n = 0; n < 6; n++) {
		set_data(IKE2_N_REDIRECT, b, n);
		assert_false(ike2note_gateway(&g, &got));
	}
}

static void
test_counters_and_tickets(void **state)
{
	uint8_t b[12];
	struct wr w = wr_into(b, sizeof(b));
	struct ike2_idsync s = { 7, 8, 9 }, t = { 0 };
	struct ike_view v;
	uint32_t life;
	uint8_t type;

	(void)state;
	ike2note_write_idsync(&w, &s);
	set_data(IKE2_N_MESSAGE_ID_SYNC, b, 12);
	assert_true(ike2note_idsync(&t, &got));
	assert_int_equal(t.nonce, 7);
	assert_int_equal(t.send, 8);
	assert_int_equal(t.recv, 9);
	set_data(IKE2_N_MESSAGE_ID_SYNC, b, 11);
	assert_false(ike2note_idsync(&t, &got));
	set_data(IKE2_N_TICKET_LT_OPAQUE, b, 12);
	assert_true(ike2note_ticket(&life, &v, &got));
	assert_int_equal(life, 7);
	assert_int_equal(v.n, 8);
	for (size_t n = 0; n < 5; n++) {
		set_data(IKE2_N_TICKET_LT_OPAQUE, b, n);
		assert_false(ike2note_ticket(&life, &v, &got));
	}
	b[0] = IKE2_PPK_ID_FIXED;
	set_data(IKE2_N_PPK_IDENTITY, b, 3);
	assert_true(ike2note_ppk_id(&type, &v, &got));
	assert_int_equal(type, IKE2_PPK_ID_FIXED);
	assert_int_equal(v.n, 2);
	set_data(IKE2_N_PPK_IDENTITY, b, 1);
	assert_false(ike2note_ppk_id(&type, &v, &got));
}

/* RFC 9593 3.2 */
static void
test_announcements(void **state)
{
	static const uint8_t der[] = { 0x30, 1, 5 };
	struct ike2_announce in[] = { { IKE2_AUTH_PSK, 0, { NULL, 0 } },
		{ IKE2_AUTH_ECDSA_256, 2, { NULL, 0 } },
		{ IKE2_AUTH_SIGNATURE, 0, { der, sizeof(der) } } };
	struct ike2_announce a;
	uint8_t b[64];
	struct wr w = wr_into(b, sizeof(b));
	size_t at = 0;
	bool bad;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		ike2note_write_announce(&w, &in[i]);
	assert_int_equal(w.len, 2 + 3 + 6);
	set_data(IKE2_N_SUPPORTED_AUTH_METHODS, b, w.len);
	for (size_t i = 0; i < 3; i++) {
		assert_true(ike2note_announce(&a, &at, &bad, &got));
		assert_int_equal(a.method, in[i].method);
		assert_int_equal(a.cert_link, in[i].cert_link);
		assert_true(ike_view_equal(a.alg, in[i].alg));
	}
	assert_false(ike2note_announce(&a, &at, &bad, &got));
	assert_false(bad);
	/* shorter than itself, or longer than what is there */
	for (unsigned v = 0; v < 256; v++) {
		b[0] = (uint8_t)v;
		at = 0;
		set_data(IKE2_N_SUPPORTED_AUTH_METHODS, b, 2);
		assert_true(ike2note_announce(&a, &at, &bad, &got) == (v == 2));
		assert_true(bad == (v != 2));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_which_sa),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_gateways),
		cmocka_unit_test(test_counters_and_tickets),
		cmocka_unit_test(test_announcements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
