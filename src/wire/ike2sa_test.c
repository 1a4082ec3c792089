/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2sa.h"

#include <errno.h>

#include "base/test.h"

#include "wire/ike2num.h"

static uint8_t buf[4096];
static struct ike2_sa sa, back;
static const uint8_t spi[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* ESP with AES-GCM of two key lengths and ESN, then AH. */
static size_t
sample(void)
{
	struct wr w = wr_into(buf, sizeof(buf));

	sa = (struct ike2_sa){ 0 };
	assert_true(ike2sa_add(&sa, IKE2_PROTO_ESP, spi, 4));
	assert_true(ike2sa_add_xform(&sa, IKE2_T_ENCR, 20, 256));
	assert_true(ike2sa_add_xform(&sa, IKE2_T_ENCR, 20, 128));
	assert_true(ike2sa_add_xform(&sa, IKE2_T_ESN, 0, 0));
	assert_true(ike2sa_add(&sa, IKE2_PROTO_AH, spi + 4, 4));
	assert_true(ike2sa_add_xform(&sa, IKE2_T_INTEG, 12, 0));
	ike2sa_write(&w, &sa);
	assert_false(w.bad);
	return w.len;
}

static int
parse(size_t n)
{
	return ike2sa_parse(&back, rd_from(buf, n));
}

static void
test_round(void **state)
{
	size_t n = sample();

	(void)state;
	assert_int_equal(n, 12 + 12 + 12 + 8 + 12 + 8);
	assert_int_equal(parse(n), 0);
	assert_int_equal(back.n, 2);
	assert_int_equal(back.nxf, 4);
	assert_int_equal(back.p[0].num, 1);
	assert_int_equal(back.p[0].proto, IKE2_PROTO_ESP);
	assert_int_equal(back.p[0].n, 3);
	assert_int_equal(ike2sa_spi32(&back.p[0]), 0x01020304);
	assert_int_equal(back.p[1].num, 2);
	assert_int_equal(back.p[1].first, 3);
	assert_int_equal(ike2sa_spi32(&back.p[1]), 0x05060708);
	assert_int_equal(back.xf[1].keybits, 128);
	assert_int_equal(back.xf[1].id, 20);
	assert_int_equal(back.xf[2].type, IKE2_T_ESN);
	assert_false(back.xf[0].odd);
	assert_int_equal(back.xf[3].id, 12);
}

/* Cut anywhere, or with bytes behind it: refused. */
static void
test_cut(void **state)
{
	size_t n = sample();

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(parse(i), EINVAL);
	buf[n] = 0;
	assert_int_equal(parse(n + 1), EINVAL);
}

/* Where things stand in sample(). */
enum {
	P1 = 0,
	P1_LEN = 2,
	P1_NUM = 4,
	P1_PROTO = 5,
	P1_SPI_SIZE = 6,
	P1_COUNT = 7,
	T1 = 12,
	T1_LEN = 14,
	T1_ATTR = 20,
	P2 = 44
};

/* Each length byte with each small value: never more than is there is read. */
static void
test_lengths(void **state)
{
	static const unsigned at[] = { P1_LEN + 1, T1_LEN + 1, P2 + 3,
		P1_SPI_SIZE, P1_COUNT };

	(void)state;
	for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
		for (unsigned v = 0; v < 256; v++) {
			size_t n = sample();
			bool same = buf[at[k]] == v;

			buf[at[k]] = (uint8_t)v;
			assert_int_equal(parse(n), same ? 0 : EINVAL);
		}
}

static void
test_chain(void **state)
{
	static const struct {
		unsigned at;
		uint8_t v;
	} bad[] = {
		{ P1, 0 },	 /* last, and another one follows */
		{ P1, 3 },	 /* neither */
		{ P2, 2 },	 /* more, and nothing follows */
		{ T1, 0 },	 /* last transform, count says three */
		{ T1, 2 },	 /* neither */
		{ P1_NUM, 0 },	 /* RFC 7296 3.3.1: from 1 */
		{ P1_NUM, 2 },	 /* the next one has 2, too */
		{ P2 + 4, 3 },	 /* goes up by two */
		{ P1_COUNT, 0 }, /* no transform */
		{ P1_PROTO, IKE2_PROTO_IKE }, /* its SPI has no 4 bytes */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t n = sample();

		assert_int_equal(parse(n), 0);
		buf[bad[i].at] = bad[i].v;
		assert_int_equal(parse(n), EINVAL);
	}
}

/* A protocol that is not ours is no error: its proposal is passed over later. */
static void
test_protocols(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		size_t n = sample();

		buf[P1_PROTO] = (uint8_t)v;
		assert_int_equal(parse(n), v == IKE2_PROTO_IKE ? EINVAL : 0);
		if (v != IKE2_PROTO_IKE)
			assert_int_equal(back.p[0].proto, v);
	}
}

