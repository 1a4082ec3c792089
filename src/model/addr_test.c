/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/addr.h"

#include "base/test.h"

static struct addr
A(const char *text) {
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static void
test_read_print(void **state)
{
	static const char *const good[] = { "0.0.0.0", "192.168.116.16",
		"255.255.255.255", "::", "2001:0:0:0::1", "::ffff:1.2.3.4",
		"fe80::1" };
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5",
		"256.1.1.1", "1.2.3.4/8", "::1%lo", ":::", "host", " 1.2.3.4" };
	char buf[ADDR_TEXT];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct addr b = A(good[i]);

		a = A(addr_print(buf, &b));
		assert_true(addr_equal(&a, &b));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(addr_read(&a, bad[i]));
	a = (struct addr){ 0 };
	assert_string_equal(addr_print(buf, &a), "");
}

static void
test_prefix_print(void **state)
{
	static const struct {
		const char *a;
		uint8_t len;
		const char *text;
	} t[] = { { "10.0.0.0", 0, "10.0.0.0/0" },
		{ "10.0.0.0", 8, "10.0.0.0/8" },
		{ "10.0.0.1", 32, "10.0.0.1/32" },
		{ "2001::", 99, "2001::/99" }, { "2001::", 100, "2001::/100" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 128,
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" } };
	char buf[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct prefix p = { A(t[i].a), t[i].len };

		assert_string_equal(prefix_print(buf, &p), t[i].text);
	}
}

static void
test_kinds(void **state)
{
	struct addr none = { 0 }, a;

	(void)state;
	assert_true(addr_is_unspec(&none));
	a = A("0.0.0.0");
	assert_true(addr_is_unspec(&a));
	a = A("::");
	assert_true(addr_is_unspec(&a));
	a = A("::1");
	assert_false(addr_is_unspec(&a));
	a = A("224.0.0.1");
	assert_true(addr_is_multicast(&a));
	a = A("239.255.255.255");
	assert_true(addr_is_multicast(&a));
	a = A("240.0.0.0");
	assert_false(addr_is_multicast(&a));
	a = A("223.255.255.255");
	assert_false(addr_is_multicast(&a));
	a = A("ff02::1");
	assert_true(addr_is_multicast(&a));
	a = A("fe80::1");
	assert_false(addr_is_multicast(&a));
	assert_int_equal(addr_bytes(FAM_V4), 4);
	assert_int_equal(addr_bits(FAM_V6), 128);
	assert_int_equal(addr_bytes(FAM_NONE), 0);
	assert_int_equal(addr_bytes(5), 0);
}

static void
test_unmap(void **state)
{
	struct addr a = A("::ffff:192.0.2.1"), b = A("192.0.2.1");
	struct addr u = addr_unmap(&a);

	(void)state;
	assert_true(addr_equal(&u, &b));
	a = A("::fffe:192.0.2.1");
	u = addr_unmap(&a);
	assert_true(addr_equal(&u, &a));
	u = addr_unmap(&b);
	assert_true(addr_equal(&u, &b));
}

/* Bit by bit: an address matches the prefix until the first bit that differs. */
static void
test_prefix_match(void **state)
{
	static const char *const base[] = { "192.168.13.213",
		"2001:db8::eeee:3333:3333" };

	(void)state;
	for (unsigned f = 0; f < 2; f++) {
		struct addr a = A(base[f]);
		unsigned bits = addr_bits(a.fam);

		for (unsigned bit = 0; bit < bits; bit++) {
			struct addr b = a;

			b.b[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
			for (unsigned len = 0; len <= bits; len++) {
				struct prefix p = { a, (uint8_t)len };

				assert_true(prefix_match(&p, &a));
				assert_int_equal(
				    prefix_match(&p, &b), len <= bit);
				prefix_canon(&p);
				assert_int_equal(
				    prefix_match(&p, &b), len <= bit);
			}
		}
	}
	struct prefix all = { .a = { .fam = FAM_NONE } };
	struct prefix v4 = { .a = A("0.0.0.0") };
	struct addr six = A("::");

	assert_true(prefix_match(&all, &six));
	assert_false(prefix_match(&v4, &six));
}

static void
test_canon(void **state)
{
	struct prefix p = { A("192.168.13.213"), 20 };
	struct prefix q = { A("2001::ff"), 121 };
	struct addr a = A("192.168.13.213");
	char buf[ADDR_TEXT];

	(void)state;
	prefix_canon(&p);
	assert_string_equal(prefix_print(buf, &p), "192.168.0.0/20");
	prefix_canon(&q);
	assert_string_equal(prefix_print(buf, &q), "2001::80/121");
	p = prefix_host(&a);
	assert_int_equal(p.len, 32);
	assert_true(prefix_equal(&p, &p));
	assert_false(prefix_equal(&p, &q));
	q = p;
	q.len = 31;
	assert_false(prefix_equal(&p, &q));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_print),
		cmocka_unit_test(test_prefix_print),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_prefix_match),
		cmocka_unit_test(test_canon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
