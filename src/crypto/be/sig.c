/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/sig.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

enum { RSA_LEAST = 2048, RSA_MOST = 8192 };

static enum sig_key
curve_of(const EVP_PKEY *key)
{
	static const struct {
		const char *name;
		enum sig_key kind;
	} curves[] = {
		{ "prime256v1", SIG_KEY_P256 },
		{ "P-256", SIG_KEY_P256 },
		{ "secp384r1", SIG_KEY_P384 },
		{ "P-384", SIG_KEY_P384 },
		{ "secp521r1", SIG_KEY_P521 },
		{ "P-521", SIG_KEY_P521 },
		{ "brainpoolP256r1", SIG_KEY_BRAINPOOL },
		{ "brainpoolP384r1", SIG_KEY_BRAINPOOL },
		{ "brainpoolP512r1", SIG_KEY_BRAINPOOL },
	};
	char name[64];
	size_t n = 0;

	/* a curve by parameters instead of a name has no name here */
	if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1)
		return SIG_KEY_OTHER;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].name, name) == 0)
			return curves[i].kind;
	return SIG_KEY_OTHER;
}

enum sig_key
sig_key_kind(const EVP_PKEY *key)
{
	enum sig_key k = SIG_KEY_OTHER;

	if (EVP_PKEY_is_a(key, "RSA"))
		k = SIG_KEY_RSA;
	else if (EVP_PKEY_is_a(key, "RSA-PSS"))
		k = SIG_KEY_RSA_PSS;
	else if (EVP_PKEY_is_a(key, "EC"))
		k = curve_of(key);
	else if (EVP_PKEY_is_a(key, "ED25519"))
		k = SIG_KEY_ED25519;
	else if (EVP_PKEY_is_a(key, "ED448"))
		k = SIG_KEY_ED448;
	ERR_clear_error();
	return k;
}

static const char *
rsa_weak(const EVP_PKEY *key)
{
	BIGNUM *e = NULL;
	const char *why = NULL;

	if (EVP_PKEY_get_bits(key) < RSA_LEAST)
		return "an RSA key needs at least 2048 bits";
	if (EVP_PKEY_get_bits(key) > RSA_MOST)
		return "an RSA key has at most 8192 bits";
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 ||
	    !BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > 64)
		why = "the public exponent of the RSA key is not usable";
	BN_free(e);
	ERR_clear_error();
	return why;
}

const char *
sig_key_weak(const EVP_PKEY *key)
{
	switch (sig_key_kind(key)) {
	case SIG_KEY_RSA:
	case SIG_KEY_RSA_PSS:
		return rsa_weak(key);
	case SIG_KEY_OTHER:
		return "the key is none of RSA, ECDSA with P-256, P-384, "
		       "P-521 or Brainpool, Ed25519, Ed448";
	default:
		return NULL;
	}
}

bool
sig_fits(const EVP_PKEY *key, const struct sigalg *a)
{
	enum sig_key k = sig_key_kind(key);

	switch (a->kind) {
	case SIGALG_RSA:
		return k == SIG_KEY_RSA && sigalg_hash_len(a->hash) != 0;
	case SIGALG_PSS:
		return (k == SIG_KEY_RSA || k == SIG_KEY_RSA_PSS) &&
		       sigalg_hash_len(a->hash) != 0;
	case SIGALG_ED25519:
		return k == SIG_KEY_ED25519;
	case SIGALG_ED448:
		return k == SIG_KEY_ED448;
	case SIGALG_ECDSA:
		if (!a->plain)
			return k >= SIG_KEY_P256 && k <= SIG_KEY_BRAINPOOL &&
			       sigalg_hash_len(a->hash) != 0;
		return (k == SIG_KEY_P256 && a->hash == IKE_HASH_SHA256) ||
		       (k == SIG_KEY_P384 && a->hash == IKE_HASH_SHA384) ||
		       (k == SIG_KEY_P521 && a->hash == IKE_HASH_SHA512);
	default:
		return false;
	}
}

/* --- the two forms of an ECDSA signature --- */

/* Bytes of r, and of s (RFC 4754 3). */
static int
half_of(const EVP_PKEY *key)
{
	return (EVP_PKEY_get_bits(key) + 7) / 8;
}

/* DER to r | s. */
static bool
to_plain(const EVP_PKEY *key, uint8_t *sig, size_t *len)
{
	const uint8_t *p = sig;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)*len);
	int half = half_of(key);
	bool ok = s != NULL &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, half) == half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + half, half) == half;

	if (ok)
		*len = (size_t)half * 2;
	ECDSA_SIG_free(s);
	return ok;
}

/* r | s to DER. */
static bool
to_der(const EVP_PKEY *key, const uint8_t *sig, size_t len, uint8_t *der,
    size_t *n)
{
	int half = half_of(key), size = 0;
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r, *t;

	if (s == NULL || len != (size_t)half * 2) {
		ECDSA_SIG_free(s);
		return false;
	}
	r = BN_bin2bn(sig, half, NULL);
	t = BN_bin2bn(sig + half, half, NULL);
	if (r == NULL || t == NULL || ECDSA_SIG_set0(s, r, t) != 1) {
		BN_free(r);
		BN_free(t);
	} else {
		size = i2d_ECDSA_SIG(s, NULL) <= SIG_MAX
			   ? i2d_ECDSA_SIG(s, &der)
			   : 0;
	}
	ECDSA_SIG_free(s);
	*n = size > 0 ? (size_t)size : 0;
	return size > 0;
}

/* --- both ways --- */

static const char *
md_name(const struct sigalg *a)
{
	switch (a->hash) {
	case IKE_HASH_SHA1:
		return "SHA1";
	case IKE_HASH_SHA256:
		return "SHA256";
	case IKE_HASH_SHA384:
		return "SHA384";
	case IKE_HASH_SHA512:
		return "SHA512";
	default:
		return NULL; /* Ed25519 and Ed448 take the message itself */
	}
}

/* RFC 7427 A.4, RFC 8017 9.1: MGF1's hash is the message's by default. */
static bool
padding(EVP_PKEY_CTX *p, const struct sigalg *a)
{
	if (a->kind == SIGALG_RSA)
		return EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PADDING) == 1;
	if (a->kind == SIGALG_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) ==
			   1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(p, a->salt) == 1;
	return true;
}

bool
sig_sign(OSSL_LIB_CTX *ctx, EVP_PKEY *key, const struct sigalg *a,
    const uint8_t *msg, size_t n, uint8_t *out, size_t *len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	bool ok;

	*len = SIG_MAX;
	ok = md != NULL && sig_fits(key, a) &&
	     EVP_DigestSignInit_ex(md, &p, md_name(a), ctx, NULL, key, NULL) ==
		 1 &&
	     padding(p, a) && EVP_DigestSign(md, out, len, msg, n) == 1 &&
	     (!a->plain || to_plain(key, out, len));
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	if (!ok)
		*len = 0;
	return ok;
}

bool
sig_verify(OSSL_LIB_CTX *ctx, EVP_PKEY *key, const struct sigalg *a,
    const uint8_t *msg, size_t n, const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	uint8_t der[SIG_MAX];
	bool ok = md != NULL && len <= SIG_MAX && sig_fits(key, a);

	if (ok && a->plain) {
		ok = to_der(key, sig, len, der, &len);
		sig = der;
	}
	/* only 1 is yes; 0 and less are both no */
	ok = ok &&
	     EVP_DigestVerifyInit_ex(
		 md, &p, md_name(a), ctx, NULL, key, NULL) == 1 &&
	     padding(p, a) && EVP_DigestVerify(md, sig, len, msg, n) == 1;
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return ok;
}
