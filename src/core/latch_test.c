/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/latch.h"

#include "core/kspd.h"
#include "core/path_fix_test.h"

#define SHA AALG_SHA256HMAC
#define AES EALG_AES

static const struct hash_seed seed = { { 1, 2 } };
static uint8_t pkt[PATH_ROOM];
/* the host's word about a socket, of enigma and of partym */
static struct path_socket socks[2];
static unsigned n_asked;

static void
host_socket(void *ctx, const struct flow *f, struct path_socket *s)
{
	assert_true(f->has_ports);
	n_asked++;
	*s = socks[ctx == &partym];
}

static int
setup_latch(void **state)
{
	struct host *h[] = { &enigma, &partym };

	setup(state);
	n_asked = 0;
	for (int i = 0; i < 2; i++) {
		socks[i] = (struct path_socket){
			.found = true, .connected = true, .cookie = 11
		};
		h[i]->p.conns = conn_new(&seed, 64, NULL);
		assert_non_null(h[i]->p.conns);
		h[i]->p.env.socket = host_socket;
		h[i]->p.tune.latch = true;
	}
	return 0;
}

static int
teardown_latch(void **state)
{
	conn_free(enigma.p.conns);
	conn_free(partym.p.conns);
	return teardown(state);
}

enum { SYN = 2, ACK = 16 };

static size_t
tcp(const char *src, const char *dst, uint16_t sport, uint16_t dport,
    uint8_t flags)
{
	struct ip_new h = { .src = A(src),
		.dst = A(dst),
		.ttl = 64,
		.proto = IPPROTO_TCP_,
		.id = 9 };
	struct wr w = wr_into(pkt, sizeof(pkt));

	ip_write(&w, &h, 20);
	wr_be16(&w, sport);
	wr_be16(&w, dport);
	wr_zero(&w, 8);
	wr_u8(&w, 5 << 4);
	wr_u8(&w, flags);
	wr_zero(&w, 6);
	assert_false(w.bad);
	return w.len;
}

static size_t
to_partym(uint8_t flags)
{
	return tcp(ENIGMA4, PARTYM4, 4000, 80, flags);
}

static size_t
to_enigma(uint8_t flags)
{
	return tcp(PARTYM4, ENIGMA4, 80, 4000, flags);
}

static struct sa_spec
esp(uint32_t spi, bool there, const char *peer)
{
	struct sa_spec s = there ? sa_of(spi, ENIGMA4, PARTYM4, AES, SHA)
				 : sa_of(spi, PARTYM4, ENIGMA4, AES, SHA);
	struct sa_ident e = { .type = 3, .len = 6, .id = "enigma" };
	struct sa_ident p = { .type = 3 };

	p.len = (uint16_t)strlen(peer);
	memcpy(p.id, peer, p.len);
	s.sid = there ? e : p;
	s.did = there ? p : e;
	return s;
}

static void
share_both(const char *peer, uint32_t spi)
{
	struct sa_spec s = esp(spi, true, peer);

	share(&s);
	s = esp(spi + 1, false, peer);
	share(&s);
}

static struct conn *
conn_of(struct host *h, uint16_t lport, uint16_t rport)
{
	struct conn_key k = { .local = h->a4,
		.remote = h == &enigma ? partym.a4 : enigma.a4,
		.proto = IPPROTO_TCP_,
		.lport = lport,
		.rport = rport };

	return conn_find(h->p.conns, &k, now.mono);
}

static void
flush(struct host *h)
{
	assert_int_equal(spd_flush(h->p.spd, SPD_ACTIVE, "", true), 0);
}

/* A connection of both hosts, under a policy that protects. */
static void
connect_both(void)
{
	install_both(RULE_BOTH, "", ipsec(0, AES, SHA));
	share_both("partym", 0x101);
	cross("", pkt, to_partym(SYN));
	cross("", pkt, to_partym(ACK));
}

/* Policy 22, [S10]: it stays protected when policy is gone. */
static void
test_stays_protected(void **state)
{
	struct path_result r;

	(void)state;
	connect_both();
	flush(&enigma);
	flush(&partym);
	r = cross("", pkt, to_partym(ACK));
	assert_non_null(r.esp);
	/* another connection has no policy */
	r = out(&enigma, "", pkt, tcp(ENIGMA4, PARTYM4, 4001, 80, SYN));
	assert_verdict(r, VERDICT_PASS);
	assert_null(r.esp);
	/* and so has the same flow when it is opened by another socket */
	socks[0].cookie = 12;
	r = out(&enigma, "", pkt, to_partym(SYN));
	assert_null(r.esp);
	assert_null(conn_of(&enigma, 4000, 80));
}

