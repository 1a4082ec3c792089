/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport mode and policy: what passes, how, and why something does not. */
#include "core/path.h"

#include "core/path_fix_test.h"

static uint8_t pkt[PATH_ROOM];

/* Every cipher and MAC that there is, both families, ends meet. */
static void
test_esp_all_algorithms(void **state)
{
	const struct alg *e, *a;
	uint32_t spi = 0x1000;

	(void)state;
	for (size_t i = 0; (e = alg_row(i)) != NULL; i++)
		for (size_t k = 0; (a = alg_row(k)) != NULL; k++) {
			bool combined = (e->flags & ALG_COMBINED) != 0;

			if (e->table != ALG_ENCR || a->table != ALG_AUTH ||
			    a->id == AALG_AES_GMAC ||
			    (combined && a->id != AALG_SHA1HMAC) ||
			    !crypto_usable(enigma.crypto, e) ||
			    !crypto_usable(enigma.crypto, a))
				continue;
			uint8_t auth = combined ? 0 : a->id;
			struct sa_spec s4 =
			    sa_of(++spi, ENIGMA4, PARTYM4, e->id, auth);
			struct sa_spec s6 =
			    sa_of(++spi, ENIGMA6, PARTYM6, e->id, auth);

			install_both(RULE_BOTH, "", ipsec(0, e->id, auth));
			share(&s4);
			share(&s6);
			for (size_t n = 0; n < 40; n += 13) {
				size_t len =
				    udp(pkt, ENIGMA4, PARTYM4, 1, 2, n);

				cross("", pkt, len);
				assert_int_equal(
				    wire_proto(out(&enigma, "", pkt, len).len),
				    IPPROTO_ESP_);
				len = udp(pkt, ENIGMA6, PARTYM6, 1, 2, n);
				cross("", pkt, len);
			}
			again();
		}
	assert_true(spi > 0x1000 + 100);
}

static void
test_ah(void **state)
{
	struct sa_spec s4 = sa_of(9, ENIGMA4, PARTYM4, 0, AALG_SHA256HMAC);
	struct sa_spec s6 = sa_of(10, ENIGMA6, PARTYM6, 0, AALG_SHA256HMAC);
	struct path_result r;
	size_t n;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(AALG_SHA256HMAC, 0, 0));
	share(&s4);
	share(&s6);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 100);
	r = cross("", pkt, n);
	assert_int_equal(wire_proto(r.len), IPPROTO_AH_);
	assert_int_equal(r.seq, 1);
	assert_non_null(r.ah);
	assert_null(r.esp);
	assert_int_equal(r.ah->spi, 9);
	assert_int_equal(r.rule, 1);
	n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 100);
	r = cross("", pkt, n);
	assert_int_equal(wire_proto(r.len), IPPROTO_AH_);
	assert_int_equal(enigma.p.stats.ah_out, 2);
	assert_int_equal(partym.p.stats.ah_in, 2);
}

/* On the wire: IP AH ESP payload (policy 24). */
static void
test_ah_and_esp(void **state)
{
	struct sa_spec e = sa_of(11, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct sa_spec a = sa_of(12, ENIGMA4, PARTYM4, 0, AALG_MD5HMAC);
	struct path_result r;
	struct ip_view v;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 77);

	(void)state;
	install_both(
	    RULE_BOTH, "", ipsec(AALG_MD5HMAC, EALG_AES, AALG_SHA1HMAC));
	share(&e);
	share(&a);
	r = cross("", pkt, n);
	assert_true(ip_parse(&v, wire, r.len));
	assert_int_equal(v.proto, IPPROTO_AH_);
	assert_int_equal(wire[v.upper], IPPROTO_ESP_);
	assert_int_equal(r.esp->spi, 11);
	assert_int_equal(r.ah->spi, 12);
	assert_int_equal(partym.p.stats.n[1][VERDICT_PASS], 1);
	assert_int_equal(
	    spd_lookup(partym.p.spd, "", RULE_IN,
		&(struct flow){ .local = A(PARTYM4), .remote = A(ENIGMA4) })
		->bytes,
	    n);
}

