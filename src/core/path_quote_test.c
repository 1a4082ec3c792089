/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has its policy from somewhere else than its own header: ICMP errors, by
 * what they quote; packets that name further stops; fragments. And whose
 * packets from the ports of key management are.
 */
#include "core/path.h"
#include "core/path_fix_test.h"

static uint8_t pkt[PATH_ROOM];

/* UDP of one port is protected, nothing else, by SAs for that alone or not. */
static void
protect_port(bool unique)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA1HMAC);
	struct sa_spec s;

	if (unique)
		a.flags |= ACT_UNIQUE;
	for (int i = 0; i < 2; i++) {
		struct rule r = rule_of(RULE_BOTH, "", &a);

		r.sel.has = SEL_PROTO | (i ? SEL_LPORT : SEL_RPORT);
		r.sel.proto = IPPROTO_UDP_;
		*(i ? &r.sel.lport_min : &r.sel.rport_min) = 7;
		*(i ? &r.sel.lport_max : &r.sel.rport_max) = 7;
		install(i ? &partym : &enigma, r);
	}
	for (int six = 0; six < 2; six++) {
		const char *e = six ? ENIGMA6 : ENIGMA4;
		const char *p = six ? PARTYM6 : PARTYM4;

		s = sa_of(0x101, e, p, EALG_AES, AALG_SHA1HMAC);
		s.proto = unique ? IPPROTO_UDP_ : 0;
		s.dport = unique ? 7 : 0;
		(void)share(&s);
		s = sa_of(0x102, p, e, EALG_AES, AALG_SHA1HMAC);
		s.proto = unique ? IPPROTO_UDP_ : 0;
		s.sport = unique ? 7 : 0;
		add_sa(&enigma, &s);
		add_sa(&partym, &s);
	}
}

/* src tells dst "unreachable" about dst's datagram between these ports. */
static size_t
unreachable(const char *src, const char *dst, const char *quoted_dst,
    uint16_t sport, uint16_t dport)
{
	static uint8_t quoted[256];
	size_t n = udp(quoted, dst, quoted_dst, sport, dport, 60);
	bool six = strchr(src, ':') != NULL;
	size_t len = icmp(pkt, src, dst, six ? 1 : 3, six ? 4 : 3, n);

	memcpy(pkt + len - n, quoted, n);
	return len;
}

static void
test_quoted(void **state)
{
	(void)state;
	for (int unique = 0; unique < 2; unique++)
		for (int six = 0; six < 2; six++) {
			const char *e = six ? ENIGMA6 : ENIGMA4;
			const char *p = six ? PARTYM6 : PARTYM4;
			struct path_result r;
			size_t n;

			again();
			protect_port(unique);
			/* partym about what it would have got protected */
			n = unreachable(p, e, p, 1000, 7);
			r = out(&partym, "", pkt, n);
			assert_verdict(r, VERDICT_PASS);
			assert_int_equal(wire_proto(r.len), IPPROTO_ESP_);
			r = in(&enigma, wire, r.len);
			assert_verdict(r, VERDICT_PASS);
			assert_same(pkt, n, &r);
			/* about what policy has in the clear */
			n = unreachable(p, e, p, 1000, 8);
			r = out(&partym, "", pkt, n);
			assert_verdict(r, VERDICT_PASS);
			assert_int_equal(wire_proto(r.len),
			    six ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_);
			/* without an SA it waits */
			sadb_flush(partym.p.sadb, SATYPE_UNSPEC);
			n = unreachable(p, e, p, 1000, 7);
			assert_verdict(out(&partym, "", pkt, n), VERDICT_HOLD);
			assert_int_equal(partym.n_acquires, 1);
		}
}

/* A protected error is believed about the flow between the two alone. */
static void
test_quoted_inbound(void **state)
{
	struct sa_spec s;
	struct path_result r;
	size_t n;

	(void)state;
	protect_port(false);
	/* partym's policy protects more than enigma's */
	install(&partym, rule_of(RULE_OUT, "",
			     &(struct action){ .type = ACT_IPSEC,
				 .flags = ACT_ESP | ACT_ESPA,
				 .esp_alg = EALG_AES,
				 .espa_alg = AALG_SHA1HMAC }));
	n = unreachable(PARTYM4, ENIGMA4, PARTYM4, 1000, 8);
	r = out(&partym, "", pkt, n);
	assert_int_equal(wire_proto(r.len), IPPROTO_ESP_);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_GOT_SECURE);
	n = unreachable(PARTYM4, ENIGMA4, "192.0.2.3", 1000, 7);
	r = out(&partym, "", pkt, n);
	assert_int_equal(wire_proto(r.len), IPPROTO_ESP_);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_GOT_SECURE);
	/* no error */
	n = icmp(pkt, PARTYM4, ENIGMA4, 8, 0, 60);
	r = out(&partym, "", pkt, n);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_GOT_SECURE);
	/* nothing that could be read */
	n = icmp(pkt, PARTYM4, ENIGMA4, 3, 3, 12);
	r = out(&partym, "", pkt, n);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_GOT_SECURE);
	/* protected otherwise than the flow has to be */
	s = sa_of(0x103, PARTYM4, ENIGMA4, EALG_3DESCBC, AALG_SHA1HMAC);
	add_sa(&enigma, &s);
	sadb_flush(partym.p.sadb, SATYPE_UNSPEC);
	add_sa(&partym, &s);
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, rule_of(RULE_OUT, "",
			     &(struct action){ .type = ACT_IPSEC,
				 .flags = ACT_ESP | ACT_ESPA,
				 .esp_alg = EALG_3DESCBC,
				 .espa_alg = AALG_SHA1HMAC }));
	n = unreachable(PARTYM4, ENIGMA4, PARTYM4, 1000, 7);
	r = out(&partym, "", pkt, n);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_SPD_BAD_ESPEALG);
}

