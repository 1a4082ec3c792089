/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ikerule.h"

#include "ike/ikesa.h"
#include "model/ikeid.h"

static uint64_t
value(const struct ike *ike, const struct ikecfg_rule *r, enum ikecfg_value v)
{
	return ike->cfg != NULL ? ikecfg_value(ike->cfg, r, v)
				: ikeval_row(v)->def;
}

const struct ikecfg_rule *
ikerule_for(const struct ike *ike, const struct ikecfg_rule *after,
    const struct addr *local, const struct addr *remote)
{
	return ike->cfg == NULL
		   ? NULL
		   : ikecfg_match(ike->cfg, after, local, remote, IKECFG_V2);
}

uint32_t
ikerule_retry_init(const struct ike *ike)
{
	return (uint32_t)value(ike, NULL, IKECFG_RETRY_INIT);
}

uint32_t
ikerule_retry_max(const struct ike *ike)
{
	return (uint32_t)value(ike, NULL, IKECFG_RETRY_MAX);
}

unsigned
ikerule_retry_limit(const struct ike *ike)
{
	return (unsigned)value(ike, NULL, IKECFG_RETRY_LIMIT);
}

uint64_t
ikerule_expire(const struct ike *ike)
{
	return value(ike, NULL, IKECFG_EXPIRE_TIMER) * 1000;
}

uint64_t
ikerule_ike_life(const struct ike *ike, const struct ikecfg_rule *r)
{
	return value(ike, r, IKECFG_P1_LIFE) * 1000;
}

uint64_t
ikerule_dpd(const struct ike *ike, const struct ikecfg_rule *r)
{
	return value(ike, r, IKECFG_DPD) * 1000;
}

bool
ikerule_flag(
    const struct ike *ike, const struct ikecfg_rule *r, enum ikecfg_value v)
{
	return value(ike, r, v) != 0;
}

size_t
ikerule_mtu(const struct ike *ike, const struct ikecfg_rule *r)
{
	return (size_t)value(ike, r, IKECFG_MTU);
}

bool
ikerule_esn(const struct ike *ike, const struct ikecfg_rule *r)
{
	return ikerule_flag(ike, r, IKECFG_P2_ESN);
}

/* One p1_xform: a proposal, the longest key first. */
static bool
add_proposal(const struct ike *ike, struct ike2_sa *out,
    const struct ikecfg_xform *x, const uint8_t *spi)
{
	const struct ikealg *encr = ikealg_by_id(IKEALG_ENCR, x->encr);
	const struct ikealg *ke = ikealg_by_id(IKEALG_KE, x->ke);
	const struct ikealg *prf = ikealg_by_id(IKEALG_PRF, x->prf);
	const struct ikealg *integ =
	    x->integ != 0 ? ikealg_by_id(IKEALG_INTEG, x->integ) : NULL;
	const struct crypto *c = ike->env.crypto;
	unsigned n = 0;

	/* CVE-2016-3071: what the library lacks is not proposed */
	if (encr == NULL || ke == NULL || prf == NULL || !ke_usable(c, ke) ||
	    !prf_usable(c, prf) ||
	    !ike2sa_add(out, IKE2_PROTO_IKE, spi, spi != NULL ? 8 : 0))
		return false;
	if (x->key_max == 0 && ikeseal_usable(c, encr, 0, integ))
		n += ike2sa_add_xform(out, IKE2_T_ENCR, x->encr, 0);
	for (unsigned bits = x->key_max; bits >= x->key_min && bits != 0;
	     bits -= 8)
		if (bits % 64 == 0 && ikeseal_usable(c, encr, bits, integ))
			n += ike2sa_add_xform(
			    out, IKE2_T_ENCR, x->encr, (uint16_t)bits);
	return n != 0 &&
	       (x->integ == 0 ||
		   ike2sa_add_xform(out, IKE2_T_INTEG, x->integ, 0)) &&
	       ike2sa_add_xform(out, IKE2_T_PRF, x->prf, 0) &&
	       ike2sa_add_xform(out, IKE2_T_KE, x->ke, 0);
}

bool
ikerule_offer(const struct ike *ike, const struct ikecfg_rule *r,
    const uint8_t *spi, struct ike2_sa *out)
{
	const struct ikecfg_xform *x;
	unsigned n = 0;

	*out = (struct ike2_sa){ 0 };
	if (ike->cfg == NULL)
		return false;
	x = ikecfg_xforms(ike->cfg, r, &n);
	for (unsigned i = 0; i < n; i++) {
		const struct ike2_sa before = *out;

		if (!add_proposal(ike, out, &x[i], spi))
			*out = before;
	}
	return out->n != 0;
}

