/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/pool.h"

#include <stdio.h>

#include "base/test.h"

static const struct hash_seed seed = { { 1, 2 } };

static struct ike_view
who(const char *name)
{
	return (struct ike_view){ (const uint8_t *)name, strlen(name) };
}

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static struct pool *
range(const char *lo, const char *hi)
{
	struct addr a = addr(lo), b = addr(hi);

	return pool_new(&a, &b, &seed);
}

static void
take(struct pool *p, const char *name, const char *wish, const char *want)
{
	struct addr w, out;
	char text[ADDR_TEXT];

	if (wish != NULL)
		w = addr(wish);
	assert_true(pool_take(p, who(name), wish != NULL ? &w : NULL, &out) ==
		    (want != NULL));
	assert_string_equal(addr_print(text, &out), want != NULL ? want : "");
}

static void
give(struct pool *p, const char *text)
{
	struct addr a = addr(text);

	pool_give(p, &a);
}

static void
test_three(void **state)
{
	struct pool *p = range("10.0.0.254", "10.0.1.0");

	(void)state;
	assert_int_equal(pool_size(p), 3);
	take(p, "a", NULL, "10.0.0.254");
	take(p, "b", NULL, "10.0.0.255");
	take(p, "c", NULL, "10.0.1.0");
	assert_int_equal(pool_used(p), 3);
	take(p, "d", NULL, NULL);
	give(p, "10.0.0.255");
	give(p, "10.0.0.254");
	assert_int_equal(pool_used(p), 1);
	/* back again: the same one */
	take(p, "a", NULL, "10.0.0.254");
	/* somebody new gets what is free the longest */
	give(p, "10.0.1.0");
	take(p, "d", NULL, "10.0.0.255");
	take(p, "b", NULL, "10.0.1.0");
	pool_free(p);
}

/* A wish is heard when it was theirs; not for what is another's. */
static void
test_wish(void **state)
{
	struct pool *p = range("10.0.0.1", "10.0.0.4");

	(void)state;
	take(p, "a", "10.0.0.3", "10.0.0.1");
	take(p, "a", NULL, "10.0.0.2");
	give(p, "10.0.0.1");
	give(p, "10.0.0.2");
	take(p, "a", "10.0.0.2", "10.0.0.2");
	take(p, "b", "10.0.0.1", "10.0.0.3");
	take(p, "b", "10.0.0.2", "10.0.0.4");
	take(p, "b", "192.0.2.1", "10.0.0.1");
	take(p, "b", "2001:db8::1", NULL);
	pool_free(p);
}

static void
test_share(void **state)
{
	struct pool *p = range("10.0.0.1", "10.0.0.1");
	struct addr a = addr("10.0.0.1"), b = addr("10.0.0.2");

	(void)state;
	assert_false(pool_share(p, who("a"), &a));
	take(p, "a", NULL, "10.0.0.1");
	assert_false(pool_share(p, who("b"), &a));
	assert_false(pool_share(p, who("a"), &b));
	assert_true(pool_share(p, who("a"), &a));
	give(p, "10.0.0.1");
	take(p, "b", NULL, NULL);
	give(p, "10.0.0.1");
	assert_int_equal(pool_used(p), 0);
	take(p, "b", NULL, "10.0.0.1");
	/* given back too often, or what it never had */
	give(p, "10.0.0.1");
	give(p, "10.0.0.1");
	give(p, "10.0.0.9");
	give(p, "9.255.255.255");
	give(p, "2001:db8::1");
	assert_int_equal(pool_used(p), 0);
	pool_free(p);
}

static void
test_ranges(void **state)
{
	struct prefix pre = { addr("10.1.0.0"), 24 };
	struct addr a = addr("10.0.0.2"), b = addr("10.0.0.1");
	struct addr v6 = addr("2001:db8::ffff:fffe"), hi6 = addr("2001:db9::");
	struct pool *p;

	(void)state;
	assert_null(pool_new(&a, &b, &seed));
	assert_null(pool_new(&a, &v6, &seed));
	b.fam = FAM_NONE;
	assert_null(pool_new(&b, &b, &seed));
	p = pool_of_prefix(&pre, &seed);
	assert_int_equal(pool_size(p), 254);
	take(p, "a", NULL, "10.1.0.1");
	pool_free(p);
	pre.len = 31;
	p = pool_of_prefix(&pre, &seed);
	assert_int_equal(pool_size(p), 2);
	pool_free(p);
	pre.len = 32;
	p = pool_of_prefix(&pre, &seed);
	assert_int_equal(pool_size(p), 1);
	pool_free(p);
	pre.len = 0;
	p = pool_of_prefix(&pre, &seed);
	assert_int_equal(pool_size(p), POOL_MAX);
	pool_free(p);
	pre.a = v6;
	pre.len = 64;
	p = pool_of_prefix(&pre, &seed);
	assert_int_equal(pool_size(p), POOL_MAX);
	take(p, "a", NULL, "2001:db8::1");
	pool_free(p);
	p = pool_new(&v6, &hi6, &seed);
	assert_int_equal(pool_size(p), POOL_MAX);
	take(p, "a", NULL, "2001:db8::ffff:fffe");
	take(p, "b", NULL, "2001:db8::ffff:ffff");
	take(p, "c", NULL, "2001:db8::1:0:0");
	give(p, "2001:db8::1:0:0");
	take(p, "c", NULL, "2001:db8::1:0:0");
	pool_free(p);
	pool_free(NULL);
}

/* Names that come and go: nobody ever has what another one has. */
static void
test_model(void **state)
{
	enum { N = 40, NAMES = 90 };
	struct pool *p = range("10.0.0.0", "10.0.0.39");
	struct addr has[NAMES] = { 0 };
	unsigned used = 0;
	uint64_t x = 99;

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		char name[16];
		unsigned k;

		x = x * UINT64_C(6364136223846793005) + 1442695040888963407U;
		k = (unsigned)(x >> 33) % NAMES;
		(void)snprintf(name, sizeof(name), "name%u", k);
		if (has[k].fam != FAM_NONE) {
			pool_give(p, &has[k]);
			has[k] = (struct addr){ 0 };
			used--;
		} else if (pool_take(p, who(name), NULL, &has[k])) {
			used++;
			for (unsigned j = 0; j < NAMES; j++)
				assert_true(
				    j == k || !addr_equal(&has[j], &has[k]));
		} else {
			assert_int_equal(used, N);
		}
		assert_int_equal(pool_used(p), used);
	}
	pool_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_wish),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
