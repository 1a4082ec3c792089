/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2.h"

#include "base/test.h"

#include "wire/ike2_sample_test.h"

static uint8_t buf[8192];
static struct ike2_msg m;
static struct ike2_bad bad;

static size_t
sample(void)
{
	struct ikehdr h = ike2_sample_hdr();
	struct wr w = wr_into(buf, sizeof(buf));
	struct ike2w o;

	ike2w_begin(&o, &w, &h);
	ike2_sample_payloads(&o);
	assert_true(ike2w_end(&o));
	return w.len;
}

static enum ike2_result
parse(size_t n)
{
	return ike2_parse(&m, &bad, buf, n);
}

/* A header, and payloads as they are given: body[0] is the chain's first type. */
static size_t
raw(uint8_t first, const uint8_t *body, size_t n)
{
	struct ikehdr h = ike2_sample_hdr();
	struct wr w = wr_into(buf, sizeof(buf));

	h.next = first;
	h.len = (uint32_t)(IKEHDR_LEN + n);
	ikehdr_write(&w, &h);
	wr_bytes(&w, body, n);
	assert_false(w.bad);
	return w.len;
}

static void
test_all_payloads(void **state)
{
	size_t n = sample();

	(void)state;
	assert_int_equal(parse(n), IKE2_OK);
	assert_string_equal(bad.what, "");
	assert_int_equal(m.norder, 18);
	for (unsigned t = IKE2_P_SA; t <= IKE2_P_EAP; t++)
		assert_true(
		    t == IKE2_P_SK || ike2_has(&m, (enum ike2_payload)t));
	assert_int_equal(m.ke.group, 31);
	assert_int_equal(m.ke.data.n, 32);
	assert_int_equal(m.nonce.n, 32);
	assert_int_equal(m.idi.data.n, 9);
	assert_int_equal(m.idi.body.n, 13);
	assert_int_equal(m.idi.body.p[0], IKE2_ID_FQDN);
	assert_int_equal(m.idr.type, IKE2_ID_IPV4);
	assert_int_equal(m.ncert, 2);
	assert_int_equal(m.ncertreq, 1);
	assert_int_equal(m.cert[1].data.n, 20);
	assert_int_equal(m.auth.method, IKE2_AUTH_SIGNATURE);
	assert_int_equal(m.auth.alg.n, 10);
	assert_int_equal(m.auth.data.n, 32);
	assert_int_equal(m.tsi.t[0].lo.fam, FAM_V4);
	assert_int_equal(m.tsr.t[0].lo.fam, FAM_V6);
	assert_int_equal(m.eap.n, 5);
	assert_int_equal(m.ndel, 2);
	assert_int_equal(ike2_delete_spi(&m.del[0], 0), 0x1001);
	assert_int_equal(m.del[1].proto, IKE2_PROTO_IKE);
	assert_int_equal(m.nvendor, 1);
	assert_int_equal(m.nnote, 2);
	assert_non_null(ike2_note_find(&m, IKE2_N_COOKIE));
	assert_int_equal(
	    ike2note_spi32(ike2_note_find(&m, IKE2_N_REKEY_SA)), 0x2002);
	assert_null(ike2_note_find(&m, IKE2_N_INVALID_SYNTAX));
	assert_null(ike2_note_error(&m));
	assert_int_equal(m.hdr.len, n);
}

/* Cut anywhere, with the header's length corrected or not. */
static void
test_cut(void **state)
{
	size_t n = sample();

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct wr w = wr_into(buf + 24, 4);

		wr_be32(&w, (uint32_t)n);
		assert_int_equal(parse(i), IKE2_LENGTH);
		w = wr_into(buf + 24, 4);
		wr_be32(&w, (uint32_t)i);
		assert_int_not_equal(parse(i), IKE2_OK);
		if (i >= IKEHDR_LEN)
			assert_int_equal(parse(i), IKE2_SYNTAX);
	}
	n = sample();
	assert_int_equal(parse(n + 1), IKE2_LENGTH);
}