/* An IPv6 packet with options before and after, and with a routing header. */
static void
test_extension_headers(void **state)
{
	static const uint8_t hopopt[8] = { 43, 0, 1, 4 };
	static const uint8_t routing[8] = { 60, 0, 2, 0 };
	static const uint8_t dstopts[8] = { IPPROTO_UDP_, 0, 1, 4 };
	struct sa_spec e = sa_of(11, ENIGMA6, PARTYM6, EALG_AES_GCM_16, 0);
	struct ip_new h = { .src = A(ENIGMA6), .dst = A(PARTYM6), .ttl = 9 };
	struct wr w = wr_into(pkt, sizeof(pkt));

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	share(&e);
	ip_write(&w, &h, 8 * 3 + 8); /* protocol 0: hop-by-hop options */
	wr_bytes(&w, hopopt, 8);
	wr_bytes(&w, routing, 8);
	wr_bytes(&w, dstopts, 8);
	wr_be16(&w, 1);
	wr_be16(&w, 2);
	wr_be16(&w, 8);
	wr_be16(&w, 0);
	cross("", pkt, w.len);
	assert_int_equal(wire_proto(out(&enigma, "", pkt, w.len).len), 50);
}

/* Steering may bring more than policy protects: it goes on unchanged. */
static void
test_superset(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA1HMAC);
	struct rule r = rule_of(RULE_BOTH, "", &a);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);
	struct path_result o;

	(void)state;
	r.sel = (struct sel){ .has = SEL_PROTO | SEL_RPORT,
		.proto = IPPROTO_UDP_,
		.rport_min = 2001,
		.rport_max = 2001 };
	install(&enigma, r);
	o = cross("", pkt, n);
	assert_int_equal(o.len, n);
	assert_memory_equal(wire, pkt, n);
	assert_true(addr_equal(&o.dst, &partym.a4));
	assert_int_equal(o.rule, 0);
	assert_int_equal(enigma.p.stats.clear_out, 1);
	assert_int_equal(partym.p.stats.clear_in, 1);
}

static void
test_pass_and_drop(void **state)
{
	struct rule r = rule_of(RULE_OUT, "", &act_drop);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);

	(void)state;
	install(&enigma, r);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SPD_EXPLICIT);
	assert_int_equal(out(&enigma, "", pkt, n).to, PATH_NOWHERE);
	r = rule_of(RULE_OUT, "", &act_pass);
	r.sel = (struct sel){ .has = SEL_PROTO, .proto = IPPROTO_UDP_ };
	r.priority |= RULE_PRIO_PASS;
	install(&enigma, r);
	cross("", pkt, n);
	install(&partym, rule_of(RULE_IN, "", &act_drop));
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_EXPLICIT);
	assert_int_equal(partym.p.stats.n[1][VERDICT_SPD_EXPLICIT], 1);
	assert_int_equal(enigma.p.stats.n[0][VERDICT_SPD_EXPLICIT], 2);
}

/* Alternatives: the first that can be had; `or pass` is one of them. */
static void
test_alternatives(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct action b = ipsec(AALG_SHA1HMAC, 0, 0);
	struct rule r = rule_of(RULE_BOTH, "", &a), r2;
	struct sa_spec ah = sa_of(5, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	struct sa_spec esp =
	    sa_of(6, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);

	(void)state;
	assert_true(rule_add_action(&r, &b));
	assert_true(rule_add_action(&r, &act_pass));
	assert_true(rule_copy(&r2, &r));
	install(&enigma, r);
	install(&partym, r2);
	assert_int_equal(wire_proto(cross("", pkt, n).len), IPPROTO_UDP_);
	assert_int_equal(enigma.n_acquires, 0);
	share(&ah);
	assert_int_equal(wire_proto(cross("", pkt, n).len), IPPROTO_AH_);
	share(&esp);
	assert_int_equal(wire_proto(cross("", pkt, n).len), IPPROTO_ESP_);
	/* ipsec or drop: there is something to negotiate */
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	b = ipsec(0, EALG_3DESCBC, AALG_SHA1HMAC);
	r = rule_of(RULE_OUT, "", &b);
	assert_true(rule_add_action(&r, &act_drop));
	install(&enigma, r);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 1);
}

