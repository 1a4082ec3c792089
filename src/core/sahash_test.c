/* SPDX-License-Identifier: BSD-2-Clause */
/* A table against a naive list, while it grows and shrinks. */
#include "core/sahash.h"

#include <stdlib.h>

#include "base/test.h"

enum { MANY = 4000, KEYS = 1500 };

static struct sahash t;
static struct sa *sa[MANY];
static bool in[MANY];
static uint64_t state = 88172645463325252u;

static uint32_t
roll(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 20) % n);
}

/* Few tags, and few homes: everything is somebody's neighbour. */
static uint64_t
hash_of_key(uint32_t key)
{
	return (uint64_t)(key % 600) << 54 | (uint64_t)key << 32 | key % 5;
}

/* The SPI is the key. */
static uint64_t
hash_of(const void *ctx, const struct sa *s)
{
	(void)ctx;
	return hash_of_key(s->spi);
}

static bool
find(struct sahash_entry *e, uint32_t key)
{
	struct sahash_look l = sahash_begin(&t, hash_of_key(key));

	sahash_prefetch(&t, hash_of_key(key));
	sahash_prefetch_sa(&t, hash_of_key(key));
	while (sahash_next(&l, e))
		if ((e->list != NULL ? e->list->sa[0] : e->sa)->spi == key)
			return true;
	return false;
}

/* The entry has all of that key that are in, the newest last, and no others. */
static void
compare(uint32_t key)
{
	struct sahash_entry e;
	bool there = find(&e, key);
	size_t n = 0;

	for (size_t i = 0; i < MANY; i++) {
		if (!in[i] || sa[i]->spi != key)
			continue;
		assert_true(there);
		if (e.list != NULL) {
			assert_true(n < e.list->n);
			assert_ptr_equal(e.list->sa[n], sa[i]);
		} else {
			assert_ptr_equal(e.sa, sa[i]);
		}
		n++;
	}
	assert_int_equal(there, n != 0);
	if (there)
		assert_int_equal(n, e.list != NULL ? e.list->n : 1);
}

static void
turn(size_t i)
{
	struct sahash_entry e;
	uint64_t hash = hash_of(NULL, sa[i]);

	if (in[i])
		sahash_take(&t, hash, sa[i]);
	else
		assert_true(sahash_put(
		    &t, hash, sa[i], find(&e, sa[i]->spi) ? &e : NULL));
	in[i] = !in[i];
}

static void
test_model(void **unused)
{
	size_t n = 0;

	(void)unused;
	assert_true(sahash_init(&t, hash_of, NULL));
	for (size_t i = 0; i < MANY; i++) {
		const struct sa_spec s = { .satype = SATYPE_ESP,
			.spi = roll(KEYS) };

		sa[i] = sa_larval(&s, (struct now){ 1, 1 });
		assert_non_null(sa[i]);
		sa[i]->serial = i + 1;
	}
	for (unsigned round = 0; round < 40000; round++) {
		size_t i = roll(MANY);

		/* fuller and fuller, then emptier */
		if (roll(10) != 0 && in[i] != (round % 20000 >= 10000))
			continue;
		n += in[i] ? -1 : 1;
		turn(i);
		assert_int_equal(t.n, n);
		compare(sa[i]->spi);
		compare(roll(KEYS));
	}
	for (uint32_t k = 0; k < KEYS; k++)
		compare(k);
	for (size_t i = 0; i < MANY; i++) {
		if (in[i])
			turn(i);
		sa_free(sa[i]);
	}
	assert_int_equal(t.n, 0);
	assert_int_equal(t.now.n + t.old.n, 0);
	sahash_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
