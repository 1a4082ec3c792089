/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/algmech.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

/* An entry as text: keys, blocks, params as lists. */
#define ENTRY(t, i, m, incr, k, b, p)                                       \
	(struct algmech_entry)                                              \
	{                                                                   \
		.table = (t), .id = (i), .mech = (m), .key_incr = (incr),   \
		.n_keys = sizeof(k) / 2 - 1, .n_blocks = sizeof(b) / 2 - 1, \
		.n_params = sizeof(p) / 2 - 1, .keys = (k), .blocks = (b),  \
		.params = (p), .flags = ALG_VALID                           \
	}

static const uint16_t none[] = { 0 }, b16[] = { 16, 0 }, b8[] = { 8, 0 };
static const uint16_t b12[] = { 12, 0 }, aes[] = { 128, 128, 256, 0 };
static const uint16_t gcm12[] = { 8, 12, 4, 0 };

static struct algmech m;

static const struct alg *
make(struct algmech_entry e)
{
	algmech_make(&m, &e);
	return &m.a;
}

/* Each of our own rows, said as an entry, comes back as it was. */
static void
test_builtin(void **state)
{
	const struct alg *r;

	(void)state;
	for (size_t i = 0; (r = alg_row(i)) != NULL; i++) {
		uint16_t keys[] = { r->key_def, r->key_min, r->key_max };
		uint16_t block[] = { r->block };
		uint16_t params[] = { r->iv_len, r->icv_len, r->salt_len };
		const struct alg *a =
		    make((struct algmech_entry){ .table = r->table,
			.id = r->id,
			.mech = r->mech,
			.key_incr = r->key_incr,
			.n_keys = r->key_incr != 0 ? 3 : 1,
			.n_blocks = 1,
			.n_params = (r->flags & ALG_COUNTER) != 0 ? 3 : 0,
			.keys = keys,
			.blocks = block,
			.params = params,
			.flags = ALG_VALID });

		assert_ptr_equal(alg_impl(a), r);
		assert_string_equal(a->name, r->name);
		assert_string_equal(a->mech, r->mech);
		assert_int_equal(a->flags, r->flags);
		assert_int_equal(a->key_def, r->key_def);
		assert_int_equal(a->key_min, r->key_min);
		assert_int_equal(a->key_max, r->key_max);
		assert_int_equal(a->key_incr, r->key_incr);
		assert_int_equal(a->icv_len, r->icv_len);
		assert_null(a->keys);
	}
}

static void
test_new_number(void **state)
{
	const struct alg *a;

	(void)state;
	a = make(ENTRY(ALG_ENCR, 250, "CKM_AES_GCM", 64, aes, b16, gcm12));
	assert_int_equal(a->id, 250);
	assert_true(alg_is(a, EALG_AES_GCM_12));
	assert_int_equal(a->icv_len, 12);
	assert_int_equal(a->salt_len, 4);
	assert_true((a->flags & ALG_VALID) != 0);
	assert_true((a->flags & ALG_COMBINED) != 0);
	assert_string_equal(a->name, "250");
	assert_true(alg_keybits_ok(a, 192));
	/* without parameters: the longest MAC, or that of its own number */
	a = make(ENTRY(ALG_ENCR, 250, "CKM_AES_GCM", 64, aes, b16, none));
	assert_true(alg_is(a, EALG_AES_GCM_16));
	a = make(ENTRY(ALG_ENCR, 18, "CKM_AES_GCM", 64, aes, b16, none));
	assert_true(alg_is(a, EALG_AES_GCM_8));
	/* a number of ours for something else */
	a = make(
	    ENTRY(ALG_ENCR, EALG_DESCBC, "CKM_AES_CBC", 64, aes, b16, none));
	assert_true(alg_is(a, EALG_AES));
	assert_string_equal(a->name, "2");
	assert_int_equal(a->flags & ALG_LEGACY, 0);
}

