/* SPDX-License-Identifier: BSD-2-Clause */
/* Key exchange on libcrypto: MODP, ECP and Brainpool, X25519 and X448, ML-KEM. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

/* What a group is to libcrypto; exactly one of these is set. */
struct kind {
	uint8_t id;
	BIGNUM *(*prime)(BIGNUM *bn);
	int nid;
	const char *x; /* X25519, X448 */
	const char *kem;
};

static const struct kind kinds[] = {
	{ IKE_KE_MODP_768, .prime = BN_get_rfc2409_prime_768 },
	{ IKE_KE_MODP_1024, .prime = BN_get_rfc2409_prime_1024 },
	{ IKE_KE_MODP_1536, .prime = BN_get_rfc3526_prime_1536 },
	{ IKE_KE_MODP_2048, .prime = BN_get_rfc3526_prime_2048 },
	{ IKE_KE_MODP_3072, .prime = BN_get_rfc3526_prime_3072 },
	{ IKE_KE_MODP_4096, .prime = BN_get_rfc3526_prime_4096 },
	{ IKE_KE_MODP_6144, .prime = BN_get_rfc3526_prime_6144 },
	{ IKE_KE_MODP_8192, .prime = BN_get_rfc3526_prime_8192 },
	{ IKE_KE_ECP_256, .nid = NID_X9_62_prime256v1 },
	{ IKE_KE_ECP_384, .nid = NID_secp384r1 },
	{ IKE_KE_ECP_521, .nid = NID_secp521r1 },
	{ IKE_KE_BRAINPOOL_256, .nid = NID_brainpoolP256r1 },
	{ IKE_KE_BRAINPOOL_384, .nid = NID_brainpoolP384r1 },
	{ IKE_KE_BRAINPOOL_512, .nid = NID_brainpoolP512r1 },
	{ IKE_KE_CURVE25519, .x = "X25519" },
	{ IKE_KE_CURVE448, .x = "X448" },
	{ IKE_KE_ML_KEM_512, .kem = "ML-KEM-512" },
	{ IKE_KE_ML_KEM_768, .kem = "ML-KEM-768" },
	{ IKE_KE_ML_KEM_1024, .kem = "ML-KEM-1024" },
};

static const struct kind *
kind_of(const struct ikealg *g)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].id == g->id)
			return &kinds[i];
	return NULL;
}

static bool
ossl_ke_claims(const void *st, const struct ikealg *g)
{
	const struct kind *k = kind_of(g);

	return k != NULL && (k->kem == NULL || ossl_has_ml_kem(st));
}

/* --- MODP --- */

/* out = base^own mod p, len bytes. The base is public, the exponent is not. */
static enum ke_result
modp(const struct ossl *o, const struct kind *k, const BIGNUM *base,
    const uint8_t *own, size_t n, uint8_t *out, size_t len)
{
	BN_CTX *ctx = BN_CTX_new_ex(ossl_ctx(o));
	BIGNUM *p = k->prime(NULL), *x = BN_bin2bn(own, (int)n, NULL);
	BIGNUM *y = BN_new();
	enum ke_result r = KE_FAILED;

	if (ctx != NULL && p != NULL && x != NULL && y != NULL) {
		BN_set_flags(x, BN_FLG_CONSTTIME);
		if (BN_is_zero(x))
			r = KE_INVALID;
		else if (BN_mod_exp_mont_consttime(y, base, x, p, ctx, NULL) ==
			     1 &&
			 /* RFC 7296 2.14: leading zeros are kept */
			 BN_bn2binpad(y, out, (int)len) == (int)len)
			r = KE_OK;
	}
	BN_clear_free(x);
	BN_clear_free(y);
	BN_free(p);
	BN_CTX_free(ctx);
	return r;
}

static enum ke_result
modp_value(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, uint8_t *value)
{
	BIGNUM *two = BN_new();
	enum ke_result r = KE_FAILED;

	if (two != NULL && BN_set_word(two, 2) == 1)
		r = modp(o, k, two, own, n, value, g->len);
	BN_free(two);
	return r;
}

