/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/eap.h"

#include "base/test.h"

static struct eap e;
static struct eap_msc msc;
static const uint8_t zero[1024];

static struct eap
packet(uint8_t code, uint8_t type, const void *p, size_t n)
{
	return (struct eap){
		.code = code, .id = 7, .type = type, .data = { p, n }
	};
}

/* Every length field of 0 to 20 in front of 0 to 20 bytes. */
static void
test_lengths(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 256; code++)
		for (uint8_t len = 0; len < 20; len++)
			for (size_t n = 0; n < 20; n++) {
				uint8_t b[20] = { (uint8_t)code, 1, 0, len, 1 };
				bool ok = n >= 4 && len >= 4 && len <= n;

				if (code == EAP_REQUEST || code == EAP_RESPONSE)
					ok = ok && len >= 5;
				else
					ok = ok && len == 4 &&
					     (code == EAP_SUCCESS ||
						 code == EAP_FAILURE);
				assert_true(eap_parse(&e, b, n) == ok);
				if (ok && len >= 5)
					assert_int_equal(e.data.n, len - 5U);
			}
}

static void
test_round(void **state)
{
	uint8_t b[64];
	struct wr w = wr_into(b, sizeof(b));
	struct eap in = packet(EAP_RESPONSE, EAP_IDENTITY, "alice", 5);

	(void)state;
	eap_write(&w, &in);
	assert_int_equal(w.len, 10);
	assert_true(eap_parse(&e, b, w.len));
	assert_int_equal(e.id, 7);
	assert_int_equal(e.type, EAP_IDENTITY);
	assert_memory_equal(e.data.p, "alice", 5);
	/* RFC 3748 4.1: what is behind it is padding */
	assert_true(eap_parse(&e, b, w.len + 5));
	assert_int_equal(e.data.n, 5);
	b[4] = 0;
	assert_false(eap_parse(&e, b, w.len));
	w = wr_into(b, sizeof(b));
	in.code = EAP_SUCCESS;
	eap_write(&w, &in);
	assert_int_equal(w.len, 4);
	assert_true(eap_parse(&e, b, 4));
	assert_false(eap_parse(&e, NULL, 0));
}

static void
test_nak(void **state)
{
	struct eap n = packet(EAP_RESPONSE, EAP_NAK, "\x0d\x1a", 2);

	(void)state;
	assert_true(eap_nak_wants(&n, EAP_MSCHAPV2));
	assert_true(eap_nak_wants(&n, EAP_TLS));
	assert_false(eap_nak_wants(&n, EAP_PEAP));
	n.data.n = 0;
	assert_false(eap_nak_wants(&n, EAP_TLS));
	n = packet(EAP_REQUEST, EAP_NAK, "\x0d", 1);
	assert_false(eap_nak_wants(&n, EAP_TLS));
}

static bool
reads(uint8_t code, const void *p, size_t n)
{
	struct eap x = packet(code, EAP_MSCHAPV2, p, n);

	return eap_msc_parse(&msc, &x);
}

/* Through bytes and back; cut anywhere it is refused. */
static void
round_trip(const struct eap_msc *in, bool request)
{
	uint8_t code = request ? EAP_REQUEST : EAP_RESPONSE;
	uint8_t b[512], again[512];
	struct wr w = wr_into(b, sizeof(b)), v = wr_into(again, sizeof(again));

	eap_msc_write(&w, in, request);
	assert_false(w.bad);
	for (size_t n = 0; n < w.len; n++)
		assert_false(reads(code, b, n));
	assert_true(reads(code, b, w.len));
	assert_int_equal(msc.op, in->op);
	assert_true(ike_view_equal(msc.name, in->name));
	assert_true(ike_view_equal(msc.text, in->text));
	if (in->op != EAP_MSC_FAILURE)
		assert_true(ike_view_equal(msc.challenge, in->challenge));
	msc.challenge = in->challenge;
	eap_msc_write(&v, &msc, request);
	assert_int_equal(v.len, w.len);
	assert_memory_equal(b, again, w.len);
}

