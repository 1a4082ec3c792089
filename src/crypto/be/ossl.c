/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/ossl.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>

#include "crypto/be/be.h"

/* Which EVP cipher does an algorithm with a key of so many bits; 0: any. */
static const struct {
	uint8_t id;
	uint16_t bits;
	const char *name;
} names[] = {
	{ EALG_AES, 128, "AES-128-CBC" },
	{ EALG_AES, 192, "AES-192-CBC" },
	{ EALG_AES, 256, "AES-256-CBC" },
	{ EALG_AES_CTR, 128, "AES-128-CTR" },
	{ EALG_AES_CTR, 192, "AES-192-CTR" },
	{ EALG_AES_CTR, 256, "AES-256-CTR" },
	{ EALG_AES_GCM_16, 128, "AES-128-GCM" },
	{ EALG_AES_GCM_16, 192, "AES-192-GCM" },
	{ EALG_AES_GCM_16, 256, "AES-256-GCM" },
	{ EALG_AES_CCM_16, 128, "AES-128-CCM" },
	{ EALG_AES_CCM_16, 192, "AES-192-CCM" },
	{ EALG_AES_CCM_16, 256, "AES-256-CCM" },
	{ EALG_CHACHA20_POLY1305, 256, "ChaCha20-Poly1305" },
	{ EALG_CAMELLIA, 128, "CAMELLIA-128-CBC" },
	{ EALG_CAMELLIA, 192, "CAMELLIA-192-CBC" },
	{ EALG_CAMELLIA, 256, "CAMELLIA-256-CBC" },
	{ EALG_3DESCBC, 192, "DES-EDE3-CBC" },
	{ EALG_DESCBC, 64, "DES-CBC" },
	{ EALG_BLOWFISH, 0, "BF-CBC" },
	{ EALG_CAST, 0, "CAST5-CBC" },
};

enum { OSSL_CURVES = 8 };

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

struct ossl {
	OSSL_LIB_CTX *ctx;
	OSSL_PROVIDER *base, *legacy;
	EVP_CIPHER *cipher[N_NAMES];
	EVP_MAC *hmac, *cmac;
	bool ml_kem;
	pthread_mutex_t lock; /* of the curves: made when first wanted */
	struct {
		int nid;
		EC_GROUP *group;
	} curve[OSSL_CURVES];
};

/* The variants of a mode differ in their ICV alone. */
static uint8_t
family(const struct alg *a)
{
	if (a->table == ALG_AUTH || a->id == EALG_AES_GMAC ||
	    (a->flags & ALG_GCM) != 0)
		return EALG_AES_GCM_16;
	return (a->flags & ALG_CCM) != 0 ? EALG_AES_CCM_16 : a->id;
}

static const EVP_CIPHER *
find(const struct ossl *o, uint8_t id, unsigned bits)
{
	for (size_t i = 0; i < N_NAMES; i++)
		if (names[i].id == id &&
		    (names[i].bits == 0 || names[i].bits == bits))
			return o->cipher[i];
	return NULL;
}

const EVP_CIPHER *
ossl_cipher_of(const struct ossl *o, const struct alg *a, unsigned bits)
{
	return find(o, family(a), bits);
}

const EVP_CIPHER *
ossl_aes_cbc(const struct ossl *o, unsigned bits)
{
	return find(o, EALG_AES, bits);
}

EVP_MAC *
ossl_mac_of(const struct ossl *o, const struct alg *a)
{
	return a->id == AALG_AES_CMAC ? o->cmac : o->hmac;
}

OSSL_LIB_CTX *
ossl_ctx(const struct ossl *o)
{
	return o->ctx;
}

bool
ossl_has_ml_kem(const struct ossl *o)
{
	return o->ml_kem;
}

const EC_GROUP *
ossl_curve(struct ossl *o, int nid)
{
	EC_GROUP *group = NULL;
	size_t i = 0;

	(void)pthread_mutex_lock(&o->lock);
	while (i + 1 < OSSL_CURVES && o->curve[i].group != NULL &&
	       o->curve[i].nid != nid)
		i++;
	if (o->curve[i].group == NULL) {
		o->curve[i].nid = nid;
		o->curve[i].group =
		    EC_GROUP_new_by_curve_name_ex(o->ctx, NULL, nid);
	}
	if (o->curve[i].nid == nid)
		group = o->curve[i].group;
	(void)pthread_mutex_unlock(&o->lock);
	return group;
}

static void
ossl_fini(void *st)
{
	struct ossl *o = st;

	for (size_t i = 0; i < OSSL_CURVES; i++)
		EC_GROUP_free(o->curve[i].group);
	(void)pthread_mutex_destroy(&o->lock);
	for (size_t i = 0; i < N_NAMES; i++)
		EVP_CIPHER_free(o->cipher[i]);
	EVP_MAC_free(o->hmac);
	EVP_MAC_free(o->cmac);
	if (o->legacy != NULL)
		OSSL_PROVIDER_unload(o->legacy);
	if (o->base != NULL)
		OSSL_PROVIDER_unload(o->base);
	OSSL_LIB_CTX_free(o->ctx);
	free(o);
}

static void
remark(const struct say *say, const char *line)
{
	if (say->fn != NULL)
		say->fn(say->ctx, line);
}

static void *
ossl_init(const struct say *say)
{
	struct ossl *o = calloc(1, sizeof(*o));
	EVP_KEYMGMT *kem;
	uint8_t first;

	if (o == NULL)
		return NULL;
	if (pthread_mutex_init(&o->lock, NULL) != 0) {
		free(o);
		return NULL;
	}
	o->ctx = OSSL_LIB_CTX_new();
	if (o->ctx != NULL)
		o->base = OSSL_PROVIDER_load(o->ctx, "default");
	if (o->base == NULL) {
		remark(say, "libcrypto: no default provider");
		ossl_fini(o);
		return NULL;
	}
	o->legacy = OSSL_PROVIDER_load(o->ctx, "legacy");
	if (o->legacy == NULL)
		remark(say, "libcrypto: no legacy provider; absent: "
			    "des-cbc, blowfish-cbc, cast-cbc");
	for (size_t i = 0; i < N_NAMES; i++)
		o->cipher[i] = EVP_CIPHER_fetch(o->ctx, names[i].name, NULL);
	/* the generator reads its configuration now, not inside a sandbox */
	if (!crypto_rng.fill(crypto_rng.ctx, &first, 1))
		remark(say, "libcrypto: no random bytes");
	o->hmac = EVP_MAC_fetch(o->ctx, "HMAC", NULL);
	o->cmac = EVP_MAC_fetch(o->ctx, "CMAC", NULL);
	kem = EVP_KEYMGMT_fetch(o->ctx, "ML-KEM-768", NULL);
	o->ml_kem = kem != NULL;
	EVP_KEYMGMT_free(kem);
	ERR_clear_error();
	return o;
}

static bool
ossl_claims(const void *st, const struct alg *a, unsigned bits)
{
	const struct ossl *o = st;

	(void)bits;
	if (a->table == ALG_AUTH || a->id == EALG_NULL || o->legacy != NULL)
		return true;
	return a->id != EALG_DESCBC && a->id != EALG_BLOWFISH &&
	       a->id != EALG_CAST;
}

const struct crypto_be ossl_backend = {
	.name = "libcrypto",
	.init = ossl_init,
	.fini = ossl_fini,
	.claims = ossl_claims,
	.aead = ossl_aead_way,
	.cipher = ossl_cipher_way,
	.mac = ossl_mac_way,
	.ke = &ossl_ke,
};
