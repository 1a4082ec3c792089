/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keyoffer.h"

#include "crypto/algset.h"

enum { REPLAY_EXTENDED = 32 /* spec: pfkey 11 */ };

static bool
action_wants(const struct action *a, uint8_t satype)
{
	return a->type == ACT_IPSEC &&
	       (a->flags & (satype == SATYPE_AH ? ACT_AH : ACT_ESP)) != 0;
}

bool
keyoffer_wants(const struct rule *r, uint8_t satype)
{
	for (unsigned i = 0; i < r->n_actions; i++)
		if (action_wants(&r->actions[i], satype))
			return true;
	return false;
}

static uint8_t
salt_bits(const struct crypto *c, enum alg_table table, uint8_t id)
{
	const struct alg *a = algset_by_id(c, table, id);

	return (uint8_t)(a != NULL ? a->salt_len * 8 : 0);
}

/* A limit that policy leaves open (0) is the algorithm's. */
static void
set_bits(const struct crypto *c, uint16_t *min, uint16_t *max,
    enum alg_table table, uint8_t id, uint16_t want_min, uint16_t want_max)
{
	const struct alg *a = algset_by_id(c, table, id);

	*min = want_min != 0 || a == NULL ? want_min : a->key_min;
	*max = want_max != 0 || a == NULL ? want_max : a->key_max;
}

static bool
has_alg(const struct crypto *c, enum alg_table table, uint8_t id)
{
	const struct alg *a = algset_by_id(c, table, id);

	return id == 0 || (a != NULL && crypto_usable(c, a));
}

/*
 * Could an SA for it be added? Policy keeps the names of algorithms that were
 * taken out of the table later; nobody is to negotiate those.
 */
static bool
is_possible(const struct crypto *c, const struct action *a)
{
	return ((a->flags & ACT_AH) == 0 || has_alg(c, ALG_AUTH, a->ah_alg)) &&
	       ((a->flags & ACT_ESP) == 0 ||
		   has_alg(c, ALG_ENCR, a->esp_alg)) &&
	       ((a->flags & ACT_ESPA) == 0 ||
		   has_alg(c, ALG_AUTH, a->espa_alg));
}

static struct pfkey_comb
comb_of(const struct crypto *k, const struct action *a, uint8_t satype,
    const struct sadb_tune *tune)
{
	struct pfkey_comb c = { .soft = tune->soft, .hard = tune->hard };

	if (satype == SATYPE_AH) {
		c.auth = a->ah_alg;
		set_bits(k, &c.auth_min, &c.auth_max, ALG_AUTH, a->ah_alg,
		    a->ah_min, a->ah_max);
		return c;
	}
	c.auth = a->espa_alg;
	c.encr = a->esp_alg != 0 ? a->esp_alg : EALG_NULL;
	c.salt_bits = salt_bits(k, ALG_ENCR, c.encr);
	/* spec: pfkey 11: both 0 when that kind is unused */
	if (a->espa_alg != 0)
		set_bits(k, &c.auth_min, &c.auth_max, ALG_AUTH, a->espa_alg,
		    a->espa_min, a->espa_max);
	if (a->esp_alg != 0)
		set_bits(k, &c.encr_min, &c.encr_max, ALG_ENCR, a->esp_alg,
		    a->esp_min, a->esp_max);
	return c;
}

static bool
has_comb(const struct pfkey_msg *m, const struct pfkey_comb *c)
{
	for (unsigned i = 0; i < m->n_combs; i++) {
		const struct pfkey_comb *o = &m->comb[i];

		if (o->auth == c->auth && o->encr == c->encr &&
		    o->auth_min == c->auth_min && o->auth_max == c->auth_max &&
		    o->encr_min == c->encr_min && o->encr_max == c->encr_max)
			return true;
	}
	return false;
}

