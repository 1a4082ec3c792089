/* SPDX-License-Identifier: BSD-2-Clause */
/* What ends: path MTU, lifetimes, sequence numbers. */
#include "core/esp.h"
#include "core/frag.h"
#include "core/path_fix_test.h"

static uint8_t pkt[PATH_ROOM];

static void
esp_between(struct sa_spec *s4, struct sa_spec *s6)
{
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA256HMAC));
	*s4 = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	*s6 = sa_of(8, ENIGMA6, PARTYM6, EALG_AES, AALG_SHA256HMAC);
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The MTU that a "too big" tells, after it was found to be a sane one. */
static uint32_t
told(const struct path_result *r, const char *sender)
{
	struct ip_view v;
	struct addr to = A(sender);

	assert_verdict(*r, VERDICT_TOO_BIG);
	assert_int_equal(r->to, PATH_SENDER);
	assert_true(ip_parse(&v, wire, r->len));
	assert_int_equal(v.len, r->len);
	assert_true(addr_equal(&v.dst, &to));
	assert_int_equal(v.proto, v.ver == 4 ? 1 : 58);
	assert_int_equal(wire[v.upper], v.ver == 4 ? 3 : 2);
	assert_int_equal(wire[v.upper + 1], v.ver == 4 ? 4 : 0);
	/* the packet itself is quoted */
	assert_memory_equal(wire + v.upper + 8, pkt, 28);
	return be32(wire + v.upper + 4);
}

/* RFC 4301 8: what is told fits, and one byte more does not. */
static void
test_df(void **state)
{
	struct sa_spec s4, s6;
	struct path_result r;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 1472);
	uint32_t mtu;

	(void)state;
	esp_between(&s4, &s6);
	share(&s4);
	pkt[6] = 0x40;
	r = out(&enigma, "", pkt, n);
	mtu = told(&r, ENIGMA4);
	assert_true(mtu > 1400 && mtu < 1460);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, mtu - 28);
	pkt[6] = 0x40;
	r = out(&enigma, "", pkt, n);
	assert_verdict(r, VERDICT_PASS);
	assert_true(r.len <= 1500);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, mtu - 27);
	pkt[6] = 0x40;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_TOO_BIG);
	/* in the clear as well, by the MTU itself */
	spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
	enigma.mtu = 1000;
	r = out(&enigma, "", pkt, n);
	assert_int_equal(told(&r, ENIGMA4), 1000);
	/* about an ICMP error, or a multicast, nothing is said */
	n = icmp(pkt, ENIGMA4, PARTYM4, 3, 1, 1400);
	pkt[6] = 0x40;
	r = out(&enigma, "", pkt, n);
	assert_verdict(r, VERDICT_TOO_BIG);
	assert_int_equal(r.to, PATH_NOWHERE);
	n = udp(pkt, ENIGMA4, "224.1.1.1", 1, 2, 1400);
	pkt[6] = 0x40;
	assert_int_equal(out(&enigma, "", pkt, n).to, PATH_NOWHERE);
}

/* Without DF, and IPv6 of our own: whole, and split afterwards. */
static void
test_split_after(void **state)
{
	static uint8_t frag[PATH_ROOM];
	struct sa_spec s4, s6;
	struct path_result r;

	(void)state;
	esp_between(&s4, &s6);
	share(&s4);
	share(&s6);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		size_t n = udp(pkt, v6 ? ENIGMA6 : ENIGMA4,
		    v6 ? PARTYM6 : PARTYM4, 1, 2, 9000);
		unsigned i = 0;

		r = cross("", pkt, n);
		assert_int_equal(r.mtu, 1500);
		assert_true(r.len > 9000);
		for (;; i++) {
			struct wr w = wr_into(frag, sizeof(frag));

			if (!frag_write(&w, wire, r.len, r.mtu, 5, i))
				break;
			assert_true(w.len <= 1500);
		}
		assert_int_equal(i, 7);
	}
}

