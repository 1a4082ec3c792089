/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/lane.h"

#include "core/path_fix_test.h"

static struct lane *tx, *rx;
static struct lane_run run;
static uint8_t sent[1 << 20], item_mem[65536 + LANE_TAIL], got[1 << 17];
static size_t n_sent, n_got, stride;
static unsigned n_runs, n_packets, n_writes, n_slow_out, n_slow_in;
static struct super last;

static void
send_run(void *ctx, const struct lane_run *r)
{
	(void)ctx;
	run = *r;
	assert_true(n_sent + r->len <= sizeof(sent));
	memcpy(sent + n_sent, r->bytes, r->len);
	n_sent += r->len;
	stride = r->stride;
	n_runs++;
	n_packets += r->n;
}

static void
slow_out(void *ctx, const char *tun, const struct lane_item *it)
{
	struct host *h = ctx;

	n_slow_out++;
	assert_false(it->s.kind == SUPER_NONE && it->s.csum);
	if (it->s.kind == SUPER_NONE) {
		assert_verdict(out(h, tun, it->pkt, it->s.len), VERDICT_PASS);
		return;
	}
	for (uint32_t i = 0; i < super_count(&it->s); i++) {
		static uint8_t seg[PATH_ROOM];
		struct wr w = wr_into(seg, sizeof(seg));

		super_segment(&w, &it->s, it->pkt, i);
		(void)out(h, tun, seg, w.len);
	}
}

static void
take(void *ctx, const struct lane_write *w)
{
	(void)ctx;
	n_got = 0;
	for (size_t i = 1; i < w->n; i++) {
		memcpy(got + n_got, w->piece[i].p, w->piece[i].n);
		n_got += w->piece[i].n;
	}
	assert_true(super_from_vnet(&last, w->piece[0].p, got, n_got));
	n_writes++;
}

static void
slow_in(void *ctx, const struct lane_pkt *k)
{
	struct host *h = ctx;
	static uint8_t whole[PATH_ROOM];
	struct wr w = wr_into(whole, sizeof(whole));

	n_slow_in++;
	assert_true(lane_whole(&w, k));
	(void)in(h, whole, w.len);
}

static int
begin(void **state)
{
	struct lane_env env = { send_run, slow_out, take, slow_in, &enigma };

	setup(state);
	tx = lane_new(&enigma.p, &env);
	env.ctx = &partym;
	rx = lane_new(&partym.p, &env);
	assert_non_null(tx);
	assert_non_null(rx);
	n_sent = n_runs = n_packets = n_writes = n_slow_out = n_slow_in = 0;
	return 0;
}

static int
end(void **state)
{
	lane_free(tx);
	lane_free(rx);
	return teardown(state);
}

/* A TCP super-packet of n bytes of payload. */
static struct lane_item
tcp_item(uint16_t gso, size_t n, uint32_t seq)
{
	struct ip_new h = { .src = A(ENIGMA4),
		.dst = A(PARTYM4),
		.ttl = 64,
		.df = true,
		.id = 100,
		.proto = IPPROTO_TCP_ };
	struct wr w = wr_into(item_mem, sizeof(item_mem));
	uint8_t vnet[SUPER_VNET] = { 1, gso != 0, 0, 0, 0, 0, 20, 0, 16, 0 };
	struct lane_item it = { .pkt = item_mem };
	uint16_t sum;

	memcpy(vnet + 4, &gso, 2);
	ip_write(&w, &h, 20 + n);
	wr_be16(&w, 1);
	wr_be16(&w, 2);
	wr_be32(&w, seq);
	wr_be32(&w, 5);
	wr_be16(&w, 0x5010);
	wr_be16(&w, 99);
	wr_be32(&w, 0);
	for (size_t i = 0; i < n; i++)
		wr_u8(&w, (uint8_t)(i * 7 + i / 251));
	sum = (uint16_t)~ip_csum_end(
	    ip_csum_pseudo(&h.src, &h.dst, IPPROTO_TCP_, (uint32_t)(20 + n)));
	item_mem[36] = (uint8_t)(sum >> 8);
	item_mem[37] = (uint8_t)sum;
	assert_false(w.bad);
	assert_true(super_from_vnet(&it.s, vnet, item_mem, w.len));
	return it;
}

