/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikealg.h"

#include "base/test.h"

#include "model/alg.h"

static const struct ikealg *
named(unsigned type, const char *s)
{
	return ikealg_by_name(type, s, strlen(s));
}

/* Each row is found by its number and each of its names, and by no other. */
static void
test_lookup(void **state)
{
	const struct ikealg *a;

	(void)state;
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		const char *alias = a->aliases;

		assert_ptr_equal(ikealg_by_id(a->type, a->id), a);
		assert_ptr_equal(named(a->type, a->name), a);
		while (*alias != '\0') {
			size_t n = strcspn(alias, ",");

			assert_ptr_equal(ikealg_by_name(a->type, alias, n), a);
			alias += n;
			alias += *alias == ',';
		}
	}
	assert_int_equal(named(IKEALG_KE, "14")->id, IKE_KE_MODP_2048);
	assert_int_equal(named(IKEALG_ADDKE1, "36")->id, IKE_KE_ML_KEM_768);
	assert_int_equal(named(IKEALG_KE, "X25519")->id, 31);
	assert_int_equal(named(IKEALG_KE, "0")->id, IKE_KE_NONE);
	assert_null(named(IKEALG_KE, "014"));
	assert_null(named(IKEALG_KE, "3"));
	assert_null(named(IKEALG_KE, "1x"));
	assert_null(named(IKEALG_KE, ""));
	assert_null(named(IKEALG_KE, "4294967310"));
	assert_null(named(IKEALG_ENCR, "sha256"));
	assert_null(named(IKEALG_ENCR, "aes-cbc,aes"));
	assert_null(ikealg_by_id(IKEALG_ENCR, 256 + IKE_ENCR_AES_CBC));
	assert_null(ikealg_by_id(0, 1));
	assert_null(ikealg_by_id(13, 14));
	assert_ptr_equal(
	    ikealg_by_id(IKEALG_ADDKE7, 14), ikealg_by_id(IKEALG_KE, 14));
}

/* What both tables say about an algorithm is the same. */
static void
test_beside_alg(void **state)
{
	const struct ikealg *a;

	(void)state;
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		const struct alg *b = alg_by_id(
		    a->type == IKEALG_ENCR ? ALG_ENCR : ALG_AUTH, a->alg);

		if (a->type > IKEALG_INTEG || a->alg == 0)
			continue;
		assert_non_null(b);
		if (a->type == IKEALG_PRF)
			continue;
		assert_ptr_equal(ikealg_by_alg(a->type, a->alg, a->bits), a);
		assert_int_equal(a->salt, b->salt_len);
		assert_true(alg_keybits_ok(b, a->bits));
		if (a->type == IKEALG_INTEG) {
			assert_int_equal(a->len, b->icv_len);
			continue;
		}
		assert_true(a->key_min >= b->key_min);
		assert_int_equal(a->key_max, b->key_max);
		assert_int_equal(a->key_incr, b->key_incr);
		assert_int_equal((a->flags & IKEALG_COMBINED) != 0,
		    (b->flags & ALG_COMBINED) != 0);
		assert_int_equal(
		    (a->flags & IKEALG_KEYLEN) != 0, b->key_incr != 0);
	}
	assert_null(ikealg_by_alg(IKEALG_ENCR, 200, 0));
	assert_int_equal(
	    ikealg_by_alg(IKEALG_INTEG, AALG_AES_GMAC, 192)->id, 10);
	assert_null(ikealg_by_alg(IKEALG_INTEG, AALG_NONE, 0));
}

static void
test_keys(void **state)
{
	const struct ikealg *gcm = named(IKEALG_ENCR, "aes-gcm-16");
	const struct ikealg *cha = named(IKEALG_ENCR, "chacha20-poly1305");
	const struct ikealg *ccm = named(IKEALG_ENCR, "aes-ccm-8");

	(void)state;
	assert_true(ikealg_keylen_ok(gcm, 128));
	assert_true(ikealg_keylen_ok(gcm, 192));
	assert_true(ikealg_keylen_ok(gcm, 256));
	/* RFC 7296 3.3.5 */
	assert_false(ikealg_keylen_ok(gcm, 0));
	assert_false(ikealg_keylen_ok(gcm, 129));
	assert_false(ikealg_keylen_ok(gcm, 512));
	assert_false(ikealg_keylen_ok(gcm, 64));
	assert_true(ikealg_keylen_ok(cha, 0));
	assert_false(ikealg_keylen_ok(cha, 256));
	assert_int_equal(ikealg_keybits(cha, 0), 256);
	assert_int_equal(ikealg_keybits(gcm, 192), 192);
	assert_int_equal(ikealg_keymat(gcm, 256), 36);
	assert_int_equal(ikealg_keymat(ccm, 128), 19);
	assert_int_equal(ikealg_keymat(cha, 0), 36);
	assert_int_equal(ikealg_keymat(named(IKEALG_INTEG, "sha512"), 0), 64);
	assert_int_equal(ikealg_keymat(named(IKEALG_ENCR, "null"), 0), 0);
}

/* A row that is never used has nothing else to say; the others have it all. */
static void
test_rows(void **state)
{
	const struct ikealg *a;

	(void)state;
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		assert_true(a->status <= IKEALG_NEVER);
		assert_int_equal(a->flags == 0, a->status == IKEALG_NEVER);
		if (a->type == IKEALG_KE && a->flags != 0 && a->id != 0)
			assert_true(a->len && a->len2 && a->secret_len);
		if (a->type == IKEALG_PRF)
			assert_true(a->bits != 0);
	}
	assert_string_equal(ikealg_status_name(IKEALG_MUST), "must");
	assert_string_equal(ikealg_status_name(IKEALG_NEVER), "never");
	assert_string_equal(ikealg_status_name(99), "?");
	assert_string_equal(ikealg_type_name(IKEALG_KE), "key exchange");
	assert_string_equal(ikealg_type_name(7), "additional key exchange");
	assert_string_equal(ikealg_type_name(99), "?");
}

/* RFC 7296 3.3: proposals that can be offered as they stand. */
static void
test_default(void **state)
{
	const struct ikealg_pick *p, *before = NULL;
	unsigned seen[3][6] = { 0 };

	(void)state;
	for (size_t i = 0; (p = ikealg_default(i)) != NULL; before = p, i++) {
		const struct ikealg *a = ikealg_by_id(p->type, p->id);

		assert_non_null(a);
		assert_true(a->status < IKEALG_LEGACY);
		assert_true((a->flags & IKEALG_FOR_IKE) != 0);
		assert_false((a->flags & IKEALG_KEM) != 0);
		assert_true(ikealg_keylen_ok(a, p->keylen));
		assert_in_range(p->proposal, 1, 2);
		if (a->type == IKEALG_ENCR)
			assert_int_equal((a->flags & IKEALG_COMBINED) != 0,
			    p->proposal == 1);
		if (before != NULL)
			assert_true(p->proposal > before->proposal ||
				    (p->proposal == before->proposal &&
					p->type >= before->type));
		seen[p->proposal][p->type]++;
	}
	for (unsigned n = 1; n <= 2; n++) {
		assert_true(seen[n][IKEALG_ENCR] != 0);
		assert_true(seen[n][IKEALG_PRF] != 0);
		assert_true(seen[n][IKEALG_KE] != 0);
		assert_int_equal(seen[n][IKEALG_INTEG] != 0, n == 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_beside_alg),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
