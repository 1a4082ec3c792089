/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/polcheck.h"

#include <errno.h>

#include "crypto/algset.h"

/* Where policy may name it (RFC 4543: GMAC for ESP is a cipher's name). */
static uint8_t
uses_of(const struct alg *a)
{
	if (a->table == ALG_ENCR)
		return ACT_ESP;
	return alg_is(a, AALG_AES_GMAC) ? ACT_AH : ACT_AH | ACT_ESPA;
}

/* As a file would have it: algs 2. */
static void
put_keys(struct pfpolicy_sizes *out, const struct alg *a)
{
	if (a->keys == NULL && a->key_incr != 0) {
		*out = (struct pfpolicy_sizes){ 3,
			{ a->key_def, a->key_min, a->key_max } };
		return;
	}
	*out = (struct pfpolicy_sizes){ 1, { a->key_def } };
	for (const uint16_t *k = a->keys;
	     k != NULL && *k != 0 && out->n < PFPOLICY_ALG_SIZES; k++)
		if (*k != a->key_def)
			out->v[out->n++] = *k;
}

void
polcheck_alg(
    struct pfpolicy_alg *out, const struct alg *a, const struct crypto *c)
{
	*out = (struct pfpolicy_alg){ .table = a->table,
		.id = a->id,
		.flags = (uint16_t)(a->flags & ~ALG_VALID),
		.key_min = a->key_min,
		.key_max = a->key_max,
		.key_def = a->key_def,
		.key_incr = a->keys == NULL ? a->key_incr : 0,
		.blocks = { 1, { a->block } } };
	put_keys(&out->keys, a);
	/* algs 2: the others' IV is a block, and their MAC is in that field */
	if ((a->flags & ALG_COUNTER) != 0 ||
	    ((a->flags & ALG_VALID) == 0 && a->iv_len != 0))
		out->params = (struct pfpolicy_sizes){ 3,
			{ a->iv_len, a->icv_len, a->salt_len } };
	memcpy(out->mech, a->mech, strnlen(a->mech, SPD_MECHNAME_MAX - 1));
	if (crypto_usable(c, a)) {
		out->uses = uses_of(a);
		out->flags |= ALG_VALID;
	}
}

/*
 * Policy 7: what was not said is the default key size to the greatest; what was
 * said is cut to what there is. False: nothing is left.
 */
static bool
fit_bits(const struct alg *a, uint16_t *min, uint16_t *max)
{
	if (*max == 0 || *max > a->key_max)
		*max = a->key_max;
	if (*min == 0)
		*min = a->key_def < *max ? a->key_def : *max;
	if (*min < a->key_min)
		*min = a->key_min;
	return *min <= *max && *max >= a->key_min;
}

/* One algorithm of an alternative, for one use. */
static bool
check_alg(const struct crypto *c, uint8_t use, uint8_t id, uint16_t *min,
    uint16_t *max, uint16_t *diag, uint16_t unsupported, uint16_t keysize)
{
	const struct alg *a =
	    algset_by_id(c, use == ACT_ESP ? ALG_ENCR : ALG_AUTH, id);

	*diag = unsupported;
	if (a == NULL || (uses_of(a) & use) == 0 || !crypto_usable(c, a))
		return false;
	*diag = keysize;
	return fit_bits(a, min, max);
}

static bool
check_ipsec(struct action *a, const struct crypto *c, uint16_t *diag)
{
	const struct alg *cipher;

	if ((a->flags & ACT_AH) != 0 &&
	    !check_alg(c, ACT_AH, a->ah_alg, &a->ah_min, &a->ah_max, diag,
		PFPOLICY_DIAG_UNSUPP_AH_ALG, PFPOLICY_DIAG_UNSUPP_AH_KEYSIZE))
		return false;
	if ((a->flags & ACT_ESP) == 0)
		return true;
	if (!check_alg(c, ACT_ESP, a->esp_alg, &a->esp_min, &a->esp_max, diag,
		PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG,
		PFPOLICY_DIAG_UNSUPP_ESP_ENCR_KEYSIZE))
		return false;
	cipher = algset_by_id(c, ALG_ENCR, a->esp_alg);
	if ((a->flags & ACT_ESPA) != 0) {
		*diag = PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG;
		/* policy 7: a combined cipher authenticates by itself */
		return (cipher->flags & ALG_COMBINED) == 0 &&
		       check_alg(c, ACT_ESPA, a->espa_alg, &a->espa_min,
			   &a->espa_max, diag,
			   PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG,
			   PFPOLICY_DIAG_UNSUPP_ESP_AUTH_KEYSIZE);
	}
	/* RFC 4303 3.2, RFC 3686 7: these never without authentication */
	*diag = PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG;
	return (cipher->flags & ALG_COMBINED) != 0 ||
	       (!alg_is(cipher, EALG_NULL) &&
		   (cipher->flags & ALG_COUNTER) == 0);
}

static bool
check_action(struct action *a, const struct rule *r, const struct crypto *c,
    uint16_t *diag)
{
	*diag = PFPOLICY_DIAG_ADD_INCON_FLAGS;
	if (a->type == ACT_DROP)
		return a->flags == 0;
	if (a->type == ACT_PASS)
		return (a->flags & ~ACT_BYPASS) == 0;
	if ((a->flags & ACT_BYPASS) != 0)
		return false;
	/* policy 24: an option of sockets alone, not of a rule */
	if ((a->flags & ACT_SELFENCAP) != 0) {
		*diag = PFPOLICY_DIAG_ADD_BAD_FLAGS;
		return false;
	}
	if ((a->flags & (ACT_AH | ACT_ESP)) == 0 ||
	    ((a->flags & ACT_ESPA) != 0 && (a->flags & ACT_ESP) == 0))
		return false;
	/* policy 26 */
	if (r->tunnel_mode && (a->flags & ACT_UNIQUE) != 0)
		return false;
	if (r->tun[0] != '\0' && !r->tunnel_mode)
		a->flags |= ACT_UNIQUE;
	return check_ipsec(a, c, diag);
}

static bool
is_icmp(const struct sel *s)
{
	return (s->has & SEL_PROTO) != 0 &&
	       (s->proto == IPPROTO_ICMP_ || s->proto == IPPROTO_ICMPV6_);
}

int
polcheck_rule(struct rule *r, const struct crypto *c, uint16_t *diag)
{
	*diag = PFPOLICY_DIAG_INVALID_RULE_INDEX;
	if (r->index != 0)
		return EINVAL;
	/* policy 28.1: a rule of no direction would do nothing, silently */
	*diag = PFPOLICY_DIAG_MALFORMED_RULE;
	if (r->dir == 0 || (r->tunnel_mode && r->tun[0] == '\0'))
		return EINVAL;
	*diag = PFPOLICY_DIAG_MALFORMED_ICMP_TYPECODE;
	if ((r->sel.has & SEL_TYPE) != 0 && !is_icmp(&r->sel))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NO_TUNNEL_SELECTORS;
	if (r->tun[0] != '\0' && !r->tunnel_mode && r->sel.has != 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT;
	if (r->n_actions == 0)
		return EINVAL;
	for (unsigned i = 0; i < r->n_actions; i++)
		if (!check_action(&r->actions[i], r, c, diag))
			return EINVAL;
	*diag = PFPOLICY_DIAG_NONE;
	return 0;
}
