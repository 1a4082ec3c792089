/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/ikeseal.h"

#include "crypto/way.h"

/* One message on its way, of which all pieces are known. */
struct piece {
	uint8_t *iv, *ct, *icv; /* in the message, when sealing */
	const uint8_t *msg;	/* its begin */
	size_t aad, len;	/* len: of the ciphertext */
};

static const struct alg *
encr_row(const struct ikealg *encr)
{
	return alg_by_id(ALG_ENCR, encr->alg);
}

static bool
is_none(const struct ikealg *integ)
{
	return integ == NULL || integ->id == IKE_INTEG_NONE;
}

static bool
for_ike(const struct ikealg *a, unsigned type)
{
	return a != NULL && a->type == type && a->status != IKEALG_NEVER &&
	       (a->flags & IKEALG_FOR_IKE) != 0;
}

bool
ikeseal_usable(const struct crypto *c, const struct ikealg *encr,
    unsigned keylen, const struct ikealg *integ)
{
	const struct alg *e, *a;

	if (!for_ike(encr, IKEALG_ENCR) || !ikealg_keylen_ok(encr, keylen))
		return false;
	e = encr_row(encr);
	if (e == NULL || !crypto_usable(c, e))
		return false;
	/* RFC 7296 3.3: the one with NONE or without, the other never */
	if ((encr->flags & IKEALG_COMBINED) != 0)
		return is_none(integ);
	if (is_none(integ) || !for_ike(integ, IKEALG_INTEG))
		return false;
	a = alg_by_id(ALG_AUTH, integ->alg);
	return a != NULL && crypto_usable(c, a);
}

bool
ikeseal_init(struct ikeseal *s, const struct crypto *c,
    const struct ikealg *encr, unsigned keylen, const struct ikealg *integ,
    const uint8_t *sk_e, const uint8_t *sk_a)
{
	memset(s, 0, sizeof(*s));
	if (!ikeseal_usable(c, encr, keylen, integ))
		return false;
	s->crypto = c;
	s->encr = encr;
	s->integ = is_none(integ) ? NULL : integ;
	s->bits = (uint16_t)ikealg_keybits(encr, keylen);
	if (secret_set(
		&s->ekey, sk_e, (unsigned)ikealg_keymat(encr, keylen) * 8) &&
	    (s->integ == NULL || secret_set(&s->akey, sk_a, integ->bits)))
		return true;
	ikeseal_fini(s);
	return false;
}

void
ikeseal_fini(struct ikeseal *s)
{
	secret_wipe(s, sizeof(*s));
}

/* --- sizes --- */

static size_t
icv_len(const struct ikeseal *s)
{
	return s->integ != NULL ? s->integ->len : encr_row(s->encr)->icv_len;
}

/*
 * RFC 7296 3.14: text, padding and Pad Length fill whole blocks; there is nothing
 * to fill for a stream (RFC 5282 3, RFC 5930 2.3).
 */
static size_t
padded(const struct ikeseal *s, size_t n)
{
	size_t block = encr_row(s->encr)->align;

	return (n + block) / block * block;
}

size_t
ikeseal_size(const struct ikeseal *s, size_t n)
{
	return encr_row(s->encr)->iv_len + padded(s, n) + icv_len(s);
}

size_t
ikeseal_fits(const struct ikeseal *s, size_t room)
{
	size_t block = encr_row(s->encr)->align;
	size_t rest = encr_row(s->encr)->iv_len + icv_len(s);

	if (room < rest + block)
		return SIZE_MAX;
	return (room - rest) / block * block - 1;
}

/* --- combined algorithms --- */

static bool
combined(const struct ikeseal *s, bool seal, const struct piece *p,
    const uint8_t *in, uint8_t *out)
{
	const struct aead_spec spec = { .encr = encr_row(s->encr),
		.ekey = s->ekey.b,
		.ekey_bits = s->bits };
	/* RFC 5282 5.1: all up to the IV */
	const struct aead_text t = { .iv = p->iv,
		.aad = p->msg,
		.aad_len = p->aad,
		.in = in,
		.out = out,
		.len = p->len,
		.icv = p->icv };
	struct aead_way w = { 0 };
	_Alignas(64) SCRATCH uint8_t x[WAY_SIZE];
	bool ok = false;

	if (!crypto_text(s->crypto, &spec, &w))
		return false;
	if (way_fill(&w.way, x, &spec)) {
		ok = w.text(&w, x, seal, &t);
		way_clear(&w.way, x);
	}
	way_drop(&w.way);
	return ok;
}

/* --- cipher and MAC --- */

