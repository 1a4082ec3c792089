/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/esp.h"

#include "core/make_test.h"

enum { ROOM = 70000 };
static uint8_t pkt[ROOM], sealed[ROOM], opened[ROOM];
static const uint8_t iv[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct ip_view
view(const uint8_t *p, size_t n)
{
	struct ip_view v;

	assert_true(ip_parse(&v, p, n));
	return v;
}

/* Seals pkt of n bytes into sealed; *len of the result. */
static enum verdict
seal(const struct sa *sa, size_t n, const struct seal_opts *o, size_t *len)
{
	struct ip_view v = view(pkt, n);
	struct wr w = wr_into(sealed, sizeof(sealed));
	enum verdict why = esp_seal(sa, &w, pkt, &v, 7, iv, o);

	assert_true(why == VERDICT_PASS || w.len == 0);
	*len = w.len;
	return why;
}

/* Opens sealed of n bytes into opened. */
static enum verdict
unseal(const struct sa *sa, size_t n, size_t *len)
{
	struct ip_view v = view(sealed, n);
	struct wr w = wr_into(opened, n);
	struct esp_head h;
	enum verdict why = esp_peek(&h, sealed, &v, 4500);

	*len = 0;
	if (why != VERDICT_PASS)
		return why;
	assert_int_equal(h.spi, sa->spi);
	assert_int_equal(h.seq_low, 7);
	memset(opened, 0x77, n);
	why = esp_open(sa, &w, sealed, &v, &h, 7);
	*len = w.len;
	if (why != VERDICT_PASS) {
		/* nothing is let out, not even by the way */
		assert_int_equal(w.len, 0);
		for (size_t i = 0; i < n; i++)
			assert_true(opened[i] == 0 || opened[i] == 0x77);
	}
	return why;
}

static void
test_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		bool v6 = (i & 1) != 0;
		uint32_t flags = (i & 2 ? SAF_TUNNEL : 0) |
				 (i & 4 ? SAF_NATT_LOC | SAF_NATT_REM : 0);
		struct sa *sa = make_sa_of(EALG_AES, AALG_SHA256HMAC, flags);

		for (size_t data = 0; data < 70; data++) {
			size_t n = make_udp(pkt, ROOM, v6, 0, data), m, k;

			assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
			assert_true(m <= n + esp_overhead(sa));
			assert_int_equal(view(sealed, m).len, m);
			assert_memory_equal(
			    sealed + view(sealed, m).upper + (i & 4 ? 16 : 8),
			    iv, 16);
			assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
			assert_int_equal(k, n);
			assert_memory_equal(opened, pkt, n);
		}
		sa_free(sa);
	}
}

/* The bound is reached, and not by more than it says. */
static void
test_overhead(void **state)
{
	static const uint8_t algs[] = { EALG_NULL, EALG_AES, EALG_3DESCBC,
		EALG_AES_CTR };

	(void)state;
	for (size_t a = 0; a < sizeof(algs); a++) {
		struct sa *sa = make_sa_of(algs[a], AALG_SHA1HMAC, SAF_TUNNEL);
		size_t most = 0;

		for (size_t data = 0; data < 32; data++) {
			size_t n = make_udp(pkt, ROOM, false, 0, data), m;

			assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
			if (m - n > most)
				most = m - n;
		}
		assert_int_equal(most, esp_overhead(sa));
		sa_free(sa);
	}
}

/* The same with a tunnel of IPv6 and with UDP in front. */
static void
test_overhead_outer(void **state)
{
	struct sa_spec s = make_spec(EALG_AES, AALG_SHA1HMAC, SAF_TUNNEL);
	struct sa *v4 = make_sa(&s), *udp, *v6;

	(void)state;
	s.flags |= SAF_NATT_REM;
	udp = make_sa(&s);
	s.flags = SAF_TUNNEL;
	assert_true(addr_read(&s.src, "2001:db8::1"));
	assert_true(addr_read(&s.dst, "2001:db8::2"));
	v6 = make_sa(&s);
	assert_int_equal(esp_overhead(udp), esp_overhead(v4) + 8);
	assert_int_equal(esp_overhead(v6), esp_overhead(v4) + 20);
	sa_free(v4);
	sa_free(udp);
	sa_free(v6);
}