void
keyoffer_regular(struct pfkey_msg *m, const struct crypto *k,
    const struct rule *r, uint8_t satype, const struct sadb_tune *tune)
{
	m->has |= UINT64_C(1) << PFKEY_EXT_PROPOSAL;
	/* the field has 8 bits (spec: sa 21) */
	m->prop_replay =
	    (uint8_t)(tune->replay_size < 255 ? tune->replay_size : 255);
	m->n_combs = 0;
	for (unsigned i = 0; i < r->n_actions && m->n_combs < PFKEY_MAX_COMBS;
	     i++) {
		struct pfkey_comb c;

		if (!action_wants(&r->actions[i], satype) ||
		    !is_possible(k, &r->actions[i]))
			continue;
		c = comb_of(k, &r->actions[i], satype, tune);
		if (!has_comb(m, &c))
			m->comb[m->n_combs++] = c;
	}
}

static void
add_desc(const struct crypto *k, struct pfkey_ecomb *c, uint8_t satype,
    enum alg_table table, uint8_t alg, uint16_t min, uint16_t max)
{
	struct pfkey_desc *d = &c->desc[c->n++];

	d->satype = satype;
	d->type = table == ALG_AUTH ? PFKEY_ALGTYPE_AUTH : PFKEY_ALGTYPE_CRYPT;
	d->alg = alg;
	d->salt_bits = salt_bits(k, table, alg);
	set_bits(k, &d->min, &d->max, table, alg, min, max);
}

void
keyoffer_extended(struct pfkey_msg *m, const struct crypto *k,
    const struct rule *r, const struct sadb_tune *esp,
    const struct sadb_tune *ah)
{
	m->has |= UINT64_C(1) << PFKEY_EXT_EPROP;
	m->eprop_replay = REPLAY_EXTENDED;
	m->n_ecombs = 0;
	for (unsigned i = 0; i < r->n_actions && m->n_ecombs < PFKEY_MAX_COMBS;
	     i++) {
		const struct action *a = &r->actions[i];
		const struct sadb_tune *tune;
		struct pfkey_ecomb *c;

		if ((!action_wants(a, SATYPE_AH) &&
			!action_wants(a, SATYPE_ESP)) ||
		    !is_possible(k, a))
			continue;
		c = &m->ecomb[m->n_ecombs++];
		tune = action_wants(a, SATYPE_ESP) ? esp : ah;
		*c = (struct pfkey_ecomb){ .soft = tune->soft,
			.hard = tune->hard };
		/* the order is the interface's (spec: pfkey 11) */
		if (action_wants(a, SATYPE_AH))
			add_desc(k, c, SATYPE_AH, ALG_AUTH, a->ah_alg,
			    a->ah_min, a->ah_max);
		if (!action_wants(a, SATYPE_ESP))
			continue;
		if (a->espa_alg != 0)
			add_desc(k, c, SATYPE_ESP, ALG_AUTH, a->espa_alg,
			    a->espa_min, a->espa_max);
		if (a->esp_alg != 0)
			add_desc(k, c, SATYPE_ESP, ALG_ENCR, a->esp_alg,
			    a->esp_min, a->esp_max);
	}
}

static bool
offers(const struct crypto *c, const struct alg *a, uint8_t satype)
{
	if (satype == SATYPE_AH && a->table != ALG_AUTH)
		return false;
	/* RFC 4543: ESP with GMAC is an encryption transform of its own */
	if (satype == SATYPE_ESP && a->table == ALG_AUTH &&
	    alg_is(a, AALG_AES_GMAC))
		return false;
	return crypto_usable(c, a);
}

void
keyoffer_supported(struct pfkey_msg *m, const struct crypto *c, uint8_t satype)
{
	const struct alg *a;

	m->has |= UINT64_C(1) << PFKEY_EXT_SUPPORTED_AUTH;
	if (satype == SATYPE_ESP)
		m->has |= UINT64_C(1) << PFKEY_EXT_SUPPORTED_ENCRYPT;
	for (size_t i = 0; (a = algset_row(c, i)) != NULL; i++) {
		struct pfkey_algs *l =
		    a->table == ALG_AUTH ? &m->sauth : &m->sencr;

		if (!offers(c, a, satype) || l->n == PFKEY_MAX_ALGS)
			continue;
		l->alg[l->n++] = (struct pfkey_supported){ .id = a->id,
			.ivlen = a->table == ALG_AUTH ? 0 : a->iv_len,
			.incr =
			    (uint8_t)(a->key_incr < 255 ? a->key_incr : 255),
			.salt_bits = (uint8_t)(a->salt_len * 8),
			.min = a->key_min,
			.max = a->key_max };
	}
}
