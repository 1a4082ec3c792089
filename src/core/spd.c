/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/spd.h"

#include <errno.h>
#include <stdlib.h>

#include "core/actset.h"
#include "core/classify.h"
#include "wire/pfpolicy.h"

#define MAX_SPES 4 /* of one message */

struct node {
	struct spd_entry e;
	struct classify_node c; /* c.sel is e.rule.sel */
};

/* The rules of the host or of one tunnel, for one direction and family. */
struct part {
	struct classify rules;
	size_t n, n_ports; /* n_ports: those that spd_has_ports() means */
	size_t n_inside;   /* those that spd_looks_inside() means */
	size_t n_icmp;	   /* those with protocol ICMP and action ipsec */
};

struct head {
	char tun[RULE_TUN_NAME];
	uint64_t next; /* index; from 1, which a flush starts again */
	struct part part[2][2];
	/* both have room for cap */
	struct node **by_index; /* ascending: new ones go to the end */
	struct node **by_rank;	/* in order of listing, when ranked */
	size_t n, cap;
	bool ranked;
};

struct set {
	struct head **head; /* in order of names: the host's "" is first */
	size_t n, cap;
	size_t entries;
};

struct spd {
	struct set *active, *standby, *saved;
	struct set sets[3];
	uint64_t version;
	struct actset_table acts;
};

static struct part *
part_of(struct head *h, unsigned dir, uint8_t fam)
{
	return &h->part[dir == RULE_IN][fam == FAM_V6];
}

/* Heads. */

/* Where the head of that name is, or would be. */
static size_t
head_at(const struct set *s, const char *tun)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s->head[mid]->tun, tun) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct head *
head_find(const struct set *s, const char *tun)
{
	size_t i = head_at(s, tun);

	if (i == s->n || strcmp(s->head[i]->tun, tun) != 0)
		return NULL;
	return s->head[i];
}

static struct head *
head_make(struct set *s, const char *tun)
{
	size_t i = head_at(s, tun);
	struct head *h;

	if (i < s->n && strcmp(s->head[i]->tun, tun) == 0)
		return s->head[i];
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 4 : s->cap * 2;
		struct head **p = realloc(s->head, cap * sizeof(struct head *));

		if (p == NULL)
			return NULL;
		s->head = p;
		s->cap = cap;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	memcpy(h->tun, tun, strnlen(tun, RULE_TUN_NAME - 1));
	h->next = 1;
	memmove(
	    &s->head[i + 1], &s->head[i], (s->n - i) * sizeof(struct head *));
	s->head[i] = h;
	s->n++;
	return h;
}

/* Room for n more entries. */
static bool
head_room(struct head *h, size_t n)
{
	size_t cap = h->cap == 0 ? 8 : h->cap;
	struct node **p;

	while (cap < h->n + n)
		cap *= 2;
	if (cap == h->cap)
		return true;
	if ((p = realloc(h->by_index, cap * sizeof(struct node *))) == NULL)
		return false;
	h->by_index = p;
	if ((p = realloc(h->by_rank, cap * sizeof(struct node *))) == NULL)
		return false;
	h->by_rank = p;
	h->cap = cap;
	return true;
}

/* The list of alternatives, of which the rule has the array. */
static struct actset *
acts_of(const struct node *n)
{
	return list_item(n->e.rule.actions, struct actset, a);
}

static void
node_free(struct spd *d, struct node *n)
{
	if (n == NULL)
		return;
	actset_put(&d->acts, acts_of(n));
	free(n);
}

static void
head_free(struct spd *d, struct head *h)
{
	for (size_t i = 0; i < h->n; i++)
		node_free(d, h->by_index[i]);
	for (unsigned p = 0; p < 4; p++)
		classify_fini(&h->part[p / 2][p % 2].rules);
	free(h->by_index);
	free(h->by_rank);
	free(h);
}