/* Every byte with other values: whatever comes out, nothing is read past. */
static void
test_every_byte(void **state)
{
	static const uint8_t masks[] = { 1, 2, 4, 0x10, 0x40, 0x80, 0xff };
	size_t n = sample();
	unsigned refused = 0;

	(void)state;
	for (size_t i = IKEHDR_LEN; i < n; i++)
		for (size_t k = 0; k < sizeof(masks); k++) {
			(void)sample();
			buf[i] ^= masks[k];
			refused += parse(n) != IKE2_OK;
		}
	assert_true(refused > 100);
}

/* RFC 7296 2.5: the major version decides, the minor one says nothing. */
static void
test_versions(void **state)
{
	size_t n = sample();

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		buf[17] = (uint8_t)v;
		assert_int_equal(
		    parse(n), v >> 4 == 2 ? IKE2_OK : IKE2_VERSION);
		/* enough is known for an answer */
		assert_int_equal(m.hdr.exchange, IKE2_AUTH);
		assert_int_equal(m.hdr.msgid, 1);
	}
	assert_int_equal(
	    ike2_result_notify(IKE2_VERSION), IKE2_N_INVALID_MAJOR_VERSION);
}

/* RFC 7296 3.1 */
static void
test_spi_zero(void **state)
{
	size_t n = sample();

	(void)state;
	memset(buf, 0, 8);
	assert_int_equal(parse(n), IKE2_SYNTAX);
	n = sample();
	memset(buf + 8, 0, 8);
	assert_int_equal(parse(n), IKE2_OK);
}

/* RFC 7296 2.5: all 256 types, critical or not, also those of version 1. */
static void
test_unknown_types(void **state)
{
	(void)state;
	for (unsigned t = 1; t < 256; t++) {
		uint8_t b[] = { 0, 0, 0, 6, 1, 2 };
		bool known = (t >= 33 && t <= 48) || t == 53;

		if (known)
			continue;
		assert_int_equal(parse(raw((uint8_t)t, b, sizeof(b))), IKE2_OK);
		assert_int_equal(m.nskipped, 1);
		assert_true(m.has == 0);
		b[1] = 0x7f; /* reserved bits are not the critical one */
		assert_int_equal(parse(raw((uint8_t)t, b, sizeof(b))), IKE2_OK);
		b[1] = 0x80;
		assert_int_equal(
		    parse(raw((uint8_t)t, b, sizeof(b))), IKE2_CRITICAL);
		assert_int_equal(bad.payload, t);
		assert_int_equal(ike2_result_notify(IKE2_CRITICAL),
		    IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	}
}

/* Of a known payload the flag says nothing, nor do the reserved bits. */
static void
test_critical_known(void **state)
{
	uint8_t b[4 + 16] = { 0, 0xff, 0, 20 };

	(void)state;
	assert_int_equal(parse(raw(IKE2_P_NONCE, b, sizeof(b))), IKE2_OK);
	assert_int_equal(m.nonce.n, 16);
}

/* A payload's length of 0 to 4, and one past the end. */
static void
test_payload_lengths(void **state)
{
	(void)state;
	for (unsigned len = 0; len < 300; len++) {
		uint8_t b[8] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len };

		assert_int_equal(parse(raw(IKE2_P_VENDOR, b, sizeof(b))),
		    len == 8 ? IKE2_OK : IKE2_SYNTAX);
		/* an unknown one is no way around that */
		assert_int_equal(parse(raw(200, b, sizeof(b))),
		    len == 8 ? IKE2_OK : IKE2_SYNTAX);
	}
}

