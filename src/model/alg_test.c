/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/alg.h"

#include "base/test.h"

static const struct alg *
named(enum alg_table t, const char *s)
{
	return alg_by_name(t, s, strlen(s));
}

/* Each row is found by its number and by each of its names, in any case. */
static void
test_lookup(void **state)
{
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		const char *alias = a->aliases;

		assert_ptr_equal(alg_by_id((enum alg_table)a->table, a->id), a);
		assert_ptr_equal(named((enum alg_table)a->table, a->name), a);
		while (*alias != '\0') {
			size_t n = strcspn(alias, ",");

			assert_ptr_equal(
			    alg_by_name((enum alg_table)a->table, alias, n), a);
			alias += n;
			alias += *alias == ',';
		}
	}
	assert_ptr_equal(
	    named(ALG_AUTH, "SHA1"), alg_by_id(ALG_AUTH, AALG_SHA1HMAC));
	assert_ptr_equal(named(ALG_ENCR, "Aes"), alg_by_id(ALG_ENCR, EALG_AES));
}

static void
test_unknown(void **state)
{
	(void)state;
	assert_null(alg_by_id(ALG_AUTH, 0));
	assert_null(alg_by_id(ALG_ENCR, 0));
	assert_null(alg_by_id(ALG_ENCR, 255));
	assert_null(alg_by_id(ALG_ENCR, 256 + EALG_AES));
	assert_null(alg_by_id((enum alg_table)1, EALG_AES));
	assert_null(named(ALG_ENCR, ""));
	assert_null(named(ALG_ENCR, "ae"));
	assert_null(named(ALG_ENCR, "aes-cbc,aes"));
	assert_null(named(ALG_ENCR, "sha1"));
	assert_null(named(ALG_AUTH, "3des"));
	assert_null(alg_by_name(ALG_ENCR, "aes-cbc", 0));
	assert_null(alg_row(SIZE_MAX));
	/* the length counts, not the end of the string */
	assert_ptr_equal(alg_by_name(ALG_ENCR, "aes-gcm-and-more", 7),
	    alg_by_id(ALG_ENCR, EALG_AES_GCM_16));
}

/* What every row has to be, for those who read the table. */
static void
test_rows_make_sense(void **state)
{
	const struct alg *a, *b;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		assert_true(a->table == ALG_AUTH || a->table == ALG_ENCR);
		assert_true(a->id != 0 && (a->flags & ALG_VALID) != 0);
		assert_true(a->key_min <= a->key_def);
		assert_true(a->key_def <= a->key_max);
		assert_true(a->key_incr != 0 || a->key_min == a->key_max);
		if (a->key_incr != 0)
			assert_int_equal(
			    (a->key_max - a->key_min) % a->key_incr, 0);
		assert_true(alg_keybits_ok(a, a->key_def));
		/* on the wire a combined algorithm or a MAC has an ICV */
		assert_int_equal(a->icv_len != 0,
		    a->table == ALG_AUTH || (a->flags & ALG_COMBINED) != 0);
		/* a counter mode's IV is 8 bytes, with a salt behind the key */
		assert_int_equal(
		    a->salt_len != 0, (a->flags & ALG_COUNTER) != 0);
		if ((a->flags & ALG_COUNTER) != 0)
			assert_int_equal(a->iv_len, 8);
		for (size_t j = 0; j < i; j++) {
			b = alg_row(j);
			assert_false(a->table == b->table && a->id == b->id);
			assert_false(a->table == b->table &&
				     strcmp(a->name, b->name) == 0);
		}
	}
}

