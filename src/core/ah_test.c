/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ah.h"

#include "core/make_test.h"

enum { ROOM = 70000 };
static uint8_t pkt[ROOM], sealed[ROOM], opened[ROOM];
static const uint8_t iv[16] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct ip_view
view(const uint8_t *p, size_t n)
{
	struct ip_view v;

	assert_true(ip_parse(&v, p, n));
	return v;
}

static enum verdict
seal(const struct sa *sa, size_t n, size_t *len)
{
	struct ip_view v = view(pkt, n);
	struct wr w = wr_into(sealed, sizeof(sealed));
	enum verdict why = ah_seal(sa, &w, pkt, &v, 7, iv, NULL);

	assert_true(why == VERDICT_PASS || w.len == 0);
	*len = w.len;
	return why;
}

static enum verdict
unseal(const struct sa *sa, size_t n, size_t *len)
{
	struct ip_view v = view(sealed, n);
	struct wr w = wr_into(opened, n);
	struct ah_head h;
	enum verdict why = ah_peek(&h, sealed, &v);

	*len = 0;
	if (why != VERDICT_PASS)
		return why;
	assert_int_equal(h.seq_low, 7);
	why = ah_open(sa, &w, sealed, &v, &h, 7);
	*len = w.len;
	assert_true(why == VERDICT_PASS || w.len == 0);
	return why;
}

/* Put n bytes of extension header or option behind the fixed header of pkt. */
static size_t
insert(size_t len, const void *bytes, size_t n)
{
	struct ip_view v = { .ver = pkt[0] >> 4 };
	size_t at = v.ver == 4 ? 20 : 40;

	memmove(pkt + at + n, pkt + at, len - at);
	memcpy(pkt + at, bytes, n);
	if (v.ver == 4)
		pkt[0] = (uint8_t)(0x45 + n / 4);
	v.fixed = v.ver == 4 ? 20 + n : 40;
	assert_true(ip_set_len(pkt, &v, len + n));
	return len + n;
}

static void
test_both_ways(void **state)
{
	static const uint8_t algs[] = { AALG_MD5HMAC, AALG_SHA1HMAC,
		AALG_SHA256HMAC, AALG_SHA384HMAC, AALG_SHA512HMAC,
		AALG_AES_XCBC, AALG_AES_CMAC, AALG_AES_GMAC };

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(algs); i++) {
		bool v6 = (i & 1) != 0;
		struct sa *sa =
		    make_sa_of(0, algs[i / 4], i & 2 ? SAF_TUNNEL : 0);
		size_t n = make_udp(pkt, ROOM, v6, 0x2e, 100 + i), m, k;

		assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
		assert_true(m <= n + ah_overhead(sa));
		/* RFC 4302 3.3.3.2.1 */
		assert_int_equal((m - n) % (sealed[0] >> 4 == 6 ? 8 : 4), 0);
		assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
		assert_int_equal(k, n);
		assert_memory_equal(opened, pkt, n);
		sa_free(sa);
	}
}

/* RFC 4302 3.3.3.1.1.1, 3.3.3.1.2.1: what routers may change and what not */
static void
test_mutable_fields(void **state)
{
	static const uint8_t v4_free[] = { 1, 6, 7, 8, 10, 11 };
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	for (unsigned i = 0; i < 20; i++) {
		bool may = memchr(v4_free, (int)i, sizeof(v4_free)) != NULL;

		/* version, length, protocol: no AH packet any more */
		if (i == 0 || i == 2 || i == 3 || i == 9)
			continue;
		sealed[i] ^= i == 6 ? 0x40 : 0x01;
		if (i == 7) { /* offset: a fragment */
			assert_int_equal(
			    unseal(sa, m, &k), VERDICT_SPD_MALFORMED_FRAG);
		} else {
			assert_int_equal(unseal(sa, m, &k),
			    may ? VERDICT_PASS : VERDICT_AH_BAD_AUTH);
		}
		sealed[i] ^= i == 6 ? 0x40 : 0x01;
	}
	n = make_udp(pkt, ROOM, true, 0, 100);
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	for (unsigned i = 0; i < 40; i++) {
		bool may = i < 4 || i == 7;

		if (i == 4 || i == 5 || i == 6)
			continue;
		sealed[i] ^= 0x01;
		assert_int_equal(unseal(sa, m, &k),
		    may ? VERDICT_PASS : VERDICT_AH_BAD_AUTH);
		sealed[i] ^= 0x01;
	}
	sa_free(sa);
}

