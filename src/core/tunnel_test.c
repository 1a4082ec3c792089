/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnel interfaces: tunnel mode, transport mode, in the clear. */
#include "core/tunnel.h"

#include "core/path_fix_test.h"

#define TUN "ip.tun0"

static uint8_t pkt[PATH_ROOM];

static struct prefix
net(const char *text, uint8_t len)
{
	struct prefix p = { A(text), len };

	prefix_canon(&p);
	return p;
}

/* A tunnel-mode SA from enigma to partym that carries net to net. */
static struct sa_spec
tunnel_sa(uint32_t spi, bool outer6, bool inner6, uint8_t encr, uint8_t auth)
{
	struct sa_spec s = sa_of(spi, outer6 ? ENIGMA6 : ENIGMA4,
	    outer6 ? PARTYM6 : PARTYM4, encr, auth);

	s.flags |= SAF_TUNNEL;
	s.isrc = inner6 ? net("fd01::", 64) : net("10.1.0.0", 16);
	s.idst = inner6 ? net("fd02::", 64) : net("10.2.0.0", 16);
	return s;
}

static size_t
inner(bool v6, size_t n)
{
	return v6 ? udp(pkt, "fd01::1", "fd02::2", 1, 2, n)
		  : udp(pkt, "10.1.0.1", "10.2.0.2", 1, 2, n);
}

static void
know_ends(void)
{
	host_know(&enigma);
	host_know(&partym);
	enigma.ends[0] = partym.ends[1] = enigma.a4;
	enigma.ends[1] = partym.ends[0] = partym.a4;
}

/* Each family in each, ESP, AH, both: one outer header. */
static void
test_families(void **state)
{
	static const struct {
		uint8_t ah, esp, espa, proto;
	} t[] = {
		{ 0, EALG_AES, AALG_SHA256HMAC, IPPROTO_ESP_ },
		{ 0, EALG_AES_GCM_16, 0, IPPROTO_ESP_ },
		{ AALG_SHA1HMAC, 0, 0, IPPROTO_AH_ },
		{ AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC, IPPROTO_AH_ },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (unsigned fam = 0; fam < 4; fam++) {
			bool o6 = (fam & 1) != 0, i6 = (fam & 2) != 0;
			size_t n = inner(i6, 100), before;
			struct path_result r;
			struct sa_spec s;

			install_both(RULE_BOTH, TUN,
			    ipsec(t[i].ah, t[i].esp, t[i].espa));
			if (t[i].esp != 0) {
				s = tunnel_sa(7, o6, i6, t[i].esp, t[i].espa);
				share(&s);
			}
			if (t[i].ah != 0) {
				s = tunnel_sa(8, o6, i6, 0, t[i].ah);
				share(&s);
			}
			r = cross(TUN, pkt, n);
			assert_int_equal(wire_proto(r.len), t[i].proto);
			assert_true(
			    addr_equal(&r.dst, o6 ? &partym.a6 : &partym.a4));
			assert_true(addr_equal(&enigma.mtu_asked, &r.dst));
			/* no header in vain */
			before = r.len;
			assert_true(before < n + 40 + 100);
			assert_int_equal(partym.p.stats.n[1][VERDICT_PASS], 1);
			again();
		}
}

/* RFC 4301 4.5: AH between the ends, over ESP's tunnel. */
static void
test_ah_between_ends(void **state)
{
	struct sa_spec e =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec a = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	size_t n = inner(false, 33);

	(void)state;
	install_both(
	    RULE_BOTH, TUN, ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC));
	share(&e);
	share(&a);
	assert_int_equal(wire_proto(cross(TUN, pkt, n).len), IPPROTO_AH_);
}