/* A tunnel carries IPv6 whole or not at all; 1280 bytes always. */
static void
test_tunnel(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA6, PARTYM6, EALG_AES_GCM_16, 0);
	struct path_result r;
	uint32_t mtu;
	size_t n = udp(pkt, "fd01::1", "fd02::2", 1, 2, 1452);

	(void)state;
	install_both(RULE_BOTH, "ip.tun0", ipsec(0, EALG_AES_GCM_16, 0));
	s.flags |= SAF_TUNNEL;
	s.isrc = (struct prefix){ A("fd01::"), 64 };
	s.idst = (struct prefix){ A("fd02::"), 64 };
	share(&s);
	r = out(&enigma, "ip.tun0", pkt, n);
	mtu = told(&r, "fd01::1");
	assert_string_equal(r.tun, "ip.tun0");
	assert_true(mtu > 1400 && mtu < 1440);
	n = udp(pkt, "fd01::1", "fd02::2", 1, 2, mtu - 48);
	assert_true(cross("ip.tun0", pkt, n).len <= 1500);
	enigma.mtu = 1280;
	r = out(&enigma, "ip.tun0", pkt, n);
	assert_int_equal(told(&r, "fd01::1"), 1280);
	n = udp(pkt, "fd01::1", "fd02::2", 1, 2, 1280 - 48);
	assert_int_equal(cross("ip.tun0", pkt, n).mtu, 1280);
	/* an IPv4 packet without DF is split outside */
	again();
	install_both(RULE_BOTH, "ip.tun0", ipsec(0, EALG_AES_GCM_16, 0));
	s.isrc = (struct prefix){ A("10.1.0.0"), 16 };
	s.idst = (struct prefix){ A("10.2.0.0"), 16 };
	share(&s);
	n = udp(pkt, "10.1.0.1", "10.2.0.1", 1, 2, 3000);
	cross("ip.tun0", pkt, n);
	pkt[6] = 0x40;
	ip_csum_header(pkt, 20);
	r = out(&enigma, "ip.tun0", pkt, n);
	assert_true(told(&r, "10.1.0.1") < 1460);
}

/* What is told is not much less than what would fit, in each way of wrapping. */
static void
test_told_is_tight(void **state)
{
	struct action a = ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec e, h;
	struct path_result r;

	(void)state;
	for (unsigned mode = 0; mode < 4; mode++) {
		const char *tun = mode == 0 ? "" : "ip.tun0";
		const char *src = mode == 0 ? ENIGMA4 : "10.1.0.1";
		const char *dst = mode == 0 ? PARTYM4 : "10.2.0.1";
		struct rule rule = mode == 3
				       ? rule_of(RULE_BOTH, tun, &act_pass)
				       : rule_of(RULE_BOTH, tun, &a);
		size_t n = udp(pkt, src, dst, 1, 2, 1472);

		e = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
		h = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
		if (mode == 1) {
			e.flags |= SAF_TUNNEL;
			h.flags |= SAF_TUNNEL;
			e.isrc.a.fam = e.idst.a.fam = FAM_V4;
			h.isrc.a.fam = h.idst.a.fam = FAM_V4;
		}
		rule.tunnel_mode = mode == 1;
		install(&enigma, rule);
		add_sa(&enigma, &e);
		add_sa(&enigma, &h);
		host_know(&enigma);
		enigma.ends[0] = enigma.a4;
		enigma.ends[1] = partym.a4;
		pkt[6] = 0x40;
		r = out(&enigma, tun, pkt, n);
		n = udp(pkt, src, dst, 1, 2, told(&r, src) - 28);
		pkt[6] = 0x40;
		r = out(&enigma, tun, pkt, n);
		assert_verdict(r, VERDICT_PASS);
		assert_true(r.len <= 1500);
		assert_true(r.len > 1500 - 20);
		again();
	}
}

/* Longer than an IP packet can be: dropped, not cut. */
static void
test_longest(void **state)
{
	struct sa_spec s4, s6;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 65507);

	(void)state;
	esp_between(&s4, &s6);
	share(&s4);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_TOO_BIG);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 65400);
	cross("", pkt, n);
}

