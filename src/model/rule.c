/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/rule.h"

#include <stdlib.h>

bool
rule_add_action(struct rule *r, const struct action *a)
{
	unsigned n = r->n_actions;

	if (n == RULE_MAX_ACTIONS)
		return false;
	/* grows at the powers of two; n == 0 is one of them */
	if ((n & (n - 1)) == 0) {
		size_t cap = n == 0 ? 1 : 2 * (size_t)n;
		struct action *p = realloc(r->actions, cap * sizeof(*p));

		if (p == NULL)
			return false;
		r->actions = p;
	}
	r->actions[r->n_actions++] = *a;
	return true;
}

bool
rule_copy(struct rule *dst, const struct rule *src)
{
	*dst = *src;
	dst->actions = NULL;
	dst->n_actions = 0;
	for (unsigned i = 0; i < src->n_actions; i++)
		if (!rule_add_action(dst, &src->actions[i])) {
			rule_fini(dst);
			return false;
		}
	return true;
}

void
rule_fini(struct rule *r)
{
	free(r->actions);
	*r = (struct rule){ 0 };
}

static bool
in_range(unsigned v, unsigned min, unsigned max)
{
	return min <= v && v <= max;
}

bool
sel_match(const struct sel *s, const struct flow *f)
{
	if ((s->has & SEL_LADDR) != 0 && !prefix_match(&s->laddr, &f->local))
		return false;
	if ((s->has & SEL_RADDR) != 0 && !prefix_match(&s->raddr, &f->remote))
		return false;
	if ((s->has & SEL_PROTO) != 0 && s->proto != f->proto)
		return false;
	if ((s->has & SEL_LPORT) != 0 &&
	    !(f->has_ports && in_range(f->lport, s->lport_min, s->lport_max)))
		return false;
	if ((s->has & SEL_RPORT) != 0 &&
	    !(f->has_ports && in_range(f->rport, s->rport_min, s->rport_max)))
		return false;
	if ((s->has & SEL_TYPE) != 0 &&
	    !(f->has_icmp && in_range(f->icmp_type, s->type_min, s->type_max)))
		return false;
	if ((s->has & SEL_CODE) != 0 &&
	    !(f->has_icmp && in_range(f->icmp_code, s->code_min, s->code_max)))
		return false;
	return true;
}

bool
sel_equal(const struct sel *a, const struct sel *b)
{
	unsigned has = a->has;

	if (has != b->has)
		return false;
	if ((has & SEL_LADDR) != 0 && !prefix_equal(&a->laddr, &b->laddr))
		return false;
	if ((has & SEL_RADDR) != 0 && !prefix_equal(&a->raddr, &b->raddr))
		return false;
	if ((has & SEL_PROTO) != 0 && a->proto != b->proto)
		return false;
	if ((has & SEL_LPORT) != 0 &&
	    (a->lport_min != b->lport_min || a->lport_max != b->lport_max))
		return false;
	if ((has & SEL_RPORT) != 0 &&
	    (a->rport_min != b->rport_min || a->rport_max != b->rport_max))
		return false;
	if ((has & SEL_TYPE) != 0 &&
	    (a->type_min != b->type_min || a->type_max != b->type_max))
		return false;
	return (has & SEL_CODE) == 0 ||
	       (a->code_min == b->code_min && a->code_max == b->code_max);
}

/* a holds every address that b does. */
static bool
prefix_covers(const struct prefix *a, const struct prefix *b)
{
	return a->len <= b->len && prefix_match(a, &b->a);
}

static bool
covers_addr(const struct sel *a, const struct sel *b, unsigned which,
    const struct prefix *pa, const struct prefix *pb, uint8_t fam)
{
	if ((a->has & which) == 0 || (pa->len == 0 && pa->a.fam == fam))
		return true;
	return (b->has & which) != 0 && prefix_covers(pa, pb);
}

/* b has the selector, and its range lies in a's. */
static bool
covers_range(const struct sel *a, const struct sel *b, unsigned which,
    unsigned amin, unsigned amax, unsigned bmin, unsigned bmax)
{
	if ((a->has & which) == 0)
		return true;
	return (b->has & which) != 0 && amin <= bmin && bmax <= amax;
}

bool
sel_covers(const struct sel *a, const struct sel *b, uint8_t fam)
{
	return covers_addr(a, b, SEL_LADDR, &a->laddr, &b->laddr, fam) &&
	       covers_addr(a, b, SEL_RADDR, &a->raddr, &b->raddr, fam) &&
	       covers_range(
		   a, b, SEL_PROTO, a->proto, a->proto, b->proto, b->proto) &&
	       covers_range(a, b, SEL_LPORT, a->lport_min, a->lport_max,
		   b->lport_min, b->lport_max) &&
	       covers_range(a, b, SEL_RPORT, a->rport_min, a->rport_max,
		   b->rport_min, b->rport_max) &&
	       covers_range(a, b, SEL_TYPE, a->type_min, a->type_max,
		   b->type_min, b->type_max) &&
	       covers_range(a, b, SEL_CODE, a->code_min, a->code_max,
		   b->code_min, b->code_max);
}

bool
action_equal(const struct action *a, const struct action *b)
{
	return a->type == b->type && a->flags == b->flags &&
	       a->ah_alg == b->ah_alg && a->esp_alg == b->esp_alg &&
	       a->espa_alg == b->espa_alg && a->ah_min == b->ah_min &&
	       a->ah_max == b->ah_max && a->esp_min == b->esp_min &&
	       a->esp_max == b->esp_max && a->espa_min == b->espa_min &&
	       a->espa_max == b->espa_max;
}