/* With rules, what matches none is dropped both ways (policy 17). */
static void
test_no_rule(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct rule r = rule_of(RULE_BOTH, TUN, &a);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 33);
	struct path_result o;

	(void)state;
	share(&s);
	r.sel = (struct sel){ .has = SEL_PROTO, .proto = IPPROTO_TCP_ };
	install(&enigma, r);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_SPD_NO_POLICY);
	/* no policy there, no ends: nothing is known of the interface */
	assert_verdict(out(&enigma, "ip.tun1", pkt, n), VERDICT_SPD_NO_POLICY);
	/* the host's policy says nothing of it */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);

	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	install(&enigma, rule_of(RULE_BOTH, TUN, &a));
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(o, VERDICT_PASS);
	r = rule_of(RULE_BOTH, TUN, &a);
	r.sel = (struct sel){ .has = SEL_PROTO, .proto = IPPROTO_TCP_ };
	install(&partym, r);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_NO_POLICY);
	/* host rules do not accept what came in a tunnel */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, rule_of(RULE_BOTH, "", &a));
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_NO_POLICY);
	/* without any policy the SA is enough (policy 19) */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
}

/* What was opened has to fit the SA, and the tunnel's policy. */
static void
test_selectors(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 33);
	struct path_result o;

	(void)state;
	install_both(RULE_BOTH, TUN, a);
	add_sa(&enigma, &s);
	s.idst = net("10.3.0.0", 16);
	add_sa(&partym, &s);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_ESP_INNERMISMATCH);
	/* outside the SA's selectors there is no SA to send with */
	n = udp(pkt, "10.1.0.1", "10.9.0.2", 1, 2, 9);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_HOLD);
	/* policy wants another cipher */
	again();
	install(&enigma, rule_of(RULE_BOTH, TUN, &a));
	a.esp_alg = EALG_3DESCBC;
	install(&partym, rule_of(RULE_BOTH, TUN, &a));
	s = tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	share(&s);
	n = inner(false, 33);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_BAD_ESPEALG);
}

/* Of several tunnels the one whose policy accepts it, with these ends. */
static void
test_which_tunnel(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct action b = ipsec(0, EALG_3DESCBC, AALG_SHA256HMAC);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 33);
	struct path_result o, r;

	(void)state;
	share(&s);
	install(&enigma, rule_of(RULE_BOTH, TUN, &a));
	install(&partym, rule_of(RULE_BOTH, "ip.tun3", &a));
	install(&partym, rule_of(RULE_BOTH, "ip.tun1", &b));
	o = out(&enigma, TUN, pkt, n);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_string_equal(r.tun, "ip.tun3");
	/* only ip.tun0 is there, and its ends are others */
	know_ends();
	install(&partym, rule_of(RULE_BOTH, TUN, &a));
	partym.ends[1] = A("192.0.2.9");
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_NO_POLICY);
	partym.ends[1] = enigma.a4;
	o = out(&enigma, TUN, pkt, n);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_string_equal(r.tun, TUN);
}

/* Inner fragments pass as long as no rule asks for ports (RFC 4301 7.1). */
static void
test_inner_fragments(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct rule r = rule_of(RULE_BOTH, TUN, &a);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 64);
	struct path_result o;

	(void)state;
	share(&s);
	install_both(RULE_BOTH, TUN, a);
	pkt[6] = 0x20;
	ip_csum_header(pkt, 20);
	cross(TUN, pkt, n);
	pkt[6] = 0;
	pkt[7] = 8;
	ip_csum_header(pkt, 20);
	cross(TUN, pkt, n);
	o = out(&enigma, TUN, pkt, n);
	r.sel =
	    (struct sel){ .has = SEL_LPORT, .lport_min = 99, .lport_max = 99 };
	install(&partym, r);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_MALFORMED_FRAG);
	assert_verdict(out(&partym, TUN, pkt, n), VERDICT_SPD_MALFORMED_FRAG);
}

