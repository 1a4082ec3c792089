/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/natt.h"

#include "core/make_test.h"

static uint8_t pkt[2000];

static struct addr
address(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

/* A packet whose source a NAT has changed to `seen`, the checksum left alone. */
static struct ip_view
natted(struct sa *sa, const char *seen, bool tcp)
{
	struct addr a = address(seen);
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 101);
	struct ip_view v;

	assert_true(ip_parse(&v, pkt, n));
	if (tcp) { /* the same sum, for another protocol in the pseudo header */
		pkt[9] = 6;
		memset(pkt + 36, 0, 2);
		v.proto = 6;

		uint32_t sum =
		    ip_csum_pseudo(&v.src, &v.dst, 6, (uint32_t)(v.len - 20));
		uint16_t c =
		    ip_csum_end(ip_csum_add(sum, pkt + 20, v.len - 20));

		pkt[36] = (uint8_t)(c >> 8);
		pkt[37] = (uint8_t)c;
	}
	assert_true(make_csum_ok(pkt, &v));
	sa_make_extra(sa)->natt_rem = v.src;
	memcpy(pkt + 12, a.b, 4);
	ip_csum_header(pkt, 20);
	assert_true(ip_parse(&v, pkt, n));
	return v;
}

static void
test_fix_source(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);

	(void)state;
	for (int tcp = 0; tcp < 2; tcp++) {
		struct ip_view v = natted(sa, "203.0.113.9", tcp != 0);

		assert_false(make_csum_ok(pkt, &v));
		natt_fix(pkt, &v, sa);
		assert_true(make_csum_ok(pkt, &v));
	}
	sa_free(sa);
}

/* The SA says the NAT's address in natt_rem and the true one as its source. */
static void
test_fix_other_way_round(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	struct ip_view v = natted(sa, "203.0.113.9", false);

	(void)state;
	sa->src = sa_extra(sa)->natt_rem;
	sa_make_extra(sa)->natt_rem = address("203.0.113.9");
	natt_fix(pkt, &v, sa);
	assert_true(make_csum_ok(pkt, &v));
	sa_free(sa);
}

/* Both ends behind a NAT: the destination was another one, too. */
static void
test_fix_both(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	struct ip_view v = natted(sa, "203.0.113.9", false);

	(void)state;
	sa_make_extra(sa)->natt_loc = v.dst;
	memcpy(pkt + 16, "\xc0\xa8\1\1", 4);
	ip_csum_header(pkt, 20);
	assert_true(ip_parse(&v, pkt, v.len));
	assert_true(natt_alters(&v.src, &v.dst, sa));
	natt_fix(pkt, &v, sa);
	assert_true(make_csum_ok(pkt, &v));
	sa_free(sa);
}

static void
test_left_alone(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	struct ip_view v = natted(sa, "203.0.113.9", false);
	uint8_t was[200];

	(void)state;
	memcpy(was, pkt, v.len);
	sa_make_extra(sa)->natt_rem = (struct addr){ 0 }; /* nothing known */
	assert_false(natt_alters(&v.src, &v.dst, sa));
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	sa_make_extra(sa)->natt_rem =
	    address("2001:db8::1"); /* of the other family */
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	sa_make_extra(sa)->natt_rem =
	    v.src; /* nothing new, and the SA's end neither */
	sa->src = address("2001:db8::1");
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	/* no NAT changed anything: both say the same */
	sa->src = v.src;
	assert_false(natt_alters(&v.src, &v.dst, sa));
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	sa->src = (struct addr){ .fam = FAM_V4 };
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	v = natted(sa, "203.0.113.9", false);
	pkt[26] = pkt[27] = 0; /* RFC 768: no checksum */
	memcpy(was, pkt, v.len);
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	v = natted(sa, "203.0.113.9", false);
	v.proto = 1;
	memcpy(was, pkt, v.len);
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	v.proto = 17;
	v.len = 27; /* cut through the field */
	natt_fix(pkt, &v, sa);
	assert_memory_equal(was, pkt, v.len);
	sa_free(sa);
}

