/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/kspd.h"

#include <errno.h>
#include <stdlib.h>

#include "model/alg.h"

enum {
	DIRS = 3,
	FIRST_REQID = 0x4000, /* as in Linux: below are those of managers */
	IPPROTO_COMP_ = 108
};

struct part {
	struct classify rules;
	size_t n_ports;
};

struct kspd {
	struct link all, ranked;
	struct part part[DIRS][2]; /* by direction and family */
	size_t n;
	uint32_t ids, reqids;
	uint64_t version;
};

struct kspd *
kspd_new(void)
{
	struct kspd *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	list_init(&d->all);
	list_init(&d->ranked);
	d->reqids = FIRST_REQID;
	return d;
}

void
kspd_free(struct kspd *d)
{
	if (d == NULL)
		return;
	list_each (l, &d->all) {
		struct kspd_entry *e = list_item(l, struct kspd_entry, link);

		kspd_remove(d, e);
		kspd_drop(e);
	}
	for (int i = 0; i < DIRS * 2; i++)
		classify_fini(&d->part[i / 2][i % 2].rules);
	free(d);
}

static struct part *
part_of(struct kspd *d, enum kame_dir dir, uint8_t fam)
{
	return &d->part[dir - KAME_DIR_IN][fam == FAM_V6];
}

/* What the transforms say, in our words. */

static void
set_ends(struct rule *r, const struct kame_req *q)
{
	bool out = r->dir == RULE_OUT;

	r->tunnel_mode = true;
	r->end_local = out ? q->src : q->dst;
	r->end_remote = out ? q->dst : q->src;
	if (addr_is_unspec(&r->end_local))
		r->end_local = (struct addr){ 0 };
	if (addr_is_unspec(&r->end_remote))
		r->end_remote = (struct addr){ 0 };
}

/* One transform into the one alternative. */
static int
take_req(struct rule *r, struct action *a, const struct kame_req *q)
{
	bool ah = q->proto == IPPROTO_AH_, esp = q->proto == IPPROTO_ESP_;

	if (q->mode > KAME_MODE_TUNNEL || q->level > KAME_LEVEL_UNIQUE)
		return EINVAL;
	/*
	 * Not done: IPComp and the like; a protocol twice; AH that is not the one
	 * nearest to the wire; a tunnel that is not the first.
	 */
	if ((!ah && !esp) || (a->flags & ACT_AH) != 0 ||
	    (a->flags != 0 && (esp || q->mode == KAME_MODE_TUNNEL)))
		return EOPNOTSUPP;
	if (q->mode == KAME_MODE_TUNNEL && q->src.fam == FAM_NONE)
		return EINVAL;
	if (q->mode == KAME_MODE_TUNNEL)
		set_ends(r, q);
	a->flags |= ah ? ACT_AH : ACT_ESP;
	return 0;
}

static int
take_reqs(struct kspd_entry *e)
{
	const struct kame_policy *p = &e->pol;
	struct action *a = &e->acts[0];
	int err;

	*a = (struct action){ .type = ACT_IPSEC };
	for (unsigned i = 0; i < p->n; i++) {
		err = take_req(&e->e.rule, a, &p->req[i]);
		if (err != 0)
			return err;
		/* all of them have to be, or none */
		if ((p->req[i].level == KAME_LEVEL_USE) !=
		    (p->req[0].level == KAME_LEVEL_USE))
			return EOPNOTSUPP;
	}
	a->flags |= ACT_ANYALG;
	e->e.rule.n_actions = 1;
	if (p->req[0].level != KAME_LEVEL_USE)
		return 0;
	e->acts[1] = (struct action){ .type = ACT_PASS };
	e->e.rule.n_actions = 2;
	return 0;
}

static int
take_policy(struct kspd_entry *e)
{
	const struct kame_policy *p = &e->pol;

	e->e.rule.actions = e->acts;
	e->e.rule.n_actions = 1;
	if (p->type == KAME_POLICY_IPSEC && p->n != 0)
		return take_reqs(e);
	e->acts[0].type = p->type == KAME_POLICY_DISCARD ? ACT_DROP : ACT_PASS;
	return p->type > KAME_POLICY_IPSEC ? EINVAL : 0;
}

static bool
is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP_ || proto == IPPROTO_ICMPV6_;
}

/*
 * KAME has the ICMP type for a source port and the code for the other. 0 is any;
 * a code alone, of any type, is nothing that a selector here can say.
 */
