/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/quote.h"

#include "base/test.h"

static const uint8_t a4[4] = { 192, 0, 2, 1 }, b4[4] = { 198, 51, 100, 7 };
static const uint8_t a6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static const uint8_t b6[16] = { 0x20, 1, 0xd, 0xb8, [14] = 2, [15] = 9 };

/* An error of a to b about b's UDP packet from port 7 to 9, cut after n. */
static size_t
error(uint8_t *p, bool six, uint8_t type, size_t n)
{
	struct addr a = six ? addr_v6(a6) : addr_v4(a4);
	struct addr b = six ? addr_v6(b6) : addr_v4(b4);
	struct ip_new o = { .src = a, .dst = b, .ttl = 9 };
	struct ip_new q = { .src = b, .dst = a, .ttl = 9, .proto = 17 };
	uint8_t quoted[128];
	struct wr w = wr_into(quoted, sizeof(quoted));

	ip_write(&w, &q, 8 + 1000);
	wr_be16(&w, 7);
	wr_be16(&w, 9);
	wr_be16(&w, 1008);
	wr_zero(&w, 2 + 30);
	w = wr_into(p, 256);
	o.proto = six ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_;
	ip_write(&w, &o, 8 + n);
	wr_u8(&w, type);
	wr_zero(&w, 7);
	wr_bytes(&w, quoted, n);
	assert_false(w.bad);
	return w.len;
}

static void
test_flow(void **state)
{
	(void)state;
	for (int six = 0; six < 2; six++) {
		size_t head = six ? 40 : 20;
		uint8_t p[256];
		size_t n = error(p, six, six ? 1 : 3, head + 30);
		struct ip_view v;
		struct flow f;

		assert_true(ip_parse(&v, p, n));
		ip_flow(&f, &v, p, true);
		assert_true(quote_is_error(&f));
		/* it came in: what was its destination is local */
		assert_true(quote_flow(&f, &v, p, false));
		assert_int_equal(f.proto, 17);
		assert_true(f.has_ports);
		assert_int_equal(f.lport, 9);
		assert_int_equal(f.rport, 7);
		assert_true(addr_equal(&f.local, &v.src));
		assert_true(addr_equal(&f.remote, &v.dst));
		assert_true(quote_flow(&f, &v, p, true));
		assert_int_equal(f.lport, 7);
		/* cut before the ports, and within the header */
		n = error(p, six, six ? 1 : 3, head + 3);
		assert_true(ip_parse(&v, p, n));
		assert_true(quote_flow(&f, &v, p, true));
		assert_false(f.has_ports);
		for (size_t k = 0; k < head; k++) {
			n = error(p, six, six ? 1 : 3, k);
			assert_true(ip_parse(&v, p, n));
			assert_false(quote_flow(&f, &v, p, true));
		}
		/* a packet of the other family cannot be what it is about */
		n = error(p, six, six ? 1 : 3, head + 30);
		assert_true(ip_parse(&v, p, n));
		p[v.upper + 8] ^= 0x20;
		assert_false(quote_flow(&f, &v, p, true));
	}
}

static void
test_kinds(void **state)
{
	static const uint8_t four[] = { 3, 4, 5, 11, 12 };
	uint8_t p[256];
	struct ip_view v;
	struct flow f;

	(void)state;
	for (unsigned six = 0; six < 2; six++)
		for (unsigned type = 0; type < 256; type++) {
			bool want = six && type < 128;
			size_t n = error(p, six, (uint8_t)type, 28);

			for (size_t i = 0; !six && i < sizeof(four); i++)
				want |= four[i] == type;
			assert_true(ip_parse(&v, p, n));
			ip_flow(&f, &v, p, true);
			assert_int_equal(quote_is_error(&f), want);
		}
	f.has_icmp = false;
	assert_false(quote_is_error(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
