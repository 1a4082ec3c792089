/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/reply.h"

#include <stdlib.h>

#include "core/conn.h"

/*
 * 2048 requests of each kind, each in one of four places. Many of one kind do not
 * push out those of another.
 */
enum { SETS = 512, WAYS = 4 };
enum kind { KIND_ICMP, KIND_TCP, KIND_OTHER, KINDS };

struct note {
	struct reply_key k;
	struct action act;
	uint64_t until; /* ms; 0: never used */
};

struct reply_table {
	struct hash_seed seed;
	struct note *found; /* by the last reply_find() */
	struct spd_entry entry;
	struct action acts[REPLY_ALTS];
	struct part {
		/* ms: before, something may have been forgotten */
		uint64_t whole_from;
		struct note note[SETS][WAYS];
	} part[KINDS];
};

struct reply_table *
reply_new(const struct rng *rng, uint64_t now)
{
	struct reply_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if (!rng->fill(rng->ctx, (uint8_t *)&t->seed, sizeof(t->seed))) {
		free(t);
		return NULL;
	}
	for (unsigned i = 0; i < KINDS; i++)
		t->part[i].whole_from = now + REPLY_BEGIN;
	return t;
}

void
reply_free(struct reply_table *t)
{
	free(t);
}

static enum kind
kind_of(const struct reply_key *k)
{
	if (k->proto == IPPROTO_ICMP_ || k->proto == IPPROTO_ICMPV6_)
		return KIND_ICMP;
	return k->proto == IPPROTO_TCP_ ? KIND_TCP : KIND_OTHER;
}

static void
hash_addr(struct hash *h, const struct addr *a)
{
	struct rd r = rd_from(a->b, sizeof(a->b));

	hash_word(h, rd_be64(&r));
	if (a->fam == FAM_V6)
		hash_word(h, rd_be64(&r));
}

static struct note *
set_of(struct reply_table *t, const struct reply_key *k)
{
	struct hash h = hash_begin(&t->seed);

	hash_addr(&h, &k->local);
	hash_addr(&h, &k->remote);
	hash_word(&h, (uint64_t)k->a << 32 | (uint64_t)k->b << 16 |
			  (uint64_t)k->type << 8 | k->proto);
	return t->part[kind_of(k)].note[hash_end(h) % SETS];
}

static bool
same_addr(const struct addr *a, const struct addr *b)
{
	return a->fam == b->fam && (a->fam == FAM_NONE || addr_equal(a, b));
}

static bool
same_key(const struct reply_key *x, const struct reply_key *y)
{
	return x->proto == y->proto && x->type == y->type && x->a == y->a &&
	       x->b == y->b && same_addr(&x->remote, &y->remote) &&
	       same_addr(&x->local, &y->local);
}

static struct note *
find(struct reply_table *t, const struct reply_key *k, uint64_t now)
{
	struct note *n = set_of(t, k);

	for (unsigned i = 0; i < WAYS; i++)
		if (n[i].until > now && same_key(&n[i].k, k))
			return &n[i];
	return NULL;
}

void
reply_put(struct reply_table *t, const struct reply_key *k,
    const struct action *a, uint64_t now)
{
	struct note *n = find(t, k, now), *set;
	uint64_t until = now + REPLY_LIFE;
	uint64_t *whole = &t->part[kind_of(k)].whole_from;

	if (n == NULL) {
		/* one that is over, or the one that would be over first */
		set = n = set_of(t, k);
		for (unsigned i = 1; i < WAYS; i++)
			if (set[i].until < n->until)
				n = &set[i];
		if (n->until > now && n->until > *whole)
			*whole = n->until;
		n->until = 0;
	}
	n->k = *k;
	n->act = *a;
	if (n->until < until)
		n->until = until;
}

const struct action *
reply_find(struct reply_table *t, const struct reply_key *k, uint64_t now)
{
	t->found = find(t, k, now);
	return t->found == NULL ? NULL : &t->found->act;
}

void
reply_keep(struct reply_table *t, uint64_t until)
{
	if (t->found != NULL && t->found->until < until)
		t->found->until = until;
}

bool
reply_is_whole(
    const struct reply_table *t, const struct reply_key *k, uint64_t now)
{
	return now >= t->part[kind_of(k)].whole_from;
}

struct action
reply_action(const struct sa *ah, const struct sa *esp, bool selfencap)
{
	struct action a = { .type = ACT_IPSEC };
	if (selfencap)
		a.flags |= ACT_SELFENCAP;
	if (ah != NULL) {
		a.flags |= ACT_AH;
		a.ah_alg = ah->auth;
		a.ah_min = a.ah_max = (uint16_t)sa_akey_bits(ah);
		if ((ah->flags & SAF_UNIQUE) != 0)
			a.flags |= ACT_UNIQUE;
	}
	if (esp != NULL) {
		a.flags |= ACT_ESP;
		a.esp_alg = esp->encr;
		a.esp_min = a.esp_max = (uint16_t)sa_ekey_bits(esp);
		if (esp->auth != 0)
			a.flags |= ACT_ESPA;
		a.espa_alg = esp->auth;
		a.espa_min = a.espa_max = (uint16_t)sa_akey_bits(esp);
		if ((esp->flags & SAF_UNIQUE) != 0)
			a.flags |= ACT_UNIQUE;
	}
	return a;
}

struct spd_entry *
reply_entry(struct reply_table *t, uint8_t fam)
{
	t->found = NULL;
	t->entry = (struct spd_entry){
		.rule = { .dir = RULE_OUT,
		    .fam = fam,
		    .priority = CONN_PRIORITY,
		    .actions = t->acts },
	};
	return &t->entry;
}

bool
reply_is_entry(const struct reply_table *t, const struct spd_entry *e)
{
	return e == &t->entry;
}

/* Numbers that sockets' entries do not have: those count from 1. */
static uint64_t
next_index(const struct reply_table *t, const struct action *a)
{
	struct hash h = hash_begin(&t->seed);

	hash_word(&h, t->entry.rule.index);
	hash_word(&h, (uint64_t)a->type << 32 | (uint64_t)a->flags << 24 |
			  (uint64_t)a->ah_alg << 16 |
			  (uint64_t)a->esp_alg << 8 | a->espa_alg);
	hash_word(&h, (uint64_t)a->ah_min << 32 | (uint64_t)a->esp_min << 16 |
			  a->espa_min);
	hash_word(&h, (uint64_t)a->ah_max << 32 | (uint64_t)a->esp_max << 16 |
			  a->espa_max);
	return hash_end(h) | UINT64_C(1) << 63;
}

void
reply_add(struct reply_table *t, const struct action *a)
{
	struct rule *r = &t->entry.rule;

	if (r->n_actions == REPLY_ALTS)
		return;
	r->index = next_index(t, a);
	t->acts[r->n_actions++] = *a;
}