/* sa 14: the packet that reaches the hard limit is dropped, the SA is dead. */
static void
test_bytes(void **state)
{
	struct sa_spec s4, s6;
	struct sa *sa;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);
	struct path_result o;

	(void)state;
	esp_between(&s4, &s6);
	s4.soft.bytes = 250;
	s4.hard.bytes = 450;
	sa = add_sa(&enigma, &s4);
	s4.soft.bytes = s4.hard.bytes = 0;
	add_sa(&partym, &s4);
	cross("", pkt, n);
	cross("", pkt, n);
	assert_int_equal(sa->count.bytes, 200);
	assert_int_equal(enigma.n_expired, 0);
	cross("", pkt, n);
	assert_int_equal(enigma.n_expired, 1);
	assert_int_equal(enigma.expired, PFKEY_EXT_LIFETIME_SOFT);
	assert_int_equal(sa->state, SA_DYING);
	cross("", pkt, n); /* told once */
	assert_int_equal(enigma.n_expired, 1);
	o = out(&enigma, "", pkt, n);
	assert_verdict(o, VERDICT_ESP_BYTES_EXPIRE);
	assert_ptr_equal(o.esp, sa);
	assert_int_equal(enigma.expired, PFKEY_EXT_LIFETIME_HARD);
	assert_int_equal(sa->state, SA_DEAD);
	assert_int_equal(sa->rest->drops, 1);
	/* then there is no SA */
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
}

static void
test_bytes_inbound(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);
	struct path_result o;

	(void)state;
	install_both(RULE_BOTH, "", ipsec(AALG_SHA1HMAC, 0, 0));
	add_sa(&enigma, &s);
	s.hard.bytes = 150;
	add_sa(&partym, &s);
	cross("", pkt, n);
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_BYTES_EXPIRE);
	assert_int_equal(partym.expired, PFKEY_EXT_LIFETIME_HARD);
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_NO_SA);
	sadb_age(partym.p.sadb, 0, now);
	now.mono += 1000; /* the dead can be seen that long */
	sadb_age(partym.p.sadb, 0, now);
	assert_int_equal(sadb_count(partym.p.sadb, 0), 0);
}

/* By a clock that is the test's. */
static void
test_time(void **state)
{
	struct sa_spec s4, s6;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);
	struct path_result o;

	(void)state;
	esp_between(&s4, &s6);
	s4.hard.addtime = 100;
	s4.hard.usetime = 10;
	share(&s4);
	now.mono += 50000;
	sadb_age(partym.p.sadb, 0, now);
	cross("", pkt, n);
	now.mono += 9000;
	sadb_age(partym.p.sadb, 0, now);
	cross("", pkt, n);
	now.mono += 1000;
	sadb_age(partym.p.sadb, 0, now);
	assert_int_equal(partym.n_expired, 1);
	o = out(&enigma, "", pkt, n);
	assert_verdict(o, VERDICT_PASS); /* enigma has not looked yet */
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_NO_SA);
	sadb_age(enigma.p.sadb, 0, now);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
}

/* RFC 4303 3.3.3: the numbers end, and with them the SA; at both ends. */
static void
test_sequence(void **state)
{
	struct sa_spec s4, s6;
	struct sa *a, *b;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);

	(void)state;
	esp_between(&s4, &s6);
	s4.replay_value = UINT32_MAX - 2;
	a = add_sa(&enigma, &s4);
	b = add_sa(&partym, &s4);
	cross("", pkt, n);
	assert_int_equal(cross("", pkt, n).seq, UINT32_MAX);
	assert_int_equal(b->state, SA_DEAD);
	assert_int_equal(a->state, SA_MATURE);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_ESP_REPLAY);
	assert_int_equal(a->state, SA_DEAD);
	assert_int_equal(enigma.expired, PFKEY_EXT_LIFETIME_HARD);
	/* extended ones go on */
	again();
	esp_between(&s4, &s6);
	s4.replay_value = UINT32_MAX - 2;
	s4.flags |= SAF_ESN;
	share(&s4);
	for (unsigned i = 0; i < 10; i++)
		cross("", pkt, n);
	assert_int_equal(cross("", pkt, n).seq, UINT64_C(0x100000000) - 3 + 11);
}