/* RFC 4302 A1: a recorded route may change on the way, a router alert not */
static void
test_v4_options(void **state)
{
	static const uint8_t opt[12] = { 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 1 };
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	n = insert(n, opt, sizeof(opt));
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_memory_equal(sealed + 20, opt, 12);
	memcpy(sealed + 22, "\x08\xc0\0\2\1", 5); /* a router was there */
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_memory_equal(opened + 20, sealed + 20, 12);
	sealed[30] = 1;
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	sealed[28] = 0;
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_V4_OPTS);
	pkt[28] = 0;
	assert_int_equal(seal(sa, n, &m), VERDICT_AH_BAD_V4_OPTS);
	sa_free(sa);
}

/* RFC 4302 3.3.3.1.1.2: sent to the first hop, verified at the last one */
static void
test_v4_source_route(void **state)
{
	static const uint8_t lsrr[8] = { 131, 7, 4, 10, 7, 7, 7, 0 };
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	n = insert(n, lsrr, sizeof(lsrr));
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	/* RFC 791 3.1: the hop puts itself in and sends it on */
	memcpy(sealed + 16, lsrr + 3, 4);
	memcpy(sealed + 23, "\xc0\0\2\x63", 4);
	sealed[22] = 8;
	ip_csum_header(sealed, 28);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	sealed[19] ^= 1; /* not who it was for */
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	sa_free(sa);
}

/* RFC 4302 3.3.3.1.2.3, RFC 2460 4.4 */
static void
test_v6_source_route(void **state)
{
	uint8_t rt[24] = { 17, 2, 0, 1, [8] = 0xfd, [23] = 9 }, hop[16];
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, true, 0, 100), m, k;

	(void)state;
	n = insert(n, rt, sizeof(rt));
	pkt[6] = 43;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_memory_equal(sealed + 24, pkt + 24, 16);
	memcpy(hop, sealed + 24, 16); /* the hop exchanges the addresses */
	memcpy(sealed + 24, sealed + 48, 16);
	memcpy(sealed + 48, hop, 16);
	sealed[43] = 0;
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	sealed[39] ^= 1;
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	sa_free(sa);
}

static void
test_v6_options(void **state)
{
	/* an option that may change and one that may not */
	static const uint8_t hbh[8] = { 17, 0, 0x3e, 1, 5, 0x1e, 1, 6 };
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, true, 0, 100), m, k;

	(void)state;
	n = insert(n, hbh, sizeof(hbh));
	pkt[6] = 0;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_int_equal(sealed[40], 51);
	sealed[44] = 99;
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_int_equal(opened[44], 99);
	sealed[47] = 99;
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	pkt[43] = 9; /* leaves the header */
	assert_int_equal(seal(sa, n, &m), VERDICT_AH_BAD_V6_HDRS);
	sa_free(sa);
}

/*
 * Put the ICV of HMAC-SHA2-256 right over the IPv4 packet of m bytes in sealed,
 * whose other bytes are what a test wants.
 */
static void
sign_again(const struct sa *sa, size_t m)
{
	struct mac *mac = mac_new(make_crypto(),
	    alg_by_id(ALG_AUTH, AALG_SHA256HMAC), mac_keys(sa->mac).akey, 256);
	uint8_t muted[200];
	struct mac_part part = { muted, m };

	assert_true(mac != NULL && m <= sizeof(muted));
	memcpy(muted, sealed, m);
	muted[1] = muted[6] = muted[7] = 0;
	muted[8] = muted[10] = muted[11] = 0;
	memset(muted + 32, 0, 16);
	assert_true(mac_sign(mac, sealed + 32, NULL, &part, 1));
	mac_free(mac);
}