/* A chain that names a payload that is not there; one that has more than it says. */
static void
test_chain_ends(void **state)
{
	uint8_t b[] = { IKE2_P_VENDOR, 0, 0, 4, 0, 0, 0, 4, 9 };

	(void)state;
	assert_int_equal(parse(raw(IKE2_P_VENDOR, b, 8)), IKE2_OK);
	assert_int_equal(m.nvendor, 2);
	assert_int_equal(parse(raw(IKE2_P_VENDOR, b, 4)), IKE2_SYNTAX);
	assert_int_equal(parse(raw(IKE2_P_VENDOR, b, 9)), IKE2_SYNTAX);
	b[0] = 0;
	assert_int_equal(parse(raw(IKE2_P_VENDOR, b, 8)), IKE2_SYNTAX);
	assert_int_equal(parse(raw(IKE2_P_NONE, b, 0)), IKE2_OK);
	assert_int_equal(parse(raw(IKE2_P_NONE, b, 4)), IKE2_SYNTAX);
	assert_int_equal(parse(raw(IKE2_P_SA, b, 0)), IKE2_SYNTAX);
}

/* The limits, at the last that is taken and one further. */
static void
test_too_many(void **state)
{
	static const struct {
		uint8_t type, n, len;
	} t[] = {
		{ IKE2_P_VENDOR, IKE2_VENDORS, 4 },
		{ IKE2_P_NOTIFY, IKE2_NOTIFIES, 8 },
		{ IKE2_P_CERT, IKE2_CERTS, 5 },
		{ IKE2_P_CERTREQ, IKE2_CERTREQS, 5 },
		{ IKE2_P_DELETE, IKE2_DELETES, 8 },
		{ 200, IKE2_PAYLOADS, 4 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(t) / sizeof(t[0]); k++)
		for (unsigned extra = 0; extra < 2; extra++) {
			static uint8_t b[1024];
			unsigned n = t[k].n + extra;

			memset(b, 0, sizeof(b));
			for (unsigned i = 0; i < n; i++) {
				uint8_t *p = b + (size_t)i * t[k].len;

				p[0] = i + 1 < n ? t[k].type : 0;
				p[3] = t[k].len;
				if (t[k].type == IKE2_P_DELETE)
					p[4] = IKE2_PROTO_IKE;
			}
			assert_int_equal(
			    parse(raw(t[k].type, b, (size_t)n * t[k].len)),
			    extra ? IKE2_TOO_MANY : IKE2_OK);
		}
	assert_int_equal(
	    ike2_result_notify(IKE2_TOO_MANY), IKE2_N_INVALID_SYNTAX);
}

/* What may come once only, twice. */
static void
test_twice(void **state)
{
	uint8_t b[40] = { IKE2_P_NONCE, 0, 0, 20 };

	(void)state;
	b[23] = 20;
	assert_int_equal(parse(raw(IKE2_P_NONCE, b, sizeof(b))), IKE2_SYNTAX);
	assert_int_equal(bad.payload, IKE2_P_NONCE);
}

/* RFC 7296 2.10 */
static void
test_nonce_sizes(void **state)
{
	(void)state;
	for (size_t n = 0; n < 300; n++) {
		uint8_t b[304] = { 0, 0, (uint8_t)((n + 4) >> 8),
			(uint8_t)(n + 4) };

		assert_int_equal(parse(raw(IKE2_P_NONCE, b, n + 4)),
		    n >= 16 && n <= 256 ? IKE2_OK : IKE2_SYNTAX);
	}
}

static void
test_id_sizes(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++)
		for (size_t n = 0; n < 20; n++) {
			uint8_t b[32] = { 0, 0, 0, (uint8_t)(8 + n),
				(uint8_t)type };
			bool ok = type == IKE2_ID_IPV4	 ? n == 4
				  : type == IKE2_ID_IPV6 ? n == 16
				  : type == IKE2_ID_NULL ? true
							 : n > 0;

			assert_int_equal(parse(raw(IKE2_P_IDI, b, 8 + n)),
			    ok ? IKE2_OK : IKE2_SYNTAX);
		}
}

/* RFC 7427 3: the algorithm's length may not leave the payload. */
static void
test_auth_sizes(void **state)
{
	(void)state;
	for (unsigned len = 0; len < 256; len++) {
		uint8_t b[20] = { 0, 0, 0, 20, IKE2_AUTH_SIGNATURE, 0, 0, 0,
			(uint8_t)len };

		assert_int_equal(parse(raw(IKE2_P_AUTH, b, sizeof(b))),
		    len <= 11 ? IKE2_OK : IKE2_SYNTAX);
	}
}