/* RFC 4303 A3: after 2^32 packets that never arrived. */
static void
test_esn_resync(void **state)
{
	static const uint32_t halves[] = { 1, 3, 8 };
	struct sa_spec s4, s6;
	struct sa *sender, *receiver;
	struct path_result o;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		again();
		esp_between(&s4, &s6);
		s4.flags |= SAF_ESN;
		s4.window = 64;
		sender = add_sa(&enigma, &s4);
		receiver = add_sa(&partym, &s4);
		partym.p.tune.esn_resync = 20;
		n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 100);
		cross("", pkt, n);
		sender->seq += (uint64_t)halves[i] << 32;
		for (unsigned k = 0; k < 19 + halves[i]; k++) {
			o = out(&enigma, "", pkt, n);
			assert_verdict(
			    in(&partym, wire, o.len), VERDICT_ESP_BAD_AUTH);
		}
		/* each of them costs one try of one half */
		o = out(&enigma, "", pkt, n);
		assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
		assert_int_equal(receiver->replay.top, sender->seq);
		assert_int_equal(receiver->replay.misses, 0);
		/* what was captured of the time before stays old */
		assert_verdict(
		    in(&partym, wire, o.len), VERDICT_ESP_EARLY_REPLAY);
		cross("", pkt, n);
	}
}

/* Not when nobody wants it, and forged packets move nothing. */
static void
test_esn_forged(void **state)
{
	struct sa_spec s4, s6;
	struct sa *sender, *receiver;
	struct path_result o;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 100);

	(void)state;
	esp_between(&s4, &s6);
	s4.flags |= SAF_ESN;
	s4.window = 64;
	sender = add_sa(&enigma, &s4);
	receiver = add_sa(&partym, &s4);
	cross("", pkt, n);
	partym.p.tune.esn_resync = 5;
	for (unsigned k = 0; k < 100; k++) {
		o = out(&enigma, "", pkt, n);
		wire[o.len - 1] ^= 1;
		assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_BAD_AUTH);
	}
	assert_int_equal(receiver->replay.top, 1);
	cross("", pkt, n); /* at once */
	partym.p.tune.esn_resync = 0;
	sender->seq += UINT64_C(1) << 32;
	for (unsigned k = 0; k < 600; k++) {
		o = out(&enigma, "", pkt, n);
		assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_BAD_AUTH);
	}
}

/* ipsecesp_padding_check */
static void
test_padding_check(void **state)
{
	struct sa_spec s4;
	struct path_result o;
	struct sa *sa;
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 101);

	(void)state;
	install_both(RULE_BOTH, "", ipsec(0, EALG_NULL, AALG_SHA256HMAC));
	s4 = sa_of(7, ENIGMA4, PARTYM4, EALG_NULL, AALG_SHA256HMAC);
	sa = share(&s4);
	for (uint8_t check = 0; check < 3; check++) {
		struct aead_op op;
		uint8_t icv[64];
		struct ip_view v;
		struct esp_head h;

		o = out(&enigma, "", pkt, n);
		assert_true(ip_parse(&v, wire, o.len));
		assert_int_equal(esp_peek(&h, wire, &v, 4500), VERDICT_PASS);
		size_t icv_len = aead_info(sa->aead)->icv_len;
		uint8_t *end = wire + o.len - icv_len;

		assert_true(end[-2] > 0);
		end[-3] ^= 0x55; /* a byte of the padding */
		op = (struct aead_op){ .key = sa->aead,
			.hdr = wire + h.off,
			.iv = wire + h.off + 8,
			.in = wire + h.off + 8,
			.out = wire + h.off + 8,
			.len = (size_t)(end - (wire + h.off + 8)),
			.icv = icv };
		aead_seal(&op, 1);
		memcpy(end, icv, icv_len);
		partym.p.tune.padding_check = check;
		assert_verdict(in(&partym, wire, o.len),
		    check == 2 ? VERDICT_ESP_BAD_PADDING : VERDICT_PASS);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_df),
		T(test_split_after),
		T(test_tunnel),
		T(test_told_is_tight),
		T(test_longest),
		T(test_bytes),
		T(test_bytes_inbound),
		T(test_time),
		T(test_sequence),
		T(test_esn_resync),
		T(test_esn_forged),
		T(test_padding_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
