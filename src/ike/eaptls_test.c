/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/eaptls.h"

#include "base/test.h"

enum { CAP = 20000 };

static struct eaptls peer, server;
static uint8_t peer_buf[CAP], server_buf[CAP], text[CAP + 10];
static uint8_t wire[4096];
static size_t wire_len;

static void
begin(size_t packet)
{
	struct wr w = wr_into(wire, sizeof(wire));

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	eaptls_init(&peer, false, EAP_TLS, peer_buf, CAP, packet);
	eaptls_init(&server, true, EAP_TLS, server_buf, CAP, packet);
	assert_true(eaptls_start(&server, &w, 250));
	wire_len = w.len;
}

static enum eaptls_result
to(struct eaptls *m)
{
	uint8_t in[4096];
	struct wr w = wr_into(wire, sizeof(wire));
	struct eap e;
	enum eaptls_result r;

	memcpy(in, wire, wire_len);
	assert_true(eap_parse(&e, in, wire_len));
	r = eaptls_hear(m, &w, &e);
	assert_false(w.bad);
	wire_len = w.len;
	return r;
}

/* The same, and what is dropped has changed nothing. */
static enum eaptls_result
raw(struct eaptls *m, uint8_t code, uint8_t id, uint8_t type, const void *p,
    size_t n)
{
	struct wr w = wr_into(wire, sizeof(wire));
	struct eap e = {
		.code = code, .id = id, .type = type, .data = { p, n }
	};
	struct eaptls before = *m;
	enum eaptls_result r = eaptls_hear(m, &w, &e);

	if (r == EAPTLS_DROP) {
		assert_memory_equal(&before, m, sizeof(before));
		assert_int_equal(w.len, 0);
	}
	return r;
}

static void
say(struct eaptls *m, size_t n)
{
	struct wr w = wr_into(wire, sizeof(wire));

	assert_true(eaptls_say(m, &w, (struct ike_view){ text, n }));
	wire_len = w.len;
	assert_true(wire_len <= m->packet);
}

/* n bytes from one to the other, in as many packets as it takes. */
static unsigned
carry(struct eaptls *from, struct eaptls *dest, size_t n)
{
	unsigned packets = 1;

	say(from, n);
	for (;;) {
		enum eaptls_result r = to(dest);

		if (r == EAPTLS_READY)
			break;
		assert_int_equal(r, EAPTLS_SEND);
		assert_int_equal(to(from), EAPTLS_SEND);
		assert_true(wire_len <= from->packet);
		packets++;
	}
	assert_int_equal(dest->in.n, n);
	if (n != 0)
		assert_memory_equal(dest->in.p, text, n);
	return packets;
}

/* Flights of many sizes both ways; identifiers go round. */
static void
test_carry(void **state)
{
	static const size_t sizes[] = { 1, 57, 58, 59, 116, 500, 5000, CAP, 0 };

	(void)state;
	begin(64);
	assert_int_equal(to(&peer), EAPTLS_READY);
	assert_int_equal(peer.in.n, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned n = carry(&peer, &server, sizes[i]);

		assert_int_equal(
		    n, sizes[i] <= 58 ? 1 : (sizes[i] + 4 + 57) / 58);
		(void)carry(&server, &peer, sizes[8 - i]);
	}
}

static void
test_one_packet(void **state)
{
	(void)state;
	begin(EAPTLS_PACKET);
	assert_int_equal(to(&peer), EAPTLS_READY);
	assert_int_equal(carry(&peer, &server, 200), 1);
	assert_int_equal(carry(&server, &peer, 2500), 3);
	assert_int_equal(carry(&peer, &server, 0), 1);
}