const struct ikealg *
ikerule_has_group(
    const struct ike *ike, const struct ike2_sa *offer, unsigned group)
{
	for (unsigned i = 0; i < offer->nxf; i++) {
		const struct ikealg *g;

		if (offer->xf[i].type != IKE2_T_KE || offer->xf[i].id != group)
			continue;
		g = ikealg_by_id(IKEALG_KE, group);
		return g != NULL && ke_usable(ike->env.crypto, g) ? g : NULL;
	}
	return NULL;
}

const struct ikealg *
ikerule_group(const struct ike *ike, const struct ike2_sa *offer)
{
	for (unsigned i = 0; i < offer->nxf; i++)
		if (offer->xf[i].type == IKE2_T_KE)
			return ikerule_has_group(ike, offer, offer->xf[i].id);
	return NULL;
}

bool
ikerule_allows(
    const struct ike *ike, const struct ikecfg_rule *r, const struct suite *s)
{
	const struct ikecfg_xform *x;
	unsigned n = 0, integ = s->integ != NULL ? s->integ->id : 0;

	x = ikecfg_xforms(ike->cfg, r, &n);
	for (unsigned i = 0; i < n; i++)
		if (x[i].encr == s->encr->id && x[i].prf == s->prf->id &&
		    x[i].ke == s->ke->id && x[i].integ == integ &&
		    (s->keylen == 0 || (s->keylen >= x[i].key_min &&
					   s->keylen <= x[i].key_max)))
			return true;
	return false;
}

const struct ikealg *
ikerule_pfs(const struct ike *ike, const struct ikecfg_rule *r)
{
	uint64_t v = value(ike, r, IKECFG_P2_PFS);
	const struct ikealg *g =
	    v != 0 ? ikealg_by_id(IKEALG_KE, (unsigned)v) : NULL;

	return g != NULL && ke_usable(ike->env.crypto, g) ? g : NULL;
}

void
ikerule_child_life(const struct ike *ike, const struct ikecfg_rule *r,
    const struct pfkey_ecomb *comb, unsigned n, struct lifetime *soft,
    struct lifetime *hard, struct lifetime *idle)
{
	uint64_t secs = value(ike, r, IKECFG_P2_LIFE);
	uint64_t kb = value(ike, r, IKECFG_P2_KB);

	*soft = *hard = *idle = (struct lifetime){ 0 };
	if (n != 0) {
		*soft = comb[0].soft;
		*hard = comb[0].hard;
	}
	if (secs != 0 && ike->cfg != NULL) {
		hard->addtime = secs;
		soft->addtime =
		    ikecfg_soft(ike->cfg, r, IKECFG_P2_LIFE, IKECFG_P2_SOFT);
	}
	if (kb != 0 && ike->cfg != NULL) {
		hard->bytes = kb * 1024;
		soft->bytes = 1024 * ikecfg_soft(ike->cfg, r, IKECFG_P2_KB,
					 IKECFG_P2_SOFT_KB);
	}
	/* spec: ike 4: as long as the hard limit is no limit */
	if (soft->addtime == hard->addtime)
		soft->addtime = 0;
	idle->usetime = value(ike, r, IKECFG_P2_IDLE);
}

bool
ikerule_takes(
    const struct ikecfg_rule *r, uint8_t type, const uint8_t *p, size_t n)
{
	struct ikeid id;

	return ikeid_set(&id, type, p, n) && ikecfg_takes_id(r, &id);
}

bool
ikerule_own_id(const struct ike *ike, const struct ikecfg_rule *r,
    const struct addr *local, struct blob *out)
{
	struct ikeid id;
	uint8_t b[1 + IKEID_MAX];

	if (ike->cfg == NULL || r == NULL ||
	    !ikecfg_own_id(ike->cfg, r, local, &id))
		return false;
	b[0] = id.type;
	memcpy(b + 1, id.b, id.n);
	return blob_set(out, b, 1u + id.n);
}

bool
ikerule_is_psk(const struct ike *ike, const struct ikecfg_rule *r)
{
	return ike->cfg != NULL &&
	       ikecfg_auths(ike->cfg, r) == 1u << IKECFG_PRESHARED;
}
