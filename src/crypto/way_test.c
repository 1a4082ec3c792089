/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/way.h"

#include "base/test.h"

static bool expands;
static size_t live;

static bool
expand(const struct way *w, void *x, const struct aead_spec *s)
{
	const uint8_t *p = x;

	assert_int_equal((uintptr_t)x % 64, 0);
	for (size_t i = 0; i < w->size; i++)
		assert_int_equal(p[i], 0);
	memcpy(x, s->ekey, s->ekey_bits / 8);
	live += expands;
	return expands;
}

static void
release(const struct way *w, void *x)
{
	(void)w;
	(void)x;
	live--;
}

static void
drop(struct way *w)
{
	*(int *)w->own += 1;
}

static const uint8_t key[16] = "a key of the way";
static const struct aead_spec spec = { .ekey = key, .ekey_bits = 128 };

static void
test_schedule(void **state)
{
	int dropped = 0;
	struct way w = { .expand = expand,
		.release = release,
		.drop = drop,
		.size = 100,
		.own = &dropped };
	void *x;

	(void)state;
	expands = true;
	x = way_new(&w, &spec);
	assert_memory_equal(x, key, sizeof(key));
	way_free(&w, x);
	way_free(&w, NULL);
	assert_int_equal(live, 0);
	expands = false;
	assert_null(way_new(&w, &spec));
	way_drop(&w);
	assert_int_equal(dropped, 1);
	assert_null(w.expand);
	way_drop(&w);
}

/* In memory of the caller's, which holds nothing of the key afterwards. */
static void
test_in_place(void **state)
{
	static const uint8_t zero[100];
	struct way w = { .expand = expand, .size = 100 };
	_Alignas(64) uint8_t x[128];

	(void)state;
	for (int ok = 0; ok < 2; ok++) {
		memset(x, 0xaa, sizeof(x));
		expands = ok != 0;
		live = 0;
		assert_int_equal(way_fill(&w, x, &spec), ok);
		if (ok != 0) {
			assert_memory_equal(x, key, sizeof(key));
			way_clear(&w, x);
		}
		assert_memory_equal(x, zero, 100);
		assert_int_equal(x[100], 0xaa);
	}
	expands = true;
	w.release = release;
	assert_true(way_fill(&w, x, &spec));
	assert_int_equal(live, 2);
	way_clear(&w, x);
	assert_int_equal(live, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_in_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
