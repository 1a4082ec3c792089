/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/halfopen.h"

#include "base/test.h"

static struct halfopen h;

static struct addr
v4(unsigned i)
{
	uint8_t b[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
		(uint8_t)i };

	return addr_v4(b);
}

static void
begin(unsigned total, unsigned cookie_from, unsigned per_peer)
{
	memset(&h, 0, sizeof(h));
	h.limits = (struct halfopen_limits){ total, cookie_from, per_peer };
	h.seed.k[0] = 77;
}

static void
test_limits(void **state)
{
	struct addr a = v4(1), b = v4(2);

	(void)state;
	begin(5, 4, 2);
	assert_int_equal(halfopen_ask(&h, &a, false), HALFOPEN_TAKE);
	assert_true(halfopen_add(&h, &a));
	assert_true(halfopen_add(&h, &a));
	assert_int_equal(halfopen_count(&h, &a), 2);
	/* its own limit: somebody else may have used its address */
	assert_int_equal(halfopen_ask(&h, &a, false), HALFOPEN_COOKIE);
	assert_int_equal(halfopen_ask(&h, &a, true), HALFOPEN_REFUSE);
	assert_false(halfopen_add(&h, &a));
	assert_int_equal(halfopen_ask(&h, &b, false), HALFOPEN_TAKE);
	assert_true(halfopen_add(&h, &b));
	assert_true(halfopen_add(&h, &b));
	/* everybody: from four on only with a cookie */
	b = v4(3);
	assert_int_equal(halfopen_ask(&h, &b, false), HALFOPEN_COOKIE);
	assert_int_equal(halfopen_ask(&h, &b, true), HALFOPEN_TAKE);
	assert_true(halfopen_add(&h, &b));
	assert_int_equal(halfopen_ask(&h, &b, false), HALFOPEN_COOKIE);
	assert_int_equal(halfopen_ask(&h, &b, true), HALFOPEN_REFUSE);
	assert_false(halfopen_add(&h, &b));
	halfopen_drop(&h, &a);
	assert_int_equal(halfopen_ask(&h, &b, true), HALFOPEN_TAKE);
	assert_int_equal(h.n, 4);
}

/* One /64 is one peer; an IPv4 address is none of IPv6. */
static void
test_peers(void **state)
{
	struct addr a, b, c;

	(void)state;
	begin(100, 100, 100);
	assert_true(addr_read(&a, "2001:db8::1"));
	assert_true(addr_read(&b, "2001:db8::ffff:1"));
	assert_true(addr_read(&c, "2001:db8:0:1::1"));
	assert_true(halfopen_add(&h, &a));
	assert_int_equal(halfopen_count(&h, &b), 1);
	assert_int_equal(halfopen_count(&h, &c), 0);
	assert_true(addr_read(&a, "0.0.0.1"));
	assert_true(addr_read(&b, "0:0:0:1::"));
	assert_true(halfopen_add(&h, &a));
	assert_int_equal(halfopen_count(&h, &b), 0);
}

static void
test_drop_nobody(void **state)
{
	struct addr a = v4(1);

	(void)state;
	begin(10, 10, 10);
	halfopen_drop(&h, &a);
	assert_int_equal(h.n, 0);
	assert_true(halfopen_add(&h, &a));
	halfopen_drop(&h, &a);
	halfopen_drop(&h, &a);
	assert_int_equal(h.n, 0);
}

/* A full table that changes all the time has what a plain list has. */
static void
test_model(void **state)
{
	enum { PEERS = 5000 };
	static uint8_t count[PEERS];
	uint64_t x = 12345;
	unsigned n = 0;

	(void)state;
	memset(count, 0, sizeof(count));
	begin(100000, 1, 3);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned who;
		struct addr a;

		x = x * UINT64_C(6364136223846793005) + 1442695040888963407U;
		who = (unsigned)(x >> 33) % PEERS;
		a = v4(who);
		assert_int_equal(halfopen_count(&h, &a), count[who]);
		if ((x >> 20 & 3) != 0) {
			bool ok = n < HALFOPEN_SLOTS / 2 && count[who] < 3;

			assert_true(halfopen_add(&h, &a) == ok);
			count[who] = (uint8_t)(count[who] + ok);
			n += ok;
		} else {
			halfopen_drop(&h, &a);
			n -= count[who] > 0;
			count[who] = (uint8_t)(count[who] - (count[who] > 0));
		}
		assert_int_equal(h.n, n);
	}
	assert_true(n > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_drop_nobody),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