static void
test_udp_v6_has_checksum(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	struct seal_opts o = { .udp_csum_zero = true };
	size_t n = make_udp(pkt, ROOM, true, 0, 100), m;
	struct ip_view v;

	(void)state;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	v = view(sealed, m);
	assert_int_equal(v.proto, 17);
	assert_true(make_csum_ok(sealed, &v));
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
	assert_memory_equal(sealed + 46, "\0\0", 2);
	n = make_udp(pkt, ROOM, false, 0, 100); /* RFC 3948 2.1 */
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	assert_memory_equal(sealed + 26, "\0\0", 2);
	sa_free(sa);
}

static void
test_padding(void **state)
{
	struct sa *sa = make_sa_of(EALG_NULL, AALG_SHA1HMAC, SAF_TUNNEL);
	struct seal_opts o = { 0 };
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	for (o.pad = 0; o.pad <= 252; o.pad += 4) {
		assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
		for (unsigned i = 0; i < o.pad + 2; i++)
			assert_int_equal(sealed[28 + n + i], i + 1);
		assert_int_equal(sealed[28 + n + o.pad + 2], o.pad + 2);
		assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
		assert_int_equal(k, n);
	}
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_ESP_BAD_PADLEN);
	o.pad = 3; /* not aligned */
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_ESP_BAD_PADLEN);
	n = make_udp(pkt, ROOM, false, 0, 99); /* needs 3 and takes 252 more */
	o.pad = 252;
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
	assert_int_equal(sealed[28 + n + 255], 255);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	n = make_udp(pkt, ROOM, false, 0, 100);
	o.pad = 0;
	for (o.tfc = 0; o.tfc < 2000; o.tfc += 13) {
		memset(sealed, 0xee, sizeof(sealed));
		assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
		for (unsigned i = 0; i < o.tfc; i++) /* nobody's memory */
			assert_int_equal(sealed[28 + n + i], 0);
		assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
		assert_int_equal(k, n);
	}
	/* transport mode cannot have any */
	sa->flags &= ~SAF_TUNNEL;
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
	assert_true(m <= n + esp_overhead(sa));
	sa_free(sa);
}

static void
test_dummy(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	struct seal_opts o = { .dummy = true };
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
	assert_int_equal(unseal(sa, m, &k), VERDICT_DUMMY);
	sa->flags &= ~SAF_TUNNEL;
	assert_int_equal(seal(sa, n, &o, &m), VERDICT_PASS);
	assert_int_equal(unseal(sa, m, &k), VERDICT_DUMMY);
	sa_free(sa);
}

static void
test_fragments(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	pkt[6] = 0x20;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_SPD_MALFORMED_FRAG);
	sa->flags |= SAF_TUNNEL; /* RFC 4301 7: a tunnel carries them */
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_memory_equal(opened, pkt, n);
	sealed[6] = 0x20;
	assert_int_equal(unseal(sa, m, &k), VERDICT_SPD_MALFORMED_FRAG);
	sealed[6] = 0;
	sealed[7] = 1;
	assert_int_equal(unseal(sa, m, &k), VERDICT_SPD_MALFORMED_FRAG);
	sa_free(sa);
}

static void
test_limits(void **state)
{
	struct sa *sa = make_sa_of(EALG_NULL, AALG_SHA1HMAC, 0);
	/* 65535 - 20 leaves 65512 for ESP in fours, 22 + 8 of them taken */
	size_t most = 65512 - 22 - 8, m;
	struct ip_view v;
	struct wr w;
	size_t n;

	(void)state;
	n = make_udp(pkt, ROOM, false, 0, most);
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	n = make_udp(pkt, ROOM, false, 0, most + 1);
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_TOO_BIG);
	sa->flags |= SAF_TUNNEL;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_TOO_BIG);

	/* room for all but the last byte; what was there stays */
	n = make_udp(pkt, ROOM, false, 0, 100);
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	v = view(pkt, n);
	for (size_t cap = 3; cap < m + 3; cap++) {
		w = wr_into(sealed, cap);
		wr_bytes(&w, "abc", 3);
		assert_int_equal(
		    esp_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_ESP_NOMEM);
		assert_true(w.len == 3 && !w.bad);
	}
	w = wr_into(sealed, m + 3);
	wr_bytes(&w, "abc", 3);
	assert_int_equal(esp_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
	assert_memory_equal(sealed, "abc\x45", 4);
	sa->src = (struct addr){ 0 };
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_ESP_NO_SA);
	sa_free(sa);
}

