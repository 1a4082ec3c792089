/* SPDX-License-Identifier: BSD-2-Clause */
/* Combined algorithms on EVP: GCM, GMAC, CCM, ChaCha20-Poly1305. */
#include <openssl/err.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

struct ossl_aead {
	struct aead base;
	EVP_CIPHER_CTX *enc, *dec;
	uint8_t salt_len;
	uint8_t salt[4];
};

static const struct ossl_aead *
self(const struct aead_op *op)
{
	return (const void *)op->key;
}

/* RFC 4106 4, 4309 4, 4543 3.2, 7634 2: the nonce is the salt, then the IV. */
static void
nonce_of(uint8_t nonce[12], const struct ossl_aead *a, const uint8_t *iv)
{
	memcpy(nonce, a->salt, a->salt_len);
	memcpy(nonce + a->salt_len, iv, 8);
}

static bool
feed(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in, size_t len)
{
	int n = 0;

	return EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1;
}

/* Authenticated data. */
struct aad {
	const uint8_t *p;
	size_t n;
};

static bool
feed_aad(EVP_CIPHER_CTX *ctx, struct aad aad)
{
	return aad.n == 0 || feed(ctx, NULL, aad.p, aad.n);
}

static bool
tag_give(EVP_CIPHER_CTX *ctx, const struct aead_op *op)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
		   op->key->info.icv_len, op->icv) == 1;
}

static bool
tag_take(EVP_CIPHER_CTX *ctx, const struct aead_op *op)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
		   op->key->info.icv_len, op->icv) == 1;
}

/* Of GCM and ChaCha20-Poly1305, after the IV. */
static bool
stream_run(
    EVP_CIPHER_CTX *ctx, const struct aead_op *op, struct aad aad, bool seal)
{
	uint8_t none[16];
	int n = 0;

	return (seal || tag_give(ctx, op)) && feed_aad(ctx, aad) &&
	       (op->len == 0 || feed(ctx, op->out, op->in, op->len)) &&
	       EVP_CipherFinal_ex(ctx, none, &n) == 1 &&
	       (!seal || tag_take(ctx, op));
}