/* RFC 6989 2.1: of these groups 1 < y < p - 1 is what has to be seen. */
static bool
modp_ok(const struct kind *k, const BIGNUM *y)
{
	BIGNUM *p = k->prime(NULL);
	bool ok = p != NULL && BN_sub_word(p, 1) == 1 &&
		  BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;

	BN_free(p);
	return ok;
}

static enum ke_result
modp_shared(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, const uint8_t *peer, uint8_t *secret)
{
	BIGNUM *y = BN_bin2bn(peer, g->len2, NULL);
	enum ke_result r = KE_FAILED;

	if (y != NULL)
		r = modp_ok(k, y) ? modp(o, k, y, own, n, secret, g->secret_len)
				  : KE_INVALID;
	BN_free(y);
	return r;
}

/* --- curves modulo a prime --- */

/* All that a multiplication needs. */
struct ec {
	const EC_GROUP *group;
	BN_CTX *ctx;
	BIGNUM *k, *x, *y;
	EC_POINT *from, *to;
};

static void
ec_fini(struct ec *e)
{
	EC_POINT_free(e->from);
	EC_POINT_clear_free(e->to);
	BN_clear_free(e->k);
	BN_clear_free(e->x);
	BN_clear_free(e->y);
	BN_CTX_free(e->ctx);
}

/* KE_INVALID: own is not in [1, order - 1] (SP 800-56A 5.6.1.2.2). */
static enum ke_result
ec_init(struct ec *e, struct ossl *o, int nid, const uint8_t *own, size_t n)
{
	memset(e, 0, sizeof(*e));
	e->group = ossl_curve(o, nid);
	if (e->group == NULL)
		return KE_FAILED;
	e->ctx = BN_CTX_new_ex(ossl_ctx(o));
	e->k = BN_bin2bn(own, (int)n, NULL);
	e->x = BN_new();
	e->y = BN_new();
	e->from = EC_POINT_new(e->group);
	e->to = EC_POINT_new(e->group);
	if (e->ctx == NULL || e->k == NULL || e->x == NULL || e->y == NULL ||
	    e->from == NULL || e->to == NULL)
		return KE_FAILED;
	BN_set_flags(e->k, BN_FLG_CONSTTIME);
	if (BN_is_zero(e->k) ||
	    BN_cmp(e->k, EC_GROUP_get0_order(e->group)) >= 0)
		return KE_INVALID;
	return KE_OK;
}

static enum ke_result
ec_value(struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, uint8_t *value)
{
	int half = g->len / 2;
	struct ec e;
	enum ke_result r = ec_init(&e, o, k->nid, own, n);

	/* RFC 5903 7: x | y */
	if (r == KE_OK &&
	    (EC_POINT_mul(e.group, e.to, e.k, NULL, NULL, e.ctx) != 1 ||
		EC_POINT_get_affine_coordinates(
		    e.group, e.to, e.x, e.y, e.ctx) != 1 ||
		BN_bn2binpad(e.x, value, half) != half ||
		BN_bn2binpad(e.y, value + half, half) != half))
		r = KE_FAILED;
	ec_fini(&e);
	return r;
}

/*
 * RFC 6989 2.3: both coordinates below p, and on the curve, which the point at
 * infinity cannot be said to be in this form. The cofactor of all these is 1.
 */
static bool
ec_peer(struct ec *e, const uint8_t *peer, int half)
{
	const BIGNUM *p = EC_GROUP_get0_field(e->group);

	return BN_bin2bn(peer, half, e->x) != NULL &&
	       BN_bin2bn(peer + half, half, e->y) != NULL &&
	       BN_cmp(e->x, p) < 0 && BN_cmp(e->y, p) < 0 &&
	       EC_POINT_set_affine_coordinates(
		   e->group, e->from, e->x, e->y, e->ctx) == 1 &&
	       EC_POINT_is_on_curve(e->group, e->from, e->ctx) == 1;
}