/* Both append, and touch nothing of what is there already. */
static void
test_appends(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	struct esp_head h;
	struct ip_view v;
	struct wr w;

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool v6 = (i & 1) != 0;
		size_t n = make_udp(pkt, ROOM, v6, 0, 100), m;

		sa->flags = SAF_NATT_REM | (i & 2 ? SAF_TUNNEL : 0);
		v = view(pkt, n);
		w = wr_into(sealed, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    esp_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
		m = w.len - 4;
		assert_memory_equal(sealed, "abcd", 4);
		memmove(sealed, sealed + 4, m);
		v = view(sealed, m);
		assert_true(v.ver == 4 || make_csum_ok(sealed, &v));
		assert_int_equal(esp_peek(&h, sealed, &v, 4500), VERDICT_PASS);
		w = wr_into(opened, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    esp_open(sa, &w, sealed, &v, &h, 7), VERDICT_PASS);
		assert_int_equal(w.len, 4 + n);
		assert_memory_equal(opened, "abcd", 4);
		assert_memory_equal(opened + 4, pkt, n);
		sealed[m - 1] ^= 1;
		memset(opened, 0x77, ROOM);
		w = wr_into(opened, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    esp_open(sa, &w, sealed, &v, &h, 7), VERDICT_ESP_BAD_AUTH);
		assert_true(w.len == 4 && !w.bad);
		assert_memory_equal(opened, "abcd", 4);
		assert_int_equal(opened[m + 4], 0x77);
	}
	sa_free(sa);
}

/* A UDP packet from 4500 with this body; returns its length. */
static size_t
udp_4500(const void *body, size_t n)
{
	size_t len = make_udp(sealed, ROOM, false, 0, n);

	memcpy(sealed + 28, body, n);
	memcpy(sealed + 20, "\x30\x39\x11\x94", 4);
	return len;
}

static enum verdict
peek(size_t n, struct esp_head *h)
{
	struct ip_view v = view(sealed, n);

	return esp_peek(h, sealed, &v, 4500);
}

static void
test_peek_udp(void **state)
{
	struct esp_head h;

	(void)state;
	assert_int_equal(peek(udp_4500("\xff", 1), &h), VERDICT_KEEPALIVE);
	assert_int_equal(peek(udp_4500("\xfe", 1), &h), VERDICT_ESP_SHORT);
	assert_int_equal(peek(udp_4500("", 0), &h), VERDICT_ESP_SHORT);
	assert_int_equal(peek(udp_4500("\xff\xff", 2), &h), VERDICT_ESP_SHORT);
	assert_int_equal(peek(udp_4500("\0\0\0", 3), &h), VERDICT_ESP_SHORT);
	assert_int_equal(peek(udp_4500("\0\0\0\0", 4), &h), VERDICT_IKE);
	assert_int_equal(
	    peek(udp_4500("\0\0\0\0\1\2\3\4\5", 9), &h), VERDICT_IKE);
	assert_int_equal(
	    peek(udp_4500("\0\0\1\2\0\0\0", 7), &h), VERDICT_ESP_SHORT);
	assert_int_equal(
	    peek(udp_4500("\0\0\1\2\0\0\0\5\6\6", 10), &h), VERDICT_PASS);
	assert_true(h.spi == 0x102 && h.seq_low == 5 && h.udp);
	assert_true(h.off == 28 && h.len == 10);
	assert_true(h.sport == 12345 && h.dport == 4500);
}

static void
test_peek_udp_lengths(void **state)
{
	struct esp_head h;
	size_t n = udp_4500("\0\0\1\2\0\0\0\5\6\6", 10);

	(void)state;
	sealed[25] = 17; /* UDP length below what IP has: the rest is nothing */
	assert_int_equal(peek(n, &h), VERDICT_PASS);
	assert_int_equal(h.len, 9);
	sealed[25] = 19;
	assert_int_equal(peek(n, &h), VERDICT_ESP_SHORT);
	sealed[25] = 7;
	assert_int_equal(peek(n, &h), VERDICT_ESP_SHORT);
	sealed[25] = 18;
	memcpy(sealed + 20, "\x11\x94\x30\x39", 4); /* seen before a NAT */
	assert_int_equal(peek(n, &h), VERDICT_PASS);
	memcpy(sealed + 20, "\x11\x93\x30\x39", 4);
	assert_int_equal(peek(n, &h), VERDICT_ESP_NAT_T_IPSEC);
	sealed[9] = 6;
	assert_int_equal(peek(n, &h), VERDICT_ESP_NAT_T_IPSEC);
}