/* Policy 26, negotiate transport: the interface's header, a transport-mode SA. */
static void
test_transport_mode(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec ah = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	size_t n = inner(false, 50);
	struct path_result o;
	struct rule r;

	(void)state;
	a.flags |= ACT_UNIQUE;
	for (unsigned i = 0; i < 2; i++) {
		r = rule_of(RULE_BOTH, TUN, &a);
		r.tunnel_mode = false;
		install(i == 0 ? &enigma : &partym, r);
	}
	s.proto = IPPROTO_IPIP_;
	share(&s);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_SPD_NO_POLICY);
	know_ends();
	o = cross(TUN, pkt, n);
	assert_int_equal(wire_proto(o.len), IPPROTO_ESP_);
	assert_true(addr_equal(&o.dst, &partym.a4));
	/* what is not in that SA's protocol is not for it */
	n = inner(true, 50);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_HOLD);
	assert_true(addr_equal(&enigma.acquire_dst, &partym.a4));
	s = sa_of(9, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	s.proto = IPPROTO_IPV6_;
	share(&s);
	cross(TUN, pkt, n);
	/* the held packet is the inner one, for the tunnel */
	larval_wake(enigma.p.larval, 0, false, &enigma.p.stats);
	struct held *h = larval_take(enigma.p.larval);

	assert_non_null(h);
	assert_string_equal(h->tun, TUN);
	cross(h->tun, h->pkt, h->len);
	larval_drop(h);
	/* an SA that says it is not for this */
	again();
	know_ends();
	for (unsigned i = 0; i < 2; i++) {
		r = rule_of(RULE_BOTH, TUN, &a);
		r.tunnel_mode = false;
		install(i == 0 ? &enigma : &partym, r);
	}
	n = inner(false, 50);
	s.proto = IPPROTO_IPIP_;
	add_sa(&enigma, &s);
	s.proto = IPPROTO_IPV6_;
	add_sa(&partym, &s);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_ESP_INNERMISMATCH);
	/* AH over it */
	again();
	know_ends();
	a = ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC);
	a.flags |= ACT_UNIQUE;
	for (unsigned i = 0; i < 2; i++) {
		r = rule_of(RULE_BOTH, TUN, &a);
		r.tunnel_mode = false;
		install(i == 0 ? &enigma : &partym, r);
	}
	s.proto = ah.proto = IPPROTO_IPIP_;
	share(&s);
	share(&ah);
	n = inner(false, 50);
	assert_int_equal(wire_proto(cross(TUN, pkt, n).len), IPPROTO_AH_);
}

/* The modes look the same on the wire, but are not taken for each other. */
static void
test_other_mode(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec t =
	    tunnel_sa(8, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 50);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rule r = rule_of(RULE_BOTH, TUN, &a);
		struct path_result o;

		know_ends();
		r.tunnel_mode = i == 0;
		install(&enigma, r);
		r = rule_of(RULE_BOTH, TUN, &a);
		r.tunnel_mode = i != 0;
		install(&partym, r);
		share(i == 0 ? &t : &s);
		o = out(&enigma, TUN, pkt, n);
		assert_verdict(o, VERDICT_PASS);
		assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_NO_POLICY);
		again();
	}
}

/* In the clear where policy says so, and not where it does not. */
static void
test_clear(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 50);
	struct path_result o, r;

	(void)state;
	know_ends();
	install_both(RULE_BOTH, TUN, act_pass);
	o = cross(TUN, pkt, n);
	assert_int_equal(wire_proto(o.len), IPPROTO_IPIP_);
	assert_int_equal(o.len, n + 20);
	n = inner(true, 50);
	assert_int_equal(wire_proto(cross(TUN, pkt, n).len), IPPROTO_IPV6_);
	o = out(&enigma, TUN, pkt, n);
	/* partym wants protection */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, rule_of(RULE_BOTH, TUN, &a));
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_GOT_CLEAR);
	/* other ends: a packet of the host's */
	partym.ends[1] = A("192.0.2.9");
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_string_equal(r.tun, "");
	partym.ends[1] = enigma.a4;
	/* a mangled inside */
	wire[20] = 0x45;
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_MALFORMED_PACKET);
	/* without rules the tunnel's packet is one of the host's (policy 17) */
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(o, VERDICT_PASS);
	assert_int_equal(wire_proto(o.len), IPPROTO_IPV6_);
	struct sa_spec s =
	    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec ah = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);

	a = ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC);
	install(&enigma, rule_of(RULE_BOTH, "", &a));
	share(&s);
	share(&ah);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(o, VERDICT_PASS);
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, rule_of(RULE_BOTH, "", &a));
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	/* it has an interface: what is inside is for that */
	assert_string_equal(r.tun, TUN);
	assert_same(pkt, n, &r);
	/* the host's policy is heard */
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	o = out(&enigma, TUN, pkt, n);
	assert_verdict(o, VERDICT_PASS);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_GOT_CLEAR);
	/* nobody has any */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	cross(TUN, pkt, n);
	/* it is to have some, and has lost it */
	o = out(&enigma, TUN, pkt, n);
	enigma.tunnel[0].secure = partym.tunnel[0].secure = true;
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_NO_POLICY);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_SPD_NO_POLICY);
}