/* How partym's policy judges what enigma's SAs made (policy 19). */
static void
test_mismatch(void **state)
{
	static const uint8_t md5 = AALG_MD5HMAC, sha = AALG_SHA1HMAC;
	const struct {
		struct action sent, wanted;
		enum verdict v;
	} t[] = {
		{ ipsec(0, EALG_AES, sha), ipsec(0, EALG_AES, sha),
		    VERDICT_PASS },
		{ ipsec(0, EALG_AES, sha), ipsec(0, EALG_AES, 0),
		    VERDICT_PASS },
		{ ipsec(0, EALG_AES, sha), ipsec(0, EALG_AES, md5),
		    VERDICT_SPD_BAD_ESPAALG },
		{ ipsec(0, EALG_AES, sha), ipsec(0, EALG_3DESCBC, sha),
		    VERDICT_SPD_BAD_ESPEALG },
		{ ipsec(0, EALG_AES, sha), ipsec(sha, EALG_AES, sha),
		    VERDICT_SPD_GOT_AH },
		{ ipsec(sha, EALG_AES, sha), ipsec(0, EALG_AES, sha),
		    VERDICT_SPD_GOT_AH },
		{ ipsec(sha, 0, 0), ipsec(sha, EALG_AES, sha),
		    VERDICT_SPD_GOT_ESP },
		{ ipsec(sha, EALG_AES, sha), ipsec(sha, 0, 0),
		    VERDICT_SPD_GOT_ESP },
		{ ipsec(sha, 0, 0), ipsec(md5, 0, 0), VERDICT_SPD_BAD_AHALG },
		{ ipsec(sha, 0, 0), act_pass, VERDICT_SPD_GOT_SECURE },
		{ ipsec(sha, 0, 0), act_drop, VERDICT_SPD_EXPLICIT },
		{ act_pass, ipsec(sha, 0, 0), VERDICT_SPD_GOT_CLEAR },
		{ act_pass, act_drop, VERDICT_SPD_EXPLICIT },
		{ act_pass, act_pass, VERDICT_PASS },
	};
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct path_result r;

		install(&enigma, rule_of(RULE_OUT, "", &t[i].sent));
		install(&partym, rule_of(RULE_IN, "", &t[i].wanted));
		if ((t[i].sent.flags & ACT_ESP) != 0) {
			struct sa_spec s = sa_of(
			    7, ENIGMA4, PARTYM4, EALG_AES, t[i].sent.espa_alg);

			share(&s);
		}
		if ((t[i].sent.flags & ACT_AH) != 0) {
			struct sa_spec s =
			    sa_of(8, ENIGMA4, PARTYM4, 0, t[i].sent.ah_alg);

			share(&s);
		}
		r = out(&enigma, "", pkt, n);
		assert_verdict(r, VERDICT_PASS);
		r = in(&partym, wire, r.len);
		assert_verdict(r, t[i].v);
		assert_int_equal(r.rule, 1);
		if (t[i].v != VERDICT_PASS) {
			assert_int_equal(r.to, PATH_NOWHERE);
			assert_int_equal(r.len, 0);
		}
		assert_int_equal(partym.p.stats.n[1][t[i].v], 1);
		again();
	}
}

/* Policy 19, first row. */
static void
test_no_policy_inbound(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA1HMAC);
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct rule r;
	struct path_result o;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);

	(void)state;
	install(&enigma, rule_of(RULE_OUT, "", &a));
	share(&s);
	cross("", pkt, n); /* partym has no inbound rule at all */
	r = rule_of(RULE_IN, "", &a);
	r.sel = (struct sel){ .has = SEL_PROTO, .proto = IPPROTO_TCP_ };
	install(&partym, r);
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_GOT_SECURE);
	/* what no rule speaks of is accepted in the clear */
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
}

/* RFC 4301 5.2 step 4: it came by an SA that is not for it. */
static void
test_selectors(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);
	struct path_result o;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	add_sa(&enigma, &s);
	s.proto = IPPROTO_TCP_;
	add_sa(&partym, &s);
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_SPD_ESP_INNERMISMATCH);
}

static void
test_replay(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA1HMAC);
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	static uint8_t first[PATH_ROOM];
	struct sa *sa;
	struct path_result o;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9), n_first;

	(void)state;
	install_both(RULE_BOTH, "", a);
	sa = share(&s);
	o = cross("", pkt, n);
	n_first = o.len;
	memcpy(first, wire, n_first);
	assert_verdict(in(&partym, first, n_first), VERDICT_ESP_EARLY_REPLAY);
	for (unsigned i = 0; i < 70; i++)
		o = cross("", pkt, n);
	assert_int_equal(o.seq, 71);
	assert_verdict(in(&partym, first, n_first), VERDICT_ESP_EARLY_REPLAY);
	assert_int_equal(sa->rest->drops, 2);
	assert_int_equal(sa->count.packets, 71);
	assert_int_equal(partym.p.stats.n[1][VERDICT_ESP_EARLY_REPLAY], 2);
	/* a forged high number does not move the window (RFC 4303 3.4.3) */
	o = out(&enigma, "", pkt, n);
	memcpy(first, wire, o.len);
	wire[20 + 5] = 0x7f;
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_BAD_AUTH);
	assert_verdict(in(&partym, first, o.len), VERDICT_PASS);
	/* AH has its own names */
	again();
	install_both(RULE_BOTH, "", ipsec(AALG_SHA1HMAC, 0, 0));
	s = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	share(&s);
	o = cross("", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_EARLY_REPLAY);
	wire[20 + 11] = 9;
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_BAD_AUTH);
}

