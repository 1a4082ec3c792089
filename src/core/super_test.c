/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/super.h"

#include "base/test.h"

#include "core/polrand.h"

enum { F_CSUM = 1, T_NONE = 0, T_TCP4 = 1, T_UFO = 3, T_TCP6 = 4, T_UDP = 5 };

static uint64_t seed;
static uint8_t pkt[65600], seg[65600], hdr[SUPER_VNET_MAX];

/* What a super-packet is made of. */
struct parts {
	bool v6, tcp, ext;
	uint16_t gso, id;
	uint32_t seq;
	uint8_t flags;
	size_t opts, payload; /* bytes */
	uint8_t byte;	      /* the payload counts up from it */
};

static uint32_t
rnd(uint32_t below)
{
	return polrand(&seed, below);
}

/* RFC 1071 as it is written there, sums of bytes. */
static uint32_t
plain_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static uint32_t
pseudo(const struct parts *a, const uint8_t *p, size_t upper_len)
{
	uint8_t tail[4] = { (uint8_t)(upper_len >> 8), (uint8_t)upper_len, 0,
		a->tcp ? IPPROTO_TCP_ : IPPROTO_UDP_ };
	uint32_t sum =
	    a->v6 ? plain_sum(0, p + 8, 32) : plain_sum(0, p + 12, 8);

	return plain_sum(sum, tail, 4);
}

static size_t
upper_at(const struct parts *a)
{
	return (a->v6 ? 40u : 20u) + (a->ext ? 8u : 0u);
}

static size_t
head_of(const struct parts *a)
{
	return upper_at(a) + (a->tcp ? 20 + a->opts : 8);
}

/*
 * One packet with the payload bytes [from, from + n), its checksum complete
 * unless `partial`. Written straight from the RFCs.
 */
static size_t
build(uint8_t *p, const struct parts *a, uint16_t id, uint8_t flags,
    size_t from, size_t n, bool partial)
{
	struct addr s4 = { FAM_V4, { 10, 1, 2, 3 } };
	struct addr d4 = { FAM_V4, { 10, 1, 2, 4 } };
	struct addr s6 = { FAM_V6, { 0x20, 1, [15] = 1 } };
	struct addr d6 = { FAM_V6, { 0x20, 1, [15] = 2 } };
	uint8_t proto = a->tcp ? IPPROTO_TCP_ : IPPROTO_UDP_;
	struct ip_new h = { .src = a->v6 ? s6 : s4,
		.dst = a->v6 ? d6 : d4,
		.tos = 0x2,
		.ttl = 63,
		.proto = a->ext ? 0 : proto,
		.df = true,
		.id = id,
		.flow = 0x12345 };
	size_t upper = upper_at(a), head = head_of(a);
	size_t field = upper + (a->tcp ? 16 : 6);
	struct wr w = wr_into(p, 65600);
	uint32_t sum;

	ip_write(&w, &h, head - (a->v6 ? 40 : 20) + n);
	if (a->ext) { /* hop-by-hop options: padding */
		wr_u8(&w, proto);
		wr_u8(&w, 0);
		wr_u8(&w, 1);
		wr_u8(&w, 4);
		wr_zero(&w, 4);
	}
	wr_be16(&w, 4711);
	wr_be16(&w, 80);
	if (a->tcp) {
		wr_be32(&w, a->seq + (uint32_t)from);
		wr_be32(&w, 0xdeadbeef);
		wr_u8(&w, (uint8_t)((20 + a->opts) / 4 << 4));
		wr_u8(&w, flags);
		wr_be16(&w, 500);
		wr_be32(&w, 0);
		for (size_t i = 0; i < a->opts; i++)
			wr_u8(&w, 1);
	} else {
		wr_be16(&w, (uint16_t)(8 + n));
		wr_be16(&w, 0);
	}
	for (size_t i = 0; i < n; i++)
		wr_u8(&w, (uint8_t)(a->byte + (from + i) * 7));
	assert_false(w.bad);
	assert_int_equal(w.len, head + n);
	sum = pseudo(a, p, head - upper + n);
	if (!partial) {
		sum = plain_sum(sum, p + upper, head - upper + n);
		sum = (uint16_t)~sum;
		if (sum == 0 && !a->tcp)
			sum = 0xffff;
	}
	p[field] = (uint8_t)(sum >> 8);
	p[field + 1] = (uint8_t)sum;
	return w.len;
}

