/* SPDX-License-Identifier: BSD-2-Clause */
/* Ciphers without integrity on EVP. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

struct ossl_cipher {
	EVP_CIPHER_CTX *enc, *dec;
	bool ctr;
	uint8_t salt[4];
};

static bool
ossl_cipher_crypt(const struct cipher_way *w, void *x, bool enc,
    const uint8_t *iv, const uint8_t *in, uint8_t *out, size_t len)
{
	const struct ossl_cipher *c = x;
	EVP_CIPHER_CTX *ctx = enc ? c->enc : c->dec;
	uint8_t block[16] = { [15] = 1 };
	int n = 0;

	(void)w;
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
ossl_cipher_release(const struct way *w, void *x)
{
	struct ossl_cipher *c = x;

	(void)w;
	EVP_CIPHER_CTX_free(c->enc);
	EVP_CIPHER_CTX_free(c->dec);
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

static bool
ossl_cipher_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	const EVP_CIPHER *evp = ossl_cipher_of(w->st, s->encr, s->ekey_bits);
	struct ossl_cipher *c = x;
	size_t len = s->ekey_bits / 8;

	c->ctr = s->encr->id == EALG_AES_CTR;
	if (c->ctr)
		memcpy(c->salt, s->ekey + len, sizeof(c->salt));
	c->enc = keyed(evp, s->ekey, len, 1);
	c->dec = keyed(evp, s->ekey, len, 0);
	if (c->enc != NULL && c->dec != NULL)
		return true;
	ERR_clear_error();
	ossl_cipher_release(w, x);
	return false;
}

bool
ossl_cipher_way(
    void *st, const struct alg *a, unsigned bits, struct cipher_way *w)
{
	if (ossl_cipher_of(st, a, bits) == NULL ||
	    (a->flags & ALG_COMBINED) != 0)
		return false;
	w->way = (struct way){ .expand = ossl_cipher_expand,
		.release = ossl_cipher_release,
		.size = sizeof(struct ossl_cipher),
		.st = st };
	w->crypt = ossl_cipher_crypt;
	return true;
}