static void
test_wrong_key(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct sa *sa;
	struct path_result o, r;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	add_sa(&enigma, &s);
	s.akey.b[0] ^= 1;
	sa = add_sa(&partym, &s);
	o = out(&enigma, "", pkt, n);
	r = in(&partym, wire, o.len);
	assert_verdict(r, VERDICT_ESP_BAD_AUTH);
	assert_int_equal(sa->rest->drops, 1);
	assert_int_equal(sa->count.packets, 0);
	assert_ptr_equal(r.esp, sa);
	assert_int_equal(r.seq, 1);
	/* no SA under this number */
	wire[20 + 3] ^= 1;
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_NO_SA);
}

/* A flipped bit never opens; nothing of it is delivered. */
static void
test_flipped_bits(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 33);
	struct path_result o;
	struct sa *sa;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	sa = share(&s);
	o = out(&enigma, "", pkt, n);
	for (size_t bit = 20 * 8; bit < o.len * 8; bit++) {
		struct path_result r;

		wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
		r = in(&partym, wire, o.len);
		assert_true(verdict_is_drop(r.verdict));
		assert_int_equal(r.to, PATH_NOWHERE);
		wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(sa->replay.top, 0);
	assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
	/* cut anywhere */
	o = out(&enigma, "", pkt, n);
	for (size_t k = 0; k < o.len; k++)
		assert_verdict(
		    in(&partym, wire, k), VERDICT_SPD_MALFORMED_PACKET);
}

/* in.iked's ports are exempt, both ways; others' use of them is not. */
static void
test_ike(void **state)
{
	size_t n;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	n = udp(pkt, ENIGMA4, PARTYM4, 500, 500, 50);
	cross("", pkt, n);
	n = udp(pkt, ENIGMA6, PARTYM6, 500, 500, 50);
	cross("", pkt, n);
	/* the peer is behind a NAT */
	n = udp(pkt, ENIGMA4, PARTYM4, 4500, 61000, 50);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
	n = udp(pkt, ENIGMA4, PARTYM4, 61000, 500, 50);
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
	/* a program here that speaks to somebody's port 500 */
	n = udp(pkt, ENIGMA4, PARTYM4, 61000, 500, 50);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	n = udp(pkt, ENIGMA4, PARTYM4, 500, 61000, 50);
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
}

