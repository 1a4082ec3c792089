/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 3554: SAs of an SCTP association whose ends have several addresses, in the
 * SADB and on the packets' way.
 */
#include <errno.h>

#include "core/path_fix_test.h"

#define E2   "192.168.117.16" /* enigma's second address */
#define E3   "2001::aaaa:7777:7777"
#define P2   "192.168.14.213"
#define P3   "2001::eeee:4444:4444"
#define PORT 2905

static uint8_t pkt[PATH_ROOM];

/* An SCTP packet with a chunk of DATA (RFC 9260 3). */
static size_t
sctp(const char *src, const char *dst, uint16_t sport, uint16_t dport)
{
	size_t n = udp(pkt, src, dst, sport, dport, 100);
	struct ip_view v;

	assert_true(ip_parse(&v, pkt, n));
	if (v.ver == 4) {
		pkt[9] = IPPROTO_SCTP_;
		ip_csum_header(pkt, 20);
	} else {
		pkt[6] = IPPROTO_SCTP_;
	}
	return n;
}

/* From enigma to partym or back, with the other addresses of both. */
static struct sa_spec
assoc(uint32_t spi, bool to_partym, struct sa_more *more)
{
	struct addr e[2] = { A(E2), A(E3) }, p[2] = { A(P2), A(P3) };
	struct sa_spec s = sa_of(spi, to_partym ? ENIGMA4 : PARTYM4,
	    to_partym ? PARTYM4 : ENIGMA4, EALG_AES, AALG_SHA256HMAC);

	*more = (struct sa_more){ .n_src = 2, .n_dst = 2 };
	memcpy(more->src, to_partym ? e : p, sizeof(e));
	memcpy(more->dst, to_partym ? p : e, sizeof(e));
	s.more = more;
	s.proto = IPPROTO_SCTP_;
	*(to_partym ? &s.dport : &s.sport) = PORT;
	return s;
}

/* SCTP to PORT of partym and its answers are protected, by unique SAs. */
static void
policy(void)
{
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);

	a.flags |= ACT_UNIQUE;
	for (int i = 0; i < 2; i++) {
		struct rule r = rule_of(RULE_BOTH, "", &a);

		r.sel =
		    (struct sel){ .has = SEL_PROTO, .proto = IPPROTO_SCTP_ };
		if (i == 0) {
			r.sel.has |= SEL_RPORT;
			r.sel.rport_min = r.sel.rport_max = PORT;
		} else {
			r.sel.has |= SEL_LPORT;
			r.sel.lport_min = r.sel.lport_max = PORT;
		}
		install(i == 0 ? &enigma : &partym, r);
	}
}

static void
any_pair_is_one_sa(void **state)
{
	static const struct {
		const char *e, *p;
	} pair[] = { { ENIGMA4, PARTYM4 }, { E2, P2 }, { E2, PARTYM4 },
		{ ENIGMA4, P2 }, { E3, P3 } };
	struct sa_more more;
	struct sa_spec there = assoc(7, true, &more);
	struct sa *sa;

	(void)state;
	policy();
	sa = share(&there);
	struct sa_spec back_again = assoc(8, false, &more);
	add_sa(&partym, &back_again);
	add_sa(&enigma, &back_again);
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		size_t n = sctp(pair[i].e, pair[i].p, 4000, PORT);
		struct path_result o = cross("", pkt, n), r;

		assert_int_equal(wire_proto(o.len), IPPROTO_ESP_);
		assert_int_equal(o.seq, i + 1); /* one numbering for all */
		assert_int_equal(sa->replay.top, i + 1);
		/* and one window */
		r = in(&partym, wire, o.len);
		assert_verdict(r, VERDICT_ESP_EARLY_REPLAY);
		n = sctp(pair[i].p, pair[i].e, PORT, 4000);
		o = out(&partym, "", pkt, n);
		assert_verdict(o, VERDICT_PASS);
		r = in(&enigma, wire, o.len);
		assert_verdict(r, VERDICT_PASS);
		assert_same(pkt, n, &r);
	}
	assert_int_equal(sa->count.packets, 5);
	/* in the clear it is not taken, whatever the address */
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		size_t n = sctp(pair[i].e, pair[i].p, 4000, PORT);

		assert_verdict(in(&partym, pkt, n), VERDICT_SPD_GOT_CLEAR);
	}
}

/* Addresses that are not of the association, and other ports. */
static void
nothing_else_is(void **state)
{
	struct sa_more more;
	struct sa_spec there = assoc(7, true, &more);
	struct path_result o;
	struct ip_view v;
	size_t n;

	(void)state;
	policy();
	(void)share(&there);
	enigma.listens = false;
	n = sctp("192.168.118.16", PARTYM4, 4000, PORT);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SADB_NO_KM);
	n = sctp(ENIGMA4, "192.168.15.213", 4000, PORT);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_SADB_NO_KM);
	n = sctp(ENIGMA4, PARTYM4, 4000, PORT + 1);
	assert_int_equal(
	    wire_proto(out(&enigma, "", pkt, n).len), IPPROTO_SCTP_);
	/* a packet of the SA with a source that is none of its: no SA */
	n = sctp(E2, P2, 4000, PORT);
	o = out(&enigma, "", pkt, n);
	assert_verdict(o, VERDICT_PASS);
	assert_true(ip_parse(&v, wire, o.len));
	wire[15] = 99;
	ip_csum_header(wire, 20);
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_NO_SA);
	wire[15] = 16;
	wire[19] = 99;
	ip_csum_header(wire, 20);
	assert_verdict(in(&partym, wire, o.len), VERDICT_ESP_NO_SA);
	wire[19] = 213;
	ip_csum_header(wire, 20);
	assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
}

