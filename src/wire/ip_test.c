/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ip.h"

#include "base/test.h"

static const uint8_t a4[4] = { 192, 0, 2, 1 }, b4[4] = { 198, 51, 100, 7 };
static const uint8_t a6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static const uint8_t b6[16] = { 0x20, 1, 0xd, 0xb8, [14] = 2, [15] = 9 };

/* An IPv6 header, then the bytes of the chain. */
static size_t
v6_packet(uint8_t *p, size_t cap, uint8_t nh, const uint8_t *rest, size_t n)
{
	struct wr w = wr_into(p, cap);
	struct ip_new h = { .src = addr_v6(a6),
		.dst = addr_v6(b6),
		.tos = 0xb9,
		.ttl = 63,
		.proto = nh,
		.flow = 0xabcde };

	ip_write(&w, &h, n);
	wr_bytes(&w, rest, n);
	assert_false(w.bad);
	return w.len;
}

static void
test_v4(void **state)
{
	static const uint8_t udp[] = { 0x11, 0x94, 0, 53, 0, 8, 0, 0 };
	uint8_t p[64], opt[4] = { 1, 1, 1, 0 };
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = { .src = addr_v4(a4),
		.dst = addr_v4(b4),
		.tos = 0x2e,
		.ttl = 9,
		.proto = 17,
		.df = true,
		.id = 0x1234 };
	struct ip_view v;
	struct flow f;

	(void)state;
	ip_write(&w, &h, sizeof(opt) + sizeof(udp));
	wr_bytes(&w, opt, sizeof(opt));
	wr_bytes(&w, udp, sizeof(udp));
	wr_zero(&w, 3); /* as a link layer pads */
	assert_true(ip_parse(&v, p, w.len));
	assert_int_equal(v.fixed, 20);
	p[0] = 0x46;
	ip_csum_header(p, 24);
	assert_true(ip_parse(&v, p, w.len));
	assert_int_equal(v.ver, 4);
	assert_int_equal(v.tos, 0x2e);
	assert_int_equal(v.ttl, 9);
	assert_int_equal(v.id, 0x1234);
	assert_true(v.df && !v.frag && !v.more);
	assert_int_equal(v.len, 32);
	assert_int_equal(v.fixed, 24);
	assert_int_equal(v.ins, 24);
	assert_int_equal(v.nh_off, 9);
	assert_int_equal(v.upper, 24);
	assert_int_equal(v.proto, 17);
	assert_true(addr_equal(&v.src, &h.src) && addr_equal(&v.dst, &h.dst));
	assert_int_equal(ip_csum_end(ip_csum_add(0, p, 24)), 0);

	ip_flow(&f, &v, p, true);
	assert_true(f.has_ports && !f.has_icmp);
	assert_int_equal(f.lport, 4500);
	assert_int_equal(f.rport, 53);
	assert_true(addr_equal(&f.local, &h.src));
	ip_flow(&f, &v, p, false);
	assert_int_equal(f.lport, 53);
	assert_int_equal(f.rport, 4500);
	assert_true(addr_equal(&f.remote, &h.src));

	/* a cut port field: no ports */
	assert_true(ip_set_len(p, &v, 27));
	assert_true(ip_parse(&v, p, w.len));
	ip_flow(&f, &v, p, true);
	assert_false(f.has_ports);
	assert_int_equal(f.lport, 0);
	for (size_t n = 0; n < 27; n++)
		assert_false(ip_parse(&v, p, n));
}

static void
test_v4_bad(void **state)
{
	uint8_t p[40] = { 0 };
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = { .src = addr_v4(a4), .dst = addr_v4(b4) };
	struct ip_view v;

	(void)state;
	ip_write(&w, &h, 20);
	assert_true(ip_parse(&v, p, 40));
	p[0] = 0x44;
	assert_false(ip_parse(&v, p, 40));
	p[0] = 0x4f; /* 60 bytes of header in 40 */
	assert_false(ip_parse(&v, p, 40));
	p[0] = 0x55;
	assert_false(ip_parse(&v, p, 40));
	p[0] = 0x46;
	p[3] = 23; /* total length below the header's */
	assert_false(ip_parse(&v, p, 40));
	p[3] = 41;
	assert_false(ip_parse(&v, p, 40));
}