/* No proposal, or one without a transform. */
static void
test_empty(void **state)
{
	static const uint8_t bare[] = { 0, 0, 0, 8, 1, 1, 0, 0 };
	static const uint8_t zero[] = { 0, 0, 0, 12, 1, 3, 0, 1, 0, 0, 0, 8 };

	(void)state;
	assert_int_equal(parse(0), EINVAL);
	memcpy(buf, bare, sizeof(bare));
	assert_int_equal(parse(sizeof(bare)), EINVAL);
	/* ESP with an SPI of no bytes */
	memcpy(buf, zero, sizeof(zero));
	assert_int_equal(parse(sizeof(zero)), EINVAL);
}

/* One transform of ENCR 12 with these attributes. */
static int
with_attrs(const uint8_t *attr, size_t n)
{
	struct wr w = wr_into(buf, sizeof(buf));

	wr_be16(&w, 0);
	wr_be16(&w, (uint16_t)(16 + n));
	wr_u8(&w, 1);
	wr_u8(&w, IKE2_PROTO_IKE);
	wr_u8(&w, 0);
	wr_u8(&w, 1);
	wr_be16(&w, 0);
	wr_be16(&w, (uint16_t)(8 + n));
	wr_u8(&w, IKE2_T_ENCR);
	wr_u8(&w, 0);
	wr_be16(&w, 12);
	wr_bytes(&w, attr, n);
	return parse(w.len);
}

/* RFC 7296 3.3.5, 3.3.6 */
static void
test_attributes(void **state)
{
	static const uint8_t good[] = { 0x80, 14, 1, 0 };
	static const uint8_t nought[] = { 0x80, 14, 0, 0 };
	static const uint8_t twice[] = { 0x80, 14, 1, 0, 0x80, 14, 0, 128 };
	static const uint8_t other[] = { 0x80, 14, 1, 0, 0x80, 15, 1, 0 };
	static const uint8_t tlv[] = { 0, 14, 0, 2, 1, 0 };
	static const uint8_t empty[] = { 0, 99, 0, 0 };
	static const uint8_t far[] = { 0, 99, 0, 1 };

	(void)state;
	assert_int_equal(with_attrs(good, sizeof(good)), 0);
	assert_int_equal(back.xf[0].keybits, 256);
	assert_false(back.xf[0].odd);
	assert_int_equal(with_attrs(nought, sizeof(nought)), 0);
	assert_true(back.xf[0].odd);
	assert_int_equal(with_attrs(twice, sizeof(twice)), 0);
	assert_true(back.xf[0].odd);
	assert_int_equal(with_attrs(other, sizeof(other)), 0);
	assert_true(back.xf[0].odd);
	assert_int_equal(with_attrs(tlv, sizeof(tlv)), 0);
	assert_true(back.xf[0].odd);
	assert_int_equal(with_attrs(empty, sizeof(empty)), 0);
	assert_true(back.xf[0].odd);
	assert_int_equal(with_attrs(far, sizeof(far)), EINVAL);
	for (size_t n = 1; n < 4; n++)
		assert_int_equal(with_attrs(good, n), EINVAL);
}