/* An error with policy of its own keeps it; one that quotes nothing is no use. */
static void
test_quoted_own(void **state)
{
	struct rule r = rule_of(RULE_OUT, "", &act_drop);
	size_t n;

	(void)state;
	n = icmp(pkt, PARTYM4, ENIGMA4, 3, 3, 12);
	assert_verdict(out(&partym, "", pkt, n), VERDICT_PASS);
	protect_port(false);
	assert_verdict(out(&partym, "", pkt, n), VERDICT_SPD_MALFORMED_PACKET);
	r.sel.has = SEL_PROTO;
	r.sel.proto = IPPROTO_ICMP_;
	install(&partym, r);
	n = unreachable(PARTYM4, ENIGMA4, PARTYM4, 1000, 7);
	assert_verdict(out(&partym, "", pkt, n), VERDICT_SPD_EXPLICIT);
}

/* The policy of the final destination, and its SA. */
static void
test_routed(void **state)
{
	static const uint8_t lsrr[8] = { 131, 7, 4, 192, 168, 13, 213, 0 };
	struct rule r;
	struct sa_spec s;
	struct path_result o;
	struct addr to = A(PARTYM4);
	size_t n;

	(void)state;
	r = rule_of(RULE_OUT, "",
	    &(struct action){ .type = ACT_IPSEC,
		.flags = ACT_ESP | ACT_ESPA,
		.esp_alg = EALG_AES,
		.espa_alg = AALG_SHA1HMAC });
	r.fam = FAM_V4;
	r.sel.has = SEL_RADDR;
	r.sel.raddr = prefix_host(&to);
	install(&enigma, r);
	n = udp(pkt, ENIGMA4, "192.168.116.1", 1, 2, 50);
	assert_int_equal(out(&enigma, "", pkt, n).esp == NULL, true);
	/* by way of that one to partym */
	memmove(pkt + 28, pkt + 20, n - 20);
	memcpy(pkt + 20, lsrr, 8);
	pkt[0] = 0x47;
	n += 8;
	pkt[3] = (uint8_t)n;
	ip_csum_header(pkt, 28);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_true(addr_equal(&enigma.acquire_dst, &to));
	s = sa_of(0x101, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	add_sa(&enigma, &s);
	o = out(&enigma, "", pkt, n);
	assert_verdict(o, VERDICT_PASS);
	assert_int_equal(wire_proto(o.len), IPPROTO_ESP_);
	assert_memory_equal(wire + 20, lsrr, 8);
	to = A("192.168.116.1");
	assert_true(addr_equal(&o.dst, &to));
	/* one that cannot be followed */
	pkt[22] = 3;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SPD_MALFORMED_PACKET);
}

/* A fragment that begins within options may be of any protocol. */
static void
test_hidden_protocol(void **state)
{
	static const uint8_t kinds[] = { 0, 43, 60 };
	struct rule r = rule_of(RULE_BOTH, "", &act_drop);
	size_t n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 50);

	(void)state;
	pkt[6] = 44;
	memcpy(pkt + 40, "\x3c\0\0\x08\0\0\0\x07", 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
	r.sel.has = SEL_PROTO;
	r.sel.proto = IPPROTO_UDP_;
	install(&enigma, r);
	for (size_t i = 0; i < sizeof(kinds); i++) {
		pkt[40] = kinds[i];
		assert_verdict(
		    out(&enigma, "", pkt, n), VERDICT_SPD_MALFORMED_FRAG);
	}
	pkt[40] = 6; /* not UDP, for sure */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
}

/* Where key management is let by elsewhere, its ports are like any others. */
static void
test_ike_is_judged(void **state)
{
	size_t n = udp(pkt, ENIGMA6, PARTYM6, 4500, 7, 50);

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA1HMAC));
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
	enigma.p.tune.ike_is_judged = true;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_quoted),
		T(test_quoted_inbound),
		T(test_quoted_own),
		T(test_routed),
		T(test_hidden_protocol),
		T(test_ike_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