static void
test_key_lengths(void **state)
{
	static const uint16_t two[] = { 256, 128, 0 },
			      odd[] = { 448, 32, 64, 0 }, far[] = { 512, 0 },
			      man[] = { 128, 32, 488, 0 },
			      mixed[] = { 100, 192, 512, 0 },
			      wide[] = { 8, 8, 65528, 0 };
	const struct alg *a;

	(void)state;
	/* the list decides, also between its ends */
	a = make(ENTRY(ALG_ENCR, EALG_AES, "CKM_AES_CBC", 0, two, b16, none));
	assert_int_equal(a->key_def, 256);
	assert_int_equal(a->key_min, 128);
	assert_int_equal(a->key_max, 256);
	assert_false(alg_keybits_ok(a, 192));
	assert_true(alg_keybits_ok(a, 128));
	assert_true(alg_keybits_ok(a, 256));
	a = make(ENTRY(
	    ALG_ENCR, EALG_BLOWFISH, "CKM_BLOWFISH_CBC", 0, odd, b8, none));
	assert_non_null(a->keys);
	assert_true(alg_keybits_ok(a, 64));
	assert_false(alg_keybits_ok(a, 96));
	assert_false(alg_keybits_ok(a, 0));
	/* Solaris' manual adds Blowfish so; 488 is more than it takes */
	a = make(
	    ENTRY(ALG_ENCR, EALG_BLOWFISH, "CKM_BF_CBC", 8, man, b8, none));
	assert_int_equal(a->key_min, 32);
	assert_int_equal(a->key_max, 448);
	assert_int_equal(a->key_incr, 8);
	assert_int_equal(a->key_def, 128);
	/* what is left of a list; the default is the least of it */
	a = make(ENTRY(ALG_ENCR, EALG_AES, "CKM_AES_CBC", 0, mixed, b16, none));
	assert_int_equal(a->key_def, 192);
	assert_int_equal(a->key_min, 192);
	assert_int_equal(a->key_max, 192);
	/* nothing is */
	a = make(ENTRY(ALG_ENCR, EALG_AES, "CKM_AES_CBC", 0, far, b16, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	assert_int_equal(a->key_def, 512);
	/* a range far beyond ends with what there is */
	a = make(ENTRY(ALG_ENCR, EALG_AES, "CKM_AES_CBC", 8, wide, b16, none));
	assert_int_equal(a->key_min, 128);
	assert_int_equal(a->key_max, 256);
	assert_int_equal(a->key_incr, 64);
}

static void
test_unusable(void **state)
{
	static const uint16_t salt8[] = { 8, 16, 8, 0 }, sha[] = { 256, 0 };
	struct algmech_entry e;
	const struct alg *a;

	(void)state;
	a = make(ENTRY(ALG_ENCR, 250, "CKM_RC5_CBC", 64, aes, b16, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	assert_int_equal(a->does, 0);
	assert_string_equal(a->mech, "CKM_RC5_CBC");
	/* our number does not make it ours */
	a = make(ENTRY(ALG_ENCR, EALG_AES, "CKM_RC5_CBC", 64, aes, b16, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	a = make(ENTRY(ALG_ENCR, 250, "CKM_AES_GCM", 64, aes, b16, salt8));
	assert_int_equal(a->flags & ALG_VALID, 0);
	a = make(ENTRY(ALG_ENCR, 250, "CKM_AES_CBC", 64, aes, b8, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	/* an HMAC cut to a length that is not RFC 4868's */
	a = make(
	    ENTRY(ALG_AUTH, 250, "CKM_SHA256_HMAC_GENERAL", 0, sha, b12, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	assert_int_equal(a->block, 12);
	/* authentication's mechanisms are not encryption's */
	a = make(
	    ENTRY(ALG_ENCR, 250, "CKM_SHA256_HMAC_GENERAL", 0, sha, b16, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	/* no mechanism is null encryption's, by its own number only */
	a = make(ENTRY(ALG_ENCR, EALG_NULL, "-", 0, none, none, none));
	assert_true((a->flags & ALG_VALID) != 0);
	assert_true(alg_keybits_ok(a, 0));
	a = make(ENTRY(ALG_ENCR, 250, "-", 0, none, none, none));
	assert_int_equal(a->flags & ALG_VALID, 0);
	a = make(ENTRY(ALG_ENCR, 250, "", 0, none, none, none));
	assert_string_equal(a->mech, "-");
	/* the entry itself says that it is not to be used */
	e = ENTRY(ALG_ENCR, EALG_AES, "CKM_AES_CBC", 64, aes, b16, none);
	e.flags = 0;
	a = make(e);
	assert_int_equal(a->flags & ALG_VALID, 0);
	assert_string_equal(a->name, "aes-cbc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_new_number),
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
