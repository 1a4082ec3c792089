/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM and AES-GMAC by direct calls, one packet each: they beat the job
 * interface, and need no manager, so any thread may make them.
 */
#include <emmintrin.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/imb.h"

/* A schedule. The library's data are for instructions that want 64. */
struct imb_gcm {
	_Alignas(64) struct gcm_key_data key;
	_Alignas(16) uint8_t salt[16]; /* 4 bytes, then zeros */
};

/* The library's functions for a key length. */
struct gcm_fns {
	unsigned bits;
	aes_gcm_pre_t pre;
	aes_gcm_enc_dec_t enc, dec;
	aes_gmac_init_t gmac_init;
	aes_gmac_update_t gmac_update;
	aes_gmac_finalize_t gmac_final;
};

/*
 * RFC 4106 4, RFC 4543 3.2: the nonce is the salt, then the IV. Written at once:
 * the library reads it at once, and from two stores that would have to wait.
 */
static void
nonce_of(uint8_t nonce[16], const struct imb_gcm *g, const uint8_t *iv)
{
	__m128i v = _mm_loadl_epi64((const void *)iv);

	_mm_storeu_si128(
	    (void *)nonce, _mm_or_si128(_mm_slli_si128(v, 4),
			       _mm_load_si128((const void *)g->salt)));
}

/* As aead_op_aad(), where the caller's header will do. */
static const uint8_t *
aad_of(const struct aead_op *op, uint8_t aad[12], size_t *n)
{
	*n = 8;
	if (!op->esn)
		return op->hdr;
	*n = aead_op_aad(op, aad);
	return aad;
}

static void
imb_gcm_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	const struct gcm_fns *f = w->way.own;
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], buf[12];

	for (size_t i = 0; i < n; i++, op++) {
		const struct imb_gcm *g = x[i];
		size_t aad_len;
		const uint8_t *aad = aad_of(op, buf, &aad_len);

		nonce_of(nonce, g, op->iv);
		op->ok = aead_op_fits(&w->info, op);
		if (op->ok)
			f->enc(&g->key, &ctx, op->out, op->in, op->len, nonce,
			    aad, aad_len, op->icv, w->info.icv_len);
	}
}

static void
imb_gcm_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	const struct gcm_fns *f = w->way.own;
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], buf[12], icv[16];
	size_t icv_len = w->info.icv_len, aad_len;

	for (size_t i = 0; i < n; i++, op++) {
		const struct imb_gcm *g = x[i];
		const uint8_t *aad = aad_of(op, buf, &aad_len);

		nonce_of(nonce, g, op->iv);
		op->ok = aead_op_fits(&w->info, op);
		if (!op->ok)
			continue;
		f->dec(&g->key, &ctx, op->out, op->in, op->len, nonce, aad,
		    aad_len, icv, icv_len);
		op->ok = secret_equal(icv, op->icv, icv_len);
	}
}

static bool
imb_gcm_text(
    const struct aead_way *w, void *x, bool seal, const struct aead_text *t)
{
	const struct gcm_fns *f = w->way.own;
	const struct imb_gcm *g = x;
	SCRATCH struct gcm_context_data ctx;
	uint8_t nonce[16], icv[16];

	nonce_of(nonce, g, t->iv);
	(seal ? f->enc : f->dec)(&g->key, &ctx, t->out, t->in, t->len, nonce,
	    t->aad, t->aad_len, icv, w->info.icv_len);
	if (!seal)
		return secret_equal(icv, t->icv, w->info.icv_len);
	memcpy(t->icv, icv, w->info.icv_len);
	return true;
}