/* ipsec_latch 0: each change is looked at. */
static void
test_not_latched(void **state)
{
	struct path_result r;

	(void)state;
	enigma.p.tune.latch = false;
	connect_both();
	assert_non_null(conn_of(&enigma, 4000, 80));
	flush(&enigma);
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_null(r.esp);
	install(&enigma, rule_of(RULE_OUT, "", &act_drop));
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_SPD_EXPLICIT);
}

/* accept() latches both directions, by what came in. */
static void
test_accepted(void **state)
{
	struct path_result r;
	struct conn *c;

	(void)state;
	connect_both();
	c = conn_of(&partym, 80, 4000);
	assert_non_null(c);
	assert_true(c->latched);
	flush(&partym);
	r = out(&partym, "", pkt, to_enigma(SYN | ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_non_null(r.esp);
	/* what comes in the clear is not for this connection */
	r = in(&partym, pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_SPD_GOT_CLEAR);
}

/* A connection that was clear stays so, but not the flow of its successor. */
static void
test_stays_clear(void **state)
{
	struct conn_key k = { .local = enigma.a4,
		.remote = partym.a4,
		.proto = IPPROTO_TCP_,
		.lport = 4000,
		.rport = 80 };
	struct path_result r;
	struct conn *c;

	(void)state;
	c = conn_add(enigma.p.conns, &k, now.mono);
	conn_set_cookie(enigma.p.conns, c, 11);
	assert_true(conn_latch(
	    enigma.p.conns, c, NULL, NULL, spd_version(enigma.p.spd)));
	conn_pin(enigma.p.conns, c, true);
	install_both(RULE_BOTH, "", ipsec(0, AES, SHA));
	share_both("partym", 0x101);
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_null(r.esp);
	/* the socket of this flow is another one now */
	socks[0].cookie = 12;
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_non_null(r.esp);
	socks[0].cookie = 11;
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_non_null(r.esp);
}

/* The same socket, but not the same connection: it had disconnected. */
static void
test_connects_again(void **state)
{
	struct conn_key k = { .local = enigma.a4,
		.remote = partym.a4,
		.proto = IPPROTO_TCP_,
		.lport = 4000,
		.rport = 80 };
	struct conn *c;

	(void)state;
	c = conn_add(enigma.p.conns, &k, now.mono);
	conn_set_cookie(enigma.p.conns, c, 11);
	assert_true(conn_latch(
	    enigma.p.conns, c, NULL, NULL, spd_version(enigma.p.spd)));
	install_both(RULE_BOTH, "", ipsec(0, AES, SHA));
	share_both("partym", 0x101);
	assert_null(out(&enigma, "", pkt, to_partym(ACK)).esp);
	assert_non_null(out(&enigma, "", pkt, to_partym(SYN)).esp);
	assert_non_null(out(&enigma, "", pkt, to_partym(ACK)).esp);
}

/* Who has the ends of a socket that had a bypass does not inherit it. */
static void
test_after_bypass(void **state)
{
	struct conn_key k = { .local = enigma.a4,
		.remote = partym.a4,
		.proto = IPPROTO_UDP_,
		.lport = 5000,
		.rport = 53 };
	struct action pass = { .type = ACT_PASS };
	struct rule r = { 0 };
	struct conn_own *own;
	struct conn *c;
	size_t n;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, AES, SHA));
	share_both("partym", 0x101);
	for (int latched = 0; latched < 2; latched++) {
		assert_true(rule_add_action(&r, &pass));
		own = conn_own_new(enigma.p.conns, &r);
		assert_non_null(own);
		c = conn_add(enigma.p.conns, &k, now.mono);
		conn_set_cookie(enigma.p.conns, c, 10);
		conn_latch_own(enigma.p.conns, c, own, latched != 0);
		n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 10);
		assert_non_null(out(&enigma, "", pkt, n).esp);
		conn_own_put(own);
	}
}