static int
take_icmp(struct sel *s, uint16_t type, uint16_t code)
{
	if (type > UINT8_MAX || code > UINT8_MAX)
		return EINVAL;
	if (type == 0)
		return code != 0 ? EOPNOTSUPP : 0;
	s->has |= code != 0 ? SEL_TYPE | SEL_CODE : SEL_TYPE;
	s->type_min = s->type_max = (uint8_t)type;
	s->code_min = s->code_max = (uint8_t)code;
	return 0;
}

static void
take_ports(struct sel *s, uint16_t lport, uint16_t rport)
{
	if (lport != 0)
		s->has |= SEL_LPORT;
	if (rport != 0)
		s->has |= SEL_RPORT;
	s->lport_min = s->lport_max = lport;
	s->rport_min = s->rport_max = rport;
}

static struct prefix
prefix_of(const struct pfkey_addr *a)
{
	struct prefix p = { .a = a->a, .len = a->plen };

	prefix_canon(&p);
	return p;
}

static int
take_selector(struct kspd_entry *e)
{
	struct rule *r = &e->e.rule;
	struct sel *s = &r->sel;
	bool out = e->pol.dir == KAME_DIR_OUT;
	const struct pfkey_addr *l = out ? &e->src : &e->dst;
	const struct pfkey_addr *o = out ? &e->dst : &e->src;

	if (l->a.fam != o->a.fam || l->plen > addr_bits(l->a.fam) ||
	    o->plen > addr_bits(o->a.fam))
		return EINVAL;
	r->dir = out ? RULE_OUT : RULE_IN;
	r->fam = l->a.fam;
	s->laddr = prefix_of(l);
	s->raddr = prefix_of(o);
	/* a prefix of no bits says nothing */
	if (l->plen != 0)
		s->has |= SEL_LADDR;
	if (o->plen != 0)
		s->has |= SEL_RADDR;
	if (e->src.proto != KAME_PROTO_ANY && e->src.proto != 0) {
		s->has |= SEL_PROTO;
		s->proto = e->src.proto;
	}
	if ((s->has & SEL_PROTO) != 0 && is_icmp(s->proto))
		return take_icmp(s, e->src.port, e->dst.port);
	take_ports(s, l->port, o->port);
	return 0;
}

int
kspd_make(struct kspd_entry **out, const struct pfkey_addr *src,
    const struct pfkey_addr *dst, const struct kame_policy *pol)
{
	struct kspd_entry *e;
	int err;

	*out = NULL;
	if (pol->dir < KAME_DIR_IN || pol->dir > KAME_DIR_FWD)
		return EINVAL;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return ENOMEM;
	e->pol = *pol;
	e->pol.id = 0;
	e->src = *src;
	e->dst = *dst;
	e->c.sel = &e->e.rule.sel;
	list_init(&e->link);
	list_init(&e->rank);
	err = take_selector(e);
	if (err == 0)
		err = take_policy(e);
	if (err != 0) {
		free(e);
		return err;
	}
	e->src.a = prefix_of(src).a;
	e->dst.a = prefix_of(dst).a;
	*out = e;
	return 0;
}

void
kspd_drop(struct kspd_entry *e)
{
	free(e);
}

/* The table. */

static void
number_reqs(struct kspd *d, struct kspd_entry *e)
{
	for (unsigned i = 0; i < e->pol.n; i++) {
		struct kame_req *q = &e->pol.req[i];

		if (q->level != KAME_LEVEL_UNIQUE)
			continue;
		/* as in Linux: what is greater than a manager's is not kept */
		if (q->reqid == 0 || q->reqid >= FIRST_REQID)
			q->reqid = d->reqids++;
		if (d->reqids == 0)
			d->reqids = FIRST_REQID;
		if (q->proto == IPPROTO_AH_)
			e->e.rule.ah_reqid = q->reqid;
		else
			e->e.rule.esp_reqid = q->reqid;
	}
}

static uint32_t
new_id(struct kspd *d, uint8_t dir)
{
	d->ids += 8;
	return d->ids | (uint32_t)(dir - KAME_DIR_IN);
}

static bool
asks_for_ports(const struct kspd_entry *e)
{
	return (e->e.rule.sel.has & (SEL_LPORT | SEL_RPORT | SEL_TYPE)) != 0 &&
	       e->acts[0].type != ACT_PASS;
}

static bool
goes_before(const struct kspd_entry *a, const struct kspd_entry *b)
{
	return a->c.priority != b->c.priority ? a->c.priority > b->c.priority
					      : a->c.order > b->c.order;
}

