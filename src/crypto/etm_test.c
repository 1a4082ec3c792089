/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/etm.h"

#include "base/test.h"

/* A cipher that adds one, and a MAC that remembers what it was given. */
static size_t crypted, freed, given;
static uint8_t seen[64];
static size_t seen_len;
static bool cipher_ok, mac_ok;

static bool
fake_crypt(const struct cipher *c, bool enc, const uint8_t *iv,
    const uint8_t *in, uint8_t *out, size_t len)
{
	(void)c;
	(void)iv;
	crypted++;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(in[i] + (enc ? 1 : -1));
	return cipher_ok;
}

static bool
fake_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	(void)m;
	(void)iv;
	seen_len = 0;
	given = n;
	for (size_t i = 0; i < n; i++) {
		memcpy(seen + seen_len, part[i].p, part[i].n);
		seen_len += part[i].n;
	}
	memset(icv, (int)seen_len, 12);
	return mac_ok;
}

static void
cipher_free(struct cipher *c)
{
	(void)c;
	freed++;
}

static void
fake_mac_free(struct mac *m)
{
	(void)m;
	freed++;
}

static struct cipher cipher = { fake_crypt, cipher_free };
static struct mac mac = { fake_sign, fake_mac_free, { 0, 12 } };

static struct aead *
make(bool with_cipher, bool with_mac)
{
	const struct aead_spec s = {
		.encr =
		    alg_by_id(ALG_ENCR, with_cipher ? EALG_DESCBC : EALG_NULL),
		.integ = with_mac ? alg_by_id(ALG_AUTH, AALG_MD5HMAC) : NULL,
	};

	cipher_ok = mac_ok = true;
	crypted = freed = 0;
	return etm_new(
	    &s, with_cipher ? &cipher : NULL, with_mac ? &mac : NULL);
}

/* RFC 4303 3.3.2.1: what is under the MAC, in which order. */
static void
test_order(void **state)
{
	static const uint8_t hdr[8] = "HEADERxx", iv[8] = "IVIVIVIV";
	static const uint8_t text[8] = "abcdefgh";
	struct aead *a = make(true, true);
	uint8_t out[8], icv[12];
	struct aead_op op = { .key = a,
		.hdr = hdr,
		.iv = iv,
		.in = text,
		.out = out,
		.len = 8,
		.icv = icv,
		.seq_hi = 0x41424344 };

	(void)state;
	aead_seal(&op, 1);
	assert_true(op.ok);
	assert_int_equal(seen_len, 24);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghi", 24);
	op.esn = true;
	aead_seal(&op, 1);
	assert_true(op.ok);
	assert_int_equal(seen_len, 28);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghiABCD", 28);
	op.in = out;
	aead_open(&op, 1);
	assert_true(op.ok);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghiABCD", 28);
	assert_memory_equal(out, text, 8);
	aead_free(a);
	assert_int_equal(freed, 2);
}

/* In one piece when it is so in memory. */
static void
test_pieces(void **state)
{
	uint8_t p[8 + 8 + 8 + 12] = { 0 };
	struct aead *a = make(true, true);
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	aead_seal(&op, 1);
	assert_int_equal(given, 1);
	op.esn = true;
	aead_seal(&op, 1);
	assert_int_equal(given, 2);
	aead_free(a);
}

/* A wrong ICV: nothing is deciphered (RFC 4303 3.4.4.1). */
static void
test_integrity_first(void **state)
{
	uint8_t p[8 + 8 + 8 + 12] = { 0 };
	struct aead *a = make(true, true);
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	aead_seal(&op, 1);
	crypted = 0;
	for (size_t bit = 0; bit < 12 * 8; bit++) {
		op.icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		aead_open(&op, 1);
		assert_false(op.ok);
		op.icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_int_equal(crypted, 0);
	aead_open(&op, 1);
	assert_true(op.ok);
	assert_int_equal(crypted, 1);
	aead_free(a);
}

static void
test_backend_fails(void **state)
{
	uint8_t p[64] = { 0 };
	struct aead *a = make(true, true);
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	aead_seal(&op, 1);
	cipher_ok = false;
	aead_open(&op, 1);
	assert_false(op.ok);
	aead_seal(&op, 1);
	assert_false(op.ok);
	cipher_ok = true;
	mac_ok = false;
	aead_seal(&op, 1);
	assert_false(op.ok);
	aead_open(&op, 1);
	assert_false(op.ok);
	aead_free(a);
}

static void
test_halves(void **state)
{
	static const uint8_t text[8] = "abcdefgh";
	uint8_t p[64] = { 0 }, out[8] = { 0 };
	struct aead *a = make(false, true);
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = text,
		.out = out,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	aead_seal(&op, 1);
	assert_true(op.ok);
	assert_memory_equal(out, text, 8);
	op.in = out;
	aead_open(&op, 1);
	assert_true(op.ok);
	aead_free(a);
	assert_int_equal(freed, 1);
	a = make(true, false);
	op.key = a;
	aead_open(&op, 1);
	assert_true(op.ok);
	assert_memory_equal(out, "`abcdefg", 8);
	aead_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_integrity_first),
		cmocka_unit_test(test_backend_fails),
		cmocka_unit_test(test_halves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