static void
test_v4_fragment(void **state)
{
	uint8_t p[28] = { 0 };
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = {
		.src = addr_v4(a4), .dst = addr_v4(b4), .proto = 6
	};
	struct ip_view v;
	struct flow f;

	(void)state;
	ip_write(&w, &h, 8);
	p[6] = 0x20;
	assert_true(ip_parse(&v, p, 28));
	assert_true(v.frag && v.more && v.has_frag);
	ip_flow(&f, &v, p, true);
	assert_true(f.has_ports);
	p[6] = 0x1f;
	p[7] = 0xff;
	assert_true(ip_parse(&v, p, 28));
	assert_true(v.frag && !v.more);
	assert_int_equal(v.frag_off, 65528);
	ip_flow(&f, &v, p, true);
	assert_false(f.has_ports);
}

static void
test_icmp(void **state)
{
	static const uint8_t ns[] = { 135, 7, 0, 0 };
	uint8_t p[64];
	struct ip_view v;
	struct flow f;
	size_t n = v6_packet(p, sizeof(p), 58, ns, sizeof(ns));

	(void)state;
	assert_true(ip_parse(&v, p, n));
	ip_flow(&f, &v, p, true);
	assert_true(f.has_icmp && !f.has_ports);
	assert_int_equal(f.icmp_type, 135);
	assert_int_equal(f.icmp_code, 7);
	p[6] = 1; /* ICMP of IPv4 says nothing in IPv6 */
	assert_true(ip_parse(&v, p, n));
	ip_flow(&f, &v, p, true);
	assert_false(f.has_icmp);

	struct ip_new h = {
		.src = addr_v4(a4), .dst = addr_v4(b4), .proto = 1
	};
	struct wr w = wr_into(p, sizeof(p));

	ip_write(&w, &h, 4);
	wr_be32(&w, 0x03010000);
	assert_true(ip_parse(&v, p, w.len));
	ip_flow(&f, &v, p, true);
	assert_true(f.has_icmp && f.icmp_type == 3 && f.icmp_code == 1);
	p[9] = 58; /* and the reverse */
	assert_true(ip_parse(&v, p, w.len));
	ip_flow(&f, &v, p, true);
	assert_false(f.has_icmp);
}

static void
test_v6_chain(void **state)
{
	/* hop-by-hop, destination options, routing, destination options, TCP */
	static const uint8_t rest[] = { 60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0,
		0, 0, 0, 60, 0, 4, 0, 0, 0, 0, 0, 6, 1, 1, 12, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 80, 1, 1 };
	uint8_t p[128];
	struct ip_view v;
	struct flow f;
	size_t n = v6_packet(p, sizeof(p), 0, rest, sizeof(rest));

	(void)state;
	assert_true(ip_parse(&v, p, n));
	assert_int_equal(v.tos, 0xb9);
	assert_int_equal(v.flow, 0xabcde);
	assert_int_equal(v.ttl, 63);
	assert_int_equal(v.ins, 64);
	assert_int_equal(v.ins_proto, 60);
	assert_int_equal(v.nh_off, 56);
	assert_int_equal(v.upper, 80);
	assert_int_equal(v.upper_nh, 64);
	assert_int_equal(v.proto, 6);
	assert_int_equal(v.cut, 64);
	assert_int_equal(v.cut_nh, 56);
	assert_false(v.has_frag);
	ip_flow(&f, &v, p, true);
	assert_true(f.has_ports && f.lport == 80 && f.rport == 257);
	for (size_t i = 0; i < n; i++)
		assert_false(ip_parse(&v, p, i));
	/* headers that leave the packet, whatever its length says */
	for (size_t i = 40; i < 80; i++) {
		p[5] = (uint8_t)(i - 40);
		assert_false(ip_parse(&v, p, n));
	}
}