static enum ke_result
ec_shared(struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, const uint8_t *peer, uint8_t *secret)
{
	int half = g->len2 / 2;
	struct ec e;
	enum ke_result r = ec_init(&e, o, k->nid, own, n);

	if (r == KE_OK && !ec_peer(&e, peer, half))
		r = KE_INVALID;
	/* RFC 5903 7: the secret is x alone */
	else if (r == KE_OK &&
		 (EC_POINT_mul(e.group, e.to, NULL, e.from, e.k, e.ctx) != 1 ||
		     EC_POINT_get_affine_coordinates(
			 e.group, e.to, e.x, NULL, e.ctx) != 1 ||
		     BN_bn2binpad(e.x, secret, half) != half))
		r = KE_FAILED;
	ec_fini(&e);
	return r;
}

/* --- X25519, X448 --- */

static enum ke_result
x_value(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, uint8_t *value)
{
	EVP_PKEY *key =
	    EVP_PKEY_new_raw_private_key_ex(ossl_ctx(o), k->x, NULL, own, n);
	size_t len = g->len;
	bool ok = key != NULL &&
		  EVP_PKEY_get_raw_public_key(key, value, &len) == 1 &&
		  len == g->len;

	EVP_PKEY_free(key);
	return ok ? KE_OK : KE_FAILED;
}

static enum ke_result
x_shared(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, const uint8_t *peer, uint8_t *secret)
{
	static const uint8_t zero[KE_OWN_MAX];
	EVP_PKEY *key =
	    EVP_PKEY_new_raw_private_key_ex(ossl_ctx(o), k->x, NULL, own, n);
	EVP_PKEY *other = EVP_PKEY_new_raw_public_key_ex(
	    ossl_ctx(o), k->x, NULL, peer, g->len2);
	EVP_PKEY_CTX *ctx =
	    key != NULL ? EVP_PKEY_CTX_new_from_pkey(ossl_ctx(o), key, NULL)
			: NULL;
	size_t len = g->secret_len;
	enum ke_result r = KE_FAILED;

	/* RFC 8031 2, RFC 7748 6: all zeros come from a point of low order;
	   libcrypto fails on them by itself */
	if (ctx != NULL && other != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, other) == 1)
		r = EVP_PKEY_derive(ctx, secret, &len) == 1 &&
			    len == g->secret_len &&
			    !secret_equal(secret, zero, len)
			? KE_OK
			: KE_INVALID;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
	return r;
}

/* --- ML-KEM (FIPS 203), by names that older headers do not have --- */

static EVP_PKEY *
kem_key(const struct ossl *o, const char *name, int selection, OSSL_PARAM *set)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(ossl_ctx(o), name, NULL);
	EVP_PKEY *key = NULL;

	if (ctx != NULL &&
	    (EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, selection, set) != 1))
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* From d | z; its parameter's type has no const. */
static EVP_PKEY *
kem_own(const struct ossl *o, const char *name, const uint8_t *own, size_t n)
{
	uint8_t seed[KE_OWN_MAX];
	OSSL_PARAM set[] = { OSSL_PARAM_construct_octet_string("seed", seed, n),
		OSSL_PARAM_construct_end() };
	EVP_PKEY *key;

	memcpy(seed, own, n);
	key = kem_key(o, name, EVP_PKEY_KEYPAIR, set);
	secret_wipe(seed, sizeof(seed));
	return key;
}

static enum ke_result
kem_value(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, uint8_t *value)
{
	EVP_PKEY *key = kem_own(o, k->kem, own, n);
	size_t len = 0;
	bool ok = key != NULL &&
		  EVP_PKEY_get_octet_string_param(
		      key, OSSL_PKEY_PARAM_PUB_KEY, value, g->len, &len) == 1 &&
		  len == g->len;

	EVP_PKEY_free(key);
	return ok ? KE_OK : KE_FAILED;
}