/* Two between the same ends: inner selectors tell them apart, in and out. */
static void
test_same_ends(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	size_t n = inner(false, 50);
	struct path_result o, r;
	struct rule rule;

	(void)state;
	know_ends();
	for (unsigned i = 0; i < 2; i++) {
		struct host *h = i == 0 ? &enigma : &partym;

		h->tunnel[1].name = "ip.tun1";
		rule = rule_of(RULE_BOTH, TUN, &a);
		rule.sel = (struct sel){ .has = SEL_PROTO, .proto = 6 };
		install(h, rule);
		rule = rule_of(RULE_BOTH, "ip.tun1", &a);
		rule.sel = (struct sel){ .has = SEL_PROTO, .proto = 17 };
		install(h, rule);
	}
	share(&s);
	o = out(&enigma, "ip.tun1", pkt, n);
	assert_verdict(o, VERDICT_PASS);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_string_equal(r.tun, "ip.tun1");
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_SPD_NO_POLICY);
	/* in the clear */
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install_both(RULE_BOTH, TUN, act_drop);
	o = out(&enigma, "ip.tun1", pkt, n);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_PASS);
	assert_string_equal(r.tun, "ip.tun1");
	/* the same inner addresses, another far end: not by that one's SA */
	again();
	know_ends();
	install_both(RULE_BOTH, TUN, a);
	s.dst = A("192.0.2.77");
	add_sa(&enigma, &s);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_HOLD);
	assert_true(addr_equal(&enigma.acquire_dst, &partym.a4));
	assert_true(addr_equal(&enigma.acquire_src, &enigma.a4));
}

/* Hop limit, DF, DSCP, ECN of the outer header: the interface's say. */
static void
test_outer_header(void **state)
{
	static const struct {
		uint8_t mode, in, want;
	} df[] = { { DF_COPY, 0, 0 }, { DF_COPY, 1, 1 }, { DF_SET, 0, 1 },
		{ DF_SET, 1, 1 }, { DF_CLEAR, 0, 0 }, { DF_CLEAR, 1, 0 } };
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    tunnel_sa(7, false, false, EALG_AES, AALG_SHA256HMAC);
	struct ip_view v;

	(void)state;
	know_ends();
	for (unsigned i = 0; i < 2; i++) { /* in tunnel mode, and without */
		struct path_result o;
		size_t n;

		enigma.tunnel[0].ttl = 0;
		n = inner(false, 50);
		pkt[1] = 0xb9; /* EF, ECT(1) */
		ip_csum_header(pkt, 20);
		o = cross(TUN, pkt, n);
		assert_true(ip_parse(&v, wire, o.len));
		assert_int_equal(v.tos, 0xb9);
		assert_int_equal(v.ttl, 64);
		enigma.tunnel[0].ttl = 7;
		for (size_t k = 0; k < sizeof(df) / sizeof(df[0]); k++) {
			enigma.tunnel[0].df = df[k].mode;
			pkt[6] = df[k].in != 0 ? 0x40 : 0;
			ip_csum_header(pkt, 20);
			o = out(&enigma, TUN, pkt, n);
			assert_true(ip_parse(&v, wire, o.len));
			assert_int_equal(v.df, df[k].want);
			assert_int_equal(v.ttl, 7);
		}
		/* too large for the way: DF of the interface decides */
		n = inner(false, 1480);
		enigma.tunnel[0].df = DF_SET;
		o = out(&enigma, TUN, pkt, n);
		assert_verdict(o, VERDICT_TOO_BIG);
		assert_int_equal(o.to, PATH_SENDER);
		pkt[6] = 0x40;
		enigma.tunnel[0].df = DF_CLEAR;
		o = out(&enigma, TUN, pkt, n);
		assert_verdict(o, VERDICT_PASS);
		assert_int_equal(o.mtu, 1500);
		/* congestion on the way, and the inside cannot say so */
		enigma.tunnel[0].df = DF_COPY;
		n = inner(false, 50);
		pkt[1] = 0;
		ip_csum_header(pkt, 20);
		o = out(&enigma, TUN, pkt, n);
		assert_true(ip_parse(&v, wire, o.len));
		ip_set_tos(wire, &v, 3);
		assert_verdict(in(&partym, wire, o.len), VERDICT_TUN_ECN);
		if (i == 0) {
			install_both(RULE_BOTH, TUN, a);
			share(&s);
		}
	}
}