/* Policy 19: SAs of other identities than the first. */
static void
test_identities(void **state)
{
	struct path_result r;
	struct sa_spec s;

	(void)state;
	connect_both();
	/* newer SAs, of somebody else */
	share_both("mallory", 0x201);
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_int_equal(r.esp->spi, 0x101);
	/* another connection takes the newest, and that is what it latches */
	r = out(&enigma, "", pkt, tcp(ENIGMA4, PARTYM4, 4001, 80, SYN));
	assert_int_equal(r.esp->spi, 0x201);
	/* without the right one, it waits for one */
	s = esp(0x101, true, "partym");
	assert_int_equal(
	    sadb_delete(enigma.p.sadb, &s, false, &(uint16_t){ 0 }), 0);
	r = out(&enigma, "", pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_HOLD);
	/* inbound: what mallory sends is not of this connection */
	flush(&partym);
	r = out(&partym, "", pkt, to_enigma(ACK));
	assert_int_equal(r.esp->spi, 0x102);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_PASS);
	conn_drop(partym.p.conns, conn_of(&partym, 80, 4000));
	install(&partym, rule_of(RULE_BOTH, "",
			     &(struct action){ .type = ACT_IPSEC,
				 .flags = ACT_ESP | ACT_ESPA,
				 .esp_alg = AES,
				 .espa_alg = SHA }));
	r = out(&partym, "", pkt, to_enigma(ACK));
	assert_int_equal(r.esp->spi, 0x202);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_ESP_BADID);
}

static void
share_ah(const char *peer, uint32_t spi)
{
	for (int there = 0; there < 2; there++) {
		struct sa_spec e = esp(0, there != 0, peer);
		struct sa_spec s =
		    there ? sa_of(spi, ENIGMA4, PARTYM4, 0, SHA)
			  : sa_of(spi + 1, PARTYM4, ENIGMA4, 0, SHA);

		s.sid = e.sid;
		s.did = e.did;
		share(&s);
	}
}

/* The same with AH, inbound. */
static void
test_ah_identities(void **state)
{
	struct action ah = ipsec(SHA, 0, 0);
	struct path_result r;

	(void)state;
	install_both(RULE_BOTH, "", ah);
	share_ah("partym", 0x301);
	cross("", pkt, to_partym(SYN));
	cross("", pkt, to_partym(ACK));
	share_ah("mallory", 0x401);
	flush(&partym);
	conn_drop(partym.p.conns, conn_of(&partym, 80, 4000));
	install(&partym, rule_of(RULE_BOTH, "", &ah));
	r = out(&partym, "", pkt, to_enigma(ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_int_equal(r.ah->spi, 0x402);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_AH_BADID);
}

/* The alternative of the first SAs is the connection's from then on. */
static void
test_alternative(void **state)
{
	struct action a = ipsec(0, AES, SHA), b = ipsec(SHA, 0, 0);
	struct rule r = rule_of(RULE_BOTH, "", &a);
	struct sa_spec s = sa_of(0x301, ENIGMA4, PARTYM4, 0, SHA);
	struct path_result o;

	(void)state;
	assert_true(rule_add_action(&r, &b));
	install(&enigma, r);
	share(&s);
	o = out(&enigma, "", pkt, to_partym(SYN));
	assert_non_null(o.ah);
	s = sa_of(0x302, ENIGMA4, PARTYM4, AES, SHA);
	share(&s);
	o = out(&enigma, "", pkt, to_partym(ACK));
	assert_non_null(o.ah);
	assert_null(o.esp);
	o = out(&enigma, "", pkt, tcp(ENIGMA4, PARTYM4, 4001, 80, SYN));
	assert_non_null(o.esp);
}

static struct conn_own *
own_of(struct host *h, struct action a)
{
	struct rule r = rule_of(RULE_BOTH, "", &a);
	struct conn_own *own = conn_own_new(h->p.conns, &r);

	assert_non_null(own);
	return own;
}

/* Policy 25: the socket's own policy beats the system's, both ways. */
static void
test_own(void **state)
{
	struct conn_own *e = own_of(&enigma, ipsec(0, AES, SHA));
	struct conn_own *p = own_of(&partym, ipsec(0, AES, SHA));
	struct path_result r;

	(void)state;
	install_both(RULE_BOTH, "", act_pass);
	share_both("partym", 0x101);
	socks[0].own = e;
	socks[1].own = p;
	socks[1].connected = false; /* listens */
	r = out(&enigma, PATH_OWN, pkt, to_partym(SYN));
	assert_verdict(r, VERDICT_PASS);
	assert_non_null(r.esp);
	assert_int_equal(r.rule, 0);
	assert_verdict(in(&partym, wire, r.len), VERDICT_PASS);
	/* it stays with the connection when nobody listens any more */
	socks[1] = (struct path_socket){ 0 };
	r = out(&partym, PATH_OWN, pkt, to_enigma(SYN | ACK));
	assert_verdict(r, VERDICT_PASS);
	assert_non_null(r.esp);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_PASS);
	assert_verdict(in(&enigma, pkt, to_enigma(ACK)), VERDICT_SPD_GOT_CLEAR);
	/* the tunable: the system first */
	enigma.p.tune.override_sockets = true;
	r = out(&enigma, PATH_OWN, pkt, to_partym(ACK));
	assert_null(r.esp);
	flush(&enigma);
	r = out(&enigma, PATH_OWN, pkt, to_partym(ACK));
	assert_non_null(r.esp);
	conn_own_put(e);
	conn_own_put(p);
}

