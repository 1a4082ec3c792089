/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/mode.h"

#include "core/make_test.h"

static uint8_t pkt[2000], out[2000];

static struct ip_view
view(const uint8_t *p, size_t n)
{
	struct ip_view v;

	assert_true(ip_parse(&v, p, n));
	return v;
}

/* The outer header of a tunnel for pkt. */
static struct ip_view
outer(const struct sa *sa, size_t n)
{
	struct ip_view v = view(pkt, n);
	struct wr w = wr_into(out, sizeof(out));

	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 100, NULL, 0x55aa), MODE_OK);
	assert_int_equal(w.len, sa->dst.fam == FAM_V4 ? 20 : 40);
	return view(out, w.len + 100);
}

/* RFC 4301 5.1.2.1 */
static void
test_outer_v4(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	size_t n = make_udp(pkt, sizeof(pkt), false, 0xb9, 50);
	struct ip_view v = outer(sa, n);

	(void)state;
	assert_true(addr_equal(&v.src, &sa->src));
	assert_true(addr_equal(&v.dst, &sa->dst));
	assert_int_equal(v.tos, 0xb9); /* DSCP and ECN copied */
	assert_int_equal(v.ttl, 64);   /* made, not copied */
	assert_int_equal(v.id, 0x55aa);
	assert_int_equal(v.proto, 50);
	assert_int_equal(v.fixed, 20);
	assert_int_equal(ip_csum_end(ip_csum_add(0, out, 20)), 0);
	sa->ttl = 5;
	sa->tos_fixed = true;
	sa->tos = 0x2f;
	v = outer(sa, n);
	assert_int_equal(v.ttl, 5);
	assert_int_equal(v.tos, 0x2d); /* ECN 1 of the inner one */
	sa_free(sa);
}

/* RFC 4301 8.1 */
static void
test_outer_df(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 50);

	(void)state;
	for (int df = 0; df < 2; df++) {
		pkt[6] = df ? 0x40 : 0;
		sa->df = DF_COPY;
		assert_int_equal(outer(sa, n).df, df);
		sa->df = DF_SET;
		assert_true(outer(sa, n).df);
		sa->df = DF_CLEAR;
		assert_false(outer(sa, n).df);
	}
	sa->df = DF_COPY;
	n = make_udp(pkt, sizeof(pkt), true, 0, 50);
	assert_true(outer(sa, n).df);
	sa_free(sa);
}

static void
test_outer_v6(void **state)
{
	struct sa_spec s = make_spec(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	size_t n = make_udp(pkt, sizeof(pkt), false, 0xb9, 50);

	(void)state;
	assert_true(addr_read(&s.src, "2001:db8::1"));
	assert_true(addr_read(&s.dst, "2001:db8::2"));

	struct sa *sa = make_sa(&s);

	sa_make_extra(sa)->flow_label = 0xfabcd;

	struct ip_view v = outer(sa, n);

	assert_int_equal(v.ver, 6);
	assert_int_equal(v.tos, 0xb9);
	assert_int_equal(v.flow, 0xfabcd);
	sa_free(sa);
}

static void
test_outer_forced(void **state)
{
	static const uint8_t a[4] = { 1, 1, 1, 1 };
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	struct ip_view v =
	    view(pkt, make_udp(pkt, sizeof(pkt), false, 0xb9, 50));
	struct ip_new h = { .src = addr_v4(a),
		.dst = addr_v4(a),
		.ttl = 3,
		.id = 9,
		.proto = 77 };
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	assert_int_equal(mode_write(&w, sa, pkt, &v, 51, 100, &h, 1), MODE_OK);
	v = view(out, 120);
	assert_true(addr_equal(&v.src, &h.src));
	assert_true(v.ttl == 3 && v.id == 9 && v.tos == 0 && v.proto == 51);
	sa_free(sa);
}

static void
test_write_fails(void **state)
{
	struct sa *sa = make_sa_of(EALG_AES_GCM_16, 0, SAF_TUNNEL);
	struct ip_view v = view(pkt, make_udp(pkt, sizeof(pkt), false, 0, 50));
	struct wr w = wr_into(out, 19);

	(void)state;
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 100, NULL, 0), MODE_NO_ROOM);
	w = wr_into(out, sizeof(out));
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 65516, NULL, 0), MODE_TOO_LONG);
	w = wr_into(out, sizeof(out));
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 65515, NULL, 0), MODE_OK);
	struct ip_new h6 = { .src = { .fam = FAM_V6 },
		.dst = { .fam = FAM_V6 } };

	w = wr_into(out, sizeof(out));
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 65535, &h6, 0), MODE_OK);
	w = wr_into(out, sizeof(out));
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 65536, &h6, 0), MODE_TOO_LONG);
	w = wr_into(out, sizeof(out));
	sa->src = (struct addr){ .fam = FAM_V4 };
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 100, NULL, 0), MODE_NO_SRC);
	sa->src = (struct addr){ .fam = FAM_V6, .b = { 1 } };
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 100, NULL, 0), MODE_NO_SRC);
	sa->flags = 0;
	w = wr_into(out, 19);
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 100, NULL, 0), MODE_NO_ROOM);
	w = wr_into(out, sizeof(out));
	assert_int_equal(
	    mode_write(&w, sa, pkt, &v, 50, 65516, NULL, 0), MODE_TOO_LONG);
	sa_free(sa);
}