/* RFC 4543 3.3: SPI, sequence number, IV and payload are all authenticated. */
static bool
gmac_run(
    EVP_CIPHER_CTX *ctx, const struct aead_op *op, struct aad aad, bool seal)
{
	uint8_t none[16];
	int n = 0;
	bool ok;

	ok = (seal || tag_give(ctx, op)) && feed_aad(ctx, aad) &&
	     feed(ctx, NULL, op->iv, 8) &&
	     (op->len == 0 || feed(ctx, NULL, op->in, op->len)) &&
	     EVP_CipherFinal_ex(ctx, none, &n) == 1 &&
	     (!seal || tag_take(ctx, op));
	if (ok && op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
	return ok;
}

/* CCM wants the length first (RFC 3610 2.2) and ends with the only update. */
static bool
ccm_run(
    EVP_CIPHER_CTX *ctx, const struct aead_op *op, struct aad aad, bool seal)
{
	uint8_t none[16];
	/* NULL would mean something else here */
	uint8_t *out = op->len != 0 ? op->out : none;
	const uint8_t *in = op->len != 0 ? op->in : none;

	return (seal || tag_give(ctx, op)) && feed(ctx, NULL, NULL, op->len) &&
	       feed_aad(ctx, aad) && feed(ctx, out, in, op->len) &&
	       (!seal || tag_take(ctx, op));
}

typedef bool run_fn(
    EVP_CIPHER_CTX *ctx, const struct aead_op *op, struct aad aad, bool seal);

static bool
one(const struct aead_op *op, struct aad aad, bool seal, run_fn *run)
{
	const struct ossl_aead *a = self(op);
	EVP_CIPHER_CTX *ctx = seal ? a->enc : a->dec;
	uint8_t nonce[12];

	nonce_of(nonce, a, op->iv);
	return aead_op_fits(op) &&
	       EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
	       run(ctx, op, aad, seal);
}

static void
each(struct aead_op *op, size_t n, bool seal, run_fn *run)
{
	uint8_t aad[12];

	for (struct aead_op *end = op + n; op != end; op++) {
		size_t aad_len = aead_op_aad(op, aad);

		op->ok = one(op, (struct aad){ aad, aad_len }, seal, run);
	}
}

/* The same with the caller's authenticated data. */
static bool
text(const struct aead *a, bool seal, const struct aead_text *t, run_fn *run)
{
	const struct aead_op op = { .key = a,
		.iv = t->iv,
		.in = t->in,
		.out = t->out,
		.len = t->len,
		.icv = t->icv };

	return t->aad_len <= AEAD_PACKET_MAX &&
	       one(&op, (struct aad){ t->aad, t->aad_len }, seal, run);
}

static bool
ossl_stream_text(const struct aead *a, bool seal, const struct aead_text *t)
{
	return text(a, seal, t, stream_run);
}

static bool
ossl_ccm_text(const struct aead *a, bool seal, const struct aead_text *t)
{
	return text(a, seal, t, ccm_run);
}

static void
ossl_stream_seal(struct aead_op *op, size_t n)
{
	each(op, n, true, stream_run);
}

static void
ossl_stream_open(struct aead_op *op, size_t n)
{
	each(op, n, false, stream_run);
}

static void
ossl_gmac_seal(struct aead_op *op, size_t n)
{
	each(op, n, true, gmac_run);
}

static void
ossl_gmac_open(struct aead_op *op, size_t n)
{
	each(op, n, false, gmac_run);
}

static void
ossl_ccm_seal(struct aead_op *op, size_t n)
{
	each(op, n, true, ccm_run);
}

static void
ossl_ccm_open(struct aead_op *op, size_t n)
{
	each(op, n, false, ccm_run);
}

static void
ossl_aead_free(struct aead *base)
{
	struct ossl_aead *a = (void *)base;

	EVP_CIPHER_CTX_free(a->enc);
	EVP_CIPHER_CTX_free(a->dec);
	secret_wipe(a, sizeof(*a));
	free(a);
}

/* A context that keeps key and sizes; later calls give the IV alone. */
static EVP_CIPHER_CTX *
keyed(const EVP_CIPHER *evp, const struct aead_spec *s, int enc)
{
	int nonce_len = s->encr->salt_len + s->encr->iv_len;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return NULL;
	if (EVP_CipherInit_ex2(ctx, evp, NULL, NULL, enc, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) == 1 &&
	    /* CCM mixes the tag's length into the first block */
	    ((s->encr->flags & ALG_CCM) == 0 ||
		EVP_CIPHER_CTX_ctrl(
		    ctx, EVP_CTRL_AEAD_SET_TAG, s->encr->icv_len, NULL) == 1) &&
	    EVP_CipherInit_ex2(ctx, NULL, s->ekey, NULL, enc, NULL) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static void
set_functions(struct aead *a, const struct alg *alg)
{
	if ((alg->flags & ALG_CCM) != 0) {
		a->seal = ossl_ccm_seal;
		a->open = ossl_ccm_open;
		a->text = ossl_ccm_text;
	} else if (alg->id == EALG_AES_GMAC) {
		a->seal = ossl_gmac_seal;
		a->open = ossl_gmac_open;
	} else {
		a->seal = ossl_stream_seal;
		a->open = ossl_stream_open;
		a->text = ossl_stream_text;
	}
	a->free = ossl_aead_free;
}

struct aead *
ossl_aead_new(void *st, const struct aead_spec *s)
{
	const EVP_CIPHER *evp;
	struct ossl_aead *a;

	if ((s->encr->flags & ALG_COMBINED) == 0 ||
	    (evp = ossl_cipher_of(st, s->encr, s->ekey_bits)) == NULL ||
	    (a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	set_functions(&a->base, s->encr);
	a->base.info = aead_info_of(s);
	a->salt_len = s->encr->salt_len;
	memcpy(a->salt, s->ekey + s->ekey_bits / 8, a->salt_len);
	a->enc = keyed(evp, s, 1);
	a->dec = keyed(evp, s, 0);
	if (a->enc != NULL && a->dec != NULL)
		return &a->base;
	ERR_clear_error();
	ossl_aead_free(&a->base);
	return NULL;
}
