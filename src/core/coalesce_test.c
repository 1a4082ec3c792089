/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/coalesce.h"

#include "base/test.h"

enum { N = 16, ROOM = 2048 };

static uint8_t mem[N][ROOM], whole[70000];
static struct coalesce c;
static unsigned n_writes, n_packets;
static struct super last;
static size_t last_len;

static void
take(void *ctx, const struct lane_write *w)
{
	size_t n = 0;

	(void)ctx;
	assert_int_equal(w->piece[0].n, SUPER_VNET_MAX);
	for (size_t i = 1; i < w->n; i++) {
		memcpy(whole + n, w->piece[i].p, w->piece[i].n);
		n += w->piece[i].n;
	}
	assert_int_equal(n, w->len);
	assert_true(super_from_vnet(&last, w->piece[0].p, whole, n));
	assert_int_equal(super_count(&last), w->count);
	last_len = n;
	n_writes++;
	n_packets += w->count;
}

/* What a packet is made of; the payload counts up. */
struct say {
	bool v6, udp, no_sum, bad_sum, bad_head;
	uint16_t port, id, window;
	uint32_t seq, ack;
	uint8_t flags, tos, ttl, df, opt;
	size_t n;
};

static const struct say plain = { .port = 1,
	.id = 10,
	.window = 99,
	.seq = 1000,
	.ack = 7,
	.flags = 0x10,
	.ttl = 64,
	.df = 1,
	.n = 100 };

static size_t
build(uint8_t *p, const struct say *s, size_t *upper)
{
	struct addr a[2] = { { FAM_V4, { 10, 0, 0, 1 } },
		{ FAM_V4, { 10, 0, 0, 2 } } };
	struct ip_new h = { .tos = s->tos,
		.ttl = s->ttl,
		.df = s->df,
		.id = s->id,
		.proto = s->udp ? IPPROTO_UDP_ : IPPROTO_TCP_ };
	size_t head = s->udp ? 8 : 24;
	struct wr w = wr_into(p, ROOM);
	uint32_t sum;
	uint16_t sum16;

	if (s->v6)
		a[0].fam = a[1].fam = FAM_V6;
	h.src = a[0];
	h.dst = a[1];
	ip_write(&w, &h, head + s->n);
	*upper = w.len;
	wr_be16(&w, s->port);
	wr_be16(&w, 80);
	if (s->udp) {
		wr_be16(&w, (uint16_t)(8 + s->n));
		wr_be16(&w, 0);
	} else {
		wr_be32(&w, s->seq);
		wr_be32(&w, s->ack);
		wr_u8(&w, 0x60);
		wr_u8(&w, s->flags);
		wr_be16(&w, s->window);
		wr_be32(&w, 0);
		wr_be32(&w, 0x01010100u | s->opt);
	}
	for (size_t i = 0; i < s->n; i++)
		wr_u8(&w, (uint8_t)(s->seq + i));
	sum = ip_csum_pseudo(&a[0], &a[1], h.proto, (uint32_t)(w.len - *upper));
	sum16 = ip_csum_end(ip_csum_add(sum, p + *upper, w.len - *upper));
	if (s->bad_sum)
		sum16 ^= 0x0100;
	if (!s->no_sum) {
		p[*upper + (s->udp ? 6 : 16)] = (uint8_t)(sum16 >> 8);
		p[*upper + (s->udp ? 7 : 17)] = (uint8_t)sum16;
	}
	p[11] ^= s->bad_head;
	assert_false(w.bad);
	return w.len;
}

static unsigned at;

static void
begin(void)
{
	coalesce_init(&c, take, NULL);
	at = n_writes = n_packets = 0;
}

static void
put(const struct say *s)
{
	size_t upper, n = build(mem[at % N], s, &upper);

	coalesce_add(&c, "", mem[at++ % N], n, upper, true);
}