/* One socket, many peers: only where it is now has to stay. */
static void
test_own_moves(void **state)
{
	struct conn_own *e = own_of(&enigma, ipsec(0, AES, SHA));
	struct path_result r;
	size_t n;

	(void)state;
	share_both("partym", 0x101);
	socks[0].own = e;
	for (uint16_t i = 1; i <= 200; i++) {
		n = udp(pkt, ENIGMA4, PARTYM4, 5000, i, 10);
		r = out(&enigma, PATH_OWN, pkt, n);
		assert_verdict(r, VERDICT_PASS);
		assert_non_null(r.esp);
	}
	assert_int_equal(conn_refused(enigma.p.conns), 0);
	conn_own_put(e);
}

/* A packet of such a socket never goes by the system's policy instead. */
static void
test_own_unknown(void **state)
{
	struct conn_own *e = own_of(&enigma, ipsec(0, AES, SHA));
	struct path_result r;
	size_t n;

	(void)state;
	socks[0].own = NULL;
	r = out(&enigma, PATH_OWN, pkt, to_partym(SYN));
	assert_verdict(r, VERDICT_SPD_NO_SOCKET);
	socks[0] = (struct path_socket){ 0 };
	r = out(&enigma, PATH_OWN, pkt, to_partym(ACK));
	assert_verdict(r, VERDICT_SPD_NO_SOCKET);
	n = icmp(pkt, ENIGMA4, PARTYM4, 8, 0, 10);
	assert_verdict(out(&enigma, PATH_OWN, pkt, n), VERDICT_SPD_NO_SOCKET);
	/* a datagram behind which the socket closed: its note is there */
	share_both("partym", 0x101);
	socks[0] = (struct path_socket){ .found = true, .cookie = 3, .own = e };
	n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 10);
	assert_non_null(out(&enigma, PATH_OWN, pkt, n).esp);
	socks[0] = (struct path_socket){ 0 };
	now.mono += 2000;
	assert_non_null(out(&enigma, PATH_OWN, pkt, n).esp);
	now.mono += 60000;
	assert_verdict(out(&enigma, PATH_OWN, pkt, n), VERDICT_SPD_NO_SOCKET);
	conn_own_put(e);
}

/* UNIQUE: an ACQUIRE of its own, with ports; others do not use its SA. */
static void
test_own_acquire(void **state)
{
	struct action a = ipsec(0, AES, SHA);
	struct conn_own *e, *f;
	struct path_result r;

	(void)state;
	a.flags |= ACT_UNIQUE;
	e = own_of(&enigma, a);
	f = own_of(&enigma, ipsec(0, AES, SHA));
	share_both("partym", 0x101); /* shared: does not do */
	socks[0].own = e;
	r = out(&enigma, PATH_OWN, pkt, to_partym(SYN));
	assert_verdict(r, VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 1);
	/* the other end of it in larval: the device is remembered */
	larval_wake(
	    enigma.p.larval, enigma.acquire_seq, false, &enigma.p.stats);
	struct held *h = larval_take(enigma.p.larval);

	assert_non_null(h);
	assert_string_equal(h->tun, PATH_OWN);
	larval_drop(h);
	socks[0].own = f;
	r = out(&enigma, PATH_OWN, pkt, tcp(ENIGMA4, PARTYM4, 4002, 80, SYN));
	assert_verdict(r, VERDICT_PASS);
	conn_own_put(e);
	conn_own_put(f);
}