/* In order of ids, so that a walk can rest; and of precedence. */
static void
enlist(struct kspd *d, struct kspd_entry *e)
{
	struct link *l = d->all.prev;

	while (l != &d->all &&
	       list_item(l, struct kspd_entry, link)->pol.id > e->pol.id)
		l = l->prev;
	list_push_head(l, &e->link);
	l = d->ranked.prev;
	while (l != &d->ranked &&
	       goes_before(e, list_item(l, struct kspd_entry, rank)))
		l = l->prev;
	list_push_head(l, &e->rank);
}

int
kspd_insert(struct kspd *d, struct kspd_entry *e)
{
	struct part *p = part_of(d, kspd_dir(e), e->e.rule.fam);

	if (e->pol.id == 0) {
		e->pol.id = new_id(d, e->pol.dir);
		number_reqs(d, e);
		e->e.rule.index = e->e.rule.key_id = e->pol.id;
		/* Linux: the least number first, and then the oldest */
		e->c.priority = UINT32_MAX - e->pol.priority;
		e->c.order = UINT64_MAX - e->pol.id;
		e->e.rule.priority = e->c.priority;
	}
	if (!classify_add(&p->rules, &e->c))
		return ENOMEM;
	p->n_ports += asks_for_ports(e);
	enlist(d, e);
	d->n++;
	d->version++;
	return 0;
}

void
kspd_remove(struct kspd *d, struct kspd_entry *e)
{
	struct part *p = part_of(d, kspd_dir(e), e->e.rule.fam);

	classify_remove(&p->rules, &e->c);
	p->n_ports -= asks_for_ports(e);
	list_remove(&e->link);
	list_remove(&e->rank);
	d->n--;
	d->version++;
}

static struct kspd_entry *
entry_of(struct classify_node *n)
{
	return n != NULL
		   ? (struct kspd_entry *)(void *)((char *)n -
						   offsetof(
						       struct kspd_entry, c))
		   : NULL;
}

struct kspd_entry *
kspd_same(struct kspd *d, const struct kspd_entry *e)
{
	struct part *p = part_of(d, kspd_dir(e), e->e.rule.fam);

	return entry_of(classify_same(&p->rules, &e->e.rule.sel));
}

struct kspd_entry *
kspd_after(struct kspd *d, uint32_t id)
{
	for (struct link *l = d->all.next; l != &d->all; l = l->next) {
		struct kspd_entry *e = list_item(l, struct kspd_entry, link);

		if (e->pol.id > id)
			return e;
	}
	return NULL;
}

struct kspd_entry *
kspd_by_id(struct kspd *d, uint32_t id)
{
	struct kspd_entry *e = id != 0 ? kspd_after(d, id - 1) : NULL;

	return e != NULL && e->pol.id == id ? e : NULL;
}

struct spd_entry *
kspd_lookup(struct kspd *d, enum kame_dir dir, const struct flow *f)
{
	struct part *p = part_of(d, dir, f->local.fam);
	struct kspd_entry *e = entry_of(classify_find(&p->rules, f));

	return e != NULL ? &e->e : NULL;
}

bool
kspd_has_ports(const struct kspd *d, enum kame_dir dir, uint8_t fam)
{
	return d->part[dir - KAME_DIR_IN][fam == FAM_V6].n_ports != 0;
}

void
kspd_each(struct kspd *d, enum kame_dir dir,
    void (*f)(void *ctx, struct kspd_entry *e), void *ctx)
{
	list_each (l, &d->ranked) {
		struct kspd_entry *e = list_item(l, struct kspd_entry, rank);

		if (kspd_dir(e) == dir)
			f(ctx, e);
	}
}

size_t
kspd_count(const struct kspd *d)
{
	return d->n;
}

uint64_t
kspd_version(const struct kspd *d)
{
	return d->version;
}

static bool
is_over(const struct lifetime *l, uint64_t age, uint64_t use)
{
	return (l->addtime != 0 && age >= l->addtime) ||
	       (l->usetime != 0 && use >= l->usetime);
}

enum sa_check
kspd_age(struct kspd_entry *e, struct now now)
{
	uint64_t age = (now.mono - e->added.mono) / 1000, use = 0;

	if (e->used.mono == 0 && e->e.packets != 0)
		e->used = now;
	if (e->used.mono != 0)
		use = (now.mono - e->used.mono) / 1000;
	if (is_over(&e->hard, age, use))
		return SA_HARD;
	return !e->soft_sent && is_over(&e->soft, age, use) ? SA_SOFT : SA_OK;
}