static void
test_messages(void **state)
{
	static const uint8_t c[24] = { 1, 2, 3 };
	struct eap_msc m = { .op = EAP_MSC_CHALLENGE,
		.id = 3,
		.challenge = { c, 16 },
		.name = { c, 9 } };

	(void)state;
	round_trip(&m, true);
	m.op = EAP_MSC_RESPONSE;
	m.nt = (struct ike_view){ c, 24 };
	round_trip(&m, false);
	m = (struct eap_msc){ .op = EAP_MSC_SUCCESS,
		.id = 3,
		.auth = { 0xab, 0x0f },
		.text = { (const uint8_t *)"hello", 5 } };
	round_trip(&m, true);
	assert_int_equal(msc.auth[0], 0xab);
	round_trip(&(struct eap_msc){ .op = EAP_MSC_SUCCESS }, false);
	m = (struct eap_msc){ .op = EAP_MSC_FAILURE,
		.id = 3,
		.error = EAP_MSC_E_AUTHENTICATION,
		.challenge = { c, 16 },
		.retry = true,
		.text = { (const uint8_t *)"no", 2 } };
	round_trip(&m, true);
	assert_int_equal(msc.error, 691);
	assert_true(msc.retry);
}

/* Lengths 0 to 5 of each operation in both directions (CVE-2025-62291). */
static void
test_short(void **state)
{
	(void)state;
	for (unsigned op = 0; op < 256; op++)
		for (size_t n = 0; n < 6; n++)
			for (unsigned len = 0; len < 8; len++) {
				uint8_t b[6] = { (uint8_t)op, 1, 0,
					(uint8_t)len, 'S', '=' };

				assert_false(reads(EAP_REQUEST, b, n));
				assert_true(reads(EAP_RESPONSE, b, n) ==
					    (n == 1 && (op == 3 || op == 4)));
			}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
		/* a challenge of 15 bytes; a response of a request; no hex */
		{ "\1\1\0\x15\x0f"
		  "0123456789abcdef",
		    21 },
		{ "\2\1\0\5\x31", 5 },
		{ "\3\1\0\x2eS=0123456789abcdef0123456789abcdef0123456g", 46 },
		{ "\3\1\0\x2eM=0123456789abcdef0123456789abcdef01234567", 46 },
		{ "\4\1\0\6M=", 6 },
		{ "\4\1\0\6E=", 6 },
		{ "\4\1\0\7R=1", 7 },
		{ "\7\1\0\5x", 5 },
	};
	uint8_t b[400] = { 1, 1, 1, 0x90, 16 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(reads(EAP_REQUEST, bad[i].p, bad[i].n));
	/* a name of more than 256 bytes */
	assert_false(reads(EAP_REQUEST, b, sizeof(b)));
	b[2] = 1;
	b[3] = 0x15;
	assert_true(reads(EAP_REQUEST, b, 0x115));
	/* another type; success as its own code */
	e = packet(EAP_REQUEST, EAP_TLS, b, 0x115);
	assert_false(eap_msc_parse(&msc, &e));
	assert_false(reads(EAP_SUCCESS, b, 0x115));
	/* a failure with the least that it can have */
	assert_true(reads(EAP_REQUEST,
	    "\4\1\0\x09"
	    "E=691",
	    9));
	assert_false(msc.retry);
	assert_int_equal(msc.error, 691);
}

static void
test_tls(void **state)
{
	struct eap_tls t, in = { .start = true, .version = 1 };
	uint8_t b[64];
	struct wr w = wr_into(b, sizeof(b));

	(void)state;
	e = packet(EAP_REQUEST, EAP_TLS, b, 0);
	assert_false(eap_tls_parse(&t, &e));
	eap_tls_write(&w, &in);
	e.data.n = w.len;
	assert_int_equal(w.len, 1);
	assert_true(eap_tls_parse(&t, &e));
	assert_true(t.start && !t.more && !t.has_len && t.version == 1);
	in = (struct eap_tls){
		.more = true, .has_len = true, .len = 5000, .data = { zero, 20 }
	};
	w = wr_into(b, sizeof(b));
	eap_tls_write(&w, &in);
	for (size_t n = 1; n < 5; n++) {
		e.data.n = n;
		assert_false(eap_tls_parse(&t, &e));
	}
	e.data.n = w.len;
	assert_true(eap_tls_parse(&t, &e));
	assert_int_equal(t.len, 5000);
	assert_int_equal(t.data.n, 20);
	/* less than what is here, and more than anybody needs */
	b[3] = 0;
	b[4] = 19;
	assert_false(eap_tls_parse(&t, &e));
	b[1] = 1;
	assert_false(eap_tls_parse(&t, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_nak),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
