/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2w.h"

#include "base/test.h"

#include "wire/ike2_sample_test.h"

static uint8_t buf[8192], second[8192];
static struct ike2_msg m;
static struct ike2_bad bad;

static size_t
sample(uint8_t *b, size_t cap)
{
	struct ikehdr h = ike2_sample_hdr();
	struct wr w = wr_into(b, cap);
	struct ike2w o;

	ike2w_begin(&o, &w, &h);
	ike2_sample_payloads(&o);
	return ike2w_end(&o) ? w.len : 0;
}

/* Read and written again: the same bytes. */
static void
test_round(void **state)
{
	size_t n = sample(buf, sizeof(buf));
	struct wr w = wr_into(second, sizeof(second));
	struct ike2w o;

	(void)state;
	assert_int_equal(ike2_parse(&m, &bad, buf, n), IKE2_OK);
	ike2w_begin(&o, &w, &m.hdr);
	ike2w_all(&o, &m);
	assert_true(ike2w_end(&o));
	assert_int_equal(w.len, n);
	assert_memory_equal(buf, second, n);
}

/* RFC 7296 3.1, 3.2: reserved bits and the critical bit are zero. */
static void
test_bits_are_clear(void **state)
{
	size_t n = sample(buf, sizeof(buf)), at = IKEHDR_LEN;

	(void)state;
	assert_int_equal(ike2_parse(&m, &bad, buf, n), IKE2_OK);
	for (unsigned i = 0; i < m.norder; i++) {
		assert_int_equal(buf[at + 1], 0);
		at += (size_t)buf[at + 2] << 8 | buf[at + 3];
	}
	assert_int_equal(at, n);
}

/* A header alone: an empty message. */
static void
test_empty(void **state)
{
	struct ikehdr h = ike2_sample_hdr();
	struct wr w = wr_into(buf, sizeof(buf));
	struct ike2w o;

	(void)state;
	h.next = 99;
	h.len = 77;
	ike2w_begin(&o, &w, &h);
	assert_true(ike2w_end(&o));
	assert_int_equal(w.len, IKEHDR_LEN);
	assert_int_equal(ike2_parse(&m, &bad, buf, w.len), IKE2_OK);
	assert_true(m.has == 0);
	ike2w_inner(&o, &w);
	assert_true(ike2w_end(&o));
	assert_int_equal(o.first, 0);
}

/* It does not fit, at each size: no message, and no byte behind the end. */
static void
test_no_room(void **state)
{
	size_t n = sample(buf, sizeof(buf));

	(void)state;
	assert_true(n > 0);
	for (size_t cap = 0; cap < n; cap++) {
		memset(second, 0xee, sizeof(second));
		assert_int_equal(sample(second, cap), 0);
		for (size_t i = cap; i < n + 8; i++)
			assert_int_equal(second[i], 0xee);
	}
	assert_int_equal(sample(second, n), n);
}

/* What goes into SK begins anywhere in its buffer, and reads as it was. */
static void
test_inner(void **state)
{
	struct wr w = wr_into(buf, sizeof(buf));
	struct ikehdr h = ike2_sample_hdr();
	struct ike2w o, outer;
	size_t n, head;
	uint8_t *room;

	(void)state;
	wr_zero(&w, 5);
	ike2w_inner(&o, &w);
	ike2w_notify(&o, IKE2_N_MOBIKE_SUPPORTED, NULL, 0);
	ike2w_nonce(&o, ike2_sample_bytes, 16);
	assert_true(ike2w_end(&o));
	assert_int_equal(o.first, IKE2_P_NOTIFY);
	n = w.len - 5;
	assert_int_equal(n, 8 + 20);

	w = wr_into(second, sizeof(second));
	ike2w_begin(&outer, &w, &h);
	room = ike2w_sk(&outer, o.first, 0, 0, n, &head);
	assert_ptr_equal(room, second + IKEHDR_LEN + 4);
	assert_int_equal(head, IKEHDR_LEN + 4);
	memcpy(room, buf + 5, n);
	assert_int_equal(ike2_parse(&m, &bad, second, w.len), IKE2_OK);
	assert_int_equal(m.sk.head, head);
	assert_int_equal(
	    ike2_parse_inner(&m, &bad, m.sk.first, m.sk.body.p, m.sk.body.n),
	    IKE2_OK);
	assert_int_equal(m.nnote, 1);
	assert_int_equal(m.nonce.n, 16);
}

/* RFC 7383 2.5: only the first fragment names what is inside. */
static void
test_fragments(void **state)
{
	(void)state;
	for (uint16_t num = 1; num <= 3; num++) {
		struct ikehdr h = ike2_sample_hdr();
		struct wr w = wr_into(buf, sizeof(buf));
		struct ike2w o;
		size_t head;

		ike2w_begin(&o, &w, &h);
		assert_non_null(ike2w_sk(&o, IKE2_P_IDI, num, 3, 40, &head));
		assert_int_equal(head, IKEHDR_LEN + 8);
		assert_int_equal(ike2_parse(&m, &bad, buf, w.len), IKE2_OK);
		assert_true(m.has == IKE2_SET(IKE2_P_SKF));
		assert_int_equal(m.sk.first, num == 1 ? IKE2_P_IDI : 0);
		assert_int_equal(m.sk.num, num);
		assert_int_equal(m.sk.total, 3);
		assert_int_equal(m.sk.head, head);
	}
}

static void
test_sk_no_room(void **state)
{
	struct ikehdr h = ike2_sample_hdr();
	struct ike2w o;
	size_t head;

	(void)state;
	for (size_t cap = 0; cap < IKEHDR_LEN + 4 + 16; cap++) {
		struct wr w = wr_into(buf, cap);

		ike2w_begin(&o, &w, &h);
		assert_null(ike2w_sk(&o, 0, 0, 0, 16, &head));
		assert_false(ike2w_end(&o));
	}
}

static void
test_too_long(void **state)
{
	static uint8_t big[70000], out[80000];
	struct ikehdr h = ike2_sample_hdr();
	struct wr w = wr_into(out, sizeof(out));
	struct ike2_authdata a = { IKE2_AUTH_SIGNATURE, { big, 256 },
		{ big, 4 } };
	struct ike2w o;

	(void)state;
	ike2w_begin(&o, &w, &h);
	ike2w_vendor(&o, big, 65532);
	assert_false(ike2w_end(&o));
	w = wr_into(out, sizeof(out));
	ike2w_begin(&o, &w, &h);
	ike2w_vendor(&o, big, 65531);
	assert_true(ike2w_end(&o));
	ike2w_auth(&o, &a); /* the algorithm has one byte for its length */
	assert_false(ike2w_end(&o));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_bits_are_clear),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_sk_no_room),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