static void
head_remove(struct spd *d, struct set *s, size_t i)
{
	s->entries -= s->head[i]->n;
	head_free(d, s->head[i]);
	memmove(
	    &s->head[i], &s->head[i + 1], (--s->n - i) * sizeof(struct head *));
}

static void
set_flush(struct spd *d, struct set *s)
{
	while (s->n != 0)
		head_remove(d, s, s->n - 1);
	free(s->head);
	*s = (struct set){ 0 };
}

static struct set *
set_of(const struct spd *d, int id)
{
	return id == SPD_ACTIVE	 ? d->active
	       : id == SPD_SAVED ? d->saved
				 : d->standby;
}

static void
changed(struct spd *d, const struct set *s)
{
	if (s == d->active)
		d->version++;
}

struct spd *
spd_new(void)
{
	struct spd *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->active = &d->sets[0];
	d->standby = &d->sets[1];
	d->saved = &d->sets[2];
	return d;
}

void
spd_free(struct spd *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < 3; i++)
		set_flush(d, &d->sets[i]);
	actset_fini(&d->acts);
	free(d);
}

/* Adding. */

/* A copy of r for one direction and family, in no table yet. */
static struct node *
node_new(struct spd *d, const struct rule *r, unsigned dir, uint8_t fam)
{
	struct node *n = calloc(1, sizeof(*n));
	struct actset *acts;

	if (n == NULL)
		return NULL;
	acts = actset_get(&d->acts, r->actions, r->n_actions);
	if (acts == NULL) {
		free(n);
		return NULL;
	}
	n->e.rule = *r;
	n->e.rule.dir = (uint8_t)dir;
	n->e.rule.fam = fam;
	n->e.rule.actions = acts->a;
	prefix_canon(&n->e.rule.sel.laddr);
	prefix_canon(&n->e.rule.sel.raddr);
	n->c.sel = &n->e.rule.sel;
	n->c.priority = r->priority;
	return n;
}

static bool
asks_for_ports(const struct rule *r)
{
	return (r->sel.has & (SEL_LPORT | SEL_RPORT | SEL_TYPE)) != 0 &&
	       r->actions[0].type != ACT_PASS;
}

/* IPv6 shows not even the protocol in every fragment (RFC 8200 4.5). */
static bool
looks_inside(const struct rule *r)
{
	unsigned has = SEL_LPORT | SEL_RPORT | SEL_TYPE;

	if (r->fam == FAM_V6)
		has |= SEL_PROTO;
	return (r->sel.has & has) != 0;
}

/* Protected ICMP: only one list of alternatives for each address (policy 12). */
static bool
is_icmp(const struct rule *r)
{
	uint8_t icmp = r->fam == FAM_V4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_;

	return (r->sel.has & SEL_PROTO) != 0 && r->sel.proto == icmp &&
	       r->actions[0].type == ACT_IPSEC;
}

/* Into its part's tables, under its index. False: no memory, not done. */
static bool
node_link(struct head *h, struct node *n, uint64_t index)
{
	const struct rule *r = &n->e.rule;
	struct part *p = part_of(h, r->dir, r->fam);

	n->e.rule.index = index;
	n->c.order = index;
	if (!classify_add(&p->rules, &n->c))
		return false;
	p->n_icmp += is_icmp(r);
	p->n++;
	p->n_ports += asks_for_ports(r);
	p->n_inside += looks_inside(r);
	return true;
}

static void
node_unlink(struct head *h, struct node *n)
{
	struct part *p = part_of(h, n->e.rule.dir, n->e.rule.fam);

	classify_remove(&p->rules, &n->c);
	p->n_icmp -= is_icmp(&n->e.rule);
	p->n--;
	p->n_ports -= asks_for_ports(&n->e.rule);
	p->n_inside -= looks_inside(&n->e.rule);
}

static bool
has_full_remote(const struct rule *r)
{
	return (r->sel.has & SEL_RADDR) != 0 &&
	       r->sel.raddr.len == addr_bits(r->fam);
}

