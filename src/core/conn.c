/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/conn.h"

#include <stdlib.h>

enum {
	NOTE_MS = 10000,  /* a note is no longer of use */
	IDLE_MS = 300000, /* latched, and policy is still the same */
	TIME_WAIT =
	    60000, /* of Linux, net/tcp.h: what TCP may still say; and errors */
	YOUNG_MS = 5000, /* a handshake has no socket of its own yet */
	TOUCH_MS = 100,	 /* finer does not matter to who goes first */
	POLICIES = 1024, /* buckets */
	IDENTITIES = 256
};

struct conn_policy {
	struct link link;
	size_t refs;
	uint64_t version; /* of the SPD in which live is */
	struct spd_entry *live;
	struct spd_entry e; /* a copy */
};

struct conn_ids {
	struct link link;
	size_t refs;
	uint64_t hash;
	struct sa_ident local, remote;
};

struct conn_table {
	struct hash_seed seed;
	struct conn_env env;
	size_t max, n, cap;
	struct link *bucket, *cookie;
	uint32_t *gen; /* of each bucket: conn_watch() */
	/* by age, the one that was used longest ago first */
	struct link idle, kept, ended;
	struct link policy[POLICIES], ids[IDENTITIES];
	uint64_t refused, own_ids;
	uint64_t swept; /* when the sweep began */
	uint32_t sweep;
};

/* --- life --- */

struct conn_table *
conn_new(const struct hash_seed *seed, size_t max, const struct conn_env *env)
{
	struct conn_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->seed = *seed;
	t->max = max;
	if (env != NULL)
		t->env = *env;
	for (t->cap = 64; t->cap < max; t->cap *= 2)
		;
	t->bucket = calloc(t->cap, sizeof(*t->bucket));
	t->cookie = calloc(t->cap, sizeof(*t->cookie));
	t->gen = calloc(t->cap, sizeof(*t->gen));
	if (t->bucket == NULL || t->cookie == NULL || t->gen == NULL) {
		free(t->bucket);
		free(t->cookie);
		free(t->gen);
		free(t);
		return NULL;
	}
	for (size_t i = 0; i < t->cap; i++) {
		list_init(&t->bucket[i]);
		list_init(&t->cookie[i]);
	}
	for (size_t i = 0; i < POLICIES; i++)
		list_init(&t->policy[i]);
	for (size_t i = 0; i < IDENTITIES; i++)
		list_init(&t->ids[i]);
	list_init(&t->idle);
	list_init(&t->kept);
	list_init(&t->ended);
	return t;
}

static void
drop_all(struct conn_table *t, struct link *head)
{
	list_each (l, head)
		conn_drop(t, list_item(l, struct conn, age));
}

void
conn_free(struct conn_table *t)
{
	if (t == NULL)
		return;
	t->env.unpinned = NULL;
	drop_all(t, &t->idle);
	drop_all(t, &t->kept);
	drop_all(t, &t->ended);
	free(t->bucket);
	free(t->cookie);
	free(t->gen);
	free(t);
}

size_t
conn_count(const struct conn_table *t)
{
	return t->n;
}

uint64_t
conn_refused(const struct conn_table *t)
{
	return t->refused;
}

/* --- the hash --- */

static void
hash_addr(struct hash *h, const struct addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof(w));
	hash_word(h, w[0]);
	hash_word(h, w[1]);
}

static size_t
bucket_of(const struct conn_table *t, const struct conn_key *k)
{
	struct hash h = hash_begin(&t->seed);

	hash_addr(&h, &k->local);
	hash_addr(&h, &k->remote);
	hash_word(&h, (uint64_t)k->local.fam << 40 | (uint64_t)k->proto << 32 |
			  (uint64_t)k->lport << 16 | k->rport);
	return hash_end(h) & (t->cap - 1);
}

static bool
key_equal(const struct conn_key *a, const struct conn_key *b)
{
	return a->proto == b->proto && a->lport == b->lport &&
	       a->rport == b->rport && addr_equal(&a->local, &b->local) &&
	       addr_equal(&a->remote, &b->remote);
}

bool
conn_key(struct conn_key *k, const struct flow *f)
{
	*k = (struct conn_key){ .local = f->local,
		.remote = f->remote,
		.proto = f->proto,
		.lport = f->lport,
		.rport = f->rport };
	return f->has_ports;
}

static struct conn *
look(struct conn_table *t, const struct conn_key *k)
{
	list_each (l, &t->bucket[bucket_of(t, k)]) {
		struct conn *c = list_item(l, struct conn, hash);

		if (key_equal(&c->k, k))
			return c;
	}
	return NULL;
}