static void
test_v6_options_only(void **state)
{
	static const uint8_t rest[] = { 17, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4, 0,
		8, 0, 0 };
	uint8_t p[64];
	struct ip_view v;
	size_t n = v6_packet(p, sizeof(p), 60, rest, sizeof(rest));

	(void)state;
	assert_true(ip_parse(&v, p, n));
	/* no routing header: the options stand before AH and ESP ... */
	assert_int_equal(v.ins, 48);
	assert_int_equal(v.nh_off, 40);
	assert_int_equal(v.ins_proto, 17);
	/* ... but behind a fragment header */
	assert_int_equal(v.cut, 40);
	assert_int_equal(v.cut_nh, 6);
	/* hop-by-hop options stand first */
	memcpy(p + 48, p + 40, 8);
	assert_true(ip_parse(&v, p, n));
	p[40] = 60;
	assert_true(ip_parse(&v, p, n));
	p[40] = 0;
	assert_false(ip_parse(&v, p, n));
}

static void
test_v6_fragment(void **state)
{
	static const uint8_t rest[] = { 6, 0, 0, 1, 0, 0, 0, 7, 60, 0, 0, 0, 1,
		1, 1, 1 };
	uint8_t p[64];
	struct ip_view v;
	struct flow f;
	size_t n = v6_packet(p, sizeof(p), 44, rest, sizeof(rest));

	(void)state;
	assert_true(ip_parse(&v, p, n));
	assert_true(v.frag && v.more && v.has_frag);
	assert_int_equal(v.upper, 48);
	ip_flow(&f, &v, p, true);
	assert_true(f.has_ports);
	p[43] = 0; /* RFC 6946: a whole datagram */
	assert_true(ip_parse(&v, p, n));
	assert_true(!v.frag && v.has_frag);
	p[42] = 1; /* not the first: what follows is no header */
	p[40] = 60;
	assert_true(ip_parse(&v, p, n));
	assert_true(v.frag && !v.more);
	assert_int_equal(v.frag_off, 256);
	assert_int_equal(v.proto, 60);
	assert_int_equal(v.upper, 48);
	ip_flow(&f, &v, p, true);
	assert_false(f.has_ports);
	p[40] = 44; /* two fragment headers in a row */
	p[42] = 0;
	memcpy(p + 48, "\x06\0\0\0\0\0\0\7", 8);
	assert_false(ip_parse(&v, p, n));
	p[40] = 60;
	assert_true(ip_parse(&v, p, n));
}

static void
test_v6_long_chain(void **state)
{
	uint8_t rest[17 * 8] = { 0 }, p[256];
	struct ip_view v;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 17; i++) {
		rest[8 * i] = 60;
		rest[8 * i + 2] = 1;
		rest[8 * i + 3] = 4;
	}
	rest[16 * 8] = 6;
	n = v6_packet(p, sizeof(p), 60, rest, sizeof(rest));
	assert_false(ip_parse(&v, p, n)); /* 17 headers */
	rest[15 * 8] = 59;
	n = v6_packet(p, sizeof(p), 60, rest, sizeof(rest));
	assert_true(ip_parse(&v, p, n));
	assert_int_equal(v.proto, 59);
	assert_int_equal(v.upper, 40 + 16 * 8);
}

static void
test_csum(void **state)
{
	/* the example of RFC 1071 3 */
	static const uint8_t ex[] = { 0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7 };
	static uint8_t big[65536];
	uint32_t sum;

	(void)state;
	assert_int_equal(ip_csum_end(ip_csum_add(0, ex, 8)), 0x220d);
	sum = ip_csum_add(0, ex, 4);
	assert_int_equal(ip_csum_end(ip_csum_add(sum, ex + 4, 4)), 0x220d);
	assert_int_equal(ip_csum_end(ip_csum_add(0, ex, 3)), 0x0dfe);
	memset(big, 0xff, sizeof(big));
	sum = 0xffffffff;
	for (int i = 0; i < 100; i++)
		sum = ip_csum_add(sum, big, sizeof(big));
	assert_int_equal(ip_csum_end(sum), 0);
}