/* Rules with a full-length remote address are chained by it (policy 12). */
static bool
same_chain(const struct rule *a, const struct rule *b)
{
	if (has_full_remote(a) != has_full_remote(b))
		return false;
	return !has_full_remote(a) ||
	       prefix_equal(&a->sel.raddr, &b->sel.raddr);
}

static bool
is_duplicate(struct head *h, const struct node *n)
{
	const struct rule *r = &n->e.rule;
	const struct part *p = part_of(h, r->dir, r->fam);
	size_t left = p->n_icmp;

	if (classify_same(&p->rules, &r->sel) != NULL)
		return true;
	if (!is_icmp(r))
		return false;
	for (size_t i = h->n; left != 0 && i-- > 0;) {
		const struct rule *o = &h->by_index[i]->e.rule;

		if (o->dir != r->dir || o->fam != r->fam || !is_icmp(o))
			continue;
		left--;
		if (o->actions != r->actions && same_chain(o, r))
			return true;
	}
	return false;
}

/* All of the nodes or none. */
static int
link_all(struct set *s, struct head *h, struct node **node, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_duplicate(h, node[i]))
			return EEXIST;
	if (!head_room(h, n))
		return ENOMEM;
	for (unsigned i = 0; i < n; i++)
		if (!node_link(h, node[i], h->next + i)) {
			while (i-- > 0)
				node_unlink(h, node[i]);
			return ENOMEM;
		}
	for (unsigned i = 0; i < n; i++)
		h->by_index[h->n++] = node[i];
	h->next += n;
	h->ranked = false;
	s->entries += n;
	return 0;
}

/* Policy 11: outbound IPv4, outbound IPv6, inbound IPv4, inbound IPv6. */
static unsigned
expand(struct spd *d, const struct rule *r, struct node *node[MAX_SPES])
{
	static const uint8_t dirs[] = { RULE_OUT, RULE_IN };
	static const uint8_t fams[] = { FAM_V4, FAM_V6 };
	unsigned n = 0;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned f = 0; f < 2; f++)
			if ((r->dir & dirs[i]) != 0 &&
			    (r->fam == FAM_NONE || r->fam == fams[f]))
				node[n++] = node_new(d, r, dirs[i], fams[f]);
	return n;
}