/* The next packet of the same flow. */
static struct say
next(struct say s)
{
	s.seq += (uint32_t)s.n;
	s.id++;
	return s;
}

/* Do these two become one? They are cut again into what they were. */
static bool
are_one(const struct say *a, const struct say *b)
{
	const struct say *both[2] = { a, b };

	begin();
	put(a);
	put(b);
	coalesce_flush(&c);
	assert_int_equal(n_packets, 2);
	if (n_writes == 2)
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		static uint8_t was[ROOM], is[ROOM];
		struct wr w = wr_into(is, sizeof(is));
		size_t upper, n = build(was, both[i], &upper);

		super_segment(&w, &last, whole, i);
		assert_int_equal(w.len, n);
		if (both[i]->df) { /* RFC 6864: means nothing */
			memcpy(is + 4, was + 4, a->v6 ? 0 : 2);
			memcpy(is + 10, was + 10, a->v6 ? 0 : 2);
		}
		assert_memory_equal(is, was, n);
	}
	return true;
}

static void
runs_become_one(void **state)
{
	struct say s = plain;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		s = plain;
		s.v6 = kind & 1;
		s.udp = kind & 2;
		begin();
		for (int i = 0; i < 10; i++, s = next(s))
			put(&s);
		s.n = 33;
		put(&s);
		coalesce_flush(&c);
		assert_int_equal(n_writes, 1);
		assert_int_equal(n_packets, 11);
		assert_int_equal(last.gso, 100);
		assert_true(last.csum);
		assert_int_equal(last_len, last.head + 1033);
	}
}

static void
what_differs_stays_apart(void **state)
{
	struct say a = plain, b = next(plain), x;

	(void)state;
	assert_true(are_one(&a, &b));
#define APART(field, value)                    \
	do {                                   \
		x = b;                         \
		x.field = value;               \
		assert_false(are_one(&a, &x)); \
	} while (0)
	APART(port, 2);
	APART(seq, b.seq + 1);
	APART(seq, a.seq);
	APART(ack, 8);
	APART(window, 98);
	APART(opt, 1);
	APART(tos, 4);
	APART(ttl, 63);
	APART(df, 0);
	APART(id, 12);
	APART(n, 101);
	APART(n, 0);
	APART(v6, true);
	APART(udp, true);
	APART(bad_sum, true);
	APART(bad_head, true);
	APART(flags, 0x12);
	APART(flags, 0x14);
	APART(flags, 0x30);
	APART(flags, 0x90);
	APART(flags, 0x50);
	APART(flags, 0x00);
#undef APART
	x = b;
	x.id = a.id; /* nobody may split it */
	assert_true(are_one(&a, &x));
	a.df = x.df = 0;
	assert_false(are_one(&a, &x));
	a = plain;
	a.bad_sum = true;
	assert_false(are_one(&a, &b));
	a = plain;
	a.udp = b.udp = a.no_sum = b.no_sum = true;
	assert_false(are_one(&a, &b));
}

static void
ends_are_ends(void **state)
{
	static const uint8_t ends[] = { 0x18, 0x11, 0x19 };
	struct say a = plain, b = next(plain);

	(void)state;
	for (size_t i = 0; i < sizeof(ends); i++) {
		b.flags = ends[i];
		assert_true(are_one(&a, &b));
		begin();
		put(&a);
		put(&b);
		b = next(b);
		b.flags = 0x10;
		put(&b);
		coalesce_flush(&c);
		assert_int_equal(n_writes, 2);
		b = next(plain);
		/* and with the first one there is nothing to come */
		a.flags = ends[i];
		assert_false(are_one(&a, &b));
		a.flags = 0x10;
	}
	b.n = 50; /* a short one is the last */
	begin();
	put(&a);
	put(&b);
	b = next(b);
	put(&b);
	coalesce_flush(&c);
	assert_int_equal(n_writes, 2);
}