/* Before Start, Start twice, from the wrong side, of another type or number. */
static void
test_order(void **state)
{
	struct wr w = wr_into(wire, sizeof(wire));

	(void)state;
	eaptls_init(&server, true, EAP_TLS, server_buf, CAP, 0);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 0, EAP_TLS, "\0abc", 4), EAPTLS_DROP);
	assert_false(eaptls_say(&server, &w, (struct ike_view){ text, 5 }));
	begin(EAPTLS_PACKET);
	assert_false(eaptls_start(&server, &w, 1));
	assert_false(eaptls_start(&peer, &w, 1));
	assert_false(eaptls_say(&peer, &w, (struct ike_view){ text, 5 }));
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 1, EAP_TLS, "\0abc", 4), EAPTLS_DROP);
	assert_int_equal(raw(&peer, EAP_REQUEST, 1, EAP_TLS,
			     "\x20"
			     "abc",
			     4),
	    EAPTLS_DROP);
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 1, EAP_PEAP, "\x20", 1), EAPTLS_DROP);
	assert_int_equal(
	    raw(&peer, EAP_RESPONSE, 1, EAP_TLS, "\x20", 1), EAPTLS_DROP);
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 1, EAP_TLS, "\x20", 1), EAPTLS_READY);
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 2, EAP_TLS, "\x20", 1), EAPTLS_DROP);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 249, EAP_TLS, "\0abc", 4), EAPTLS_DROP);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 250, EAP_TLS, "\x20", 1), EAPTLS_DROP);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 250, EAP_TLS, "\x40", 1), EAPTLS_DROP);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 250, EAP_TLS, "\0abc", 4), EAPTLS_READY);
}

/* While pieces go out, only an acknowledgement goes on. */
static void
test_acknowledgement(void **state)
{
	struct wr w = wr_into(wire, sizeof(wire));

	(void)state;
	begin(64);
	assert_int_equal(to(&peer), EAPTLS_READY);
	say(&peer, 500);
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 9, EAP_TLS, "\0x", 2), EAPTLS_DROP);
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 9, EAP_TLS, "\x40", 1), EAPTLS_DROP);
	assert_false(eaptls_say(&peer, &w, (struct ike_view){ text, 5 }));
	assert_int_equal(
	    raw(&peer, EAP_REQUEST, 9, EAP_TLS, "\0", 1), EAPTLS_SEND);
}

/* More than was said, less, another length, more than there is room for. */
static void
test_lengths(void **state)
{
	static const struct {
		const char *first;
		size_t n;
		const char *second;
		size_t n2;
		enum eaptls_result want;
	} t[] = {
		{ "\xc0\0\0\0\4ab", 7, "\0cd", 3, EAPTLS_READY },
		{ "\xc0\0\0\0\4ab", 7, "\0cde", 4, EAPTLS_FAILED },
		{ "\xc0\0\0\0\4ab", 7, "\0c", 2, EAPTLS_FAILED },
		{ "\xc0\0\0\0\4ab", 7, "\x80\0\0\0\5cde", 8, EAPTLS_FAILED },
		{ "\xc0\0\0\0\4ab", 7, "\x80\0\0\0\4cd", 7, EAPTLS_READY },
		{ "\x40"
		  "ab",
		    3, "\0cd", 3, EAPTLS_READY },
		{ "\x40"
		  "ab",
		    3, "\x40", 1, EAPTLS_DROP },
	};
	struct wr w;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		begin(64);
		assert_int_equal(raw(&server, EAP_RESPONSE, 250, EAP_TLS,
				     t[i].first, t[i].n),
		    EAPTLS_SEND);
		assert_int_equal(raw(&server, EAP_RESPONSE, 251, EAP_TLS,
				     t[i].second, t[i].n2),
		    t[i].want);
		if (t[i].want != EAPTLS_FAILED)
			continue;
		/* it is over */
		w = wr_into(wire, sizeof(wire));
		assert_false(
		    eaptls_say(&server, &w, (struct ike_view){ text, 1 }));
		assert_int_equal(
		    raw(&server, EAP_RESPONSE, 251, EAP_TLS, "\0", 1),
		    EAPTLS_DROP);
	}
	begin(64);
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 250, EAP_TLS, "\xc0\0\0\x4e\x21zz", 7),
	    EAPTLS_FAILED); /* 20001 */
	eaptls_init(&server, true, EAP_TLS, server_buf, 3, 64);
	w = wr_into(wire, sizeof(wire));
	assert_true(eaptls_start(&server, &w, 1));
	assert_int_equal(
	    raw(&server, EAP_RESPONSE, 1, EAP_TLS, "\0abcd", 5), EAPTLS_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carry),
		cmocka_unit_test(test_one_packet),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_acknowledgement),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