/* RFC 1071 1, word by word: every length and place. */
static void
test_csum_lengths(void **state)
{
	static uint8_t p[400];

	(void)state;
	for (unsigned i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * i * 7 + i * 13 + 250);
	for (size_t at = 0; at < 40; at++)
		for (size_t n = 0; n <= sizeof(p) - at; n++) {
			uint32_t want = 0xfffe;

			for (size_t i = 0; i < n; i++)
				want += (uint32_t)p[at + i]
					<< (i % 2 == 0 ? 8 : 0);
			want = (want & 0xffff) + (want >> 16);
			want = (want & 0xffff) + (want >> 16);
			assert_int_equal(
			    ip_csum_end(ip_csum_add(0xfffe, p + at, n)),
			    (uint16_t)~want);
		}
}

/* Computed elsewhere: RFC 8200 8.1 (length 0x12345, UDP), RFC 793 3.1 (TCP) */
static void
test_csum_pseudo(void **state)
{
	struct addr s6 = addr_v6(a6), d6 = addr_v6(b6);
	struct addr s4 = addr_v4(a4), d4 = addr_v4(b4);

	(void)state;
	assert_int_equal(
	    ip_csum_end(ip_csum_pseudo(&s6, &d6, 17, 0x12345)), 0x7f2c);
	assert_int_equal(
	    ip_csum_end(ip_csum_pseudo(&s4, &d4, 6, 0x1234)), 0x189);
}

static void
test_write_limits(void **state)
{
	static uint8_t p[100];
	struct ip_new h4 = { .src = addr_v4(a4), .dst = addr_v4(b4) };
	struct ip_new h6 = { .src = addr_v6(a6), .dst = addr_v6(b6) };
	struct wr w = wr_into(p, sizeof(p));

	(void)state;
	ip_write(&w, &h4, 65515);
	assert_false(w.bad);
	ip_write(&w, &h4, 65516);
	assert_true(w.bad);
	w = wr_into(p, sizeof(p));
	ip_write(&w, &h6, 65535);
	assert_false(w.bad);
	ip_write(&w, &h6, 65536);
	assert_true(w.bad);
	w = wr_into(p, 19);
	ip_write(&w, &h4, 0);
	assert_true(w.bad);

	struct ip_view v = { .ver = 4, .fixed = 20 };

	assert_true(ip_set_len(p, &v, 65535));
	assert_false(ip_set_len(p, &v, 65536));
	v.ver = 6;
	assert_true(ip_set_len(p, &v, 65575));
	assert_false(ip_set_len(p, &v, 65576));
}

static void
test_set_tos(void **state)
{
	uint8_t p[64];
	struct wr w = wr_into(p, sizeof(p));
	struct ip_new h = { .src = addr_v4(a4), .dst = addr_v4(b4), .id = 77 };
	struct ip_view v;

	(void)state;
	ip_write(&w, &h, 0);
	for (unsigned tos = 0; tos < 256; tos++) {
		assert_true(ip_parse(&v, p, 20));
		ip_set_tos(p, &v, (uint8_t)tos);
		assert_int_equal(p[1], tos);
		assert_int_equal(ip_csum_end(ip_csum_add(0, p, 20)), 0);
	}
	size_t n = v6_packet(p, sizeof(p), 59, p, 0);

	assert_true(ip_parse(&v, p, n));
	for (unsigned tos = 0; tos < 256; tos++) {
		ip_set_tos(p, &v, (uint8_t)tos);
		assert_true(ip_parse(&v, p, n));
		assert_int_equal(v.tos, tos);
		assert_int_equal(v.flow, 0xabcde);
	}
}

