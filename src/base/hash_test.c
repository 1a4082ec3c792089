/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash.h"

#include <stdbool.h>

#include "base/test.h"

static uint64_t
of(const struct hash_seed *s, const uint64_t *w, size_t n)
{
	struct hash h = hash_begin(s);

	for (size_t i = 0; i < n; i++)
		hash_word(&h, w[i]);
	return hash_end(h);
}

static unsigned
bits(uint64_t v)
{
	unsigned n = 0;

	for (; v != 0; v &= v - 1)
		n++;
	return n;
}

/* A turned bit of input or seed turns about half of the output. */
static void
spreads(void **state)
{
	struct hash_seed s = { { 1, 2 } };
	uint64_t w[3] = { 10, 20, 30 }, base = of(&s, w, 3), total = 0;

	(void)state;
	for (unsigned bit = 0; bit < 192; bit++) {
		w[bit / 64] ^= UINT64_C(1) << bit % 64;
		unsigned n = bits(base ^ of(&s, w, 3));
		w[bit / 64] ^= UINT64_C(1) << bit % 64;
		assert_in_range(n, 10, 54);
		total += n;
	}
	assert_in_range(total / 192, 30, 34);
	for (unsigned bit = 0; bit < 128; bit++) {
		s.k[bit / 64] ^= UINT64_C(1) << bit % 64;
		assert_in_range(bits(base ^ of(&s, w, 3)), 10, 54);
		s.k[bit / 64] ^= UINT64_C(1) << bit % 64;
	}
}

static void
depends_on_order(void **state)
{
	const struct hash_seed s = { { 1, 2 } };

	(void)state;
	assert_true(
	    of(&s, (uint64_t[]){ 1, 2 }, 2) != of(&s, (uint64_t[]){ 2, 1 }, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spreads),
		cmocka_unit_test(depends_on_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