/* RFC 6040 4.2, figure 4: [inner][outer], -1 for drop */
static const int decap[4][4] = {
	/* outer: not-ECT, ECT(1), ECT(0), CE */
	{ 0, 0, 0, -1 },
	{ 1, 1, 1, 3 },
	{ 2, 1, 2, 3 },
	{ 3, 3, 3, 3 },
};

static void
test_ecn(void **state)
{
	(void)state;
	for (int i = 0; i < 128; i++) {
		bool v6 = (i & 64) != 0;
		uint8_t in = i & 3, on = i >> 2 & 3;
		uint8_t dscp = (i >> 4 & 3) * 0x3c;
		struct ip_view o = { .tos = (uint8_t)(0xfc - dscp) | on };
		size_t n = make_udp(pkt, sizeof(pkt), v6, dscp | in, 30), len;
		bool ok = mode_inner(pkt, n, v6 ? 41 : 4, &o, &len) == MODE_OK;

		assert_int_equal(ok, decap[in][on] >= 0);
		if (!ok)
			continue;

		struct ip_view v = view(pkt, n);

		assert_int_equal(v.tos, dscp | decap[in][on]);
		if (!v6)
			assert_int_equal(
			    ip_csum_end(ip_csum_add(0, pkt, 20)), 0);
	}
}

static void
test_inner(void **state)
{
	struct ip_view o = { 0 };
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 50), len;

	(void)state;
	assert_int_equal(
	    mode_inner(pkt, n + 200, 4, &o, &len), MODE_OK); /* TFC padding */
	assert_int_equal(len, n);
	assert_int_equal(mode_inner(pkt, n, 41, &o, &len), MODE_BAD_INNER);
	assert_int_equal(mode_inner(pkt, n, 17, &o, &len), MODE_BAD_INNER);
	assert_int_equal(mode_inner(pkt, n, 0, &o, &len), MODE_BAD_INNER);
	assert_int_equal(mode_inner(pkt, n - 1, 4, &o, &len), MODE_BAD_INNER);
	assert_int_equal(mode_inner(pkt, 0, 4, &o, &len), MODE_BAD_INNER);
	n = make_udp(pkt, sizeof(pkt), true, 0, 50);
	assert_int_equal(mode_inner(pkt, n + 1, 41, &o, &len), MODE_OK);
	assert_int_equal(len, n);
	assert_int_equal(mode_inner(pkt, n, 4, &o, &len), MODE_BAD_INNER);
}

static void
test_rebuild(void **state)
{
	size_t n = make_udp(pkt, sizeof(pkt), false, 0, 50);
	struct ip_view v = view(pkt, n), now;

	(void)state;
	assert_true(mode_rebuild(pkt, 40, 6, &v, &now));
	assert_true(now.len == 40 && now.proto == 6);
	assert_int_equal(ip_csum_end(ip_csum_add(0, pkt, 20)), 0);
	n = make_udp(pkt, sizeof(pkt), true, 0, 50);
	v = view(pkt, n);
	assert_true(mode_rebuild(pkt, 60, 59, &v, &now));
	assert_true(now.len == 60 && now.proto == 59);
	/* a chain that leaves the packet */
	pkt[41] = 200;
	assert_false(mode_rebuild(pkt, 60, 60, &v, &now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outer_v4),
		cmocka_unit_test(test_outer_df),
		cmocka_unit_test(test_outer_v6),
		cmocka_unit_test(test_outer_forced),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_ecn),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_rebuild),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