/* The list that a connection belongs in by what it is. */
static struct link *
list_of(struct conn_table *t, const struct conn *c)
{
	if (c->ended)
		return &t->ended;
	return c->pinned || (c->own != NULL && c->latched) ? &t->kept
							   : &t->idle;
}

static void
place(struct conn_table *t, struct conn *c)
{
	list_remove(&c->age);
	list_push_tail(list_of(t, c), &c->age);
}

struct conn *
conn_find(struct conn_table *t, const struct conn_key *k, uint64_t now)
{
	struct conn *c = look(t, k);

	if (c != NULL)
		conn_touch(t, c, now);
	return c;
}

void
conn_touch(struct conn_table *t, struct conn *c, uint64_t now)
{
	/* what lingers does so from its end */
	if (!c->ended && now - c->used > TOUCH_MS) {
		c->used = now;
		place(t, c);
	}
}

const uint32_t *
conn_watch(const struct conn_table *t, const struct conn_key *k)
{
	return &t->gen[bucket_of(t, k)];
}

/* --- what is shared --- */

static void
policy_put(struct conn_policy *p)
{
	if (p == NULL || --p->refs != 0)
		return;
	list_remove(&p->link);
	rule_fini(&p->e.rule);
	free(p);
}

/* A copy of an entry of this version, once however many connections have it. */
static struct conn_policy *
policy_get(struct conn_table *t, struct spd_entry *e, uint64_t version)
{
	struct link *head = &t->policy[(e->rule.index * 2 + version * 7 +
					   (e->rule.dir == RULE_IN)) %
				       POLICIES];
	struct conn_policy *p;

	list_each (l, head) {
		p = list_item(l, struct conn_policy, link);
		if (p->version == version && p->live == e) {
			p->refs++;
			return p;
		}
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL || !rule_copy(&p->e.rule, &e->rule)) {
		free(p);
		return NULL;
	}
	p->refs = 1;
	p->version = version;
	p->live = e;
	list_push_head(head, &p->link);
	return p;
}

static void
ids_put(struct conn_ids *i)
{
	if (i == NULL || --i->refs != 0)
		return;
	list_remove(&i->link);
	free(i);
}

/* Policy 24: IPv4 only. False: no memory; six is as r when it is the same. */
static bool
without_selfencap(struct rule *six, const struct rule *r)
{
	bool any = false;

	for (unsigned i = 0; i < r->n_actions; i++)
		any |= (r->actions[i].flags & ACT_SELFENCAP) != 0;
	*six = *r;
	if (!any)
		return true;
	if (!rule_copy(six, r))
		return false;
	for (unsigned i = 0; i < six->n_actions; i++)
		six->actions[i].flags &= (uint8_t)~ACT_SELFENCAP;
	return true;
}

struct conn_own *
conn_own_new(struct conn_table *t, struct rule *r)
{
	struct conn_own *own = calloc(1, sizeof(*own));
	struct rule six;

	if (own == NULL || !without_selfencap(&six, r)) {
		free(own);
		return NULL;
	}
	own->refs = 1;
	own->id = ++t->own_ids;
	for (int i = 0; i < 4; i++) {
		struct rule *e = &own->e[i / 2][i % 2].rule;

		*e = (struct rule){ .dir = i % 2 != 0 ? RULE_IN : RULE_OUT,
			.fam = i / 2 != 0 ? FAM_V6 : FAM_V4,
			.priority = CONN_PRIORITY,
			.index = own->id,
			.n_actions = r->n_actions,
			.actions = i / 2 != 0 ? six.actions : r->actions };
	}
	r->actions = NULL;
	rule_fini(r);
	return own;
}

struct conn_own *
conn_own_ref(struct conn_own *own)
{
	own->refs++;
	return own;
}

void
conn_own_put(struct conn_own *own)
{
	if (own == NULL || --own->refs != 0)
		return;
	if (own->e[1][0].rule.actions != own->e[0][0].rule.actions)
		rule_fini(&own->e[1][0].rule);
	rule_fini(&own->e[0][0].rule);
	free(own);
}

/* --- connections --- */

static void
unlatch(struct conn_table *t, struct conn *c)
{
	__atomic_fetch_add(&t->gen[c->slot], 1, __ATOMIC_RELAXED);
	policy_put(c->out);
	policy_put(c->in);
	ids_put(c->ids);
	conn_own_put(c->own);
	c->out = c->in = NULL;
	c->ids = NULL;
	c->own = NULL;
	c->latched = false;
	c->alt_out = c->alt_in = -1;
}