/* Datagrams of a socket without a peer are looked at one by one. */
static void
test_unconnected(void **state)
{
	size_t n;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, AES, SHA));
	share_both("partym", 0x101);
	socks[0].connected = false;
	n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 10);
	assert_non_null(out(&enigma, "", pkt, n).esp);
	assert_int_equal(n_asked, 1);
	assert_non_null(out(&enigma, "", pkt, n).esp);
	assert_int_equal(n_asked, 1); /* not each time */
	flush(&enigma);
	assert_null(out(&enigma, "", pkt, n).esp);
	/* connected since */
	install(&enigma, rule_of(RULE_OUT, "", &act_drop));
	socks[0].connected = true;
	now.mono += 1500;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SPD_EXPLICIT);
}

/* RFC 4301 6: an error about a socket's flow is protected as the flow is. */
static void
test_quoted(void **state)
{
	struct conn_own *p = own_of(&partym, ipsec(0, AES, SHA));
	struct path_result r;
	struct ip_view v;
	struct wr w;
	size_t n;

	(void)state;
	share_both("partym", 0x101);
	socks[1] = (struct path_socket){ .found = true, .cookie = 3, .own = p };
	socks[0].own = p;
	n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 10);
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(in(&partym, wire, r.len), VERDICT_PASS);
	/* the port is closed now, says the kernel; there is no system policy */
	assert_true(ip_parse(&v, pkt, n));
	memcpy(back, pkt, n);
	w = wr_into(pkt, sizeof(pkt));
	ip_write(&w,
	    &(struct ip_new){ .src = partym.a4,
		.dst = enigma.a4,
		.ttl = 64,
		.proto = IPPROTO_ICMP_ },
	    8 + n);
	wr_u8(&w, 3);
	wr_u8(&w, 3);
	wr_zero(&w, 6);
	wr_bytes(&w, back, n);
	r = out(&partym, "", pkt, w.len);
	assert_verdict(r, VERDICT_PASS);
	assert_non_null(r.esp);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_PASS);
	conn_own_put(p);
}

/* docs/adr/0009: PF_KEY's policy accepts, and may be gone a moment later. */
static void
test_pfkey_policy(void **state)
{
	struct pfkey_addr src = {
		.a = A(ENIGMA4), .plen = 32, .proto = KAME_PROTO_ANY
	};
	struct pfkey_addr dst = {
		.a = A(PARTYM4), .plen = 32, .proto = KAME_PROTO_ANY
	};
	struct kame_policy pol = { .type = KAME_POLICY_IPSEC,
		.dir = KAME_DIR_IN,
		.n = 1,
		.req = { { .proto = IPPROTO_ESP_,
		    .mode = KAME_MODE_TRANSPORT,
		    .level = KAME_LEVEL_REQUIRE } } };
	struct action a = ipsec(0, AES, SHA);
	struct kspd_entry *e;

	(void)state;
	partym.p.kspd = kspd_new();
	assert_non_null(partym.p.kspd);
	assert_int_equal(kspd_make(&e, &src, &dst, &pol), 0);
	assert_int_equal(kspd_insert(partym.p.kspd, e), 0);
	install(&enigma, rule_of(RULE_OUT, "", &a));
	share_both("partym", 0x101);
	cross("", pkt, to_partym(SYN));
	cross("", pkt, to_partym(ACK));
	assert_int_equal(e->e.packets, 2);
	assert_int_equal(conn_count(partym.p.conns), 0);
	kspd_remove(partym.p.kspd, e);
	kspd_drop(e);
	cross("", pkt, to_partym(ACK));
	kspd_free(partym.p.kspd);
	partym.p.kspd = NULL;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_latch, teardown_latch)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_stays_protected),
		T(test_not_latched),
		T(test_accepted),
		T(test_stays_clear),
		T(test_connects_again),
		T(test_after_bypass),
		T(test_own_moves),
		T(test_identities),
		T(test_ah_identities),
		T(test_alternative),
		T(test_own),
		T(test_own_unknown),
		T(test_own_acquire),
		T(test_unconnected),
		T(test_quoted),
		T(test_pfkey_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