/* What was sent, as packets that came; udp: behind one header for all. */
static size_t
came(struct lane_pkt *k, const uint8_t *head, uint16_t n_head)
{
	size_t n = 0, len;

	for (size_t at = 0; at < n_sent; at += len) {
		len = n_sent - at < stride ? n_sent - at : stride;
		if (head != NULL)
			k[n] = (struct lane_pkt){ .head = head,
				.esp = sent + at,
				.n_head = n_head,
				.n_esp = (uint32_t)len };
		else
			assert_true(lane_split(&k[n], sent + at, len));
		n++;
	}
	return n;
}

static void
payload_is(const struct lane_item *it)
{
	assert_int_equal(n_got, it->s.len);
	assert_memory_equal(got + 40, it->pkt + 40, n_got - 40);
	assert_true(last.csum);
}

/*
 * A flow's first packet goes slow; then a super-packet goes as one run whose
 * packets fit, and comes out as one, whatever its sender thought of the way.
 */
static void
bulk(uint32_t flags, uint32_t mtu, uint16_t gso, unsigned packets)
{
	struct lane_pkt k[LANE_BATCH];
	struct sa_spec s = sa_of(0x1001, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	struct lane_item it = tcp_item(0, 10, 1);
	bool udp = (flags & SAF_NATT_REM) != 0;
	uint8_t head[28];
	struct wr w = wr_into(head, sizeof(head));
	size_t n;

	s.flags = flags;
	s.natt_rem = udp ? A(PARTYM4) : s.natt_rem;
	if ((flags & SAF_TUNNEL) != 0)
		install_both(
		    RULE_BOTH, "ip.tun0", ipsec(0, EALG_AES_GCM_16, 0));
	else
		install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	add_sa(&enigma, &s);
	s.natt_rem = udp ? A(ENIGMA4) : s.natt_rem;
	add_sa(&partym, &s);
	enigma.mtu = mtu;
	lane_out(tx, flags & SAF_TUNNEL ? "ip.tun0" : "", &it, 1, now);
	assert_int_equal(n_slow_out, 1);
	/* and so does the other end */
	memcpy(sent, wire,
	    n_sent = stride = 20 + (udp ? 8 : 0) + 8 + 8 + 16 +
			      (flags & SAF_TUNNEL ? 52 : 32));
	n = came(k, NULL, 0);
	lane_in(rx, k, n, now);
	assert_int_equal(n_slow_in, 1);
	assert_int_equal(partym.p.stats.esp_in, 1);
	n_sent = 0;

	it = tcp_item(gso, 60000, 11);
	lane_out(tx, flags & SAF_TUNNEL ? "ip.tun0" : "", &it, 1, now);
	assert_int_equal(n_slow_out, 1);
	assert_int_equal(n_runs, 1);
	assert_int_equal(n_packets, packets);
	assert_int_equal(run.udp, udp);
	assert_true(run.stride + (udp ? 28 : 0) <= mtu);
	ip_write(&w, &run.head, 8);
	wr_be16(&w, run.sport);
	wr_be16(&w, run.dport);
	wr_be32(&w, 0);
	n = came(k, udp ? head : NULL, 28);
	assert_int_equal(n, packets);
	lane_in(rx, k, n, now);
	assert_int_equal(n_slow_in, 1);
	assert_int_equal(n_writes, 1);
	payload_is(&it);
	/* nothing comes twice */
	lane_in(rx, k, n, now);
	assert_int_equal(n_writes, 1);
	assert_int_equal(n_slow_in, 1 + n);
	assert_int_equal(partym.p.stats.n[1][VERDICT_ESP_EARLY_REPLAY], n);
	assert_int_equal(lane_stats(tx)->out_fast, packets);
	assert_int_equal(lane_stats(rx)->in_fast, packets);
}

/*
 * Super-packets that fit a piece are a piece each, and what comes of some of them
 * at once is as many writes, wherever a batch ends.
 */
static void
pieces_of_supers(void **state)
{
	enum { SUPERS = 5, EACH = 40, MSS = 1200, BYTES = EACH * MSS };
	static struct lane_pkt k[SUPERS * EACH + 1];
	struct sa_spec s = sa_of(0x1001, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	struct lane_item it = tcp_item(0, 10, 1);
	uint8_t head[28];
	struct wr w = wr_into(head, sizeof(head));
	size_t n = 0;

	(void)state;
	s.flags = SAF_NATT_REM;
	s.natt_rem = A(PARTYM4);
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	add_sa(&enigma, &s);
	s.natt_rem = A(ENIGMA4);
	add_sa(&partym, &s);
	enigma.mtu = 1500;
	lane_out(tx, "", &it, 1, now);
	memcpy(sent, wire, n_sent = stride = 20 + 8 + 8 + 8 + 16 + 32);
	lane_in(rx, k, came(k, NULL, 0), now);
	n_sent = 0;
	for (uint32_t i = 0; i < SUPERS; i++) {
		it = tcp_item(MSS, BYTES, 11 + i * BYTES);
		lane_out(tx, "", &it, 1, now);
		assert_int_equal(n_runs, i + 1);
		assert_int_equal(run.n, EACH);
	}
	ip_write(&w, &run.head, 8);
	wr_be16(&w, run.sport);
	wr_be16(&w, run.dport);
	wr_be32(&w, 0);
	n_writes = 0;
	n = came(k, head, 28);
	assert_int_equal(n, SUPERS * EACH);
	lane_in(rx, k, n, now);
	/* as many bytes as one can have: more than a super-packet had */
	assert_int_equal(n_writes, SUPERS * BYTES / 65000 + 1);
	assert_int_equal(lane_stats(rx)->in_fast, n);
	assert_int_equal(n_slow_in, 1);
}

static void
bulk_of_all_kinds(void **state)
{
	static const uint32_t kinds[] = { 0, SAF_ESN, SAF_TUNNEL, SAF_NATT_REM,
		SAF_NATT_REM | SAF_TUNNEL };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		end(state);
		begin(state);
		bulk(kinds[i], 1500, 1200, 50);
	}
}

static void
segments_fit_the_way(void **state)
{
	/* 65 bytes around it, 40 before the payload */
	bulk(SAF_TUNNEL | SAF_NATT_REM, 1400, 32000, 47);
	end(state);
	begin(state);
	bulk(0, 9000, 32000, 7);
}

/* AH, alone and over ESP: sealed by the path, looked up once. */
static void
with_ah(void **state)
{
	for (int esp = 0; esp < 2; esp++) {
		struct sa_spec a =
		    sa_of(0x2001, ENIGMA4, PARTYM4, 0, AALG_SHA256HMAC);
		struct sa_spec e =
		    sa_of(0x2002, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
		struct lane_item it = tcp_item(0, 10, 1);
		size_t len;

		end(state);
		begin(state);
		install_both(RULE_BOTH, "",
		    ipsec(AALG_SHA256HMAC, esp ? EALG_AES_GCM_16 : 0, 0));
		share(&a);
		if (esp)
			share(&e);
		lane_out(tx, "", &it, 1, now);
		assert_int_equal(n_slow_out, 1);
		it = tcp_item(1400, 20000, 11);
		lane_out(tx, "", &it, 1, now);
		assert_int_equal(n_slow_out, 1);
		assert_int_equal(n_runs, 1);
		assert_int_equal(n_packets, 15);
		assert_true(run.stride <= 1500);
		assert_false(run.udp);
		assert_int_equal(run.head.proto, IPPROTO_AH_);
		for (size_t at = 0; at < n_sent; at += len) {
			len = n_sent - at < stride ? n_sent - at : stride;
			assert_verdict(
			    in(&partym, sent + at, len), VERDICT_PASS);
		}
		assert_int_equal(enigma.p.stats.ah_out, 16);
		assert_int_equal(enigma.p.stats.esp_out, esp ? 16 : 0);
		assert_int_equal(partym.p.stats.n[1][VERDICT_PASS], 15);
	}
}

/* Switched off, and a limit that is near: the path sees each. */
static void
what_goes_slow(void **state)
{
	struct sa_spec s = sa_of(0x1001, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	struct lane_item it = tcp_item(0, 10, 1);

	(void)state;
	s.soft.allocs = 12;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	add_sa(&enigma, &s);
	lane_out(tx, "", &it, 1, now);
	it = tcp_item(0, 10, 11);
	lane_out(tx, "", &it, 1, now);
	assert_int_equal(n_slow_out, 1);
	lane_off(tx)->fast = true;
	it = tcp_item(0, 10, 21);
	lane_out(tx, "", &it, 1, now);
	assert_int_equal(n_slow_out, 2);
	lane_off(tx)->fast = false;
	it = tcp_item(100, 1000, 31);
	lane_out(tx, "", &it, 1, now);
	assert_int_equal(n_slow_out, 3);
	assert_int_equal(enigma.n_expired, 1);
	/* that was the soft limit, and the last of them were learned from */
	it = tcp_item(100, 1000, 1031);
	lane_out(tx, "", &it, 1, now);
	assert_int_equal(n_slow_out, 3);
	/* a SYN may be of another connection */
	it = tcp_item(0, 0, 1);
	it.pkt[33] = 0x02;
	lane_out(tx, "", &it, 1, now);
	assert_int_equal(n_slow_out, 4);
}

static void
there_and_back(void **state)
{
	static uint8_t p[PATH_ROOM], q[PATH_ROOM];
	struct lane_pkt k;
	struct wr w = wr_into(q, sizeof(q));
	size_t n = udp(p, ENIGMA4, PARTYM4, 4500, 4500, 100);

	(void)state;
	assert_true(lane_split(&k, p, n + 5)); /* something follows it */
	assert_int_equal(k.n_head, 28);
	assert_int_equal(k.n_esp, 100);
	assert_true(lane_whole(&w, &k));
	assert_int_equal(w.len, n);
	assert_memory_equal(p, q, n);
	w = wr_into(q, n - 1);
	assert_false(lane_whole(&w, &k));
	assert_false(lane_split(&k, p, n - 1));
	p[6] = 0x20; /* a fragment */
	assert_false(lane_split(&k, p, n));
	p[6] = 0;
	p[9] = IPPROTO_TCP_;
	assert_false(lane_split(&k, p, n));
	n = udp(p, ENIGMA6, PARTYM6, 4500, 4500, 100);
	w = wr_into(q, sizeof(q));
	assert_true(lane_split(&k, p, n));
	assert_true(lane_whole(&w, &k));
	assert_memory_equal(p, q, n);
	p[45] ^= 1; /* a UDP length that is not the packet's */
	assert_false(lane_split(&k, p, n));
	for (size_t i = 0; i < 48; i++)
		assert_false(lane_split(&k, p, i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bulk_of_all_kinds, begin, end),
		cmocka_unit_test_setup_teardown(
		    segments_fit_the_way, begin, end),
		cmocka_unit_test_setup_teardown(with_ah, begin, end),
		cmocka_unit_test_setup_teardown(what_goes_slow, begin, end),
		cmocka_unit_test_setup_teardown(there_and_back, begin, end),
		cmocka_unit_test_setup_teardown(pieces_of_supers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