/* RFC 4302 2.3: what a later version puts there is ignored, but covered. */
static void
test_reserved(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_memory_equal(sealed + 22, "\0\0", 2);
	memcpy(sealed + 22, "\x12\x34", 2);
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	sign_again(sa, m);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_int_equal(k, n);
	assert_memory_equal(opened, pkt, n);
	sa_free(sa);
}

/* Some stacks align IPv4's AH to 8 bytes; the padding is in the ICV. */
static void
test_v4_aligned_to_8(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;
	struct ip_view v;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_int_equal(m, n + 28);
	v = view(sealed, m);
	memmove(sealed + 52, sealed + 48, m - 48);
	memset(sealed + 48, 0xee, 4);
	m += 4;
	assert_true(ip_set_len(sealed, &v, m));
	sealed[21] = 32 / 4 - 2;
	assert_int_equal(unseal(sa, m, &k), VERDICT_AH_BAD_AUTH);
	sign_again(sa, m);
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
	assert_int_equal(k, n);
	assert_memory_equal(opened, pkt, n);
	sa_free(sa);
}

static void
test_lengths(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA1HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;
	struct ip_view v;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	for (unsigned len = 0; len < 256; len++) {
		sealed[21] = (uint8_t)len;
		assert_int_equal(unseal(sa, m, &k),
		    len == 4 ? VERDICT_PASS : VERDICT_AH_BAD_LENGTH);
	}
	sealed[21] = 4;
	v = view(sealed, m);
	for (size_t cut = 20; cut < m; cut++) {
		assert_true(ip_set_len(sealed, &v, cut));
		assert_int_equal(
		    unseal(sa, cut, &k), cut < 20 + 24 ? VERDICT_AH_BAD_LENGTH
						       : VERDICT_AH_BAD_AUTH);
	}
	sa_free(sa);
}

static void
test_fragments(void **state)
{
	static const uint8_t atomic[8] = { 17, 0, 0, 0, 1, 2, 3, 4 };
	struct sa *sa = make_sa_of(0, AALG_SHA1HMAC, 0);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	pkt[6] = 0x20;
	assert_int_equal(seal(sa, n, &m), VERDICT_SPD_MALFORMED_FRAG);
	n = make_udp(pkt, ROOM, true, 0, 100);
	n = insert(n, atomic, sizeof(atomic));
	pkt[6] = 44;
	assert_int_equal(seal(sa, n, &m), VERDICT_SPD_MALFORMED_FRAG);
	sa_free(sa);
	sa = make_sa_of(0, AALG_SHA1HMAC, SAF_TUNNEL);
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	/* RFC 4302 3.4.1: AH in a fragment, the first or a later one */
	assert_int_equal(unseal(sa, m, &k), VERDICT_PASS);
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
	struct sa *sa = make_sa_of(0, AALG_SHA1HMAC, SAF_TUNNEL);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m;
	struct ip_view v = view(pkt, n);
	struct wr w;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	for (size_t cap = 0; cap < m; cap++) {
		w = wr_into(sealed, cap);
		assert_int_equal(
		    ah_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_AH_NOMEM);
		assert_true(w.len == 0 && !w.bad);
	}
	w = wr_into(sealed, m);
	assert_int_equal(ah_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
	n = make_udp(pkt, ROOM, false, 0, 65500);
	assert_int_equal(seal(sa, n, &m), VERDICT_TOO_BIG);
	sa->src = (struct addr){ 0 };
	assert_int_equal(seal(sa, 65528, &m), VERDICT_AH_NO_SA);
	sa_free(sa);
}

/* What AH adds at most, by the ICV and the outer header. */
static void
test_overhead(void **state)
{
	struct sa_spec s = make_spec(0, AALG_SHA256HMAC, 0);
	struct sa *sa = make_sa(&s);

	(void)state;
	assert_int_equal(ah_overhead(sa), 32); /* 28 in IPv4 */
	sa_free(sa);
	s.flags = SAF_TUNNEL;
	sa = make_sa(&s);
	assert_int_equal(ah_overhead(sa), 20 + 32);
	sa_free(sa);
	assert_true(addr_read(&s.src, "2001:db8::1"));
	assert_true(addr_read(&s.dst, "2001:db8::2"));
	sa = make_sa(&s);
	assert_int_equal(ah_overhead(sa), 40 + 32);
	sa_free(sa);
}

/* Both append, and touch nothing of what is there already. */
static void
test_appends(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA256HMAC, 0);
	struct ah_head h;
	struct ip_view v;
	struct wr w;

	(void)state;
	for (int i = 0; i < 4; i++) {
		size_t n = make_udp(pkt, ROOM, (i & 1) != 0, 0, 100), m;

		sa->flags = i & 2 ? SAF_TUNNEL : 0;
		v = view(pkt, n);
		w = wr_into(sealed, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    ah_seal(sa, &w, pkt, &v, 7, iv, NULL), VERDICT_PASS);
		m = w.len - 4;
		assert_memory_equal(sealed, "abcd", 4);
		memmove(sealed, sealed + 4, m);
		v = view(sealed, m);
		assert_int_equal(ah_peek(&h, sealed, &v), VERDICT_PASS);
		w = wr_into(opened, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    ah_open(sa, &w, sealed, &v, &h, 7), VERDICT_PASS);
		assert_int_equal(w.len, 4 + n);
		assert_memory_equal(opened, "abcd", 4);
		assert_memory_equal(opened + 4, pkt, n);
		sealed[m - 1] ^= 1;
		w = wr_into(opened, ROOM);
		wr_bytes(&w, "abcd", 4);
		assert_int_equal(
		    ah_open(sa, &w, sealed, &v, &h, 7), VERDICT_AH_BAD_AUTH);
		assert_true(w.len == 4 && !w.bad);
		assert_memory_equal(opened, "abcd", 4);
	}
	sa_free(sa);
}

