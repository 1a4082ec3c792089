/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/sig.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/test.h"

static EVP_PKEY *rsa, *rsa1024, *p256, *p384, *p521, *bp, *ed25519, *ed448,
    *k256, *x25519;

static const struct row {
	EVP_PKEY **key;
	struct sigalg a;
	size_t len; /* 0: DER, of some length */
} rows[] = {
	{ &rsa, { SIGALG_RSA, IKE_HASH_SHA1, 0, false }, 256 },
	{ &rsa, { SIGALG_RSA, IKE_HASH_SHA256, 0, false }, 256 },
	{ &rsa, { SIGALG_RSA, IKE_HASH_SHA384, 0, false }, 256 },
	{ &rsa, { SIGALG_RSA, IKE_HASH_SHA512, 0, false }, 256 },
	{ &rsa, { SIGALG_PSS, IKE_HASH_SHA1, 20, false }, 256 },
	{ &rsa, { SIGALG_PSS, IKE_HASH_SHA256, 32, false }, 256 },
	{ &rsa, { SIGALG_PSS, IKE_HASH_SHA384, 0, false }, 256 },
	{ &rsa, { SIGALG_PSS, IKE_HASH_SHA512, 64, false }, 256 },
	{ &p256, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, true }, 64 },
	{ &p384, { SIGALG_ECDSA, IKE_HASH_SHA384, 0, true }, 96 },
	{ &p521, { SIGALG_ECDSA, IKE_HASH_SHA512, 0, true }, 132 },
	{ &p256, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, false }, 0 },
	{ &p256, { SIGALG_ECDSA, IKE_HASH_SHA512, 0, false }, 0 },
	{ &p384, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, false }, 0 },
	{ &p521, { SIGALG_ECDSA, IKE_HASH_SHA512, 0, false }, 0 },
	{ &bp, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, false }, 0 },
	{ &ed25519, { SIGALG_ED25519, IKE_HASH_IDENTITY, 0, false }, 64 },
	{ &ed448, { SIGALG_ED448, IKE_HASH_IDENTITY, 0, false }, 114 },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const uint8_t msg[100] = "octets of RFC 7296 2.15";

static bool
same(const struct sigalg *a, const struct sigalg *b)
{
	return a->kind == b->kind && a->hash == b->hash && a->salt == b->salt &&
	       a->plain == b->plain;
}

static void
test_both_ways(void **state)
{
	uint8_t sig[SIG_MAX], bad[sizeof(msg)];
	size_t len;

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		EVP_PKEY *key = *r->key;

		assert_true(sig_fits(key, &r->a));
		assert_true(
		    sig_sign(NULL, key, &r->a, msg, sizeof(msg), sig, &len));
		if (r->len != 0)
			assert_int_equal(len, r->len);
		assert_true(
		    sig_verify(NULL, key, &r->a, msg, sizeof(msg), sig, len));
		assert_false(sig_verify(
		    NULL, key, &r->a, msg, sizeof(msg) - 1, sig, len));
		memcpy(bad, msg, sizeof(msg));
		bad[50] ^= 1;
		assert_false(
		    sig_verify(NULL, key, &r->a, bad, sizeof(bad), sig, len));
		for (size_t k = 0; k < len; k += len / 9) {
			sig[k] ^= 4;
			assert_false(sig_verify(
			    NULL, key, &r->a, msg, sizeof(msg), sig, len));
			sig[k] ^= 4;
		}
		for (size_t k = 0; k < len; k += len / 9)
			assert_false(sig_verify(
			    NULL, key, &r->a, msg, sizeof(msg), sig, k));
		sig[len] = 0;
		assert_false(sig_verify(
		    NULL, key, &r->a, msg, sizeof(msg), sig, len + 1));
		/* what one algorithm signed no other takes */
		for (size_t k = 0; k < N_ROWS; k++)
			if (!same(&rows[k].a, &r->a))
				assert_false(sig_verify(NULL, key, &rows[k].a,
				    msg, sizeof(msg), sig, len));
	}
}