/* RFC 4543 3.3: SPI, sequence number, IV and payload are all authenticated. */
static void
gmac_run(const struct gcm_fns *f, const struct imb_gcm *g,
    const struct aead_op *op, uint8_t icv[16])
{
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], head[20];
	size_t n = aead_op_aad(op, head);

	nonce_of(nonce, g, op->iv);
	memcpy(head + n, op->iv, 8);
	f->gmac_init(&g->key, &ctx, nonce, 12);
	f->gmac_update(&g->key, &ctx, head, n + 8);
	if (op->len != 0)
		f->gmac_update(&g->key, &ctx, op->in, op->len);
	f->gmac_final(&g->key, &ctx, icv, 16);
}

static void
gmac_copy(const struct aead_op *op)
{
	if (op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
}

static void
imb_gmac_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	for (size_t i = 0; i < n; i++, op++) {
		op->ok = aead_op_fits(&w->info, op);
		if (!op->ok)
			continue;
		gmac_run(w->way.own, x[i], op, op->icv);
		gmac_copy(op);
	}
}

static void
imb_gmac_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	uint8_t icv[16];

	for (size_t i = 0; i < n; i++, op++) {
		op->ok = aead_op_fits(&w->info, op);
		if (!op->ok)
			continue;
		gmac_run(w->way.own, x[i], op, icv);
		op->ok = secret_equal(icv, op->icv, sizeof(icv));
		if (op->ok)
			gmac_copy(op);
	}
}

static bool
imb_gmac_sign(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	const struct gcm_fns *f = w->way.own;
	const struct imb_gcm *g = x;
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16];

	nonce_of(nonce, g, iv);
	f->gmac_init(&g->key, &ctx, nonce, 12);
	for (size_t i = 0; i < n; i++)
		if (part[i].n != 0)
			f->gmac_update(&g->key, &ctx, part[i].p, part[i].n);
	f->gmac_final(&g->key, &ctx, icv, 16);
	return true;
}

static void
gcm_expand(const struct way *w, struct imb_gcm *g, const uint8_t *key)
{
	const struct gcm_fns *f = w->own;

	f->pre(key, &g->key);
	memcpy(g->salt, key + f->bits / 8, 4);
}

static bool
imb_gcm_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	gcm_expand(w, x, s->ekey);
	return true;
}

static bool
imb_gmac_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	gcm_expand(w, x, s->akey);
	return true;
}

static void
imb_gcm_drop(struct way *w)
{
	free(w->own);
}

#define FNS(m, b)                                                           \
	{                                                                   \
		b, (m)->gcm##b##_pre, (m)->gcm##b##_enc, (m)->gcm##b##_dec, \
		    (m)->gmac##b##_init, (m)->gmac##b##_update,             \
		    (m)->gmac##b##_finalize                                 \
	}

static bool
gcm_way(struct way *w, const IMB_MGR *m, unsigned bits)
{
	const struct gcm_fns all[] = { FNS(m, 128), FNS(m, 192), FNS(m, 256) };
	struct gcm_fns *own = NULL;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].bits == bits && (own = malloc(sizeof(*own))) != NULL)
			*own = all[i];
	w->own = own;
	w->drop = imb_gcm_drop;
	w->size = sizeof(struct imb_gcm);
	return own != NULL;
}

bool
imb_gcm_aead(const IMB_MGR *mgr, const struct aead_spec *s, struct aead_way *w)
{
	if (!gcm_way(&w->way, mgr, s->ekey_bits))
		return false;
	w->way.expand = imb_gcm_expand;
	w->info = aead_info_of(s);
	if (s->encr->id == EALG_AES_GMAC) {
		w->seal = imb_gmac_seal;
		w->open = imb_gmac_open;
	} else {
		w->seal = imb_gcm_seal;
		w->open = imb_gcm_open;
		w->text = imb_gcm_text;
	}
	return true;
}

bool
imb_gcm_mac(
    const IMB_MGR *mgr, const struct alg *a, unsigned bits, struct mac_way *w)
{
	if (!gcm_way(&w->way, mgr, bits))
		return false;
	w->way.expand = imb_gmac_expand;
	w->sign = imb_gmac_sign;
	w->info = (struct mac_info){ a->iv_len, a->icv_len };
	return true;
}
