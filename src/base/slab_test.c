/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/slab.h"

#include <stdint.h>
#include <string.h>

#include "base/test.h"

enum { MANY = 5000 };

static uint8_t *obj[MANY];

static bool
is_filled(const uint8_t *p, size_t n, uint8_t with)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != with)
			return false;
	return true;
}

/* They are zero, apart from each other, and what was freed is used again. */
static void
test_life(void **state)
{
	static const size_t sizes[] = { 8, 48, 56, 192, 4096 };

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct slab s;
		size_t n = sizes[k], at = 7;

		slab_init(&s, n);
		for (size_t i = 0; i < MANY; i++) {
			obj[i] = slab_alloc(&s);
			assert_non_null(obj[i]);
			assert_true(is_filled(obj[i], n, 0));
			if (n % 64 == 0)
				assert_int_equal((uintptr_t)obj[i] % 64, 0);
			memset(obj[i], (int)(i % 251 + 1), n);
		}
		for (size_t i = 0; i < 20 * MANY; i++) {
			at = (at * 1103515245 + 12345) & 0x7fffffff;
			uint8_t **o = &obj[(at >> 8) % MANY];
			uint8_t with = (uint8_t)((o - obj) % 251 + 1);

			if (*o != NULL) {
				assert_true(is_filled(*o, n, with));
				slab_free(&s, *o);
				*o = NULL;
			} else {
				*o = slab_alloc(&s);
				assert_non_null(*o);
				assert_true(is_filled(*o, n, 0));
				memset(*o, with, n);
			}
		}
		for (size_t i = 0; i < MANY; i++)
			if (obj[i] != NULL) {
				assert_true(is_filled(
				    obj[i], n, (uint8_t)(i % 251 + 1)));
				slab_free(&s, obj[i]);
			}
		assert_true(list_empty(&s.some) && list_empty(&s.full));
		slab_fini(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_life) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