/* Packets whose ICV holds and whose inside is wrong. */
static void
test_bad_inside(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, 0);
	struct sa *tun = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	size_t n, m, k;

	(void)state;
	/* sealed in one mode, opened in the other */
	n = make_udp(pkt, ROOM, false, 0, 100);
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	assert_int_equal(unseal(tun, m, &k), VERDICT_ESP_BAD_INNER);
	assert_int_equal(seal(tun, n, NULL, &m), VERDICT_PASS);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS); /* IP in IP */
	assert_int_equal(view(opened, k).proto, 4);
	/* an inner packet that says more than there is */
	pkt[3]++;
	struct ip_view v = { .ver = 4, .fixed = 20, .len = n };
	struct wr w = wr_into(sealed, ROOM);

	assert_int_equal(esp_seal(tun, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
	assert_int_equal(unseal(tun, w.len, &k), VERDICT_ESP_BAD_INNER);
	/* a chain of headers that leaves the packet */
	n = make_udp(pkt, ROOM, true, 0, 20);
	pkt[6] = 60;
	pkt[41] = 0;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	v = view(pkt, n);
	v.ins = 40;
	v.nh_off = 6;
	v.ins_proto = 60;
	pkt[41] = 200;
	w = wr_into(sealed, ROOM);
	assert_int_equal(esp_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
	assert_int_equal(unseal(sa, w.len, &k), VERDICT_ESP_BAD_INNER);
	sa_free(sa);
	sa_free(tun);
}

/* ESP around this text, with an ICV that holds; returns the packet's length. */
static size_t
seal_text(const struct sa *sa, const uint8_t *text, size_t n)
{
	const struct aead_info *ai = aead_info(sa->aead);
	struct ip_new h = { .src = sa->src, .dst = sa->dst, .proto = 50 };
	struct wr w = wr_into(sealed, ROOM);

	ip_write(&w, &h, 8u + ai->iv_len + n + ai->icv_len);
	wr_be32(&w, sa->spi);
	wr_be32(&w, 7);
	wr_zero(&w, ai->iv_len);
	wr_bytes(&w, text, n);
	wr_zero(&w, ai->icv_len);

	uint8_t *at = sealed + 28 + ai->iv_len;
	struct aead_op op = { .key = sa->aead,
		.hdr = sealed + 20,
		.iv = sealed + 28,
		.in = at,
		.out = at,
		.len = n,
		.icv = at + n };

	aead_seal(&op, 1);
	assert_true(op.ok);
	return w.len;
}

/* RFC 4303 2.4, 2.5: each pad length over 32 bytes of text */
static void
test_trailer(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, 0);
	uint8_t text[32];
	size_t k;

	(void)state;
	for (size_t pad = 0; pad < 256; pad++) {
		memset(text, 0xee, sizeof(text));
		for (size_t i = 0; i < pad && i < 30; i++)
			text[29 - i] = (uint8_t)(pad - i);
		text[30] = (uint8_t)pad;
		text[31] = 253;
		assert_int_equal(unseal(sa, seal_text(sa, text, 32), &k),
		    pad <= 30 ? VERDICT_PASS : VERDICT_ESP_BAD_PADLEN);
		if (pad > 30)
			continue;
		assert_int_equal(k, 20 + 30 - pad);
		/* RFC 4303 2.4: each byte of it counts */
		for (size_t i = 0; i < pad; i++) {
			text[29 - i] ^= 0x80;
			assert_int_equal(
			    unseal(sa, seal_text(sa, text, 32), &k),
			    VERDICT_ESP_BAD_PADDING);
			text[29 - i] ^= 0x80;
		}
	}
	sa_free(sa);
}

/* Its bytes may be anything when that was asked for; its length may not. */
static void
test_any_padding(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, 0);
	uint8_t text[32];

	(void)state;
	for (unsigned pad = 0; pad < 256; pad++) {
		struct ip_view v;
		struct esp_head h;
		struct wr w = wr_into(opened, sizeof(opened));

		memset(text, 0xee, sizeof(text));
		text[30] = (uint8_t)pad;
		text[31] = 253;
		v = view(sealed, seal_text(sa, text, 32));
		assert_int_equal(esp_peek(&h, sealed, &v, 4500), VERDICT_PASS);
		assert_false(h.any_padding);
		h.any_padding = true;
		assert_int_equal(esp_open(sa, &w, sealed, &v, &h, 7),
		    pad <= 30 ? VERDICT_PASS : VERDICT_ESP_BAD_PADLEN);
	}
	sa_free(sa);
}