static enum ke_result
kem_shared(const struct ossl *o, const struct kind *k, const struct ikealg *g,
    const uint8_t *own, size_t n, const uint8_t *peer, uint8_t *secret)
{
	EVP_PKEY *key = kem_own(o, k->kem, own, n);
	EVP_PKEY_CTX *ctx =
	    key != NULL ? EVP_PKEY_CTX_new_from_pkey(ossl_ctx(o), key, NULL)
			: NULL;
	size_t len = g->secret_len;
	bool ok = ctx != NULL && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
		  EVP_PKEY_decapsulate(ctx, secret, &len, peer, g->len2) == 1 &&
		  len == g->secret_len;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? KE_OK : KE_FAILED;
}

/* FIPS 203 7.2: libcrypto checks the key's modulus when it takes it. */
static EVP_PKEY *
kem_peer(const struct ossl *o, const char *name, const uint8_t *peer, size_t n)
{
	uint8_t pub[KE_VALUE_MAX];
	OSSL_PARAM set[] = { OSSL_PARAM_construct_octet_string(
				 OSSL_PKEY_PARAM_PUB_KEY, pub, n),
		OSSL_PARAM_construct_end() };

	memcpy(pub, peer, n);
	return kem_key(o, name, EVP_PKEY_PUBLIC_KEY, set);
}

static enum ke_result
ossl_ke_encap(void *st, const struct ikealg *g, const uint8_t *seed,
    const uint8_t *peer, uint8_t *value, uint8_t *secret)
{
	const struct kind *k = kind_of(g);
	const struct ossl *o = st;
	EVP_PKEY *key = kem_peer(o, k->kem, peer, g->len);
	EVP_PKEY_CTX *ctx =
	    key != NULL ? EVP_PKEY_CTX_new_from_pkey(ossl_ctx(o), key, NULL)
			: NULL;
	size_t vlen = g->len2, slen = g->secret_len;
	enum ke_result r = key != NULL ? KE_FAILED : KE_INVALID;
	uint8_t m[32];
	OSSL_PARAM set[] = { OSSL_PARAM_construct_octet_string(
				 "ikme", m, sizeof(m)),
		OSSL_PARAM_construct_end() };

	memcpy(m, seed, sizeof(m));
	if (ctx != NULL && EVP_PKEY_encapsulate_init(ctx, set) == 1 &&
	    EVP_PKEY_encapsulate(ctx, value, &vlen, secret, &slen) == 1 &&
	    vlen == g->len2 && slen == g->secret_len)
		r = KE_OK;
	secret_wipe(m, sizeof(m));
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return r;
}

/* --- all of them --- */

static enum ke_result
ossl_ke_value(void *st, const struct ikealg *g, const uint8_t *own, size_t n,
    uint8_t *value)
{
	const struct kind *k = kind_of(g);
	enum ke_result r;

	if (k->prime != NULL)
		r = modp_value(st, k, g, own, n, value);
	else if (k->nid != 0)
		r = ec_value(st, k, g, own, n, value);
	else if (k->x != NULL)
		r = x_value(st, k, g, own, n, value);
	else
		r = kem_value(st, k, g, own, n, value);
	ERR_clear_error();
	return r;
}

static enum ke_result
ossl_ke_shared(void *st, const struct ikealg *g, const uint8_t *own, size_t n,
    const uint8_t *peer, uint8_t *secret)
{
	const struct kind *k = kind_of(g);
	enum ke_result r;

	if (k->prime != NULL)
		r = modp_shared(st, k, g, own, n, peer, secret);
	else if (k->nid != 0)
		r = ec_shared(st, k, g, own, n, peer, secret);
	else if (k->x != NULL)
		r = x_shared(st, k, g, own, n, peer, secret);
	else
		r = kem_shared(st, k, g, own, n, peer, secret);
	ERR_clear_error();
	return r;
}

const struct ke_be ossl_ke = {
	.claims = ossl_ke_claims,
	.value = ossl_ke_value,
	.shared = ossl_ke_shared,
	.encap = ossl_ke_encap,
};
