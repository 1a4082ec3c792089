/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/authoct.h"

enum { GENERIC = 4 };

static bool
mac(const struct crypto *c, const struct ikealg *prf, const struct secret *sk_p,
    const struct mac_part *part, size_t n, uint8_t *out)
{
	return prf_sign(
	    c, prf, sk_p->b, secret_bytes(sk_p->bits), part, n, out);
}

size_t
authoct_len(const struct authoct *a)
{
	return a->message.n + a->nonce.n + prf_len(a->prf) + a->intauth.n;
}

bool
authoct_write(struct wr *w, const struct authoct *a)
{
	struct mac_part id = { a->id.p, a->id.n };
	uint8_t maced[PRF_MAX];

	if (!mac(a->crypto, a->prf, a->sk_p, &id, 1, maced))
		return false;
	wr_bytes(w, a->message.p, a->message.n);
	wr_bytes(w, a->nonce.p, a->nonce.n);
	wr_bytes(w, maced, prf_len(a->prf));
	wr_bytes(w, a->intauth.p, a->intauth.n);
	return !w->bad;
}

bool
authoct_int_add(struct authoct_int *c, const struct crypto *crypto,
    const struct ikealg *prf, const struct secret *sk_p, const struct ikehdr *h,
    uint8_t first, struct ike_view text)
{
	uint8_t a[IKEHDR_LEN + GENERIC];
	struct wr w = wr_into(a, sizeof(a));
	struct ikehdr whole = *h;
	struct mac_part p[3] = {
		{ c->mac, c->n > 0 ? prf_len(prf) : 0 },
		{ a, sizeof(a) },
		{ text.n != 0 ? text.p : (const uint8_t *)"", text.n },
	};
	uint8_t out[PRF_MAX];

	if (text.n > UINT16_MAX - GENERIC || c->n == UINT8_MAX)
		return false;
	/*
	 * RFC 9242 3.3.2: the header of the message as it is when it is neither
	 * in fragments nor encrypted; lengths without IV, padding and ICV.
	 */
	whole.next = IKE2_P_SK;
	whole.len = (uint32_t)(sizeof(a) + text.n);
	ikehdr_write(&w, &whole);
	wr_u8(&w, first);
	wr_u8(&w, 0);
	wr_be16(&w, (uint16_t)(GENERIC + text.n));
	if (!mac(crypto, prf, sk_p, p, 3, out))
		return false;
	memcpy(c->mac, out, sizeof(out));
	c->n++;
	return true;
}

size_t
authoct_int_end(uint8_t out[AUTHOCT_INT_MAX], const struct authoct_int *i,
    const struct authoct_int *r, const struct ikealg *prf, uint32_t auth_msgid)
{
	struct wr w = wr_into(out, AUTHOCT_INT_MAX);

	wr_bytes(&w, i->mac, prf_len(prf));
	wr_bytes(&w, r->mac, prf_len(prf));
	wr_be32(&w, auth_msgid);
	return w.len;
}