/* RFC 6040 4.2 through a whole tunnel */
static void
test_ecn(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	size_t n = make_udp(pkt, ROOM, false, 2, 100), m, k;

	(void)state;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	assert_int_equal(sealed[1], 2);
	sealed[1] = 3; /* a congested router */
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_int_equal(opened[1], 3);
	n = make_udp(pkt, ROOM, false, 0, 100);
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	sealed[1] = 3;
	assert_int_equal(unseal(sa, m, &k), VERDICT_TUN_ECN);
	sa_free(sa);
}

/* Each length that is no ESP packet of this SA, with an IP length to fit. */
static void
test_short(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES, AALG_SHA1HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;
	struct ip_view v;

	(void)state;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	v = view(sealed, m);
	for (size_t cut = 20; cut < m; cut++) {
		size_t text = cut - 20 - 8 - 16 - 12;

		assert_true(ip_set_len(sealed, &v, cut));
		assert_int_equal(unseal(sa, cut, &k),
		    cut < 20 + 8 + 16 + 12 + 2 || text % 16 != 0
			? VERDICT_ESP_SHORT
			: VERDICT_ESP_BAD_AUTH);
	}
	sa_free(sa);
}

/* RFC 4303 2.2.1: the high half is not on the wire, but in the ICV. */
static void
test_esn(void **state)
{
	static const uint8_t algs[] = { EALG_AES, EALG_AES_GCM_16,
		EALG_AES_CCM_16, EALG_CHACHA20_POLY1305, EALG_AES_GMAC };

	(void)state;
	for (size_t i = 0; i < sizeof(algs); i++) {
		struct sa *sa = make_sa_of(algs[i],
		    algs[i] == EALG_AES ? AALG_SHA256HMAC : 0, SAF_ESN);
		size_t n = make_udp(pkt, ROOM, false, 0, 100);
		struct ip_view v = view(pkt, n);
		struct wr w = wr_into(sealed, ROOM);
		struct esp_head h;
		uint64_t seq = UINT64_C(0x500000007);

		assert_int_equal(
		    esp_seal(sa, &w, pkt, &v, seq, iv, NULL), VERDICT_PASS);
		v = view(sealed, w.len);
		assert_int_equal(esp_peek(&h, sealed, &v, 4500), VERDICT_PASS);
		assert_int_equal(h.seq_low, 7);
		w = wr_into(opened, ROOM);
		assert_int_equal(
		    esp_open(sa, &w, sealed, &v, &h, seq), VERDICT_PASS);
		assert_int_equal(
		    esp_open(sa, &w, sealed, &v, &h, 7), VERDICT_ESP_BAD_AUTH);
		sa_free(sa);
	}
}

/* RFC 3948 3.1.2 */
static void
test_nat_checksum(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;
	struct ip_view v = view(pkt, n);

	(void)state;
	sa_make_extra(sa)->natt_rem = v.src;
	assert_int_equal(seal(sa, n, NULL, &m), VERDICT_PASS);
	memcpy(sealed + 12, "\xcb\0\x71\x05", 4);
	ip_csum_header(sealed, 20);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	v = view(opened, k);
	assert_memory_equal(opened + 12, "\xcb\0\x71\x05", 4);
	assert_true(make_csum_ok(opened, &v));
	sa_free(sa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_overhead_outer),
		cmocka_unit_test(test_udp_v6_has_checksum),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_dummy),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_peek_udp),
		cmocka_unit_test(test_peek_udp_lengths),
		cmocka_unit_test(test_trailer),
		cmocka_unit_test(test_any_padding),
		cmocka_unit_test(test_bad_inside),
		cmocka_unit_test(test_ecn),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_esn),
		cmocka_unit_test(test_nat_checksum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
