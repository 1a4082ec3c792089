/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments that a tunnel carries: in whatever order they come, in whatever
 * sizes, each is treated as the datagram would be.
 */
#include "core/pieces.h"

#include "core/frag.h"
#include "core/path_fix_test.h"

#define TUN "ip.tun0"

enum { PIECES = 64, FIRST_SPI = 0x700 };

struct some {
	size_t n, len[PIECES];
	uint8_t b[PIECES][2048];
};

static uint8_t pkt[PATH_ROOM];
static struct some sent, wired, got;
static uint64_t dice_state;

static unsigned
dice(unsigned n)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) + 1;
	return (unsigned)(dice_state >> 33) % n;
}

static void
keep(struct some *s, const uint8_t *p, size_t n)
{
	assert_true(s->n < PIECES && n <= sizeof(s->b[0]));
	memcpy(s->b[s->n], p, n);
	s->len[s->n++] = n;
}

static void
shuffle(struct some *s)
{
	static uint8_t t[2048];

	for (size_t i = s->n; i > 1; i--) {
		size_t k = dice((unsigned)i), n = s->len[k];

		memcpy(t, s->b[k], n);
		memcpy(s->b[k], s->b[i - 1], s->len[i - 1]);
		s->len[k] = s->len[i - 1];
		memcpy(s->b[i - 1], t, n);
		s->len[i - 1] = n;
	}
}

/* The n bytes of pkt in fragments for this MTU, into sent. */
static void
split(size_t n, uint32_t mtu, uint32_t ident)
{
	struct wr w;

	sent.n = 0;
	for (unsigned i = 0; w = wr_into(work, sizeof(work)),
		      frag_write(&w, pkt, n, mtu, ident, i);
	     i++)
		keep(&sent, work, w.len);
	assert_true(sent.n > 1);
}

static void
tunnel_rule(struct host *h, uint16_t port, struct action a)
{
	struct rule r = rule_of(RULE_BOTH, TUN, &a);
	bool here = h == &partym;

	r.priority = RULE_PRIO_BASE + port;
	if (port != 0) {
		r.sel.has = SEL_PROTO | (here ? SEL_LPORT : SEL_RPORT);
		r.sel.proto = IPPROTO_UDP_;
		r.sel.lport_min = r.sel.lport_max = here ? port : 0;
		r.sel.rport_min = r.sel.rport_max = here ? 0 : port;
	}
	install(h, r);
}

/* Port 2: ESP; 3: drop; 4: in the clear within the tunnel; others: no rule. */
static void
begin(void)
{
	struct host *h[] = { &enigma, &partym };

	for (int i = 0; i < 2; i++) {
		tunnel_rule(h[i], 2, ipsec(0, EALG_AES, AALG_SHA256HMAC));
		tunnel_rule(h[i], 3, act_drop);
		tunnel_rule(h[i], 4, act_pass);
		h[i]->p.frags = fragcache_new(&crypto_rng);
		host_know(h[i]);
		h[i]->ends[0] = h[i]->a4;
		h[i]->ends[1] = i == 0 ? partym.a4 : enigma.a4;
	}
	for (int six = 0; six < 2; six++) {
		struct sa_spec s = sa_of(FIRST_SPI + (uint32_t)six, ENIGMA4,
		    PARTYM4, EALG_AES, AALG_SHA256HMAC);

		s.flags |= SAF_TUNNEL;
		s.isrc.a.fam = s.idst.a.fam = six ? FAM_V6 : FAM_V4;
		share(&s);
	}
}

static void
finish(void)
{
	assert_int_equal(fragcache_waiting(enigma.p.frags), 0);
	assert_int_equal(fragcache_bytes(enigma.p.frags), 0);
	fragcache_free(enigma.p.frags);
	fragcache_free(partym.p.frags);
	enigma.p.frags = partym.p.frags = NULL;
	again();
}

/* What comes out of the cache of h, if all of it gets that verdict. */
static void
take_all(struct host *h, enum verdict want, enum path_to to, struct some *into)
{
	struct fragcache_piece *f;

	into->n = 0;
	while ((f = fragcache_take(h->p.frags)) != NULL) {
		struct path_result r = path_piece(&h->p, back, work, f, now);

		assert_verdict(r, want);
		if (want == VERDICT_PASS) {
			assert_int_equal(r.to, to);
			keep(into, back, r.len);
		}
		fragcache_drop(f);
	}
}

