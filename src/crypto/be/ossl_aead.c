/* SPDX-License-Identifier: BSD-2-Clause */
/* Combined algorithms on EVP: GCM, GMAC, CCM, ChaCha20-Poly1305. */
#include <openssl/err.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

struct ossl_aead {
	EVP_CIPHER_CTX *enc, *dec;
	uint8_t salt_len;
	uint8_t salt[4];
};

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

/* One operation at work. */
struct work {
	EVP_CIPHER_CTX *ctx;
	const struct aead_op *op;
	struct aad aad;
	uint8_t icv_len;
	bool seal;
};

static bool
feed_aad(EVP_CIPHER_CTX *ctx, struct aad aad)
{
	return aad.n == 0 || feed(ctx, NULL, aad.p, aad.n);
}

static bool
tag_give(const struct work *k)
{
	return EVP_CIPHER_CTX_ctrl(
		   k->ctx, EVP_CTRL_AEAD_SET_TAG, k->icv_len, k->op->icv) == 1;
}

static bool
tag_take(const struct work *k)
{
	return EVP_CIPHER_CTX_ctrl(
		   k->ctx, EVP_CTRL_AEAD_GET_TAG, k->icv_len, k->op->icv) == 1;
}

/* Of GCM and ChaCha20-Poly1305, after the IV. */
static bool
stream_run(const struct work *k)
{
	const struct aead_op *op = k->op;
	EVP_CIPHER_CTX *ctx = k->ctx;
	uint8_t none[16];
	int n = 0;

	return (k->seal || tag_give(k)) && feed_aad(ctx, k->aad) &&
	       (op->len == 0 || feed(ctx, op->out, op->in, op->len)) &&
	       EVP_CipherFinal_ex(ctx, none, &n) == 1 &&
	       (!k->seal || tag_take(k));
}

/* RFC 4543 3.3: SPI, sequence number, IV and payload are all authenticated. */
static bool
gmac_run(const struct work *k)
{
	const struct aead_op *op = k->op;
	EVP_CIPHER_CTX *ctx = k->ctx;
	uint8_t none[16];
	int n = 0;
	bool ok;

	ok = (k->seal || tag_give(k)) && feed_aad(ctx, k->aad) &&
	     feed(ctx, NULL, op->iv, 8) &&
	     (op->len == 0 || feed(ctx, NULL, op->in, op->len)) &&
	     EVP_CipherFinal_ex(ctx, none, &n) == 1 &&
	     (!k->seal || tag_take(k));
	if (ok && op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
	return ok;
}

/* CCM wants the length first (RFC 3610 2.2) and ends with the only update. */
static bool
ccm_run(const struct work *k)
{
	const struct aead_op *op = k->op;
	EVP_CIPHER_CTX *ctx = k->ctx;
	uint8_t none[16];
	/* NULL would mean something else here */
	uint8_t *out = op->len != 0 ? op->out : none;
	const uint8_t *in = op->len != 0 ? op->in : none;

	return (k->seal || tag_give(k)) && feed(ctx, NULL, NULL, op->len) &&
	       feed_aad(ctx, k->aad) && feed(ctx, out, in, op->len) &&
	       (!k->seal || tag_take(k));
}

typedef bool run_fn(const struct work *k);

static bool
one(const struct aead_way *w, const struct ossl_aead *a, struct work k,
    run_fn *run)
{
	uint8_t nonce[12];

	nonce_of(nonce, a, k.op->iv);
	k.ctx = k.seal ? a->enc : a->dec;
	k.icv_len = w->info.icv_len;
	return aead_op_fits(&w->info, k.op) &&
	       EVP_CipherInit_ex2(k.ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
	       run(&k);
}

/* n operations, each with the ESP header as authenticated data. */
struct ops {
	void *const *x;
	struct aead_op *op;
	size_t n;
};

static void
each(const struct aead_way *w, struct ops o, bool seal, run_fn *run)
{
	uint8_t aad[12] = { 0 };

	for (size_t i = 0; i < o.n; i++) {
		struct work k = { .op = &o.op[i],
			.aad = { aad, aead_op_aad(&o.op[i], aad) },
			.seal = seal };

		o.op[i].ok = one(w, o.x[i], k, run);
	}
}

/* The same with the caller's authenticated data. */
static bool
text(const struct aead_way *w, void *x, struct work k,
    const struct aead_text *t, run_fn *run)
{
	const struct aead_op op = { .iv = t->iv,
		.in = t->in,
		.out = t->out,
		.len = t->len,
		.icv = t->icv };

	k.op = &op;
	k.aad = (struct aad){ t->aad, t->aad_len };
	return t->aad_len <= AEAD_PACKET_MAX && one(w, x, k, run);
}

static bool
ossl_stream_text(
    const struct aead_way *w, void *x, bool seal, const struct aead_text *t)
{
	return text(w, x, (struct work){ .seal = seal }, t, stream_run);
}

static bool
ossl_ccm_text(
    const struct aead_way *w, void *x, bool seal, const struct aead_text *t)
{
	return text(w, x, (struct work){ .seal = seal }, t, ccm_run);
}

static void
ossl_stream_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, true, stream_run);
}

static void
ossl_stream_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, false, stream_run);
}

static void
ossl_gmac_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, true, gmac_run);
}

static void
ossl_gmac_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, false, gmac_run);
}

static void
ossl_ccm_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, true, ccm_run);
}

static void
ossl_ccm_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	each(w, (struct ops){ x, op, n }, false, ccm_run);
}

static void
ossl_aead_release(const struct way *w, void *x)
{
	struct ossl_aead *a = x;

	(void)w;
	EVP_CIPHER_CTX_free(a->enc);
	EVP_CIPHER_CTX_free(a->dec);
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
set_functions(struct aead_way *w, const struct alg *alg)
{
	if ((alg->flags & ALG_CCM) != 0) {
		w->seal = ossl_ccm_seal;
		w->open = ossl_ccm_open;
		w->text = ossl_ccm_text;
	} else if (alg->id == EALG_AES_GMAC) {
		w->seal = ossl_gmac_seal;
		w->open = ossl_gmac_open;
	} else {
		w->seal = ossl_stream_seal;
		w->open = ossl_stream_open;
		w->text = ossl_stream_text;
	}
}

static bool
ossl_aead_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	const EVP_CIPHER *evp = ossl_cipher_of(w->st, s->encr, s->ekey_bits);
	struct ossl_aead *a = x;

	a->salt_len = s->encr->salt_len;
	memcpy(a->salt, s->ekey + s->ekey_bits / 8, a->salt_len);
	a->enc = keyed(evp, s, 1);
	a->dec = keyed(evp, s, 0);
	if (a->enc != NULL && a->dec != NULL)
		return true;
	ERR_clear_error();
	ossl_aead_release(w, x);
	return false;
}

bool
ossl_aead_way(void *st, const struct aead_spec *s, struct aead_way *w)
{
	if ((s->encr->flags & ALG_COMBINED) == 0 ||
	    ossl_cipher_of(st, s->encr, s->ekey_bits) == NULL)
		return false;
	w->way = (struct way){ .expand = ossl_aead_expand,
		.release = ossl_aead_release,
		.size = sizeof(struct ossl_aead),
		.st = st };
	w->info = aead_info_of(s);
	set_functions(w, s->encr);
	return true;
}
