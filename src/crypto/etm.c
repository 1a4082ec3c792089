/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/etm.h"

#include <stdlib.h>

#include "base/secret.h"

#include "crypto/way.h"

/* What the way holds. A schedule is the cipher's, then the MAC's. */
struct etm {
	bool has_cipher, has_mac;
	size_t mac_at;
	struct cipher_way cipher;
	struct mac_way mac;
};

static void *
mac_of(const struct etm *e, void *x)
{
	return (uint8_t *)x + e->mac_at;
}

/*
 * RFC 4303 3.3.2.1: the ICV covers SPI, sequence number, IV and ciphertext, and
 * behind them the high half of an extended sequence number (2.2.1).
 */
static bool
etm_sign(const struct aead_way *w, void *x, const struct aead_op *op,
    const uint8_t *ct, uint8_t *icv)
{
	const uint8_t hi[4] = { (uint8_t)(op->seq_hi >> 24),
		(uint8_t)(op->seq_hi >> 16), (uint8_t)(op->seq_hi >> 8),
		(uint8_t)op->seq_hi };
	const struct etm *e = w->way.own;
	size_t iv_len = w->info.iv_len, n = 0;
	struct mac_part part[4];

	part[n++] = (struct mac_part){ op->hdr, 8 };
	/* one piece where the packet has them one behind the other */
	if (iv_len != 0 && op->iv == op->hdr + 8)
		part[0].n += iv_len;
	else if (iv_len != 0)
		part[n++] = (struct mac_part){ op->iv, iv_len };
	if (ct == part[n - 1].p + part[n - 1].n)
		part[n - 1].n += op->len;
	else if (op->len != 0)
		part[n++] = (struct mac_part){ ct, op->len };
	if (op->esn)
		part[n++] = (struct mac_part){ hi, sizeof(hi) };
	return e->mac.sign(&e->mac, mac_of(e, x), icv, NULL, part, n);
}

static bool
etm_crypt(const struct aead_way *w, void *x, const struct aead_op *op, bool enc)
{
	const struct etm *e = w->way.own;

	if (!aead_op_fits(&w->info, op))
		return false;
	if (e->has_cipher)
		return e->cipher.crypt(
		    &e->cipher, x, enc, op->iv, op->in, op->out, op->len);
	/* RFC 2410 2: NULL is the identity */
	if (op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
	return true;
}

static void
etm_seal(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	const struct etm *e = w->way.own;

	for (size_t i = 0; i < n; i++)
		op[i].ok = etm_crypt(w, x[i], &op[i], true) &&
			   (!e->has_mac ||
			       etm_sign(w, x[i], &op[i], op[i].out, op[i].icv));
}

static void
etm_open(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	const struct etm *e = w->way.own;
	SCRATCH uint8_t icv[64];

	/* RFC 4303 3.4.4.1: integrity first, then decryption */
	for (size_t i = 0; i < n; i++)
		op[i].ok =
		    (!e->has_mac ||
			(etm_sign(w, x[i], &op[i], op[i].in, icv) &&
			    secret_equal(icv, op[i].icv, w->info.icv_len))) &&
		    etm_crypt(w, x[i], &op[i], false);
}

static void
etm_release(const struct way *w, void *x)
{
	const struct etm *e = w->own;

	if (e->has_cipher && e->cipher.way.release != NULL)
		e->cipher.way.release(&e->cipher.way, x);
	if (e->has_mac && e->mac.way.release != NULL)
		e->mac.way.release(&e->mac.way, mac_of(e, x));
}

static bool
etm_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	const struct etm *e = w->own;

	if (e->has_cipher && !e->cipher.way.expand(&e->cipher.way, x, s))
		return false;
	if (!e->has_mac || e->mac.way.expand(&e->mac.way, mac_of(e, x), s))
		return true;
	if (e->has_cipher && e->cipher.way.release != NULL)
		e->cipher.way.release(&e->cipher.way, x);
	return false;
}

static void
etm_drop(struct way *w)
{
	struct etm *e = w->own;

	way_drop(&e->cipher.way);
	way_drop(&e->mac.way);
	free(e);
}

bool
etm_join(const struct aead_spec *s, struct cipher_way *c, struct mac_way *m,
    struct aead_way *w)
{
	struct etm *e = calloc(1, sizeof(*e));
	size_t at = c != NULL ? (c->way.size + 63) / 64 * 64 : 0;
	size_t size = at + (m != NULL ? m->way.size : 0);

	if (e == NULL || size > WAY_SIZE) {
		free(e);
		if (c != NULL)
			way_drop(&c->way);
		if (m != NULL)
			way_drop(&m->way);
		return false;
	}
	e->has_cipher = c != NULL;
	e->has_mac = m != NULL;
	e->mac_at = at;
	if (c != NULL)
		e->cipher = *c;
	if (m != NULL)
		e->mac = *m;
	w->way = (struct way){ .expand = etm_expand,
		.release = etm_release,
		.drop = etm_drop,
		.size = size,
		.own = e };
	w->seal = etm_seal;
	w->open = etm_open;
	w->info = aead_info_of(s);
	return true;
}

bool
etm_way(const struct crypto *c, const struct aead_spec *s, struct aead_way *w)
{
	struct cipher_way cipher = { 0 };
	struct mac_way mac = { 0 };
	bool enc = s->encr->id != EALG_NULL;

	if (enc && !crypto_cipher(c, s->encr, s->ekey_bits, &cipher))
		return false;
	if (s->integ != NULL && !crypto_mac(c, s->integ, s->akey_bits, &mac)) {
		way_drop(&cipher.way);
		return false;
	}
	return etm_join(
	    s, enc ? &cipher : NULL, s->integ != NULL ? &mac : NULL, w);
}