static void
vnet(uint8_t flags, uint8_t type, uint16_t gso, size_t start, size_t off)
{
	struct wr w = wr_into(hdr, sizeof(hdr));

	wr_u8(&w, flags);
	wr_u8(&w, type);
	wr_h16(&w, 0);
	wr_h16(&w, gso);
	wr_h16(&w, (uint16_t)start);
	wr_h16(&w, (uint16_t)off);
}

static uint8_t
type_of(const struct parts *a)
{
	return !a->tcp ? T_UDP : a->v6 ? T_TCP6 : T_TCP4;
}

static struct parts
any_parts(void)
{
	struct parts a = { .v6 = rnd(2),
		.tcp = rnd(3) != 0,
		.gso = (uint16_t)(1 + rnd(rnd(2) ? 60 : 3000)),
		.id = (uint16_t)rnd(65536),
		.seq = rnd(2) ? UINT32_MAX - rnd(5000) : rnd(1000000),
		/* all but SYN and RST */
		.flags = (uint8_t)(rnd(256) & ~6u),
		.opts = rnd(11) * 4,
		.payload = 1 + rnd(rnd(8) == 0 ? 60000 : 2500),
		.byte = (uint8_t)rnd(256) };

	a.ext = a.v6 && rnd(4) == 0;
	return a;
}

/* Every segment is what somebody would have built by hand. */
static void
segments_are_packets(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct parts a = any_parts();
		size_t n = build(pkt, &a, a.id, a.flags, 0, a.payload, true);
		size_t upper = upper_at(&a), done = 0;
		struct super s;
		uint32_t count;

		vnet(F_CSUM, type_of(&a), a.gso, upper, a.tcp ? 16 : 6);
		assert_true(super_from_vnet(&s, hdr, pkt, n));
		if (a.tcp && rnd(4) == 0) {
			a.gso = (uint16_t)(1 + rnd(a.gso));
			assert_true(super_shrink(&s, a.gso));
		}
		count = super_count(&s);
		assert_int_equal(count, (a.payload + a.gso - 1) / a.gso);
		for (uint32_t i = 0; i < count; i++) {
			size_t part = a.payload - done;
			uint8_t flags = a.flags;
			struct wr w = wr_into(seg, sizeof(seg));
			size_t at, len, want;
			static uint8_t hand[65600];

			if (part > a.gso)
				part = a.gso;
			if (i + 1 != count)
				flags &= (uint8_t)~0x09; /* FIN, PSH */
			if (i != 0)
				flags &= 0x7f; /* CWR */
			at = super_part(&s, i, &len);
			assert_int_equal(at, head_of(&a) + done);
			assert_int_equal(len, part);
			super_segment(&w, &s, pkt, i);
			assert_false(w.bad);
			want = build(hand, &a, (uint16_t)(a.id + i), flags,
			    done, part, false);
			assert_int_equal(w.len, want);
			assert_memory_equal(seg, hand, want);
			done += part;
		}
		assert_int_equal(done, a.payload);
	}
}

static void
one_packet_is_finished(void **state)
{
	static uint8_t hand[65600];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct parts a = any_parts();
		size_t n = build(pkt, &a, a.id, a.flags, 0, a.payload, true);
		struct wr w = wr_into(seg, sizeof(seg));
		struct super s;

		(void)build(hand, &a, a.id, a.flags, 0, a.payload, false);
		vnet(F_CSUM, T_NONE, 0, upper_at(&a), a.tcp ? 16 : 6);
		assert_true(super_from_vnet(&s, hdr, pkt, n));
		assert_int_equal(super_count(&s), 1);
		super_segment(&w, &s, pkt, 0);
		assert_int_equal(w.len, n);
		assert_memory_equal(seg, hand, n);
		super_finish_csum(&s, pkt);
		assert_memory_equal(pkt, hand, n);
		/* and one that is finished stays as it is */
		vnet(0, T_NONE, 0, 9, 9);
		assert_true(super_from_vnet(&s, hdr, pkt, n));
		super_finish_csum(&s, pkt);
		assert_memory_equal(pkt, hand, n);
	}
}

static const struct parts tcp = {
	.tcp = true, .gso = 100, .flags = 0x10, .payload = 1000
};

static bool
takes(uint8_t flags, uint8_t type, uint16_t gso, size_t start, size_t off,
    size_t n)
{
	struct super s;

	vnet(flags, type, gso, start, off);
	return super_from_vnet(&s, hdr, pkt, n);
}