/* Protocols 0 to 255, SPI sizes and counts that do not agree (RFC 7296 3.11). */
static void
test_deletes(void **state)
{
	(void)state;
	for (unsigned proto = 0; proto < 256; proto++)
		for (unsigned size = 0; size < 9; size++)
			for (unsigned count = 0; count < 4; count++) {
				uint8_t b[16] = { 0, 0, 0, 16, (uint8_t)proto,
					(uint8_t)size, 0, (uint8_t)count };
				bool ok = (proto == 2 || proto == 3) &&
					  size == 4 && count == 2;

				assert_int_equal(
				    parse(raw(IKE2_P_DELETE, b, 16)),
				    ok ? IKE2_OK : IKE2_SYNTAX);
				b[3] = 8;
				assert_int_equal(
				    parse(raw(IKE2_P_DELETE, b, 8)),
				    proto == 1 && size == 0 && count == 0
					? IKE2_OK
					: IKE2_SYNTAX);
			}
}

static void
test_eap_sizes(void **state)
{
	(void)state;
	for (size_t n = 0; n < 6; n++) {
		uint8_t b[16] = { 0, 0, 0, (uint8_t)(4 + n) };

		assert_int_equal(parse(raw(IKE2_P_EAP, b, 4 + n)),
		    n >= 4 ? IKE2_OK : IKE2_SYNTAX);
	}
}

/* RFC 7296 3.14: last, and its next byte is of what is inside. */
static void
test_sk(void **state)
{
	uint8_t b[] = { IKE2_P_IDI, 0, 0, 9, 1, 2, 3, 4, 5, 0, 0, 0, 4 };
	uint8_t before[] = { IKE2_P_SK, 0, 0, 4, 0, 0, 0, 9, 1, 2, 3, 4, 5 };

	(void)state;
	assert_int_equal(parse(raw(IKE2_P_SK, b, 9)), IKE2_OK);
	assert_true(m.has == IKE2_SET(IKE2_P_SK));
	assert_int_equal(m.sk.first, IKE2_P_IDI);
	assert_int_equal(m.sk.total, 0);
	assert_int_equal(m.sk.head, 32);
	assert_int_equal(m.sk.body.n, 5);
	assert_ptr_equal(m.sk.body.p, buf + 32);
	/* something behind it, and something before it */
	assert_int_equal(parse(raw(IKE2_P_SK, b, sizeof(b))), IKE2_UNPROTECTED);
	assert_int_equal(parse(raw(IKE2_P_VENDOR, before, sizeof(before))),
	    IKE2_UNPROTECTED);
	/* nothing of it is answered */
	assert_int_equal(ike2_result_notify(IKE2_UNPROTECTED), 0);
	assert_int_equal(ike2_result_notify(IKE2_LENGTH), 0);
}

/* RFC 7383 2.5: numbers 1 to the total. */
static void
test_skf(void **state)
{
	(void)state;
	for (unsigned num = 0; num < 5; num++)
		for (unsigned total = 0; total < 5; total++) {
			uint8_t b[] = { IKE2_P_IDI, 0, 0, 10, 0, (uint8_t)num,
				0, (uint8_t)total, 8, 9 };
			bool ok = num >= 1 && num <= total;

			assert_int_equal(parse(raw(IKE2_P_SKF, b, 10)),
			    ok ? IKE2_OK : IKE2_UNPROTECTED);
			if (!ok)
				continue;
			assert_int_equal(m.sk.num, num);
			assert_int_equal(m.sk.total, total);
			assert_int_equal(m.sk.head, 36);
			assert_int_equal(m.sk.body.n, 2);
		}
	/* without room for its numbers */
	for (uint8_t n = 4; n < 8; n++) {
		uint8_t b[8] = { 0, 0, 0, n, 0, 1, 0, 1 };

		assert_int_equal(
		    parse(raw(IKE2_P_SKF, b, n)), IKE2_UNPROTECTED);
	}
}