void
conn_drop(struct conn_table *t, struct conn *c)
{
	if (c->pinned && t->env.unpinned != NULL)
		t->env.unpinned(t->env.ctx, c);
	unlatch(t, c);
	list_remove(&c->hash);
	list_remove(&c->by_cookie);
	list_remove(&c->age);
	free(c);
	t->n--;
}

void
conn_set_cookie(struct conn_table *t, struct conn *c, uint64_t cookie)
{
	list_remove(&c->by_cookie);
	c->cookie = cookie;
	/* the kernel counts them up */
	if (cookie != 0)
		list_push_head(
		    &t->cookie[cookie & (t->cap - 1)], &c->by_cookie);
}

/* The one that is missed least. False: all that are there have to stay. */
static bool
make_room(struct conn_table *t)
{
	struct link *head = !list_empty(&t->idle) ? &t->idle : &t->ended;

	if (t->n < t->max)
		return true;
	if (list_empty(head))
		return false;
	conn_drop(t, list_item(head->next, struct conn, age));
	return true;
}

struct conn *
conn_add(struct conn_table *t, const struct conn_key *k, uint64_t now)
{
	struct conn *c = look(t, k);

	if (c != NULL)
		conn_drop(t, c);
	c = make_room(t) ? calloc(1, sizeof(*c)) : NULL;
	if (c == NULL) {
		t->refused++;
		return NULL;
	}
	c->k = *k;
	c->made = c->used = c->checked = now;
	c->alt_out = c->alt_in = -1;
	c->seen = t->sweep;
	list_init(&c->by_cookie);
	c->slot = (uint32_t)bucket_of(t, k);
	__atomic_fetch_add(&t->gen[c->slot], 1, __ATOMIC_RELAXED);
	list_push_head(&t->bucket[c->slot], &c->hash);
	list_push_tail(&t->idle, &c->age);
	t->n++;
	return c;
}

bool
conn_latch(struct conn_table *t, struct conn *c, struct spd_entry *out,
    struct spd_entry *in, uint64_t version)
{
	struct conn_policy *o = NULL, *i = NULL;

	if (out != NULL && (o = policy_get(t, out, version)) == NULL)
		return false;
	if (in != NULL && (i = policy_get(t, in, version)) == NULL) {
		policy_put(o);
		return false;
	}
	unlatch(t, c);
	c->out = o;
	c->in = i;
	c->latched = true;
	place(t, c);
	return true;
}

void
conn_latch_own(
    struct conn_table *t, struct conn *c, struct conn_own *own, bool latched)
{
	(void)conn_own_ref(own); /* it may be the one that is there */
	unlatch(t, c);
	c->own = own;
	c->latched = latched;
	place(t, c);
}

struct spd_entry *
conn_entry(const struct conn *c, enum rule_dir dir, uint64_t version)
{
	struct conn_policy *p = dir == RULE_IN ? c->in : c->out;

	if (c->own != NULL)
		return &c->own->e[c->k.local.fam == FAM_V6][dir == RULE_IN];
	if (p == NULL)
		return NULL;
	return p->version == version ? p->live : &p->e;
}

static bool
passes(const struct conn_policy *p)
{
	return p == NULL || p->e.rule.actions[0].type == ACT_PASS;
}

bool
conn_is_clear(const struct conn *c)
{
	return c->own == NULL && passes(c->out) && passes(c->in);
}

bool
conn_is_current(const struct conn *c, uint64_t version)
{
	return c->own != NULL ||
	       ((c->out != NULL || c->in != NULL) &&
		   (c->out == NULL || c->out->version == version) &&
		   (c->in == NULL || c->in->version == version));
}

void
conn_pin(struct conn_table *t, struct conn *c, bool pinned)
{
	if (c->pinned == pinned)
		return;
	c->pinned = pinned;
	place(t, c);
}

/* --- identities --- */

static bool
ident_equal(const struct sa_ident *a, const struct sa_ident *b)
{
	return a->type == b->type && a->len == b->len &&
	       memcmp(a->id, b->id, a->len) == 0;
}

bool
conn_fits_ids(const struct conn *c, const struct sa_ident *local,
    const struct sa_ident *remote)
{
	return c->ids == NULL || (ident_equal(&c->ids->local, local) &&
				     ident_equal(&c->ids->remote, remote));
}

bool
conn_ids(const struct conn *c, const struct sa_ident **local,
    const struct sa_ident **remote)
{
	if (c->ids == NULL)
		return false;
	*local = &c->ids->local;
	*remote = &c->ids->remote;
	return true;
}

