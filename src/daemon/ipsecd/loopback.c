/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/loopback.h"

#include <stdlib.h>

#include "daemon/ipsecd/steering.h"

static struct steer_line *
line(struct loopback *l, struct loopback_list *list, uint8_t verb,
    const char *count)
{
	static struct steer_line nowhere;

	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		struct steer_line *v = reallocarray(list->v, cap, sizeof(*v));

		if (v == NULL) {
			l->no_memory = true;
			return &nowhere;
		}
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n] = (struct steer_line){ .verb = verb };
	if (count != NULL)
		memcpy(list->v[list->n].count[0], count, strlen(count) + 1);
	return &list->v[list->n++];
}

/* --- outbound: which class --- */

/* STEER_CLASSES: there are too many. */
static size_t
class_of(struct loopback *l, const struct action *a)
{
	size_t i = 1;

	while (i < l->n && !action_equal(&l->wants[i], a))
		i++;
	if (i == l->n && i < STEER_CLASSES)
		l->wants[l->n++] = *a;
	return i;
}

/* The first alternative that protects, or NULL. */
static const struct action *
protects(const struct rule *r)
{
	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_IPSEC)
			return &r->actions[i];
	return NULL;
}

static void
outbound(struct loopback *l, const struct rule *r, const struct steer_match *m)
{
	const struct action *a = protects(r);
	struct steer_line *s;
	size_t i;

	if (r->n_actions == 0 || r->actions[0].type == ACT_DROP) {
		line(l, &l->out, STEER_DROP, STEERING_OUT_DROP)->m = *m;
		return;
	}
	i = a != NULL ? class_of(l, a) : 0;
	if (i == STEER_CLASSES) {
		line(l, &l->out, STEER_DROP, LOOPBACK_MISMATCH)->m = *m;
		return;
	}
	s = line(l, &l->out, STEER_CLASS, NULL);
	s->m = *m;
	s->class = (uint8_t)i;
}

/* --- inbound: what each class is told --- */

/* Policy 19, in the clear. */
static void
inbound_clear(
    struct loopback *l, const struct rule *r, const struct steer_match *m)
{
	bool pass = false;

	for (unsigned i = 0; i < r->n_actions; i++)
		pass = pass || r->actions[i].type == ACT_PASS;
	if (r->n_actions == 0 || r->actions[0].type == ACT_DROP)
		line(l, &l->in[0], STEER_DROP, STEERING_IN_DROP)->m = *m;
	else
		line(l, &l->in[0], pass ? STEER_PASS : STEER_SECOND, NULL)->m =
		    *m;
}

static bool
accepts(const struct rule *r, const struct action *a)
{
	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_DROP && i == 0)
			return false;
		else if (action_equal(&r->actions[i], a))
			return true;
	return false;
}

static void
inbound(struct loopback *l, const struct rule *r, const struct steer_match *m)
{
	inbound_clear(l, r, m);
	for (size_t i = 1; i < l->n; i++) {
		bool ok = accepts(r, &l->wants[i]);

		line(l, &l->in[i], ok ? STEER_PASS : STEER_DROP,
		    ok ? NULL : LOOPBACK_MISMATCH)
		    ->m = *m;
	}
}

/* As on the wire: ESP, AH, and key management are no question of policy. */
static void
fixed(struct loopback *l, uint8_t fam)
{
	static const uint8_t protocols[] = { IPPROTO_ESP_, IPPROTO_AH_ };
	static const uint16_t ports[] = { 500, 4500 };

	for (int i = 0; i < 2; i++) {
		struct steer_line *s = line(l, &l->out, STEER_PASS, NULL);

		s->m.fam = fam;
		s->m.proto = protocols[i];
		s = line(l, &l->out, STEER_PASS, NULL);
		s->m.fam = fam;
		s->m.only = STEER_ROOT;
		s->m.proto = IPPROTO_UDP_;
		s->m.sport_min = s->m.sport_max = ports[i];
	}
}

static bool
see(void *ctx, struct spd_entry *e)
{
	struct loopback *l = ctx;
	struct steer_match m;
	bool six = e->rule.fam == FAM_V6;

	if (!l->seen[six])
		fixed(l, e->rule.fam);
	l->seen[six] = true;
	l->has_in[six] |= e->rule.dir == RULE_IN;
	if (!steering_match(&m, &e->rule))
		return true;
	if (e->rule.dir == RULE_OUT)
		outbound(l, &e->rule, &m);
	else
		inbound(l, &e->rule, &m);
	return true;
}

/* Policy 19: protected, and nothing speaks of it. */
static void
ends(struct loopback *l)
{
	for (size_t i = 1; i < l->n; i++)
		for (int six = 0; six < 2; six++)
			if (l->has_in[six])
				line(l, &l->in[i], STEER_DROP, LOOPBACK_SECURE)
				    ->m.fam = six ? FAM_V6 : FAM_V4;
}

bool
loopback_compile(
    struct loopback *l, struct spd *spd, int id, struct steer_plan *p)
{
	*l = (struct loopback){ .n = 1 };
	spd_each(spd, id, "", false, see, l);
	ends(l);
	for (size_t i = 0; i < l->n; i++)
		l->classes[i] = (struct steer_class){ l->in[i].v, l->in[i].n };
	p->self = l->out.v;
	p->n_self = l->out.n;
	p->classes = l->classes;
	p->n_classes = l->n;
	if (!l->no_memory)
		return true;
	loopback_fini(l);
	return false;
}

void
loopback_fini(struct loopback *l)
{
	free(l->out.v);
	for (size_t i = 0; i < STEER_CLASSES; i++)
		free(l->in[i].v);
	*l = (struct loopback){ 0 };
}