static int
check(const struct head *h, const struct rule *r, uint16_t *diag)
{
	*diag = PFPOLICY_DIAG_INVALID_RULE_INDEX;
	if (r->index != 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_MALFORMED_RULE;
	if ((r->dir & RULE_BOTH) == 0 || (r->dir & ~RULE_BOTH) != 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT;
	if (r->n_actions == 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_NONE;
	if (h->n != 0 && h->tun[0] != '\0' &&
	    h->by_index[0]->e.rule.tunnel_mode != r->tunnel_mode)
		return EBUSY;
	return 0;
}

int
spd_add(struct spd *d, int id, const struct rule *r, uint16_t *diag,
    uint64_t *index)
{
	struct set *s = set_of(d, id);
	struct head *h = head_make(s, r->tun);
	struct node *node[MAX_SPES] = { NULL };
	unsigned n = 0;
	int e;

	*diag = PFPOLICY_DIAG_ADD_NO_MEM;
	if (h == NULL)
		return ENOMEM;
	e = check(h, r, diag);
	if (e == 0)
		n = expand(d, r, node);
	for (unsigned i = 0; i < n && e == 0; i++)
		if (node[i] == NULL)
			e = ENOMEM;
	if (e == 0)
		e = link_all(s, h, node, n);
	if (e == ENOMEM)
		*diag = PFPOLICY_DIAG_ADD_NO_MEM;
	if (e == 0) {
		*index = h->next - 1;
		changed(d, s);
		return 0;
	}
	for (unsigned i = 0; i < n; i++)
		node_free(d, node[i]);
	if (h->next == 1) /* made for this rule alone */
		head_remove(d, s, head_at(s, r->tun));
	return e;
}

/* Where the entry of this index is, or would be. */
static size_t
index_at(const struct head *h, uint64_t index)
{
	size_t lo = 0, hi = h->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (h->by_index[mid]->e.rule.index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
spd_delete(struct spd *d, int id, const char *tun, uint64_t index)
{
	struct set *s = set_of(d, id);
	struct head *h = head_find(s, tun);
	size_t i;

	if (h == NULL)
		return tun[0] == '\0' ? ESRCH : ENOENT;
	i = index_at(h, index);
	if (i == h->n || h->by_index[i]->e.rule.index != index)
		return ESRCH;
	node_unlink(h, h->by_index[i]);
	node_free(d, h->by_index[i]);
	memmove(&h->by_index[i], &h->by_index[i + 1],
	    (--h->n - i) * sizeof(struct node *));
	h->ranked = false;
	s->entries--;
	changed(d, s);
	return 0;
}

int
spd_flush(struct spd *d, int id, const char *tun, bool all)
{
	struct set *s = set_of(d, id);

	if (all)
		set_flush(d, s);
	else if (head_find(s, tun) != NULL)
		head_remove(d, s, head_at(s, tun));
	else
		return tun[0] == '\0' ? 0 : ENOENT;
	changed(d, s);
	return 0;
}

/* Sets as a whole. */

static bool
head_copy(struct spd *d, struct set *to, const struct head *from)
{
	struct head *h = head_make(to, from->tun);

	if (h == NULL || !head_room(h, from->n))
		return false;
	h->next = from->next;
	for (size_t i = 0; i < from->n; i++) {
		const struct node *o = from->by_index[i];
		struct node *n = calloc(1, sizeof(*n));

		if (n == NULL)
			return false;
		n->e = o->e;
		(void)actset_ref(acts_of(o));
		n->c = (struct classify_node){ .sel = &n->e.rule.sel,
			.priority = o->c.priority };
		if (!node_link(h, n, o->e.rule.index)) {
			node_free(d, n);
			return false;
		}
		h->by_index[h->n++] = n;
		to->entries++;
	}
	return true;
}

static int
set_copy(struct spd *d, struct set *to, const struct set *from)
{
	set_flush(d, to);
	for (size_t i = 0; i < from->n; i++)
		if (!head_copy(d, to, from->head[i])) {
			set_flush(d, to);
			return ENOMEM;
		}
	return 0;
}

int
spd_clone(struct spd *d)
{
	return set_copy(d, d->standby, d->active);
}

/* Counters of entries that the old and the new head have. */
static void
take_counters(struct head *to, const struct head *from)
{
	size_t i = 0;

	for (size_t k = 0; k < to->n; k++) {
		struct spd_entry *e = &to->by_index[k]->e;
		const struct spd_entry *o;

		while (i < from->n &&
		       from->by_index[i]->e.rule.index < e->rule.index)
			i++;
		if (i == from->n)
			return;
		o = &from->by_index[i]->e;
		if (o->rule.index == e->rule.index &&
		    o->rule.dir == e->rule.dir && o->rule.fam == e->rule.fam &&
		    sel_equal(&o->rule.sel, &e->rule.sel)) {
			e->packets = o->packets;
			e->bytes = o->bytes;
			e->drops = o->drops;
		}
	}
}

static void
swap_active(struct spd *d, struct set **with)
{
	struct set *old = d->active;

	for (size_t i = 0; i < (*with)->n; i++) {
		const struct head *from = head_find(old, (*with)->head[i]->tun);

		if (from != NULL)
			take_counters((*with)->head[i], from);
	}
	d->active = *with;
	*with = old;
	d->version++;
}

void
spd_flip(struct spd *d)
{
	swap_active(d, &d->standby);
}

int
spd_save(struct spd *d)
{
	return set_copy(d, d->saved, d->active);
}

void
spd_restore(struct spd *d)
{
	swap_active(d, &d->saved);
	set_flush(d, d->saved);
}

void
spd_forget(struct spd *d)
{
	set_flush(d, d->saved);
}

/* Reading. */

struct spd_entry *
spd_lookup(
    struct spd *d, const char *tun, enum rule_dir dir, const struct flow *f)
{
	return spd_lookup_in(d, SPD_ACTIVE, tun, dir, f);
}

struct spd_entry *
spd_lookup_in(struct spd *d, int id, const char *tun, enum rule_dir dir,
    const struct flow *f)
{
	struct head *h = head_find(set_of(d, id), tun);
	struct classify_node *c;

	if (h == NULL)
		return NULL;
	c = classify_find(&part_of(h, dir, f->local.fam)->rules, f);
	return c == NULL ? NULL : &list_item(c, struct node, c)->e;
}

bool
spd_has(const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam)
{
	struct head *h = head_find(d->active, tun);

	if (h == NULL)
		return false;
	return (fam != FAM_V6 && part_of(h, dir, FAM_V4)->n != 0) ||
	       (fam != FAM_V4 && part_of(h, dir, FAM_V6)->n != 0);
}

bool
spd_has_ports(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam)
{
	struct head *h = head_find(d->active, tun);

	return h != NULL && part_of(h, dir, fam)->n_ports != 0;
}

bool
spd_looks_inside(
    const struct spd *d, const char *tun, enum rule_dir dir, uint8_t fam)
{
	struct head *h = head_find(d->active, tun);

	return h != NULL && part_of(h, dir, fam)->n_inside != 0;
}

const char *
spd_tunnel(const struct spd *d, size_t i)
{
	const struct set *s = d->active;

	i += s->n != 0 && s->head[0]->tun[0] == '\0';
	return i < s->n ? s->head[i]->tun : NULL;
}

/* Out before in, then the order in which entries match (policy 15). */
static int
rank(const void *a, const void *b)
{
	const struct rule *x = &(*(struct node *const *)a)->e.rule;
	const struct rule *y = &(*(struct node *const *)b)->e.rule;

	if (x->dir != y->dir)
		return x->dir == RULE_OUT ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	if (x->fam != y->fam)
		return x->fam < y->fam ? -1 : 1;
	return x->index > y->index ? -1 : x->index < y->index;
}

static bool
head_each(struct head *h, bool (*f)(void *ctx, struct spd_entry *e), void *ctx)
{
	if (!h->ranked && h->n != 0) {
		memcpy(h->by_rank, h->by_index, h->n * sizeof(struct node *));
		qsort(h->by_rank, h->n, sizeof(struct node *), rank);
		h->ranked = true;
	}
	for (size_t i = 0; i < h->n; i++)
		if (!f(ctx, &h->by_rank[i]->e))
			return false;
	return true;
}

void
spd_each(struct spd *d, int id, const char *tun, bool all,
    bool (*f)(void *ctx, struct spd_entry *e), void *ctx)
{
	struct set *s = set_of(d, id);

	for (size_t i = 0; i < s->n; i++)
		if ((all || strcmp(s->head[i]->tun, tun) == 0) &&
		    !head_each(s->head[i], f, ctx))
			return;
}

bool
spd_has_twin(struct spd *d, int id, struct spd_entry *e)
{
	struct head *h = head_find(set_of(d, id), e->rule.tun);
	uint8_t other = e->rule.fam == FAM_V4 ? FAM_V6 : FAM_V4;
	struct classify_node *c;
	const struct node *twin;

	if (h == NULL)
		return false;
	c = classify_same(&part_of(h, e->rule.dir, other)->rules, &e->rule.sel);
	if (c == NULL)
		return false;
	twin = list_item(c, struct node, c);
	return twin->e.rule.actions == e->rule.actions &&
	       twin->e.rule.priority == e->rule.priority;
}

uint64_t
spd_version(const struct spd *d)
{
	return d->version;
}

size_t
spd_count(const struct spd *d, int id)
{
	return set_of(d, id)->entries;
}
