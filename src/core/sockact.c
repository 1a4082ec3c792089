/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sockact.h"

#include <errno.h>

#include "core/polcheck.h"

enum { ALL = SOCKREQ_NEVER | SOCKREQ_REQUIRED | SOCKREQ_UNIQUE };

static bool
is_sane(uint32_t pref)
{
	if ((pref & ~(uint32_t)ALL) != 0)
		return false;
	if ((pref & SOCKREQ_NEVER) != 0)
		return pref == SOCKREQ_NEVER;
	/* it says of what is required that it is to be one's own */
	return (pref & SOCKREQ_UNIQUE) == 0 || (pref & SOCKREQ_REQUIRED) != 0;
}

/* Policy 25, the table, in its order. */
static int
check(const struct sockreq_want *w, bool privileged)
{
	uint32_t all = w->ah | w->esp | w->selfencap;

	if (!is_sane(w->ah) || !is_sane(w->esp) || !is_sane(w->selfencap))
		return EINVAL;
	if ((w->selfencap & SOCKREQ_REQUIRED) != 0 &&
	    ((w->ah | w->esp) & SOCKREQ_REQUIRED) == 0)
		return EINVAL;
	return (all & SOCKREQ_NEVER) != 0 && !privileged ? EPERM : 0;
}

/* The algorithms of one use, one after the other; the list ends with NULL. */
struct list {
	const struct alg *one; /* of the request, or NULL: any */
	uint8_t use;	       /* ACT_AH, ACT_ESP, ACT_ESPA; 0: not wanted */
	uint16_t min;	       /* bits */
};

/*
 * What only old peers need, and ESP that encrypts nothing, is for those who name
 * it: nobody would warn a program that says "any".
 */
static bool
is_sound(const struct alg *a)
{
	return (a->flags & ALG_LEGACY) == 0 &&
	       (a->table != ALG_ENCR ||
		   (a->id != EALG_NULL && a->id != EALG_AES_GMAC));
}

/* The i-th row that is offered for this use, from i on; NULL past the end. */
static const struct alg *
next(const struct list *l, const struct crypto *c, size_t *i)
{
	const struct alg *row;
	struct pfpolicy_alg p;

	if (l->one != NULL)
		return (*i)++ == 0 ? l->one : NULL;
	while ((row = alg_row((*i)++)) != NULL) {
		polcheck_alg(&p, row, c);
		if ((p.uses & l->use) != 0 && is_sound(row) &&
		    row->key_max >= l->min)
			return row;
	}
	return NULL;
}

/* One alternative, when polcheck finds it good. False: no memory. */
static bool
offer(struct rule *r, struct action a, const struct crypto *c)
{
	struct rule probe = {
		.dir = RULE_BOTH, .priority = 1, .n_actions = 1, .actions = &a
	};
	uint8_t self = a.flags & ACT_SELFENCAP;
	uint16_t diag;

	a.flags &= (uint8_t)~ACT_SELFENCAP;
	if (polcheck_rule(&probe, c, &diag) != 0)
		return true;
	a.flags |= self;
	/* the least preferred beyond what a rule holds are left out */
	return r->n_actions == RULE_MAX_ACTIONS || rule_add_action(r, &a);
}

struct wanted {
	struct list ah, esp, espa;
	uint8_t flags; /* ACT_UNIQUE, ACT_SELFENCAP */
};

/* The inner loop: ESP's authentication with this AH and this cipher. */
static bool
offer_auth(struct rule *r, struct action a, const struct wanted *w,
    const struct alg *cipher, const struct crypto *c)
{
	const struct alg *espa;

	if (w->espa.use == 0 ||
	    (cipher != NULL && (cipher->flags & ALG_COMBINED) != 0)) {
		/* a named one cannot be done beside a combined cipher */
		return w->espa.one != NULL || offer(r, a, c);
	}
	for (size_t i = 0; (espa = next(&w->espa, c, &i)) != NULL;) {
		a.flags |= ACT_ESPA;
		a.espa_alg = espa->id;
		a.espa_min = w->espa.min;
		if (!offer(r, a, c))
			return false;
	}
	return true;
}