static void
send_all(enum verdict want)
{
	for (size_t i = 0; i < sent.n; i++) {
		struct path_result r =
		    out(&enigma, TUN, sent.b[i], sent.len[i]);

		assert_verdict(r, VERDICT_HOLD);
		assert_int_equal(r.to, PATH_NOWHERE);
		if (i + 1 < sent.n)
			assert_null(fragcache_take(enigma.p.frags));
	}
	take_all(&enigma, want, PATH_WIRE, &wired);
	if (want == VERDICT_PASS)
		assert_int_equal(wired.n, sent.n);
}

static bool
has(const struct some *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->len[i] == n && memcmp(s->b[i], p, n) == 0)
			return true;
	return false;
}

/* All that was sent arrives as it was, in ESP. */
static void
receive_all(void)
{
	for (size_t i = 0; i < wired.n; i++)
		assert_verdict(
		    in(&partym, wired.b[i], wired.len[i]), VERDICT_HOLD);
	take_all(&partym, VERDICT_PASS, PATH_HOST, &got);
	assert_int_equal(got.n, sent.n);
	for (size_t i = 0; i < sent.n; i++)
		assert_true(has(&got, sent.b[i], sent.len[i]));
	assert_int_equal(fragcache_waiting(partym.p.frags), 0);
}

static size_t
datagram(bool six, uint16_t port, size_t n)
{
	return six ? udp(pkt, "fd01::1", "fd02::2", 1, port, n)
		   : udp(pkt, "10.1.0.1", "10.2.0.2", 1, port, n);
}

static void
test_any_order(void **state)
{
	static const enum verdict want[] = { VERDICT_PASS, VERDICT_SPD_EXPLICIT,
		VERDICT_PASS, VERDICT_SPD_NO_POLICY };

	(void)state;
	dice_state = 1;
	begin();
	for (unsigned i = 0; i < 4000; i++) {
		bool six = (i & 1) != 0;
		uint16_t port = (uint16_t)(2 + dice(4));
		uint32_t mtu = (six ? 100 : 60) + dice(500);
		size_t room = (mtu - (six ? 48 : 20)) & ~(size_t)7;
		size_t n =
		    datagram(six, port, room + 16 + dice((unsigned)room * 30));

		split(n, mtu, i + 1);
		pkt[5] = (uint8_t)i; /* IPv4: another identification */
		shuffle(&sent);
		send_all(want[port - 2]);
		shuffle(&wired);
		if (port == 2)
			receive_all();
	}
	finish();
}

/* In the clear, what policy has in the clear is not taken in pieces either. */
static void
test_clear(void **state)
{
	(void)state;
	begin();
	split(datagram(false, 4, 600), 300, 0);
	send_all(VERDICT_PASS);
	assert_int_equal(wired.n, sent.n);
	for (size_t i = 0; i < wired.n; i++)
		assert_verdict(in(&partym, wired.b[i], wired.len[i]),
		    VERDICT_SPD_MALFORMED_FRAG);
	finish();
}

/* Without rules that look inside, or without a cache, nothing is held. */
static void
test_not_wanted(void **state)
{
	struct fragcache *c;
	struct path_result r;

	(void)state;
	begin();
	split(datagram(false, 2, 600), 300, 0);
	c = enigma.p.frags;
	enigma.p.frags = NULL;
	r = out(&enigma, TUN, sent.b[1], sent.len[1]);
	assert_verdict(r, VERDICT_SPD_MALFORMED_FRAG);
	enigma.p.frags = c;
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	tunnel_rule(&enigma, 0, ipsec(0, EALG_AES, AALG_SHA256HMAC));
	r = out(&enigma, TUN, sent.b[1], sent.len[1]);
	assert_verdict(r, VERDICT_PASS);
	finish();
}

/* The SA that brought a fragment is gone before the others come. */
static void
test_lost_sa(void **state)
{
	struct sa *sa;

	(void)state;
	begin();
	split(datagram(false, 2, 600), 300, 0);
	send_all(VERDICT_PASS);
	for (size_t i = 0; i < wired.n; i++)
		assert_verdict(
		    in(&partym, wired.b[i], wired.len[i]), VERDICT_HOLD);
	sa = sadb_inbound(
	    partym.p.sadb, SATYPE_ESP, FIRST_SPI, &enigma.a4, &partym.a4);
	assert_non_null(sa);
	sa->state = SA_DEAD;
	take_all(&partym, VERDICT_ESP_NO_SA, PATH_NOWHERE, &got);
	assert_int_equal(partym.p.stats.n[1][VERDICT_ESP_NO_SA], sent.n);
	finish();
}