/* Flows between each other; each keeps its order. */
static void
flows_beside_each_other(void **state)
{
	struct say s[3] = { plain, plain, plain };

	(void)state;
	s[1].port = 2;
	s[2].udp = true;
	begin();
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 3; j++) {
			put(&s[j]);
			s[j] = next(s[j]);
		}
	coalesce_flush(&c);
	assert_int_equal(n_writes, 3);
	assert_int_equal(n_packets, 15);
	/* more flows than there are places: the first is written */
	begin();
	for (uint16_t i = 0; i <= COALESCE_FLOWS; i++) {
		s[0] = plain;
		s[0].port = i;
		put(&s[0]);
	}
	assert_int_equal(n_writes, 1);
	coalesce_flush(&c);
	assert_int_equal(n_writes, COALESCE_FLOWS + 1);
}

static void
devices_do_not_mix(void **state)
{
	struct say s = plain;
	size_t upper, n;

	(void)state;
	begin();
	put(&s);
	s = next(s);
	n = build(mem[1], &s, &upper);
	coalesce_add(&c, "ip.tun0", mem[1], n, upper, true);
	coalesce_flush(&c);
	assert_int_equal(n_writes, 2);
	/* one that may not, in its turn */
	begin();
	s = plain;
	put(&s);
	s = next(s);
	n = build(mem[1], &s, &upper);
	coalesce_add(&c, "", mem[1], n, upper, false);
	assert_int_equal(n_writes, 2);
	assert_int_equal(last_len, n);
	coalesce_flush(&c);
	assert_int_equal(n_writes, 2);
}

static void
one_more_of_a_flow(void **state)
{
	struct say s = plain;
	size_t upper, n;

	(void)state;
	begin();
	put(&s);
	for (unsigned i = 1; i < 4; i++) {
		s = next(s);
		n = build(mem[i], &s, &upper);
		coalesce_again(&c, mem[i], n);
	}
	coalesce_flush(&c);
	assert_int_equal(n_writes, 1);
	assert_int_equal(n_packets, 4);
	/* what goes alone is written behind what waits of its flow */
	begin();
	s = plain;
	put(&s);
	s = next(s);
	s.bad_sum = true;
	n = build(mem[1], &s, &upper);
	coalesce_again(&c, mem[1], n);
	s = next(s);
	s.bad_sum = false;
	s.flags = 0x02;
	n = build(mem[2], &s, &upper);
	coalesce_again(&c, mem[2], n);
	assert_int_equal(n_writes, 3);
	assert_int_equal(last_len, n);
	s = next(s);
	s.flags = plain.flags;
	n = build(mem[3], &s, &upper);
	coalesce_again(&c, mem[3], n);
	assert_int_equal(n_writes, 3);
	coalesce_flush(&c);
	assert_int_equal(n_writes, 4);
}

/* What waits for longer than a turn would be written over. */
static void
turns(void **state)
{
	struct say s = plain;
	size_t upper, n;

	(void)state;
	begin();
	put(&s);
	coalesce_turn(&c);
	s = next(s);
	n = build(mem[1], &s, &upper);
	coalesce_add(&c, "", mem[1], n, upper, true);
	assert_int_equal(n_writes, 0);
	coalesce_turn(&c);
	assert_int_equal(n_writes, 1);
	assert_int_equal(n_packets, 2);
	s = next(s);
	n = build(mem[2], &s, &upper);
	coalesce_add(&c, "", mem[2], n, upper, true);
	coalesce_turn(&c);
	assert_int_equal(n_writes, 1);
	coalesce_turn(&c);
	assert_int_equal(n_writes, 2);
	coalesce_turn(&c);
	assert_int_equal(n_writes, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_become_one),
		cmocka_unit_test(what_differs_stays_apart),
		cmocka_unit_test(ends_are_ends),
		cmocka_unit_test(flows_beside_each_other),
		cmocka_unit_test(devices_do_not_mix),
		cmocka_unit_test(one_more_of_a_flow),
		cmocka_unit_test(turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
