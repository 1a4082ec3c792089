/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM and AES-GMAC by direct calls, one packet each: they beat the job
 * interface, and need no manager, so any thread may make them.
 */
#include <emmintrin.h>

#include "base/secret.h"

#include "crypto/be/imb.h"

struct imb_gcm {
	struct aead base; /* or mac, of GMAC for AH */
	struct mac mac;
	aes_gcm_enc_dec_t enc, dec;
	aes_gmac_init_t gmac_init;
	aes_gmac_update_t gmac_update;
	aes_gmac_finalize_t gmac_final;
	_Alignas(16) uint8_t salt[16]; /* 4 bytes, then zeros */
	_Alignas(64) struct gcm_key_data key;
};

static const struct imb_gcm *
self(const struct aead_op *op)
{
	return (const void *)op->key;
}

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
imb_gcm_seal(struct aead_op *op, size_t n)
{
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], buf[12];

	for (struct aead_op *end = op + n; op != end; op++) {
		const struct imb_gcm *g = self(op);
		size_t aad_len;
		const uint8_t *aad = aad_of(op, buf, &aad_len);

		nonce_of(nonce, g, op->iv);
		op->ok = aead_op_fits(op);
		if (op->ok)
			g->enc(&g->key, &ctx, op->out, op->in, op->len, nonce,
			    aad, aad_len, op->icv, g->base.info.icv_len);
	}
}

static void
imb_gcm_open(struct aead_op *op, size_t n)
{
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], buf[12], icv[16];

	for (struct aead_op *end = op + n; op != end; op++) {
		const struct imb_gcm *g = self(op);
		size_t icv_len = g->base.info.icv_len, aad_len;
		const uint8_t *aad = aad_of(op, buf, &aad_len);

		nonce_of(nonce, g, op->iv);
		op->ok = aead_op_fits(op);
		if (!op->ok)
			continue;
		g->dec(&g->key, &ctx, op->out, op->in, op->len, nonce, aad,
		    aad_len, icv, icv_len);
		op->ok = secret_equal(icv, op->icv, icv_len);
	}
}

static bool
imb_gcm_text(const struct aead *a, bool seal, const struct aead_text *t)
{
	const struct imb_gcm *g = (const void *)a;
	SCRATCH struct gcm_context_data ctx;
	uint8_t nonce[16], icv[16];

	nonce_of(nonce, g, t->iv);
	(seal ? g->enc : g->dec)(&g->key, &ctx, t->out, t->in, t->len, nonce,
	    t->aad, t->aad_len, icv, a->info.icv_len);
	if (!seal)
		return secret_equal(icv, t->icv, a->info.icv_len);
	memcpy(t->icv, icv, a->info.icv_len);
	return true;
}

/* RFC 4543 3.3: SPI, sequence number, IV and payload are all authenticated. */
static void
gmac_run(const struct imb_gcm *g, const struct aead_op *op, uint8_t icv[16])
{
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16], head[20];
	size_t n = aead_op_aad(op, head);

	nonce_of(nonce, g, op->iv);
	memcpy(head + n, op->iv, 8);
	g->gmac_init(&g->key, &ctx, nonce, 12);
	g->gmac_update(&g->key, &ctx, head, n + 8);
	if (op->len != 0)
		g->gmac_update(&g->key, &ctx, op->in, op->len);
	g->gmac_final(&g->key, &ctx, icv, 16);
}