/* An odd transform is not repeated to the peer. */
static void
test_odd_is_left_out(void **state)
{
	struct wr w;
	size_t n = sample();

	(void)state;
	assert_int_equal(parse(n), 0);
	back.xf[0].odd = true;
	w = wr_into(buf + n, sizeof(buf) - n);
	ike2sa_write(&w, &back);
	assert_false(w.bad);
	memmove(buf, buf + n, w.len);
	assert_int_equal(parse(w.len), 0);
	assert_int_equal(back.p[0].n, 2);
	assert_int_equal(back.xf[0].keybits, 128);
}

static void
test_limits(void **state)
{
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	sa = (struct ike2_sa){ 0 };
	for (unsigned i = 0; i < IKE2SA_PROPOSALS; i++) {
		assert_true(ike2sa_add(&sa, IKE2_PROTO_IKE, NULL, 0));
		assert_true(ike2sa_add_xform(&sa, IKE2_T_KE, 19, 0));
	}
	assert_false(ike2sa_add(&sa, IKE2_PROTO_IKE, NULL, 0));
	ike2sa_write(&w, &sa);
	assert_int_equal(parse(w.len), 0);
	assert_int_equal(back.n, IKE2SA_PROPOSALS);
	assert_null(sa.p[0].spi);
	assert_true(ike2sa_spi64(&sa.p[0]) == 0);
	assert_int_equal(ike2sa_spi32(&sa.p[0]), 0);
	/* one more */
	buf[(IKE2SA_PROPOSALS - 1) * 16] = 2;
	memcpy(buf + w.len, buf, 16);
	buf[w.len] = 0;
	buf[w.len + 4] = IKE2SA_PROPOSALS + 1;
	assert_int_equal(parse(w.len + 16), E2BIG);
}

static void
test_many_transforms(void **state)
{
	struct wr w = wr_into(buf, sizeof(buf));
	size_t one;

	(void)state;
	sa = (struct ike2_sa){ 0 };
	assert_false(ike2sa_add_xform(&sa, IKE2_T_KE, 19, 0));
	assert_true(ike2sa_add(&sa, IKE2_PROTO_IKE, spi, 8));
	for (unsigned i = 0; i < IKE2SA_TRANSFORMS; i++)
		assert_true(ike2sa_add_xform(&sa, IKE2_T_KE, 19, 0));
	assert_false(ike2sa_add_xform(&sa, IKE2_T_KE, 19, 0));
	ike2sa_write(&w, &sa);
	assert_false(w.bad);
	one = w.len;
	assert_int_equal(parse(one), 0);
	assert_int_equal(back.nxf, IKE2SA_TRANSFORMS);
	assert_true(ike2sa_spi64(&back.p[0]) == UINT64_C(0x0102030405060708));
	/* a second proposal of one transform is over the limit */
	buf[0] = 2;
	sa = (struct ike2_sa){ 0 };
	assert_true(ike2sa_add(&sa, IKE2_PROTO_IKE, spi, 8));
	assert_true(ike2sa_add_xform(&sa, IKE2_T_KE, 19, 0));
	ike2sa_write(&w, &sa);
	buf[one + 4] = 2;
	assert_false(w.bad);
	assert_int_equal(parse(w.len), E2BIG);
}

static void
test_write_nothing(void **state)
{
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	sa = (struct ike2_sa){ 0 };
	ike2sa_write(&w, &sa);
	assert_true(w.bad);
	w = wr_into(buf, sizeof(buf));
	assert_true(ike2sa_add(&sa, IKE2_PROTO_IKE, NULL, 0));
	ike2sa_write(&w, &sa);
	assert_true(w.bad);
	(void)sample();
	w = wr_into(buf, 20);
	ike2sa_write(&w, &sa);
	assert_true(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_odd_is_left_out),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_transforms),
		cmocka_unit_test(test_write_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