static void
test_inner(void **state)
{
	uint8_t sk[] = { IKE2_P_NONCE, 0, 0, 6, 1, 2 };
	uint8_t in[24] = { IKE2_P_NOTIFY, 0, 0, 16 };
	uint8_t nested[] = { 0, 0, 0, 4 };

	(void)state;
	in[4 + 12 + 3] = 8;
	assert_int_equal(parse(raw(IKE2_P_SK, sk, sizeof(sk))), IKE2_OK);
	in[3] = 20;
	memmove(in + 20, in + 16, 4);
	assert_int_equal(ike2_parse_inner(&m, &bad, m.sk.first, in, 20),
	    IKE2_SYNTAX); /* N is announced and missing */
	in[0] = 0;
	assert_int_equal(
	    ike2_parse_inner(&m, &bad, m.sk.first, in, 20), IKE2_OK);
	assert_true(m.has == (IKE2_SET(IKE2_P_SK) | IKE2_SET(IKE2_P_NONCE)));
	assert_int_equal(m.sk.body.n, 2);
	/* RFC 7296 1.4: an empty one, and bytes that no payload claims */
	assert_int_equal(ike2_parse_inner(&m, &bad, 0, NULL, 0), IKE2_OK);
	assert_true(m.has == IKE2_SET(IKE2_P_SK));
	assert_int_equal(ike2_parse_inner(&m, &bad, 0, in, 4), IKE2_SYNTAX);
	/* SK in SK */
	assert_int_equal(
	    ike2_parse_inner(&m, &bad, IKE2_P_SK, nested, 4), IKE2_SYNTAX);
	assert_int_equal(
	    ike2_parse_inner(&m, &bad, IKE2_P_SKF, nested, 4), IKE2_SYNTAX);
}

static void
test_texts(void **state)
{
	char text[160], small[8];
	char why[IKE2_BAD_TEXT];
	uint8_t b[] = { 0, 0, 0, 4 };

	(void)state;
	assert_int_equal(parse(sample()), IKE2_OK);
	assert_string_equal(ike2_print(text, sizeof(text), &m),
	    "N(COOKIE) SA KE NONCE IDi IDr CERT CERT CERTREQ AUTH TSi TSr CP "
	    "EAP D D V N(REKEY_SA)");
	assert_true(strlen(ike2_print(small, sizeof(small), &m)) < 8);
	assert_int_equal(parse(raw(IKE2_P_NONCE, b, 4)), IKE2_SYNTAX);
	assert_string_equal(ike2_bad_print(why, &bad),
	    "NONCE payload: must have 16 to 256 bytes");
	b[1] = 0x80;
	assert_int_equal(parse(raw(222, b, 4)), IKE2_CRITICAL);
	assert_string_equal(
	    ike2_bad_print(why, &bad), "222 payload: is critical and unknown");
	assert_int_equal(parse(3), IKE2_LENGTH);
	assert_string_equal(ike2_bad_print(why, &bad), "shorter than a header");
}

/* The first notification below 16384 is the error, whatever stands before it. */
static void
test_error_notify(void **state)
{
	uint8_t b[] = { IKE2_P_NOTIFY, 0, 0, 8, 0, 0, 0x9c, 0x40, 0, 0, 0, 8, 0,
		0, 0, 14 };

	(void)state;
	assert_int_equal(parse(raw(IKE2_P_NOTIFY, b, sizeof(b))), IKE2_OK);
	assert_int_equal(ike2_note_error(&m)->type, IKE2_N_NO_PROPOSAL_CHOSEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_payloads),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_spi_zero),
		cmocka_unit_test(test_unknown_types),
		cmocka_unit_test(test_critical_known),
		cmocka_unit_test(test_payload_lengths),
		cmocka_unit_test(test_chain_ends),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_nonce_sizes),
		cmocka_unit_test(test_id_sizes),
		cmocka_unit_test(test_auth_sizes),
		cmocka_unit_test(test_deletes),
		cmocka_unit_test(test_eap_sizes),
		cmocka_unit_test(test_sk),
		cmocka_unit_test(test_skf),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_error_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