static void
hash_ident(struct hash *h, const struct sa_ident *i)
{
	hash_word(h, (uint64_t)i->type << 32 | i->len);
	for (size_t at = 0; at < i->len; at += sizeof(uint64_t)) {
		uint64_t w = 0;
		size_t n = i->len - at < sizeof(w) ? i->len - at : sizeof(w);

		memcpy(&w, i->id + at, n);
		hash_word(h, w);
	}
}

void
conn_latch_ids(struct conn_table *t, struct conn *c,
    const struct sa_ident *local, const struct sa_ident *remote)
{
	struct hash h = hash_begin(&t->seed);
	struct conn_ids *i;
	uint64_t hash;

	if (c->ids != NULL)
		return;
	hash_ident(&h, local);
	hash_ident(&h, remote);
	hash = hash_end(h);
	list_each (l, &t->ids[hash % IDENTITIES]) {
		i = list_item(l, struct conn_ids, link);
		if (i->hash == hash && ident_equal(&i->local, local) &&
		    ident_equal(&i->remote, remote)) {
			i->refs++;
			c->ids = i;
			return;
		}
	}
	i = calloc(1, sizeof(*i));
	if (i == NULL)
		return;
	i->refs = 1;
	i->hash = hash;
	saspec_copy_ident(&i->local, local);
	saspec_copy_ident(&i->remote, remote);
	list_push_head(&t->ids[hash % IDENTITIES], &i->link);
	c->ids = i;
}

/* --- the end --- */

static void
end(struct conn_table *t, struct conn *c, uint64_t now)
{
	if (c->ended)
		return;
	/* the next socket of this flow may be another's: not in the clear */
	if ((!c->latched && c->own == NULL) || conn_is_clear(c)) {
		conn_drop(t, c);
		return;
	}
	__atomic_fetch_add(&t->gen[c->slot], 1, __ATOMIC_RELAXED);
	c->ended = true;
	c->used = now;
	place(t, c);
}

void
conn_end(struct conn_table *t, const struct conn_key *k, uint64_t cookie,
    uint64_t now)
{
	struct conn *c = look(t, k);

	if (c != NULL && (cookie == 0 || c->cookie == 0))
		end(t, c, now);
	if (cookie == 0)
		return;
	list_each (l, &t->cookie[cookie & (t->cap - 1)]) {
		c = list_item(l, struct conn, by_cookie);
		if (c->cookie == cookie)
			end(t, c, now);
	}
}

void
conn_moved(struct conn_table *t, const struct conn *c, uint64_t now)
{
	if (c->cookie == 0)
		return;
	list_each (l, &t->cookie[c->cookie & (t->cap - 1)]) {
		struct conn *old = list_item(l, struct conn, by_cookie);

		if (old != c && old->cookie == c->cookie)
			end(t, old, now);
	}
}

static uint64_t
lifetime(const struct conn *c)
{
	if (c->ended)
		return TIME_WAIT;
	return c->latched ? IDLE_MS : NOTE_MS;
}

static void
age_list(struct conn_table *t, struct link *head, uint64_t now)
{
	list_each (l, head) {
		struct conn *c = list_item(l, struct conn, age);

		if (now - c->used >= lifetime(c))
			conn_drop(t, c);
	}
}

void
conn_age(struct conn_table *t, uint64_t now)
{
	age_list(t, &t->idle, now);
	age_list(t, &t->ended, now);
}

void
conn_sweep_begin(struct conn_table *t, uint64_t now)
{
	t->sweep++;
	t->swept = now;
}

void
conn_sweep_seen(struct conn_table *t, const struct conn_key *k, uint64_t cookie)
{
	struct conn *c = look(t, k);

	if (c == NULL || (c->cookie != 0 && cookie != 0 && c->cookie != cookie))
		return;
	c->seen = t->sweep;
	if (c->cookie == 0)
		conn_set_cookie(t, c, cookie);
}

void
conn_sweep_end(struct conn_table *t, uint64_t now)
{
	list_each (l, &t->kept) {
		struct conn *c = list_item(l, struct conn, age);

		/* the kernel's list may lack one, when others close meanwhile */
		if (t->sweep - c->seen >= 2 && t->swept - c->made >= YOUNG_MS)
			end(t, c, now);
	}
}

void
conn_each(struct conn_table *t, bool (*f)(void *ctx, struct conn *c), void *ctx)
{
	for (size_t i = 0; i < t->cap; i++)
		list_each (l, &t->bucket[i])
			if (!f(ctx, list_item(l, struct conn, hash)))
				return;
}