/* Policy 11: ciphers, then AH, then ESP's authentication. */
static bool
expand(struct rule *r, const struct wanted *w, const struct crypto *c)
{
	const struct alg *cipher = NULL, *ah = NULL;

	for (size_t i = 0; w->esp.use == 0
			       ? i == 0
			       : (cipher = next(&w->esp, c, &i)) != NULL;) {
		struct action a = { .type = ACT_IPSEC, .flags = w->flags };

		if (cipher == NULL) {
			i = 1;
		} else {
			a.flags |= ACT_ESP;
			a.esp_alg = cipher->id;
			a.esp_min = w->esp.min;
		}
		for (size_t k = 0; w->ah.use == 0
				       ? k == 0
				       : (ah = next(&w->ah, c, &k)) != NULL;) {
			if (ah == NULL) {
				k = 1;
			} else {
				a.flags |= ACT_AH;
				a.ah_alg = ah->id;
				a.ah_min = w->ah.min;
			}
			if (!offer_auth(r, a, w, cipher, c))
				return false;
		}
	}
	return true;
}

/* False: an algorithm that is not known. */
static bool
named(struct list *l, enum alg_table table, uint8_t use, uint8_t id,
    uint8_t any, uint16_t min)
{
	*l = (struct list){ .use = use, .min = min };
	if (id != any)
		l->one = alg_by_id(table, id);
	return id == any || l->one != NULL;
}

int
sockact_read(struct rule *r, enum sockact_kind *kind,
    const struct sockreq_want *w, const struct crypto *c, bool privileged)
{
	struct wanted l = { 0 };
	int err = check(w, privileged);
	bool ok = true;

	*r = (struct rule){ .dir = RULE_BOTH };
	*kind = SOCKACT_RESET;
	if (err != 0 || (w->ah | w->esp | w->selfencap) == 0)
		return err;
	if (((w->ah | w->esp) & SOCKREQ_REQUIRED) == 0) {
		*kind = (w->ah & w->esp & SOCKREQ_NEVER) != 0 ? SOCKACT_BYPASS
							      : SOCKACT_NONE;
		return 0;
	}
	*kind = SOCKACT_IPSEC;
	if ((w->ah & SOCKREQ_REQUIRED) != 0)
		ok = named(&l.ah, ALG_AUTH, ACT_AH, w->ah_alg, 0, w->ah_min);
	if ((w->esp & SOCKREQ_REQUIRED) != 0) {
		ok = named(&l.esp, ALG_ENCR, ACT_ESP, w->esp_alg, 0,
			 w->esp_min) &&
		     ok;
		if (w->espa_alg != 0)
			ok = named(&l.espa, ALG_AUTH, ACT_ESPA, w->espa_alg,
				 SOCKREQ_ANY_AUTH, w->espa_min) &&
			     ok;
	}
	if (!ok)
		return EINVAL;
	if (((w->ah | w->esp) & SOCKREQ_UNIQUE) != 0)
		l.flags |= ACT_UNIQUE;
	if ((w->selfencap & SOCKREQ_REQUIRED) != 0)
		l.flags |= ACT_SELFENCAP;
	if (!expand(r, &l, c)) {
		rule_fini(r);
		return ENOMEM;
	}
	return r->n_actions != 0 ? 0 : EINVAL;
}

void
sockact_show(struct sockreq_want *w, const struct action *a)
{
	uint32_t need = SOCKREQ_REQUIRED;

	*w = (struct sockreq_want){ 0 };
	if (a->type == ACT_PASS)
		w->ah = w->esp = SOCKREQ_NEVER;
	if (a->type != ACT_IPSEC)
		return;
	if ((a->flags & ACT_UNIQUE) != 0)
		need |= SOCKREQ_UNIQUE;
	if ((a->flags & ACT_AH) != 0) {
		w->ah = need;
		w->ah_alg = a->ah_alg;
		w->ah_min = a->ah_min;
	}
	if ((a->flags & ACT_ESP) != 0) {
		w->esp = need;
		w->esp_alg = a->esp_alg;
		w->esp_min = a->esp_min;
	}
	if ((a->flags & ACT_ESPA) != 0) {
		w->espa_alg = a->espa_alg;
		w->espa_min = a->espa_min;
	}
	if ((a->flags & ACT_SELFENCAP) != 0)
		w->selfencap = SOCKREQ_REQUIRED;
}