/* A sum that comes out as zero is written as all ones in UDP. */
static void
test_never_zero(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	unsigned ones = 0;

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		struct ip_view v = natted(sa, "203.0.113.9", false);

		pkt[28] = (uint8_t)(i >> 8);
		pkt[29] = (uint8_t)i;
		pkt[26] = pkt[27] = 0;

		struct addr src = sa_extra(sa)->natt_rem;
		uint16_t c = ip_csum_end(ip_csum_add(
		    ip_csum_pseudo(&src, &v.dst, 17, (uint32_t)(v.len - 20)),
		    pkt + 20, v.len - 20));

		c = c == 0 ? 0xffff : c;
		pkt[26] = (uint8_t)(c >> 8);
		pkt[27] = (uint8_t)c;
		natt_fix(pkt, &v, sa);
		assert_true(make_csum_ok(pkt, &v));
		assert_false(pkt[26] == 0 && pkt[27] == 0);
		ones += pkt[26] == 0xff && pkt[27] == 0xff;
	}
	assert_true(ones > 0);
	sa_free(sa);
}

static void
test_ports(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_REM);
	uint8_t b[8];
	struct wr w = wr_into(b, sizeof(b));

	(void)state;
	natt_write(&w, sa, 100);
	assert_memory_equal(b, "\x11\x94\x11\x94\0\x6c\0\0", 8);
	sa_make_extra(sa)->natt_lport = 1;
	sa->natt_rport = 2;
	w = wr_into(b, sizeof(b));
	natt_write(&w, sa, 100);
	assert_memory_equal(b, "\0\1\0\2\0\x6c\0\0", 8);
	sa_free(sa);
}

static void
test_csum_v6(void **state)
{
	struct ip_view v;
	size_t n = make_udp(pkt, sizeof(pkt), true, 0, 99);

	(void)state;
	assert_true(ip_parse(&v, pkt, n));
	pkt[46] = pkt[47] = 0;
	natt_csum(pkt, &v);
	assert_true(make_csum_ok(pkt, &v));
}

static void
test_keepalive_due(void **state)
{
	struct sa *sa =
	    make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_LOC | SAF_OUTBOUND);
	struct now now = { .mono = sa->rest->added + 19999 };

	(void)state;
	assert_false(natt_is_quiet(sa, 20, now));
	now.mono++;
	assert_true(natt_is_quiet(sa, 20, now));
	assert_false(natt_is_quiet(sa, 0, now));
	assert_false(natt_is_quiet(sa, 21, now));
	/* traffic, or a keepalive, is enough for a while */
	sa->last_use = now.mono - 1;
	assert_false(natt_is_quiet(sa, 20, now));
	sa->last_use = 0;
	sa_make_extra(sa)->keepalive = now.mono - 1;
	assert_false(natt_is_quiet(sa, 20, now));
	sa_make_extra(sa)->keepalive = 0;
	/* the peer behind a NAT, an inbound SA, and a dead one say nothing */
	sa->flags = SAF_NATT_REM | SAF_OUTBOUND;
	assert_false(natt_is_quiet(sa, 20, now));
	sa->flags = SAF_NATT_LOC | SAF_INBOUND;
	assert_false(natt_is_quiet(sa, 20, now));
	sa->flags = SAF_NATT_LOC | SAF_OUTBOUND;
	sa->state = SA_DEAD;
	assert_false(natt_is_quiet(sa, 20, now));
	sa_free(sa);
}

static void
test_keepalive(void **state)
{
	struct sa *sa =
	    make_sa_of(EALG_AES_GCM_16, 0, SAF_NATT_LOC | SAF_OUTBOUND);
	struct ip_view v;
	struct wr w;

	(void)state;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		sa->src = address(v6 ? "2001:db8::1" : "192.0.2.1");
		sa->dst = address(v6 ? "2001:db8::2" : "192.0.2.2");
		sa->natt_rport = 40000;
		w = wr_into(pkt, sizeof(pkt));
		natt_keepalive(&w, sa);
		assert_false(w.bad);
		assert_true(ip_parse(&v, pkt, w.len));
		assert_int_equal(v.proto, IPPROTO_UDP_);
		assert_true(addr_equal(&v.dst, &sa->dst));
		assert_int_equal(v.len - v.upper, 9);
		/* ports 4500 and 40000, length 9 */
		assert_memory_equal(
		    pkt + v.upper, "\x11\x94\x9c\x40\x00\x09", 6);
		assert_int_equal(pkt[v.upper + 8], 0xff);
		assert_int_equal(
		    v6 == 0, pkt[v.upper + 6] == 0 && pkt[v.upper + 7] == 0);
		if (v6)
			assert_true(make_csum_ok(pkt, &v));
	}
	sa_free(sa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keepalive_due),
		cmocka_unit_test(test_keepalive),
		cmocka_unit_test(test_fix_source),
		cmocka_unit_test(test_fix_other_way_round),
		cmocka_unit_test(test_fix_both),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_never_zero),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_csum_v6),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