static void
is_found_by_each_name(void **state)
{
	struct sa_more more;
	struct sa_spec s = assoc(7, true, &more);
	struct sa *sa = add_sa(&enigma, &s), *other;
	struct sadb *d = enigma.p.sadb;
	uint16_t diag;

	(void)state;
	/* its own copy */
	more.n_dst = 0;
	static const char *const dst[] = { PARTYM4, P2, P3 };
	for (size_t i = 0; i < 3; i++) {
		struct sa_spec name = {
			.satype = SATYPE_ESP, .spi = 7, .dst = A(dst[i])
		};

		assert_ptr_equal(sadb_find(d, &name), sa);
		/* the name is taken */
		struct sa_spec t =
		    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
		t.dst = A(dst[i]);
		if (t.dst.fam == FAM_V6)
			t.src = A(ENIGMA6);
		assert_int_equal(sadb_add(d, &t, now, &diag, &other), EEXIST);
	}
	/* the other way round: one of its names is taken */
	struct sa_spec t = sa_of(9, ENIGMA4, P2, EALG_AES, AALG_SHA256HMAC);
	add_sa(&enigma, &t);
	s = assoc(9, true, &more);
	assert_int_equal(sadb_add(d, &s, now, &diag, &other), EEXIST);
	assert_int_equal(sadb_count(d, 0), 2);
	/* deleted by any */
	struct sa_spec name = { .satype = SATYPE_ESP, .spi = 7, .dst = A(P3) };
	assert_int_equal(sadb_delete(d, &name, false, &diag), 0);
	name.dst = A(PARTYM4);
	assert_null(sadb_find(d, &name));
	assert_int_equal(sadb_flush(d, 0), 1);
}

/* Inbound when any of its destinations is here. */
static void
tells_its_direction(void **state)
{
	struct sa_more more;
	struct sa_spec s = assoc(7, true, &more);

	(void)state;
	s.dst = A("192.168.14.213");
	more.dst[0] = A("2001::eeee:4444:4444");
	more.dst[1] = A(PARTYM4);
	assert_int_equal(
	    add_sa(&partym, &s)->flags & (SAF_INBOUND | SAF_OUTBOUND),
	    SAF_INBOUND);
	assert_int_equal(
	    add_sa(&enigma, &s)->flags & (SAF_INBOUND | SAF_OUTBOUND),
	    SAF_OUTBOUND);
}

static void
refuses_bad_lists(void **state)
{
	static const struct {
		const char *src, *dst;
		uint32_t flags;
		uint16_t diag;
	} row[] = {
		{ "0.0.0.0", P2, 0, PFKEY_DIAG_BAD_SRC },
		{ "224.0.0.1", P2, 0, PFKEY_DIAG_BAD_SRC },
		{ E2, "::", 0, PFKEY_DIAG_BAD_DST },
		{ E2, "ff02::1", 0, PFKEY_DIAG_BAD_DST },
		{ E2, "255.255.255.255", 0, PFKEY_DIAG_BAD_DST },
		{ ENIGMA4, P2, 0, PFKEY_DIAG_DUPLICATE_SRC },
		{ E2, PARTYM4, 0, PFKEY_DIAG_DUPLICATE_DST },
		{ E2, P3, 0, PFKEY_DIAG_DUPLICATE_DST },
		{ E2, P2, SAF_TUNNEL, PFKEY_DIAG_BAD_SAFLAGS },
	};
	struct sa_more more;
	struct sa_spec s;
	struct sa *sa;
	uint16_t diag;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		s = assoc(7, true, &more);
		more.src[0] = A(row[i].src);
		more.dst[0] = A(row[i].dst);
		s.flags |= row[i].flags;
		assert_int_equal(
		    sadb_add(enigma.p.sadb, &s, now, &diag, &sa), EINVAL);
		assert_string_equal(
		    pfkey_diag_text(diag), pfkey_diag_text(row[i].diag));
	}
	s = assoc(7, true, &more);
	s.src = A("0.0.0.0");
	assert_int_equal(sadb_add(enigma.p.sadb, &s, now, &diag, &sa), EINVAL);
	assert_int_equal(diag, PFKEY_DIAG_BAD_SRC);
	s = assoc(7, true, &more);
	more.n_src = SA_MORE + 1;
	assert_int_equal(sadb_add(enigma.p.sadb, &s, now, &diag, &sa), EINVAL);
}

/* A larval SA for one address becomes one for the association. */
static void
completes_a_larval_one(void **state)
{
	struct sadb *d = partym.p.sadb;
	struct addr src = A(ENIGMA4), dst = A(PARTYM4);
	struct sa_more more;
	struct sa_spec s = assoc(0, true, &more), other;
	struct sa *sa;
	uint16_t diag;

	(void)state;
	assert_int_equal(
	    sadb_getspi(d, SATYPE_ESP, &src, &dst, 300, 300, now, &diag, &sa),
	    0);
	s.spi = sa->spi;
	other = sa_of(300, ENIGMA4, P2, EALG_AES, AALG_SHA256HMAC);
	other.flags |= SAF_INBOUND;
	add_sa(&partym, &other);
	assert_int_equal(sadb_update(d, &s, now, &diag, &sa), EEXIST);
	assert_int_equal(sadb_delete(d, &other, false, &diag), 0);
	assert_int_equal(sadb_update(d, &s, now, &diag, &sa), 0);
	struct addr p3 = A(P3), e3 = A(E3);
	assert_ptr_equal(sadb_inbound(d, SATYPE_ESP, 300, &e3, &p3), sa);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(any_pair_is_one_sa),
		T(nothing_else_is),
		T(is_found_by_each_name),
		T(tells_its_direction),
		T(refuses_bad_lists),
		T(completes_a_larval_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
