/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/selftest.h"

/* What was said, one line after the other. */
struct heard {
	size_t lines;
	char text[4096];
};

static void
hear(void *ctx, const char *line)
{
	struct heard *h = ctx;

	h->lines++;
	assert_true(strlen(h->text) + strlen(line) + 2 < sizeof(h->text));
	strcat(h->text, line);
	strcat(h->text, "\n");
}

static void
test_everything_is_there(void **state)
{
	struct heard h = { 0 };
	struct crypto *c = crypto_new(be_ossl, hear, &h);
	const struct alg *a;

	(void)state;
	assert_non_null(c);
	assert_string_equal(h.text, "");
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		assert_true(crypto_usable(c, a));
		assert_string_equal(crypto_backend_name(c, a), "libcrypto");
	}
	crypto_free(c);
	c = crypto_new(be_all, NULL, NULL);
	assert_non_null(c);
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		assert_true(crypto_usable(c, a));
	crypto_free(c);
}

static void
test_no_backend_no_algorithm(void **state)
{
	static const struct crypto_be *const none[] = { NULL };
	struct crypto *c = crypto_new(none, NULL, NULL);
	const struct alg *a;

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		assert_false(crypto_usable(c, a));
		assert_string_equal(crypto_backend_name(c, a), "-");
	}
	crypto_free(c);
	crypto_free(NULL);
}

/* A copy of the known answers in which one digit can be changed. */
enum { KATS_MAX = 200 };

struct kats {
	struct kat row[KATS_MAX];
	size_t n;
	char text[2048];
};

static void
kats_copy(struct kats *k)
{
	for (k->n = 0; kat_rows[k->n].table != 0; k->n++) {
		assert_true(k->n + 1 < KATS_MAX);
		k->row[k->n] = kat_rows[k->n];
	}
	k->row[k->n] = kat_rows[k->n];
}

static void
kats_spoil(struct kats *k, const char **s)
{
	size_t n = strlen(*s);

	assert_true(n != 0 && n < sizeof(k->text));
	memcpy(k->text, *s, n + 1);
	k->text[n - 1] = k->text[n - 1] == '0' ? '1' : '0';
	*s = k->text;
}

/* Can the backend be asked this? ipsec-mb has MACs in ESP's form only, which
   has 8 bytes at least; GMAC alone stands by itself. */
static bool
asked(const struct crypto_slot *s, const struct kat *k, const struct alg *a)
{
	if (!s->be->claims(s->st, a, k->bits))
		return false;
	return s->be != be_imb[0] || k->table == ALG_ENCR || k->in == NULL ||
	       strlen(k->in) >= 16;
}

/* With one wrong answer, its algorithm alone goes, and is told. */
static void
absent_alone(const struct crypto_be *const *be, const struct kats *k, size_t i)
{
	struct heard h = { 0 };
	struct crypto *c =
	    crypto_new_tested(be, k->row, &(struct say){ hear, &h });
	const struct alg *a;

	assert_non_null(c);
	for (size_t r = 0; (a = alg_row(r)) != NULL; r++) {
		bool mine =
		    a->table == k->row[i].table && a->id == k->row[i].id;

		assert_int_equal(slot_passed(&c->slot[0], a),
		    !mine &&
			c->slot[0].be->claims(c->slot[0].st, a, a->key_def));
		if (mine)
			assert_non_null(strstr(h.text, a->name));
	}
	assert_int_equal(h.lines, 1);
	crypto_free(c);
}

static void
spoil_each(const struct crypto_be *const *be)
{
	struct crypto *c = crypto_new(be, NULL, NULL);
	static struct kats k;

	kats_copy(&k);
	for (size_t i = 0; c->n != 0 && i < k.n; i++) {
		const struct alg *a =
		    alg_by_id((enum alg_table)k.row[i].table, k.row[i].id);

		if (!asked(&c->slot[0], &k.row[i], a))
			continue;
		assert_true(slot_passed(&c->slot[0], a));
		if (k.row[i].icv != NULL) {
			kats_spoil(&k, &k.row[i].icv);
			absent_alone(be, &k, i);
			k.row[i] = kat_rows[i];
		}
		if (k.row[i].out != NULL) {
			kats_spoil(&k, &k.row[i].out);
			absent_alone(be, &k, i);
			k.row[i] = kat_rows[i];
		}
	}
	crypto_free(c);
}

static void
test_wrong_answer_libcrypto(void **state)
{
	(void)state;
	spoil_each(be_ossl);
}

static void
test_wrong_answer_ipsec_mb(void **state)
{
	(void)state;
	spoil_each(be_imb);
}

/* An algorithm without any known answer is not used either. */
static void
test_no_answer(void **state)
{
	static const struct kat none[] = { { 0 } };
	struct crypto *c = crypto_new_tested(be_ossl, none, &(struct say){ 0 });
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		assert_false(crypto_usable(c, a));
	crypto_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_is_there),
		cmocka_unit_test(test_no_backend_no_algorithm),
		cmocka_unit_test(test_wrong_answer_libcrypto),
		cmocka_unit_test(test_wrong_answer_ipsec_mb),
		cmocka_unit_test(test_no_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
