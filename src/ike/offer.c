/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/offer.h"

#include "model/alg.h"
#include "model/saspec.h"
#include "wire/ike2num.h"

static const struct pfkey_desc *
find(const struct pfkey_ecomb *c, uint8_t satype, uint8_t type)
{
	for (unsigned i = 0; i < c->n && i < PFKEY_MAX_DESCS; i++)
		if (c->desc[i].satype == satype && c->desc[i].type == type)
			return &c->desc[i];
	return NULL;
}

bool
offer_has(uint8_t satype, const struct pfkey_ecomb *comb, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (find(&comb[i], satype, PFKEY_ALGTYPE_AUTH) != NULL ||
		    find(&comb[i], satype, PFKEY_ALGTYPE_CRYPT) != NULL)
			return true;
	return false;
}

/* The transforms of one algorithm; the longest key first. */
static bool
add_encr(struct ike2_sa *out, const struct pfkey_desc *d)
{
	const struct ikealg *a = ikealg_by_alg(IKEALG_ENCR, d->alg, d->max);
	bool any = false;

	if (a == NULL)
		return false;
	if ((a->flags & IKEALG_KEYLEN) == 0)
		return ike2sa_add_xform(out, IKE2_T_ENCR, a->id, 0);
	for (unsigned bits = a->key_max; bits >= a->key_min && bits != 0;
	     bits -= 8)
		if (bits % 64 == 0 && bits >= d->min && bits <= d->max &&
		    ikealg_keylen_ok(a, bits))
			any |= ike2sa_add_xform(
			    out, IKE2_T_ENCR, a->id, (uint16_t)bits);
	return any;
}

static bool
add_integ(struct ike2_sa *out, const struct pfkey_desc *d)
{
	bool any = false;

	if (d->alg != AALG_AES_GMAC) {
		const struct ikealg *a =
		    ikealg_by_alg(IKEALG_INTEG, d->alg, d->max);

		return a != NULL &&
		       ike2sa_add_xform(out, IKE2_T_INTEG, a->id, 0);
	}
	/* RFC 4543: a transform for each length of key */
	for (unsigned bits = 256; bits >= 128; bits -= 64) {
		const struct ikealg *a =
		    ikealg_by_alg(IKEALG_INTEG, d->alg, bits);

		if (a != NULL && bits >= d->min && bits <= d->max)
			any |= ike2sa_add_xform(out, IKE2_T_INTEG, a->id, 0);
	}
	return any;
}

static bool
is_combined(const struct pfkey_desc *d)
{
	const struct ikealg *a = ikealg_by_alg(IKEALG_ENCR, d->alg, d->max);

	return a != NULL && (a->flags & IKEALG_COMBINED) != 0;
}

static bool
add_algs(struct ike2_sa *out, uint8_t satype, const struct pfkey_ecomb *c)
{
	const struct pfkey_desc *auth = find(c, satype, PFKEY_ALGTYPE_AUTH);
	const struct pfkey_desc *encr = find(c, satype, PFKEY_ALGTYPE_CRYPT);

	if (satype == SATYPE_AH)
		return auth != NULL && add_integ(out, auth);
	if (encr == NULL) {
		/* spec: pfkey 11: absent means NULL, which wants integrity */
		return auth != NULL &&
		       ike2sa_add_xform(out, IKE2_T_ENCR, IKE_ENCR_NULL, 0) &&
		       add_integ(out, auth);
	}
	if (!add_encr(out, encr))
		return false;
	/* RFC 7296 3.3: a combined cipher comes without integrity */
	if (is_combined(encr))
		return true;
	if (auth != NULL)
		return add_integ(out, auth);
	return ike2sa_add_xform(out, IKE2_T_INTEG, IKE_INTEG_NONE, 0);
}

bool
offer_write(struct ike2_sa *out, uint8_t satype, const struct pfkey_ecomb *comb,
    unsigned n, const uint8_t spi[4], const struct ikealg *ke, bool esn)
{
	uint8_t proto = satype == SATYPE_AH ? IKE2_PROTO_AH : IKE2_PROTO_ESP;

	*out = (struct ike2_sa){ 0 };
	for (unsigned i = 0; i < n; i++) {
		const struct ike2_sa before = *out;

		if (!offer_has(satype, &comb[i], 1))
			continue;
		if (!ike2sa_add(out, proto, spi, 4))
			break; /* so many are enough */
		if (!add_algs(out, satype, &comb[i]) ||
		    (ke != NULL &&
			!ike2sa_add_xform(out, IKE2_T_KE, ke->id, 0)) ||
		    (esn &&
			!ike2sa_add_xform(out, IKE2_T_ESN, IKE_ESN_YES, 0)) ||
		    !ike2sa_add_xform(out, IKE2_T_ESN, IKE_ESN_NO, 0))
			*out = before;
	}
	return out->n != 0;
}

static bool
take_xform(struct offer_algs *out, const struct ike2_xform *x)
{
	const struct ikealg *a = ikealg_by_id(x->type, x->id);

	/* "none" of integrity or key exchange */
	if (x->id == 0 && (x->type == IKE2_T_INTEG || x->type == IKE2_T_KE))
		return true;
	if (a == NULL)
		return false;
	switch (x->type) {
	case IKE2_T_ENCR:
		if (!ikealg_keylen_ok(a, x->keybits))
			return false;
		out->encr = a->alg;
		out->ebits = (uint16_t)(ikealg_keymat(a, x->keybits) * 8);
		out->esalt = (uint16_t)(a->salt * 8);
		return true;
	case IKE2_T_INTEG:
		out->auth = a->alg;
		out->abits = (uint16_t)(a->bits + a->salt * 8);
		out->asalt = (uint16_t)(a->salt * 8); /* RFC 4543 5.3 */
		return true;
	case IKE2_T_KE:
		out->ke = x->id;
		return true;
	case IKE2_T_ESN:
		out->esn = x->id == IKE_ESN_YES;
		return true;
	default:
		return false;
	}
}

bool
offer_read(struct offer_algs *out, const struct propose *p)
{
	*out = (struct offer_algs){ 0 };
	for (unsigned t = 1; t <= IKE2_T_ESN; t++)
		if ((p->has & 1u << t) != 0 && !take_xform(out, &p->xf[t]))
			return false;
	if (p->proto == IKE2_PROTO_AH)
		return out->encr == 0 && out->auth != 0;
	return p->proto == IKE2_PROTO_ESP && out->encr != 0;
}
