/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/keysig.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/test.h"

#include "crypto/be/sig.h"

static EVP_PKEY *rsa, *p256, *p384, *p521, *bp, *ed25519, *ed448;

static const uint8_t text[64] = "octets";
static const struct keysig_octets octets = { text, sizeof(text) };

static const uint16_t sha2[] = { IKE_HASH_SHA256, IKE_HASH_SHA384,
	IKE_HASH_SHA512 };
static const uint16_t all[] = { IKE_HASH_SHA1, IKE_HASH_SHA256, IKE_HASH_SHA384,
	IKE_HASH_SHA512, IKE_HASH_IDENTITY };
static const uint16_t only512[] = { IKE_HASH_SHA512 };
static const uint16_t only1[] = { IKE_HASH_SHA1 };

static const struct {
	EVP_PKEY **key;
	const uint16_t *hash;
	size_t n;
	uint8_t method;	  /* 0: it cannot */
	const char *name; /* of RFC 7427's algorithm */
} rows[] = {
	{ &rsa, NULL, 0, IKE_AUTH_RSA, NULL },
	{ &rsa, all, 5, IKE_AUTH_SIGNATURE, "RSA-PSS with SHA2-256" },
	{ &rsa, only512, 1, IKE_AUTH_SIGNATURE, "RSA-PSS with SHA2-512" },
	/* SHA1 is not for RFC 7427 */
	{ &rsa, only1, 1, IKE_AUTH_RSA, NULL },
	{ &p256, NULL, 0, IKE_AUTH_ECDSA_256, NULL },
	{ &p384, NULL, 0, IKE_AUTH_ECDSA_384, NULL },
	{ &p521, NULL, 0, IKE_AUTH_ECDSA_521, NULL },
	{ &p256, sha2, 3, IKE_AUTH_SIGNATURE, "ECDSA with SHA2-256" },
	{ &p384, sha2, 3, IKE_AUTH_SIGNATURE, "ECDSA with SHA2-384" },
	{ &p521, sha2, 3, IKE_AUTH_SIGNATURE, "ECDSA with SHA2-512" },
	{ &p256, only512, 1, IKE_AUTH_SIGNATURE, "ECDSA with SHA2-512" },
	{ &bp, sha2, 3, IKE_AUTH_SIGNATURE, "ECDSA with SHA2-256" },
	{ &bp, NULL, 0, 0, NULL },
	{ &ed25519, all, 5, IKE_AUTH_SIGNATURE, "Ed25519" },
	{ &ed25519, sha2, 3, 0, NULL }, /* RFC 8420 2 */
	{ &ed25519, NULL, 0, 0, NULL },
	{ &ed448, all, 5, IKE_AUTH_SIGNATURE, "Ed448" },
};

static void
test_sign(void **state)
{
	uint8_t data[KEYSIG_DATA], method;
	char why[KEYSIG_WHY], name[SIGALG_TEXT];
	struct sigalg a;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EVP_PKEY *key = *rows[i].key;
		const struct keysig_key own = { .key = key };
		bool ok = keysig_sign(NULL, &own, rows[i].hash, rows[i].n,
		    &octets, &method, data, &n, why);

		assert_int_equal(ok, rows[i].method != 0);
		assert_int_equal(why[0] == '\0', ok);
		if (!ok)
			continue;
		assert_int_equal(method, rows[i].method);
		if (rows[i].name != NULL) {
			assert_true(sigalg_parse(&a, data + 1, data[0]));
			assert_string_equal(
			    sigalg_print(name, &a), rows[i].name);
		}
		assert_true(
		    keysig_verify(NULL, key, method, data, n, &octets, why));
		assert_string_equal(why, "");
		for (size_t k = 0; k < n; k += 5) {
			data[k] ^= 1;
			assert_false(keysig_verify(
			    NULL, key, method, data, n, &octets, why));
			assert_true(why[0] != '\0');
			data[k] ^= 1;
			assert_false(keysig_verify(
			    NULL, key, method, data, k, &octets, why));
		}
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			if (*rows[k].key != key)
				assert_false(keysig_verify(NULL, *rows[k].key,
				    method, data, n, &octets, why));
	}
}

/* By RFC 7427: a signature that is right, of an algorithm that is refused. */
static void
test_refused(void **state)
{
	const struct sigalg sha1 = { SIGALG_RSA, IKE_HASH_SHA1, 0, false };
	const struct sigalg pkcs = { SIGALG_RSA, IKE_HASH_SHA256, 0, false };
	uint8_t data[KEYSIG_DATA], sig[SIG_MAX];
	char why[KEYSIG_WHY];
	struct wr w;
	size_t n;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct sigalg *a = i == 0 ? &pkcs : &sha1;

		w = wr_into(data, sizeof(data));
		wr_u8(&w, 15);
		sigalg_write(&w, a);
		assert_true(
		    sig_sign(NULL, rsa, a, octets.p, octets.n, sig, &n));
		wr_bytes(&w, sig, n);
		assert_int_equal(keysig_verify(NULL, rsa, IKE_AUTH_SIGNATURE,
				     data, w.len, &octets, why),
		    i == 0);
		/* by the old method any of the hashes will do */
		assert_true(keysig_verify(
		    NULL, rsa, IKE_AUTH_RSA, sig, n, &octets, why));
	}
	assert_string_equal(why, "");
	assert_false(keysig_verify(
	    NULL, rsa, IKE_AUTH_SIGNATURE, data, w.len, &octets, why));
	assert_non_null(strstr(why, "SHA1"));
	assert_false(
	    keysig_verify(NULL, rsa, IKE_AUTH_DSS, sig, n, &octets, why));
	assert_string_equal(why, "authentication method 3 is not known here");
	assert_false(keysig_verify(
	    NULL, rsa, IKE_AUTH_SIGNATURE, data, 0, &octets, why));
	data[0] = 255;
	assert_false(keysig_verify(
	    NULL, rsa, IKE_AUTH_SIGNATURE, data, 100, &octets, why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_refused),
	};
	int failed;

	rsa = EVP_RSA_gen(2048);
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	p521 = EVP_EC_gen("P-521");
	bp = EVP_EC_gen("brainpoolP256r1");
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ed448 = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(p521);
	EVP_PKEY_free(bp);
	EVP_PKEY_free(ed25519);
	EVP_PKEY_free(ed448);
	return failed;
}