/* RFC 2473 4.1.1. */
static void
test_limit(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec s =
	    sa_of(7, ENIGMA6, PARTYM6, EALG_AES, AALG_SHA256HMAC);
	static uint8_t twice[PATH_ROOM];
	struct path_result o;
	struct ip_view v;
	size_t n = inner(false, 50), at = 0;

	(void)state;
	know_ends();
	enigma.ends[0] = partym.ends[1] = enigma.a6;
	enigma.ends[1] = partym.ends[0] = partym.a6;
	assert_int_equal(cross(TUN, pkt, n).len, n + 40);
	enigma.tunnel[0].limit = 1;
	o = cross(TUN, pkt, n);
	assert_int_equal(o.len, n + 48);
	assert_int_equal(wire[6], 60);
	assert_int_equal(wire[44], 1);
	assert_int_equal(wire_proto(o.len), IPPROTO_IPIP_);
	/* ESP behind it */
	for (unsigned i = 0; i < 2; i++) {
		struct rule r = rule_of(RULE_BOTH, TUN, &a);

		r.tunnel_mode = false;
		install(i == 0 ? &enigma : &partym, r);
	}
	share(&s);
	o = cross(TUN, pkt, n);
	assert_int_equal(wire[6], 60);
	assert_int_equal(wire[40], IPPROTO_ESP_);
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	/* into a second tunnel: one less; into a third: no */
	(void)out(&enigma, TUN, pkt, n);
	n += 48;
	memcpy(twice, wire, n);
	enigma.ends[1] = A("2001:db8::9");
	o = out(&enigma, TUN, twice, n);
	assert_verdict(o, VERDICT_PASS);
	assert_int_equal(wire[44], 0);
	memcpy(twice, wire, o.len);
	enigma.ends[1] = A("2001:db8::a");
	o = out(&enigma, TUN, twice, o.len);
	assert_verdict(o, VERDICT_TUN_LIMIT);
	assert_int_equal(o.to, PATH_SENDER);
	assert_string_equal(o.tun, TUN);
	assert_true(ip_parse(&v, wire, o.len));
	assert_int_equal(v.proto, IPPROTO_ICMPV6_);
	assert_true(addr_equal(&v.dst, &enigma.a6));
	assert_int_equal(wire[40], 4);
	at = (size_t)wire[46] << 8 | wire[47];
	assert_int_equal(at, 44);
	assert_int_equal(wire[48 + at], 0);
}

/* A route to the other end that leads into the tunnel. */
static void
test_loop(void **state)
{
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 30);

	(void)state;
	know_ends();
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_TUN_LOOP);
	n = udp(pkt, ENIGMA4, "10.2.0.2", 1, 2, 30);
	assert_verdict(out(&enigma, TUN, pkt, n), VERDICT_PASS);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_families),
		T(test_ah_between_ends),
		T(test_no_rule),
		T(test_selectors),
		T(test_which_tunnel),
		T(test_inner_fragments),
		T(test_transport_mode),
		T(test_other_mode),
		T(test_clear),
		T(test_same_ends),
		T(test_outer_header),
		T(test_limit),
		T(test_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
