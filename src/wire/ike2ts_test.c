/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2ts.h"

#include <errno.h>

#include "base/test.h"

static uint8_t buf[16384];
static struct ike2_tslist got;

static struct ike2_ts
range(const char *lo, const char *hi)
{
	struct ike2_ts t = { .proto = 6, .port_lo = 80, .port_hi = 443 };

	assert_true(addr_read(&t.lo, lo));
	assert_true(addr_read(&t.hi, hi));
	return t;
}

static size_t
write_all(const struct ike2_ts *t, size_t n)
{
	struct wr w = wr_into(buf, sizeof(buf));

	ike2ts_write(&w, t, n);
	assert_false(w.bad);
	return w.len;
}

static int
parse(size_t n)
{
	return ike2ts_parse(&got, rd_from(buf, n));
}

static void
same(const struct ike2_ts *a, const struct ike2_ts *b)
{
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->port_lo, b->port_lo);
	assert_int_equal(a->port_hi, b->port_hi);
	assert_true(addr_equal(&a->lo, &b->lo));
	assert_true(addr_equal(&a->hi, &b->hi));
}

static void
test_round(void **state)
{
	struct ike2_ts t[2] = { range("192.0.2.1", "192.0.2.9"),
		range("2001:db8::", "2001:db8::ffff") };
	size_t n = write_all(t, 2);

	(void)state;
	assert_int_equal(n, 4 + 16 + 40);
	assert_int_equal(buf[4], 7);
	assert_int_equal(buf[20], 8);
	assert_int_equal(parse(n), 0);
	assert_int_equal(got.n, 2);
	same(&got.t[0], &t[0]);
	same(&got.t[1], &t[1]);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(parse(i), EINVAL);
	buf[n] = 0;
	assert_int_equal(parse(n + 1), EINVAL);
}

/* A range that ends before it begins is no range (RFC 7296 3.13.1). */
static void
test_backward(void **state)
{
	struct ike2_ts t = range("192.0.2.9", "192.0.2.1");

	(void)state;
	assert_int_equal(parse(write_all(&t, 1)), EINVAL);
	t = range("2001:db8::2", "2001:db8::1");
	assert_int_equal(parse(write_all(&t, 1)), EINVAL);
	t = range("192.0.2.1", "192.0.2.1");
	assert_int_equal(parse(write_all(&t, 1)), 0);
	t.port_lo = 81;
	t.port_hi = 80;
	assert_int_equal(parse(write_all(&t, 1)), EINVAL);
	t.port_lo = 65535;
	assert_int_equal(parse(write_all(&t, 1)), EINVAL);
	t.port_hi = 0;
	assert_int_equal(parse(write_all(&t, 1)), 0);
	assert_true(ike2ts_is_opaque(&got.t[0]));
}

static void
test_counts(void **state)
{
	struct ike2_ts t = range("192.0.2.1", "192.0.2.9");
	size_t n = write_all(&t, 1);

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		buf[0] = (uint8_t)v;
		assert_int_equal(parse(n), v == 1 ? 0 : EINVAL);
	}
	buf[0] = 1;
	for (unsigned v = 0; v < 256; v++) {
		buf[7] = (uint8_t)v; /* the selector's length */
		assert_int_equal(parse(n), v == 16 ? 0 : EINVAL);
	}
}

/* Other types are stepped over, by their length. */
static void
test_types(void **state)
{
	struct ike2_ts t[2] = { range("192.0.2.1", "192.0.2.9"),
		range("192.0.2.1", "192.0.2.9") };

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		size_t n = write_all(t, 2);

		buf[4] = (uint8_t)v;
		if (v == 8) { /* IPv6 with addresses of 4 bytes */
			assert_int_equal(parse(n), EINVAL);
			continue;
		}
		assert_int_equal(parse(n), 0);
		assert_int_equal(got.n, v == 7 ? 2 : 1);
		assert_int_equal(got.unknown, v == 7 ? 0 : 1);
	}
	/* of length 0 to 3: shorter than its own header */
	for (unsigned v = 0; v < 4; v++) {
		size_t n = write_all(t, 1);

		buf[4] = 99;
		buf[7] = (uint8_t)v;
		assert_int_equal(parse(n), EINVAL);
	}
}

static void
test_many(void **state)
{
	static struct ike2_ts t[255];
	size_t n;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		t[i] = range("192.0.2.1", "192.0.2.9");
	n = write_all(t, 255);
	assert_int_equal(parse(n), 0);
	assert_int_equal(got.n, IKE2TS_MAX);
	assert_int_equal(got.dropped, 255 - IKE2TS_MAX);
	/* what falls away has to be right, too */
	buf[n - 4] = 1;
	assert_int_equal(parse(n), EINVAL);
}

static void
test_write_refuses(void **state)
{
	struct ike2_ts t = range("192.0.2.1", "192.0.2.9");
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	ike2ts_write(&w, &t, 0);
	assert_true(w.bad);
	w = wr_into(buf, sizeof(buf));
	ike2ts_write(&w, &t, 256);
	assert_true(w.bad);
	t.hi.fam = FAM_V6;
	w = wr_into(buf, sizeof(buf));
	ike2ts_write(&w, &t, 1);
	assert_true(w.bad);
	t.hi.fam = t.lo.fam = FAM_NONE;
	w = wr_into(buf, sizeof(buf));
	ike2ts_write(&w, &t, 1);
	assert_true(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_write_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
