/* SPDX-License-Identifier: BSD-2-Clause */
/* Ciphers without integrity on EVP. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

struct ossl_cipher {
	struct cipher base;
	EVP_CIPHER_CTX *enc, *dec;
	bool ctr;
	uint8_t salt[4];
};

static bool
ossl_cipher_crypt(const struct cipher *base, bool enc, const uint8_t *iv,
    const uint8_t *in, uint8_t *out, size_t len)
{
	const struct ossl_cipher *c = (const void *)base;
	EVP_CIPHER_CTX *ctx = enc ? c->enc : c->dec;
	uint8_t block[16] = { [15] = 1 };
	int n = 0;

	if (c->ctr) {
		/* RFC 3686 4: nonce, IV, and a block counter from one */
		memcpy(block, c->salt, 4);
		memcpy(block + 4, iv, 8);
		iv = block;
	}
	return len <= AEAD_PACKET_MAX &&
	       EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) == 1 &&
	       EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 &&
	       (size_t)n == len;
}

static void
ossl_cipher_free(struct cipher *base)
{
	struct ossl_cipher *c = (void *)base;

	EVP_CIPHER_CTX_free(c->enc);
	EVP_CIPHER_CTX_free(c->dec);
	secret_wipe(c, sizeof(*c));
	free(c);
}

/* A context that keeps the expanded key; later calls give the IV alone. */
static EVP_CIPHER_CTX *
keyed(const EVP_CIPHER *evp, const uint8_t *key, size_t len, int enc)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return NULL;
	/* Blowfish and CAST take the length before the key */
	if (EVP_CipherInit_ex2(ctx, evp, NULL, NULL, enc, NULL) == 1 &&
	    (EVP_CIPHER_CTX_get_key_length(ctx) == (int)len ||
		EVP_CIPHER_CTX_set_key_length(ctx, (int)len) == 1) &&
	    EVP_CipherInit_ex2(ctx, NULL, key, NULL, enc, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

struct cipher *
ossl_cipher_new(
    void *st, const struct alg *a, const uint8_t *key, unsigned bits)
{
	const EVP_CIPHER *evp = ossl_cipher_of(st, a, bits);
	struct ossl_cipher *c;

	if (evp == NULL || (a->flags & ALG_COMBINED) != 0 ||
	    (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->base.crypt = ossl_cipher_crypt;
	c->base.free = ossl_cipher_free;
	c->ctr = a->id == EALG_AES_CTR;
	if (c->ctr)
		memcpy(c->salt, key + bits / 8, sizeof(c->salt));
	c->enc = keyed(evp, key, bits / 8, 1);
	c->dec = keyed(evp, key, bits / 8, 0);
	if (c->enc != NULL && c->dec != NULL)
		return &c->base;
	ERR_clear_error();
	ossl_cipher_free(&c->base);
	return NULL;
}