/* spec algs 3 and 10: what Solaris ships, by number. */
static void
test_solaris_rows(void **state)
{
	static const struct {
		uint8_t table, id;
		const char *name;
		uint16_t def, min, max, incr;
		uint8_t iv, icv, salt;
	} want[] = {
		{ ALG_AUTH, 2, "hmac-md5", 128, 128, 128, 0, 0, 12, 0 },
		{ ALG_AUTH, 3, "hmac-sha1", 160, 160, 160, 0, 0, 12, 0 },
		{ ALG_AUTH, 5, "hmac-sha256", 256, 256, 256, 0, 0, 16, 0 },
		{ ALG_AUTH, 6, "hmac-sha384", 384, 384, 384, 0, 0, 24, 0 },
		{ ALG_AUTH, 7, "hmac-sha512", 512, 512, 512, 0, 0, 32, 0 },
		{ ALG_ENCR, 2, "des-cbc", 64, 64, 64, 0, 8, 0, 0 },
		{ ALG_ENCR, 3, "3des-cbc", 192, 192, 192, 0, 8, 0, 0 },
		{ ALG_ENCR, 7, "blowfish-cbc", 128, 32, 448, 8, 8, 0, 0 },
		{ ALG_ENCR, 11, "null", 0, 0, 0, 0, 0, 0, 0 },
		{ ALG_ENCR, 12, "aes-cbc", 128, 128, 256, 64, 16, 0, 0 },
		{ ALG_ENCR, 14, "aes-ccm8", 128, 128, 256, 64, 8, 8, 3 },
		{ ALG_ENCR, 15, "aes-ccm12", 128, 128, 256, 64, 8, 12, 3 },
		{ ALG_ENCR, 16, "aes-ccm", 128, 128, 256, 64, 8, 16, 3 },
		{ ALG_ENCR, 18, "aes-gcm8", 128, 128, 256, 64, 8, 8, 4 },
		{ ALG_ENCR, 19, "aes-gcm12", 128, 128, 256, 64, 8, 12, 4 },
		{ ALG_ENCR, 20, "aes-gcm", 128, 128, 256, 64, 8, 16, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct alg *a =
		    alg_by_id((enum alg_table)want[i].table, want[i].id);

		assert_non_null(a);
		assert_string_equal(a->name, want[i].name);
		assert_int_equal(a->key_def, want[i].def);
		assert_int_equal(a->key_min, want[i].min);
		assert_int_equal(a->key_max, want[i].max);
		assert_int_equal(a->key_incr, want[i].incr);
		assert_int_equal(a->iv_len, want[i].iv);
		assert_int_equal(a->icv_len, want[i].icv);
		assert_int_equal(a->salt_len, want[i].salt);
	}
}

static void
test_key_bits(void **state)
{
	const struct alg *aes = alg_by_id(ALG_ENCR, EALG_AES);
	const struct alg *bf = alg_by_id(ALG_ENCR, EALG_BLOWFISH);
	const struct alg *sha = alg_by_id(ALG_AUTH, AALG_SHA1HMAC);

	(void)state;
	for (unsigned bits = 0; bits < 600; bits++) {
		assert_int_equal(alg_keybits_ok(aes, bits),
		    bits == 128 || bits == 192 || bits == 256);
		assert_int_equal(alg_keybits_ok(bf, bits),
		    bits >= 32 && bits <= 448 && bits % 8 == 0);
		assert_int_equal(alg_keybits_ok(sha, bits), bits == 160);
	}
	assert_false(alg_keybits_ok(aes, UINT32_MAX));
}

/* RFC 2405 4: weak and semi-weak keys, whatever their parity bits are. */
static void
test_weak_des(void **state)
{
	static const uint8_t weak[] = { 0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e,
		0x0e, 0x0e };
	static const uint8_t semi[] = { 0xfe, 0x1f, 0xfe, 0x1f, 0xfe, 0x0e,
		0xfe, 0x0e };
	const struct alg *des = alg_by_id(ALG_ENCR, EALG_DESCBC);
	uint8_t k[8];

	(void)state;
	assert_true(alg_key_is_weak(des, weak, 8));
	assert_true(alg_key_is_weak(des, semi, 8));
	assert_false(alg_key_is_weak(des, weak, 7));
	assert_false(
	    alg_key_is_weak(alg_by_id(ALG_ENCR, EALG_BLOWFISH), weak, 8));
	assert_false(
	    alg_key_is_weak(alg_by_id(ALG_AUTH, AALG_MD5HMAC), weak, 8));
	for (size_t bit = 0; bit < 64; bit++) {
		memcpy(k, weak, sizeof(k));
		k[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_equal(alg_key_is_weak(des, k, 8), bit % 8 == 0);
	}
}

/* RFC 2451 2.3: a 3DES of which two neighbours undo each other is one DES. */
static void
test_weak_3des(void **state)
{
	const struct alg *a = alg_by_id(ALG_ENCR, EALG_3DESCBC);
	uint8_t k[24];

	(void)state;
	for (size_t i = 0; i < sizeof(k); i++)
		k[i] = (uint8_t)(i * 2);
	assert_false(alg_key_is_weak(a, k, 24));
	memcpy(k + 8, k, 8);
	assert_true(alg_key_is_weak(a, k, 24));
	k[15] ^= 1; /* parity */
	assert_true(alg_key_is_weak(a, k, 24));
	k[15] ^= 2;
	assert_false(alg_key_is_weak(a, k, 24));
	memcpy(k + 16, k + 8, 8);
	assert_true(alg_key_is_weak(a, k, 24));
	/* first and third may be equal: EDE with two keys */
	for (size_t i = 0; i < 8; i++) {
		k[i] = k[i + 16] = (uint8_t)(i * 2);
		k[i + 8] = (uint8_t)(i * 4 + 100);
	}
	assert_false(alg_key_is_weak(a, k, 24));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_rows_make_sense),
		cmocka_unit_test(test_solaris_rows),
		cmocka_unit_test(test_key_bits),
		cmocka_unit_test(test_weak_des),
		cmocka_unit_test(test_weak_3des),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
