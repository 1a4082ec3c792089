/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "raw.h"

enum { TAG = 16 };

struct evp {
	const struct suite *suite;
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx[2]; /* open, seal: keyed once */
	EVP_MAC *hmac;
	EVP_MAC_CTX *mac;
};

static const char *
cipher_name(const struct suite *s)
{
	switch (s->kind) {
	case RAW_GCM:
		return s->bits == 128 ? "AES-128-GCM" : "AES-256-GCM";
	case RAW_CHACHA:
		return "ChaCha20-Poly1305";
	default:
		return "AES-256-CBC";
	}
}

static bool
key_cipher(struct evp *e, const uint8_t *key)
{
	e->cipher = EVP_CIPHER_fetch(NULL, cipher_name(e->suite), NULL);
	if (e->cipher == NULL)
		return false;
	for (int enc = 0; enc < 2; enc++) {
		e->ctx[enc] = EVP_CIPHER_CTX_new();
		if (e->ctx[enc] == NULL ||
		    EVP_CipherInit_ex2(
			e->ctx[enc], e->cipher, key, NULL, enc, NULL) != 1)
			return false;
		EVP_CIPHER_CTX_set_padding(e->ctx[enc], 0);
	}
	return true;
}

static bool
key_mac(struct evp *e, const uint8_t *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM p[] = { OSSL_PARAM_construct_utf8_string(
			       OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };

	e->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (e->hmac == NULL || (e->mac = EVP_MAC_CTX_new(e->hmac)) == NULL)
		return false;
	return EVP_MAC_init(e->mac, key, 32, p) == 1;
}

struct evp *
evp_new(const struct suite *s)
{
	struct evp *e = OPENSSL_zalloc(sizeof(*e));
	uint8_t key[32];

	if (e == NULL)
		return NULL;
	e->suite = s;
	suite_key(key, sizeof(key), 0);
	if ((s->kind != RAW_HMAC && !key_cipher(e, key)) ||
	    (s->kind >= RAW_CBC_HMAC && !key_mac(e, key))) {
		evp_free(e);
		return NULL;
	}
	return e;
}

void
evp_free(struct evp *e)
{
	if (e == NULL)
		return;
	for (int enc = 0; enc < 2; enc++)
		EVP_CIPHER_CTX_free(e->ctx[enc]);
	EVP_CIPHER_free(e->cipher);
	EVP_MAC_CTX_free(e->mac);
	EVP_MAC_free(e->hmac);
	OPENSSL_free(e);
}

static bool
run_aead(struct evp *e, bool seal, uint8_t *out, const uint8_t *in, size_t len,
    uint8_t *tag)
{
	static const uint8_t iv[12] = { 1, 2, 3, 4 }, aad[8] = { 1 };
	EVP_CIPHER_CTX *c = e->ctx[seal];
	int n;

	/* opening is to the ICV's comparison, which fails here: it is no right one */
	if (!seal &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) != 1)
		return false;
	if (EVP_CipherInit_ex2(c, NULL, NULL, iv, seal, NULL) != 1 ||
	    EVP_CipherUpdate(c, NULL, &n, aad, sizeof(aad)) != 1 ||
	    EVP_CipherUpdate(c, out, &n, in, (int)len) != 1)
		return false;
	if (!seal) {
		(void)EVP_CipherFinal_ex(c, out + n, &n);
		return true;
	}
	return EVP_CipherFinal_ex(c, out + n, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
}

static bool
run_mac(struct evp *e, const uint8_t *in, size_t len, uint8_t *tag)
{
	uint8_t full[32];
	size_t n;

	if (EVP_MAC_init(e->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(e->mac, in, len) != 1 ||
	    EVP_MAC_final(e->mac, full, &n, sizeof(full)) != 1)
		return false;
	memcpy(tag, full, TAG);
	return true;
}

static bool
run_cbc(struct evp *e, bool seal, uint8_t *out, const uint8_t *in, size_t len)
{
	static const uint8_t iv[16] = { 1, 2, 3, 4 };
	EVP_CIPHER_CTX *c = e->ctx[seal];
	int n;

	return EVP_CipherInit_ex2(c, NULL, NULL, iv, seal, NULL) == 1 &&
	       EVP_CipherUpdate(c, out, &n, in, (int)len) == 1;
}

bool
evp_run(struct evp *e, bool seal, const struct raw_text *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		unsigned j = i % t->batch;
		const uint8_t *in = t->in + i * t->stride;
		uint8_t *out = t->out + j * t->stride;
		uint8_t *tag = t->tag + j * TAG;
		bool ok;

		switch (e->suite->kind) {
		case RAW_HMAC:
			ok = run_mac(e, in, t->len, tag);
			break;
		case RAW_CBC_HMAC:
			ok = seal ? run_cbc(e, true, out, in, t->len) &&
					run_mac(e, out, t->len, tag)
				  : run_mac(e, in, t->len, tag) &&
					run_cbc(e, false, out, in, t->len);
			break;
		default:
			ok = run_aead(e, seal, out, in, t->len, tag);
			break;
		}
		if (!ok)
			return false;
	}
	return true;
}
