/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/kat.h"

#include "base/test.h"

static bool
is_hex(const char *s)
{
	return s == NULL ||
	       (strlen(s) % 2 == 0 && s[strspn(s, "0123456789abcdef")] == '\0');
}

static size_t
bytes(const char *s)
{
	return s != NULL ? strlen(s) / 2 : 0;
}

/* Rows of an algorithm with keys of this length. */
static size_t
rows_of(const struct alg *a, unsigned bits)
{
	size_t n = 0;

	for (const struct kat *k = kat_rows; k->table != 0; k++)
		n += k->table == a->table && k->id == a->id && k->bits == bits;
	return n;
}

/* Each algorithm at its shortest, default and longest key, and between for AES. */
static void
test_complete(void **state)
{
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		assert_true(rows_of(a, a->key_min) != 0);
		assert_true(rows_of(a, a->key_def) != 0);
		assert_true(rows_of(a, a->key_max) != 0);
		if (a->key_incr == 64)
			assert_true(rows_of(a, a->key_min + 64u) != 0);
	}
}

static void
test_shapes(void **state)
{
	(void)state;
	for (const struct kat *k = kat_rows; k->table != 0; k++) {
		const struct alg *a =
		    alg_by_id((enum alg_table)k->table, k->id);

		assert_non_null(a);
		assert_true(alg_keybits_ok(a, k->bits));
		assert_true(is_hex(k->key) && is_hex(k->aad) && is_hex(k->iv));
		assert_true(is_hex(k->in) && is_hex(k->out) && is_hex(k->icv));
		assert_int_equal(bytes(k->icv), a->icv_len);
		if (k->in == NULL) {
			assert_true(k->len >= 300 && k->len <= 512);
			assert_int_equal(k->len % a->align, 0);
			assert_int_equal(
			    bytes(k->out), a->table == ALG_ENCR ? 16 : 0);
			continue;
		}
		assert_int_equal(bytes(k->key), k->bits / 8 + a->salt_len);
		assert_int_equal(bytes(k->iv), a->iv_len);
		assert_int_equal(
		    bytes(k->out), a->table == ALG_ENCR ? bytes(k->in) : 0);
		assert_true(
		    k->aad == NULL || bytes(k->aad) == (k->esn ? 12u : 8u));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