static void
test_toobig(void **state)
{
	static uint8_t p[1500], out[1500];
	struct wr w = wr_into(p, sizeof(p));
	struct addr me4 = addr_v4(b4), me6 = addr_v6(b6);
	struct ip_new h = {
		.src = addr_v4(a4), .dst = addr_v4(b4), .proto = 6
	};
	struct ip_view v, r;
	uint32_t sum;

	(void)state;
	ip_write(&w, &h, 1480);
	assert_true(ip_parse(&v, p, 1500));
	w = wr_into(out, sizeof(out));
	ip_write_toobig(&w, &me4, &v, p, 1400);
	assert_int_equal(w.len, 576);
	assert_true(ip_parse(&r, out, w.len));
	assert_int_equal(r.len, 576);
	assert_int_equal(r.proto, 1);
	assert_int_equal(r.tos, 0xc0); /* RFC 1812 4.3.2.5 */
	assert_int_equal(r.ttl, 64);
	assert_true(addr_equal(&r.src, &me4));
	assert_true(addr_equal(&r.dst, &v.src));
	assert_memory_equal(out + 20, "\x03\x04", 2);
	assert_memory_equal(out + 24, "\0\0\x05\x78", 4);
	assert_int_equal(ip_csum_end(ip_csum_add(0, out + 20, 556)), 0);
	assert_memory_equal(out + 28, p, 548);

	size_t n = v6_packet(p, sizeof(p), 6, out, 1400);

	assert_true(ip_parse(&v, p, n));
	w = wr_into(out, sizeof(out));
	ip_write_toobig(&w, &me6, &v, p, 1000);
	assert_int_equal(w.len, 1280);
	assert_true(ip_parse(&r, out, w.len));
	assert_int_equal(r.proto, 58);
	assert_int_equal(r.tos, 0);
	assert_memory_equal(out + 40, "\x02\x00", 2);
	assert_memory_equal(out + 44, "\0\0\x05\0", 4); /* 1280 at least */
	sum = ip_csum_pseudo(&r.src, &r.dst, 58, 1240);
	assert_int_equal(ip_csum_end(ip_csum_add(sum, out + 40, 1240)), 0);
	assert_memory_equal(out + 48, p, 1232);

	w = wr_into(out, 100);
	ip_write_toobig(&w, &me6, &v, p, 1400);
	assert_true(w.bad);
}

static void
test_give_id(void **state)
{
	uint8_t p[24] = { 0x45, 0, 0, 24, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1,
		10, 0, 0, 2 };
	struct ip_view v;

	(void)state;
	assert_false(ip_give_id(p, 0, 7));
	assert_false(ip_give_id(p, 19, 7));
	p[6] = 0x40;
	assert_false(ip_give_id(p, sizeof(p), 7));
	p[6] = 0;
	assert_true(ip_give_id(p, sizeof(p), 0x1234));
	assert_true(ip_parse(&v, p, sizeof(p)));
	assert_int_equal(v.id, 0x1234);
	assert_int_equal(ip_csum_end(ip_csum_add(0, p, 20)), 0);
	assert_false(ip_give_id(p, sizeof(p), 7));
	p[4] = 0; /* each half makes it a number */
	assert_false(ip_give_id(p, sizeof(p), 7));
	p[4] = 1;
	p[5] = 0;
	assert_false(ip_give_id(p, sizeof(p), 7));
	p[4] = 0;
	assert_true(ip_give_id(p, 20, 7)); /* a header alone */
	p[5] = 0;
	p[0] = 0x60;
	assert_false(ip_give_id(p, sizeof(p), 7));
}

/* Copied and summed at once is copied, and summed. */
static void
test_csum_copy(void **state)
{
	static uint8_t from[460], to[460], none[460];

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 37 + i / 7);
	for (size_t n = 0; n < 420; n++) {
		size_t at = n % 9;
		uint32_t sum = ip_csum_add(0x1234, from + at, n);

		memset(to, 0, sizeof(to));
		assert_int_equal(
		    ip_csum_end(ip_csum_copy(0x1234, to + 1, from + at, n)),
		    ip_csum_end(sum));
		assert_memory_equal(to + 1, from + at, n);
		assert_memory_equal(to + 1 + n, none, sizeof(to) - 1 - n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v4_bad),
		cmocka_unit_test(test_v4_fragment),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_v6_chain),
		cmocka_unit_test(test_v6_options_only),
		cmocka_unit_test(test_v6_fragment),
		cmocka_unit_test(test_v6_long_chain),
		cmocka_unit_test(test_csum),
		cmocka_unit_test(test_csum_lengths),
		cmocka_unit_test(test_csum_pseudo),
		cmocka_unit_test(test_write_limits),
		cmocka_unit_test(test_set_tos),
		cmocka_unit_test(test_toobig),
		cmocka_unit_test(test_give_id),
		cmocka_unit_test(test_csum_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