/* Each algorithm goes with the keys of its row, and with no others. */
static void
test_fits(void **state)
{
	EVP_PKEY *const keys[] = { rsa, p256, p384, p521, bp, ed25519, ed448,
		k256, x25519 };
	const struct sigalg none = { SIGALG_RSA, IKE_HASH_IDENTITY, 0, false };
	uint8_t sig[SIG_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < N_ROWS; i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			bool ec = keys[k] == p256 || keys[k] == p384 ||
				  keys[k] == p521 || keys[k] == bp;
			bool fits = *rows[i].key == keys[k] ||
				    (rows[i].a.kind == SIGALG_ECDSA &&
					!rows[i].a.plain && ec);

			assert_int_equal(sig_fits(keys[k], &rows[i].a), fits);
			if (fits)
				continue;
			assert_false(sig_sign(NULL, keys[k], &rows[i].a, msg,
			    sizeof(msg), sig, &len));
			assert_int_equal(len, 0);
		}
	assert_false(sig_fits(rsa, &none));
	assert_int_equal(sig_key_kind(k256), SIG_KEY_OTHER);
	assert_int_equal(sig_key_kind(x25519), SIG_KEY_OTHER);
	assert_int_equal(sig_key_kind(bp), SIG_KEY_BRAINPOOL);
}

static void
test_weak(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++)
		assert_null(sig_key_weak(*rows[i].key));
	assert_string_equal(
	    sig_key_weak(rsa1024), "an RSA key needs at least 2048 bits");
	assert_non_null(sig_key_weak(k256));
	assert_non_null(sig_key_weak(x25519));
}

/* RFC 4754 8.1: a signature that is known. */
static void
test_rfc4754(void **state)
{
	static const char text[] = "abc";
	/* the key's point, and r | s */
	static const uint8_t pub[65] = { 4, 0x24, 0x42, 0xA5, 0xCC, 0x0E, 0xCD,
		0x01, 0x5F, 0xA3, 0xCA, 0x31, 0xDC, 0x8E, 0x2B, 0xBC, 0x70,
		0xBF, 0x42, 0xD6, 0x0C, 0xBC, 0xA2, 0x00, 0x85, 0xE0, 0x82,
		0x2C, 0xB0, 0x42, 0x35, 0xE9, 0x70, 0x6F, 0xC9, 0x8B, 0xD7,
		0xE5, 0x02, 0x11, 0xA4, 0xA2, 0x71, 0x02, 0xFA, 0x35, 0x49,
		0xDF, 0x79, 0xEB, 0xCB, 0x4B, 0xF2, 0x46, 0xB8, 0x09, 0x45,
		0xCD, 0xDF, 0xE7, 0xD5, 0x09, 0xBB, 0xFD, 0x7D };
	static const uint8_t sig[64] = { 0xCB, 0x28, 0xE0, 0x99, 0x9B, 0x9C,
		0x77, 0x15, 0xFD, 0x0A, 0x80, 0xD8, 0xE4, 0x7A, 0x77, 0x07,
		0x97, 0x16, 0xCB, 0xBF, 0x91, 0x7D, 0xD7, 0x2E, 0x97, 0x56,
		0x6E, 0xA1, 0xC0, 0x66, 0x95, 0x7C, 0x86, 0xFA, 0x3B, 0xB4,
		0xE2, 0x6C, 0xAD, 0x5B, 0xF9, 0x0B, 0x7F, 0x81, 0x89, 0x92,
		0x56, 0xCE, 0x75, 0x94, 0xBB, 0x1E, 0xA0, 0xC8, 0x92, 0x12,
		0x74, 0x8B, 0xFF, 0x3B, 0x3D, 0x5B, 0x03, 0x15 };
	const struct sigalg a = { SIGALG_ECDSA, IKE_HASH_SHA256, 0, true };
	char group[] = "P-256";
	uint8_t point[65];
	OSSL_PARAM set[] = { OSSL_PARAM_construct_utf8_string(
				 "group", group, 0),
		OSSL_PARAM_construct_octet_string("pub", point, 65),
		OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	(void)state;
	memcpy(point, pub, 65);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, set), 1);
	assert_true(
	    sig_verify(NULL, key, &a, (const void *)text, 3, sig, sizeof(sig)));
	assert_false(
	    sig_verify(NULL, key, &a, (const void *)text, 2, sig, sizeof(sig)));
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_rfc4754),
	};
	EVP_PKEY **const all[] = { &rsa, &rsa1024, &p256, &p384, &p521, &bp,
		&ed25519, &ed448, &k256, &x25519 };
	int failed;

	rsa = EVP_RSA_gen(2048);
	rsa1024 = EVP_RSA_gen(1024);
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	p521 = EVP_EC_gen("P-521");
	bp = EVP_EC_gen("brainpoolP256r1");
	k256 = EVP_EC_gen("secp256k1");
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ed448 = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		EVP_PKEY_free(*all[i]);
	return failed;
}