static void
gmac_copy(const struct aead_op *op)
{
	if (op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
}

static void
imb_gmac_seal(struct aead_op *op, size_t n)
{
	for (struct aead_op *end = op + n; op != end; op++) {
		op->ok = aead_op_fits(op);
		if (!op->ok)
			continue;
		gmac_run(self(op), op, op->icv);
		gmac_copy(op);
	}
}

static void
imb_gmac_open(struct aead_op *op, size_t n)
{
	uint8_t icv[16];

	for (struct aead_op *end = op + n; op != end; op++) {
		op->ok = aead_op_fits(op);
		if (!op->ok)
			continue;
		gmac_run(self(op), op, icv);
		op->ok = secret_equal(icv, op->icv, sizeof(icv));
		if (op->ok)
			gmac_copy(op);
	}
}

static bool
imb_gmac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	const struct imb_gcm *g =
	    (const void *)((const char *)m - offsetof(struct imb_gcm, mac));
	SCRATCH struct gcm_context_data ctx;
	SCRATCH uint8_t nonce[16];

	nonce_of(nonce, g, iv);
	g->gmac_init(&g->key, &ctx, nonce, 12);
	for (size_t i = 0; i < n; i++)
		if (part[i].n != 0)
			g->gmac_update(&g->key, &ctx, part[i].p, part[i].n);
	g->gmac_final(&g->key, &ctx, icv, 16);
	return true;
}

static void
imb_gcm_free(struct aead *a)
{
	imb_free(a, sizeof(struct imb_gcm));
}

static void
imb_gmac_free(struct mac *m)
{
	imb_free(
	    (char *)m - offsetof(struct imb_gcm, mac), sizeof(struct imb_gcm));
}

static bool
gcm_key(struct imb_gcm *g, const IMB_MGR *m, const uint8_t *key, unsigned bits)
{
	memcpy(g->salt, key + bits / 8, 4);
	switch (bits) {
	case 128:
		m->gcm128_pre(key, &g->key);
		g->enc = m->gcm128_enc;
		g->dec = m->gcm128_dec;
		g->gmac_init = m->gmac128_init;
		g->gmac_update = m->gmac128_update;
		g->gmac_final = m->gmac128_finalize;
		return true;
	case 192:
		m->gcm192_pre(key, &g->key);
		g->enc = m->gcm192_enc;
		g->dec = m->gcm192_dec;
		g->gmac_init = m->gmac192_init;
		g->gmac_update = m->gmac192_update;
		g->gmac_final = m->gmac192_finalize;
		return true;
	case 256:
		m->gcm256_pre(key, &g->key);
		g->enc = m->gcm256_enc;
		g->dec = m->gcm256_dec;
		g->gmac_init = m->gmac256_init;
		g->gmac_update = m->gmac256_update;
		g->gmac_final = m->gmac256_finalize;
		return true;
	default:
		return false;
	}
}

static struct imb_gcm *
gcm_new(const IMB_MGR *mgr, const uint8_t *key, unsigned bits)
{
	struct imb_gcm *g = imb_alloc(sizeof(*g));

	if (g != NULL && !gcm_key(g, mgr, key, bits)) {
		imb_free(g, sizeof(*g));
		return NULL;
	}
	return g;
}

struct aead *
imb_gcm_aead(const IMB_MGR *mgr, const struct aead_spec *s)
{
	struct imb_gcm *g = gcm_new(mgr, s->ekey, s->ekey_bits);

	if (g == NULL)
		return NULL;
	if (s->encr->id == EALG_AES_GMAC) {
		g->base.seal = imb_gmac_seal;
		g->base.open = imb_gmac_open;
	} else {
		g->base.seal = imb_gcm_seal;
		g->base.open = imb_gcm_open;
		g->base.text = imb_gcm_text;
	}
	g->base.free = imb_gcm_free;
	g->base.info = aead_info_of(s);
	return &g->base;
}

struct mac *
imb_gcm_mac(
    const IMB_MGR *mgr, const struct alg *a, const uint8_t *key, unsigned bits)
{
	struct imb_gcm *g = gcm_new(mgr, key, bits);

	if (g == NULL)
		return NULL;
	g->mac.sign = imb_gmac_sign;
	g->mac.free = imb_gmac_free;
	g->mac.info = (struct mac_info){ a->iv_len, a->icv_len };
	return &g->mac;
}