static bool
crypt(const struct ikeseal *s, bool enc, const struct piece *p,
    const uint8_t *in, uint8_t *out)
{
	const struct aead_spec spec = { .encr = encr_row(s->encr),
		.ekey = s->ekey.b,
		.ekey_bits = s->bits };
	struct cipher_way w = { 0 };
	_Alignas(64) SCRATCH uint8_t x[WAY_SIZE];
	bool ok = false;

	if (!crypto_cipher(s->crypto, spec.encr, s->bits, &w))
		return false;
	if (way_fill(&w.way, x, &spec)) {
		ok = w.crypt(&w, x, enc, p->iv, in, out, p->len);
		way_clear(&w.way, x);
	}
	way_drop(&w.way);
	return ok;
}

/* RFC 7296 3.14: over all of the message but the ICV. */
static bool
sign(const struct ikeseal *s, const struct piece *p, uint8_t *icv)
{
	const struct aead_spec spec = { .integ =
					    alg_by_id(ALG_AUTH, s->integ->alg),
		.akey = s->akey.b,
		.akey_bits = s->integ->bits };
	const struct mac_part part = { p->msg, (size_t)(p->icv - p->msg) };
	struct mac_way w = { 0 };
	_Alignas(64) SCRATCH uint8_t x[WAY_SIZE];
	bool ok = false;

	if (!crypto_mac(s->crypto, spec.integ, spec.akey_bits, &w))
		return false;
	if (way_fill(&w.way, x, &spec)) {
		ok = w.sign(&w, x, icv, NULL, &part, 1);
		way_clear(&w.way, x);
	}
	way_drop(&w.way);
	return ok;
}

/* --- both --- */

static bool
make_iv(struct ikeseal *s, const struct rng *rng, uint8_t *iv)
{
	const struct alg *e = encr_row(s->encr);

	if ((e->flags & ALG_COUNTER) == 0)
		return rng->fill(rng->ctx, iv, e->iv_len);
	/* RFC 5282 4, RFC 5930 2.2, RFC 7634 3: never twice under one key */
	if (s->next_iv == UINT64_MAX)
		return false;
	for (unsigned i = 0; i < 8; i++)
		iv[i] = (uint8_t)(s->next_iv >> (56 - 8 * i));
	s->next_iv++;
	return true;
}

bool
ikeseal_seal(struct ikeseal *s, const struct rng *rng, uint8_t *msg, size_t aad,
    const uint8_t *text, size_t n)
{
	struct piece p = { .msg = msg, .aad = aad };
	size_t pad;

	if (s->encr == NULL || aad > AEAD_PACKET_MAX || n > AEAD_PACKET_MAX ||
	    aad + ikeseal_size(s, n) > AEAD_PACKET_MAX)
		return false;
	p.len = padded(s, n);
	p.iv = msg + aad;
	p.ct = p.iv + encr_row(s->encr)->iv_len;
	p.icv = p.ct + p.len;
	pad = p.len - n - 1;
	if (!make_iv(s, rng, p.iv))
		return false;
	if (n != 0)
		memcpy(p.ct, text, n);
	memset(p.ct + n, 0, pad);
	p.ct[p.len - 1] = (uint8_t)pad;
	if (s->integ == NULL)
		return combined(s, true, &p, p.ct, p.ct);
	return crypt(s, true, &p, p.ct, p.ct) && sign(s, &p, p.icv);
}

/* Integrity first, then decryption. */
static bool
open_piece(const struct ikeseal *s, const struct piece *p, uint8_t *out)
{
	uint8_t want[64];

	if (s->integ == NULL)
		return combined(s, false, p, p->ct, out);
	return sign(s, p, want) && secret_equal(want, p->icv, s->integ->len) &&
	       crypt(s, false, p, p->ct, out);
}

bool
ikeseal_open(const struct ikeseal *s, const uint8_t *msg, size_t aad,
    size_t len, uint8_t *out, size_t *n)
{
	/* only read from: the type serves both directions */
	struct piece p = { .msg = msg, .aad = aad };
	const struct alg *e;
	bool ok;

	*n = 0;
	if (s->encr == NULL || len > AEAD_PACKET_MAX || aad > len)
		return false;
	e = encr_row(s->encr);
	if (len - aad < ikeseal_size(s, 0))
		return false;
	p.len = len - aad - e->iv_len - icv_len(s);
	p.iv = (uint8_t *)(uintptr_t)msg + aad;
	p.ct = p.iv + e->iv_len;
	p.icv = p.ct + p.len;
	ok = p.len % e->align == 0 && open_piece(s, &p, out) &&
	     /* RFC 7296 3.14: any padding is taken that is in there */
	     out[p.len - 1] < p.len;
	if (ok)
		*n = p.len - 1 - out[p.len - 1];
	else
		secret_wipe(out, len - aad);
	return ok;
}