static void
what_cannot_be_is_refused(void **state)
{
	struct parts a = tcp;
	size_t n = build(pkt, &a, 1, a.flags, 0, a.payload, true);

	(void)state;
	assert_true(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
	assert_true(takes(F_CSUM, T_TCP4 | 0x80, 100, 20, 16, n));
	/* no size; no checksum to be completed, or another one */
	assert_false(takes(F_CSUM, T_TCP4, 0, 20, 16, n));
	assert_false(takes(0, T_TCP4, 100, 20, 16, n));
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 6, n));
	assert_false(takes(F_CSUM, T_TCP4, 100, 24, 16, n));
	/* of other protocols, or not asked for */
	assert_false(takes(F_CSUM, T_TCP6, 100, 20, 16, n));
	assert_false(takes(F_CSUM, T_UDP, 100, 20, 6, n));
	assert_false(takes(F_CSUM, T_UFO, 100, 20, 16, n));
	assert_false(takes(F_CSUM, 0x20 | T_TCP4, 100, 20, 16, n));
	/* lengths that disagree */
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n - 1));
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, 0));
	assert_false(takes(F_CSUM, T_NONE, 0, n - 16, 15, n));
	assert_true(takes(F_CSUM, T_NONE, 0, n - 17, 15, n));
	assert_false(takes(F_CSUM, T_NONE, 0, 65535, 65535, n));
	/* a TCP header that is too short, or longer than the packet */
	pkt[32] = 0x40;
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
	pkt[32] = 0x50;
	n = build(pkt, &a, 1, a.flags, 0, 10, true);
	pkt[32] = 0xf0;
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
	/* fragments, SYN, RST */
	n = build(pkt, &a, 1, a.flags, 0, a.payload, true);
	pkt[6] = 0x20;
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
	(void)build(pkt, &a, 1, 0x12, 0, a.payload, true);
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
	(void)build(pkt, &a, 1, 0x14, 0, a.payload, true);
	assert_false(takes(F_CSUM, T_TCP4, 100, 20, 16, n));
}

static void
only_tcp_shrinks(void **state)
{
	struct parts a = tcp;
	size_t n = build(pkt, &a, 1, a.flags, 0, a.payload, true);
	struct super s;

	(void)state;
	vnet(F_CSUM, T_TCP4, 100, 20, 16);
	assert_true(super_from_vnet(&s, hdr, pkt, n));
	assert_true(super_shrink(&s, 200));
	assert_int_equal(super_count(&s), 10);
	assert_true(super_shrink(&s, 99));
	assert_int_equal(super_count(&s), 11);
	assert_false(super_shrink(&s, 0));
	/* the edge of a datagram is its sender's */
	a.tcp = false;
	n = build(pkt, &a, 1, 0, 0, a.payload, true);
	vnet(F_CSUM, T_UDP, 100, 20, 6);
	assert_true(super_from_vnet(&s, hdr, pkt, n));
	assert_false(super_shrink(&s, 50));
	assert_int_equal(super_count(&s), 10);
}

static void
no_room_is_said(void **state)
{
	struct parts a = tcp;
	size_t n = build(pkt, &a, 1, a.flags, 0, a.payload, true);
	struct wr w = wr_into(seg, 139);
	struct super s;

	(void)state;
	vnet(F_CSUM, T_TCP4, 100, 20, 16);
	assert_true(super_from_vnet(&s, hdr, pkt, n));
	super_segment(&w, &s, pkt, 0);
	assert_true(w.bad);
	assert_int_equal(w.len, 0);
}

/* What is written for the device reads as what was meant. */
static void
header_there_and_back(void **state)
{
	(void)state;
	for (int round = 0; round < 500; round++) {
		struct parts a = any_parts();
		size_t n = build(pkt, &a, 1, a.flags, 0, a.payload, true);
		struct super s, t;
		uint8_t again[SUPER_VNET_MAX];

		vnet(F_CSUM, type_of(&a), a.gso, upper_at(&a), a.tcp ? 16 : 6);
		assert_true(super_from_vnet(&s, hdr, pkt, n));
		super_to_vnet(again, &s);
		assert_true(super_from_vnet(&t, again, pkt, n));
		assert_int_equal(t.gso, s.gso);
		assert_int_equal(t.kind, s.kind);
		assert_int_equal(t.head, s.head);
		assert_int_equal(t.csum_start, s.csum_start);
		assert_int_equal(t.csum_off, s.csum_off);
		assert_true(t.csum);
		s = (struct super){ .kind = s.kind };
		super_to_vnet(again, &s);
		for (size_t i = 0; i < sizeof(again); i++)
			assert_int_equal(again[i], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_packets),
		cmocka_unit_test(one_packet_is_finished),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(only_tcp_shrinks),
		cmocka_unit_test(no_room_is_said),
		cmocka_unit_test(header_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