/* RFC 4302 2.5.1, 3.3.3.2.2 */
static void
test_esn(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA512HMAC, SAF_ESN);
	size_t n = make_udp(pkt, ROOM, false, 0, 100);
	struct ip_view v = view(pkt, n);
	struct wr w = wr_into(sealed, ROOM);
	struct ah_head h;
	uint64_t seq = UINT64_C(0x900000007);

	(void)state;
	assert_int_equal(ah_seal(sa, &w, pkt, &v, seq, iv, NULL), VERDICT_PASS);
	v = view(sealed, w.len);
	assert_int_equal(ah_peek(&h, sealed, &v), VERDICT_PASS);
	w = wr_into(opened, ROOM);
	assert_int_equal(ah_open(sa, &w, sealed, &v, &h, seq), VERDICT_PASS);
	assert_int_equal(
	    ah_open(sa, &w, sealed, &v, &h, 7), VERDICT_AH_BAD_AUTH);
	sa_free(sa);
}

static void
test_bad_inside(void **state)
{
	struct sa *sa = make_sa_of(0, AALG_SHA1HMAC, 0);
	struct sa *tun = make_sa_of(0, AALG_SHA1HMAC, SAF_TUNNEL);
	size_t n = make_udp(pkt, ROOM, false, 0, 100), m, k;

	(void)state;
	assert_int_equal(seal(sa, n, &m), VERDICT_PASS);
	assert_int_equal(unseal(tun, m, &k), VERDICT_AH_BAD_INNER);
	pkt[1] =
	    0; /* RFC 6040 4.2: not ECN-capable, and congested on the way */
	assert_int_equal(seal(tun, n, &m), VERDICT_PASS);
	sealed[1] = 3;
	assert_int_equal(unseal(tun, m, &k), VERDICT_TUN_ECN);
	sa_free(sa);
	sa_free(tun);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_mutable_fields),
		cmocka_unit_test(test_v4_options),
		cmocka_unit_test(test_v4_source_route),
		cmocka_unit_test(test_v6_source_route),
		cmocka_unit_test(test_v6_options),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_v4_aligned_to_8),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_esn),
		cmocka_unit_test(test_bad_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