/* Policy 20. */
static void
test_clear_icmp(void **state)
{
	size_t n;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	n = icmp(pkt, ENIGMA4, PARTYM4, 3, 4, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
	n = icmp(pkt, ENIGMA4, PARTYM4, 3, 3, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	n = icmp(pkt, ENIGMA4, PARTYM4, 8, 0, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	n = icmp(pkt, ENIGMA6, PARTYM6, 135, 0, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
	n = icmp(pkt, ENIGMA6, PARTYM6, 128, 0, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	n = udp(pkt, ENIGMA4, "224.0.0.1", 1, 2, 8);
	pkt[9] = 2; /* IGMP */
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
	pkt[9] = 103; /* PIM */
	assert_verdict(in(&partym, pkt, n), VERDICT_PASS);
	partym.p.tune.icmp_accept_clear_messages = false;
	partym.p.tune.igmp_accept_clear_messages = false;
	partym.p.tune.pim_accept_clear_messages = false;
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	pkt[9] = 2;
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	n = icmp(pkt, ENIGMA4, PARTYM4, 3, 4, 28);
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
}

/* RFC 3948: the SA says so, and only then. */
static void
test_natt(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 9);
	static const uint8_t marker[4] = { 0 };
	struct path_result o;
	struct sa *sa;
	uint16_t diag;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	s.flags |= SAF_NATT_REM | SAF_NATT_LOC;
	s.natt_loc = A(ENIGMA4);
	s.natt_rem = A(PARTYM4);
	sa = share(&s);
	o = cross("", pkt, n);
	assert_int_equal(wire_proto(o.len), IPPROTO_UDP_);
	assert_int_equal(wire[20] << 8 | wire[21], 4500);
	/* the NAT gives another port: followed, once it is authentic */
	o = out(&enigma, "", pkt, n);
	wire[20] = 0xee;
	wire[40] ^= 1;
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_BAD_AUTH);
	assert_int_equal(sa->natt_rport, 0);
	wire[40] ^= 1;
	assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
	assert_int_equal(sa->natt_rport, 0xee94);
	assert_int_equal(partym.p.stats.natt_renumbers, 1);
	/* plain ESP where UDP is expected */
	o = out(&enigma, "", pkt, n);
	memmove(wire + 20, wire + 28, o.len - 28);
	wire[9] = IPPROTO_ESP_;
	wire[3] = (uint8_t)(wire[3] - 8);
	assert_verdict(in(&partym, wire, o.len - 8), VERDICT_ESP_NAT_T_IPSEC);
	/* and the reverse */
	assert_int_equal(sadb_delete(partym.p.sadb, &s, false, &diag), 0);
	s.flags = 0;
	s.natt_loc = s.natt_rem = (struct addr){ 0 };
	add_sa(&partym, &s);
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_NAT_T_IPSEC);
	/* the other things on that port */
	n = udp(pkt, ENIGMA4, PARTYM4, 4500, 4500, 1);
	pkt[28] = 0xff;
	assert_verdict(in(&partym, pkt, n), VERDICT_KEEPALIVE);
	n = udp(pkt, ENIGMA4, PARTYM4, 4500, 4500, 30);
	memcpy(pkt + 28, marker, 4);
	o = in(&partym, pkt, n);
	assert_verdict(o, VERDICT_IKE);
	assert_int_equal(o.to, PATH_HOST);
	assert_same(pkt, n, &o);
}

/* Fragments of what needs the whole, or of what cannot be told. */
static void
test_fragments(void **state)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA1HMAC);
	struct rule r = rule_of(RULE_BOTH, "", &a);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 64);

	(void)state;
	r.sel = (struct sel){ .has = SEL_PROTO | SEL_RPORT | SEL_LPORT,
		.proto = IPPROTO_UDP_,
		.lport_min = 1000,
		.lport_max = 1000,
		.rport_min = 2000,
		.rport_max = 2000 };
	install(&enigma, r);
	pkt[6] = 0x20; /* the first one: ports are there */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SPD_MALFORMED_FRAG);
	pkt[6] = 0x00;
	pkt[7] = 0x08; /* a later one: does no rule want it? */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SPD_MALFORMED_FRAG);
	assert_verdict(in(&enigma, pkt, n), VERDICT_SPD_MALFORMED_FRAG);
	/* partym has no policy */
	assert_verdict(out(&partym, "", pkt, n), VERDICT_PASS);
	/* ESP and AH are for whole packets (RFC 4303 3.4.1) */
	pkt[9] = IPPROTO_ESP_;
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_MALFORMED_FRAG);
	pkt[9] = IPPROTO_AH_;
	assert_verdict(in(&partym, pkt, n), VERDICT_SPD_MALFORMED_FRAG);
}

static void
test_malformed(void **state)
{
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1000, 2000, 64);

	(void)state;
	assert_verdict(out(&enigma, "", pkt, 0), VERDICT_SPD_MALFORMED_PACKET);
	assert_verdict(in(&enigma, pkt, n - 1), VERDICT_SPD_MALFORMED_PACKET);
	pkt[0] = 0x55;
	assert_verdict(in(&enigma, pkt, n), VERDICT_SPD_MALFORMED_PACKET);
	/* ESP and AH too short for their own headers */
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 0);
	pkt[3] = 24;
	pkt[9] = IPPROTO_ESP_;
	assert_verdict(in(&enigma, pkt, 24), VERDICT_ESP_SHORT);
	pkt[9] = IPPROTO_AH_;
	assert_verdict(in(&enigma, pkt, 24), VERDICT_AH_BAD_LENGTH);
	assert_int_equal(enigma.p.stats.n[1][VERDICT_ESP_SHORT], 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_esp_all_algorithms),
		T(test_ah),
		T(test_ah_and_esp),
		T(test_extension_headers),
		T(test_superset),
		T(test_pass_and_drop),
		T(test_alternatives),
		T(test_mismatch),
		T(test_no_policy_inbound),
		T(test_selectors),
		T(test_replay),
		T(test_wrong_key),
		T(test_flipped_bits),
		T(test_ike),
		T(test_clear_icmp),
		T(test_natt),
		T(test_fragments),
		T(test_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