/* Nobody puts pieces into another's datagram: an SA's inner source is its own. */
static void
test_spoofed(void **state)
{
	(void)state;
	begin();
	split(udp(pkt, "10.1.0.1", "10.2.0.2", 1, 2, 600), 300, 0);
	send_all(VERDICT_PASS);
	sadb_inbound(
	    partym.p.sadb, SATYPE_ESP, FIRST_SPI, &enigma.a4, &partym.a4)
	    ->rest->extra->isrc = (struct prefix){ A("10.9.0.0"), 16 };
	assert_verdict(in(&partym, wired.b[0], wired.len[0]),
	    VERDICT_SPD_ESP_INNERMISMATCH);
	assert_int_equal(fragcache_waiting(partym.p.frags), 0);
	finish();
}

/* Tunnels of PF_KEY have no interface whose MTU the host's stack would see. */
static void
key_tunnel(struct host *h, enum kame_dir dir, const char *from, const char *to)
{
	struct pfkey_addr src = { .a = A(from), .plen = 128 };
	struct pfkey_addr dst = { .a = A(to), .plen = 128 };
	struct kame_policy pol = { .type = KAME_POLICY_IPSEC,
		.dir = (uint8_t)dir,
		.n = 1,
		.req = { { .proto = IPPROTO_ESP_,
		    .mode = KAME_MODE_TUNNEL,
		    .level = KAME_LEVEL_REQUIRE,
		    .src = A(ENIGMA6),
		    .dst = A(PARTYM6) } } };
	struct kspd_entry *e;

	assert_int_equal(kspd_make(&e, &src, &dst, &pol), 0);
	assert_int_equal(kspd_insert(h->p.kspd, e), 0);
}

static void
key_begin(void)
{
	struct sa_spec s =
	    sa_of(FIRST_SPI, ENIGMA6, PARTYM6, EALG_AES, AALG_SHA256HMAC);
	struct host *h[] = { &enigma, &partym };

	for (int i = 0; i < 2; i++) {
		h[i]->p.kspd = kspd_new();
		h[i]->p.frags = fragcache_new(&crypto_rng);
		h[i]->p.env.is_local = host_is_local;
		assert_non_null(h[i]->p.kspd);
	}
	s.flags |= SAF_TUNNEL;
	share(&s);
	key_tunnel(&enigma, KAME_DIR_OUT, ENIGMA6, PARTYM6);
	key_tunnel(&partym, KAME_DIR_IN, ENIGMA6, PARTYM6);
	key_tunnel(&enigma, KAME_DIR_OUT, "fd01::1", PARTYM6);
}

static void
test_own_datagram(void **state)
{
	struct path_result r;
	size_t n, body = 0;
	struct ip_view v;

	(void)state;
	key_begin();
	n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 3000);
	r = out(&enigma, "", pkt, n);
	assert_verdict(r, VERDICT_HOLD);
	assert_int_equal(r.to, PATH_NOWHERE);
	take_all(&enigma, VERDICT_PASS, PATH_WIRE, &wired);
	assert_int_equal(wired.n, 3);
	for (size_t i = 0; i < wired.n; i++) {
		assert_true(wired.len[i] <= 1500);
		r = in(&partym, wired.b[i], wired.len[i]);
		assert_verdict(r, VERDICT_PASS);
		assert_true(ip_parse(&v, back, r.len));
		assert_int_equal(v.frag_off, body);
		assert_memory_equal(
		    back + v.piece, pkt + 40 + body, v.len - v.piece);
		body += v.len - v.piece;
		assert_true(v.more == (i + 1 < wired.n));
	}
	assert_int_equal(body, n - 40);
	/* what is forwarded has a sender to be told; and TCP wants to be */
	n = udp(pkt, "fd01::1", PARTYM6, 1, 2, 3000);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_TOO_BIG);
	n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 3000);
	pkt[6] = IPPROTO_TCP_;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_TOO_BIG);
	for (int i = 0; i < 2; i++)
		kspd_free((i == 0 ? &enigma : &partym)->p.kspd);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clear, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_not_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_sa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spoofed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_own_datagram, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
