/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/cookie.h"

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *all;
static struct cookie_jar jar;
static const uint8_t ni[32] = { 1 };
static const struct ike_view nonce = { ni, sizeof(ni) };
static struct addr peer;
static uint8_t counter;

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	if (ctx != NULL)
		return false;
	memset(p, ++counter, n);
	return true;
}

static const struct rng rng = { .fill = fill }, empty = { fill, &counter };

static bool
check(const uint8_t *c, size_t n)
{
	return cookie_check(
	    &jar, all, 5, nonce, &peer, (struct ike_view){ c, n });
}

static void
begin(uint64_t now)
{
	jar = (struct cookie_jar){ 0 };
	assert_true(cookie_turn(&jar, &rng, now));
	assert_true(addr_read(&peer, "192.0.2.7"));
}

static void
test_own(void **state)
{
	uint8_t c[COOKIE_LEN], again[COOKIE_LEN];

	(void)state;
	begin(1000);
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, c));
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, again));
	assert_memory_equal(c, again, COOKIE_LEN);
	assert_true(check(c, COOKIE_LEN));
	/* RFC 7296 2.6: 1 to 64 bytes */
	assert_in_range(COOKIE_LEN, 1, 64);
}

/* Of another SPI, nonce or address, of another size, or with any bit changed. */
static void
test_forged(void **state)
{
	uint8_t c[COOKIE_LEN + 1] = { 0 };
	uint8_t other[32] = { 2 };
	struct ike_view v = { c, COOKIE_LEN };
	struct addr far = { 0 };

	(void)state;
	begin(1000);
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, c));
	assert_false(cookie_check(&jar, all, 6, nonce, &peer, v));
	assert_false(cookie_check(
	    &jar, all, 5, (struct ike_view){ other, 32 }, &peer, v));
	assert_false(
	    cookie_check(&jar, all, 5, (struct ike_view){ ni, 31 }, &peer, v));
	assert_true(addr_read(&far, "192.0.2.8"));
	assert_false(cookie_check(&jar, all, 5, nonce, &far, v));
	for (size_t n = 0; n < COOKIE_LEN; n++)
		assert_false(check(c, n));
	assert_false(check(c, COOKIE_LEN + 1));
	for (size_t bit = 0; bit < 8UL * COOKIE_LEN; bit++) {
		c[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(check(c, COOKIE_LEN));
		c[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_true(check(c, COOKIE_LEN));
}

/* The secret before is known for one period more, and then no longer. */
static void
test_age(void **state)
{
	uint8_t c[COOKIE_LEN], next[COOKIE_LEN];

	(void)state;
	begin(1000);
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, c));
	assert_true(cookie_turn(&jar, &rng, 1000 + COOKIE_AGE - 1));
	assert_int_equal(jar.n, 1);
	assert_true(cookie_turn(&jar, &rng, 1000 + COOKIE_AGE));
	assert_int_equal(jar.n, 2);
	assert_true(check(c, COOKIE_LEN));
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, next));
	assert_memory_not_equal(c, next, COOKIE_LEN);
	assert_true(cookie_turn(&jar, &rng, 1000 + 2 * COOKIE_AGE));
	assert_false(check(c, COOKIE_LEN));
	assert_true(check(next, COOKIE_LEN));
	/* nobody asked for a long time: all are too old */
	assert_true(cookie_turn(&jar, &rng, 1000 + 9 * COOKIE_AGE));
	assert_false(check(next, COOKIE_LEN));
	assert_int_equal(jar.n, 1);
}

/* All versions of the secret, as they go round. */
static void
test_versions(void **state)
{
	uint64_t now = 5;

	(void)state;
	begin(now);
	for (unsigned i = 0; i < 600; i++) {
		uint8_t c[COOKIE_LEN];

		assert_true(cookie_make(&jar, all, 5, nonce, &peer, c));
		now += COOKIE_AGE;
		assert_true(cookie_turn(&jar, &rng, now));
		assert_true(check(c, COOKIE_LEN));
		c[0] = (uint8_t)(c[0] + 2);
		assert_false(check(c, COOKIE_LEN));
	}
}

static void
test_no_secret(void **state)
{
	static const uint8_t zero[COOKIE_LEN];
	uint8_t c[COOKIE_LEN];

	(void)state;
	jar = (struct cookie_jar){ 0 };
	assert_false(cookie_turn(&jar, &empty, 1));
	assert_false(cookie_make(&jar, all, 5, nonce, &peer, c));
	assert_false(check(zero, COOKIE_LEN));
	begin(1);
	assert_true(cookie_make(&jar, all, 5, nonce, &peer, c));
	/* no random bytes: the old secret goes on */
	assert_false(cookie_turn(&jar, &empty, 1 + COOKIE_AGE));
	assert_true(check(c, COOKIE_LEN));
	cookie_jar_fini(&jar);
	assert_false(check(c, COOKIE_LEN));
}

static int
setup(void **state)
{
	(void)state;
	all = crypto_new(be_all, NULL, NULL);
	return all == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(all);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_no_secret),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
