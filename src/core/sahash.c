/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sahash.h"

#include <stdlib.h>

enum {
	LINE = 64,
	FIRST = 2,     /* buckets */
	FULL = 6,      /* entries for each, when it grows */
	MOVE = 16,     /* buckets that are emptied with each change */
	TAG_BITS = 15, /* then a bit that tells a list */
	LIST_BIT = 1 << TAG_BITS
};

static size_t
home_of(const struct sahash_part *p, uint64_t hash)
{
	return (size_t)((hash >> 32) * p->size >> 32);
}

static size_t
after(const struct sahash_part *p, size_t i)
{
	return i + 1 == p->size ? 0 : i + 1;
}

static uint64_t
slot_of(const void *p, uint64_t hash, bool list)
{
	return (uint64_t)(uintptr_t)p >> 4 << 16 | (list ? LIST_BIT : 0u) |
	       (hash & (LIST_BIT - 1));
}

static void *
what(uint64_t slot)
{
	return (void *)(uintptr_t)(slot >> 16 << 4);
}

static bool
is_list(uint64_t slot)
{
	return (slot & LIST_BIT) != 0;
}

/* Untouched until it is used, which is why it is not asked for aligned. */
static bool
part_new(struct sahash_part *p, size_t size)
{
	void *mem = calloc(size + 1, sizeof(struct sahash_bucket));

	if (mem == NULL)
		return false;
	*p = (struct sahash_part){ .mem = mem,
		.b = (void *)(((uintptr_t)mem + LINE - 1) &
			      ~(uintptr_t)(LINE - 1)),
		.size = size };
	return true;
}

bool
sahash_init(struct sahash *t,
    uint64_t (*hash_of)(const void *ctx, const struct sa *sa), const void *ctx)
{
	*t = (struct sahash){ .hash_of = hash_of, .ctx = ctx };
	return part_new(&t->now, FIRST);
}

static void
part_fini(struct sahash_part *p)
{
	for (size_t i = 0; i < p->size; i++)
		for (unsigned k = 0; k < SAHASH_SLOTS; k++)
			if (is_list(p->b[i].slot[k]))
				free(what(p->b[i].slot[k]));
	free(p->mem);
	*p = (struct sahash_part){ .b = NULL };
}

void
sahash_fini(struct sahash *t)
{
	part_fini(&t->now);
	part_fini(&t->old);
}

/* --- one part --- */

/* There is room. */
static void
part_put(struct sahash_part *p, uint64_t hash, uint64_t slot)
{
	size_t i = home_of(p, hash);

	for (;; i = after(p, i)) {
		struct sahash_bucket *b = &p->b[i];

		for (unsigned k = 0; k < SAHASH_SLOTS; k++)
			if (b->slot[k] == 0) {
				b->slot[k] = slot;
				p->n++;
				return;
			}
		b->passed++;
	}
}

/* Where this very slot is; NULL: not here. */
static uint64_t *
part_find(const struct sahash_part *p, uint64_t hash, uint64_t slot)
{
	size_t i = home_of(p, hash);

	for (size_t n = 0; n < p->size; n++, i = after(p, i)) {
		struct sahash_bucket *b = &p->b[i];

		for (unsigned k = 0; k < SAHASH_SLOTS; k++)
			if (b->slot[k] == slot)
				return &b->slot[k];
		if (b->passed == 0)
			break;
	}
	return NULL;
}

static void
part_take(struct sahash_part *p, uint64_t hash, uint64_t *at)
{
	size_t i = home_of(p, hash);
	size_t end =
	    (size_t)((struct sahash_bucket *)(void *)((uintptr_t)at &
						      ~(uintptr_t)(LINE - 1)) -
		     p->b);

	for (; i != end; i = after(p, i))
		p->b[i].passed--;
	*at = 0;
	p->n--;
}

/* --- growing --- */

static uint64_t
hash_at(const struct sahash *t, uint64_t slot)
{
	if (is_list(slot))
		return ((const struct sahash_list *)what(slot))->hash;
	return t->hash_of(t->ctx, what(slot));
}

static void
move_some(struct sahash *t)
{
	struct sahash_part *old = &t->old;

	for (unsigned i = 0; old->b != NULL && i < MOVE; i++) {
		struct sahash_bucket *b = &old->b[t->moved];

		for (unsigned k = 0; k < SAHASH_SLOTS; k++)
			if (b->slot[k] != 0)
				__builtin_prefetch(what(b->slot[k]));
		for (unsigned k = 0; k < SAHASH_SLOTS; k++) {
			uint64_t slot = b->slot[k], hash;

			if (slot == 0)
				continue;
			hash = hash_at(t, slot);
			part_take(old, hash, &b->slot[k]);
			part_put(&t->now, hash, slot);
		}
		if (++t->moved == old->size) {
			free(old->mem);
			*old = (struct sahash_part){ .b = NULL };
		}
	}
}

/* Room for one more. False: there is none, and no memory. */
static bool
make_room(struct sahash *t)
{
	struct sahash_part big;
	size_t n = t->now.n + t->old.n;

	move_some(t);
	if (n >= t->now.size * FULL && t->old.b == NULL &&
	    part_new(&big, t->now.size + t->now.size / 8 + 1)) {
		t->old = t->now;
		t->now = big;
		t->moved = 0;
		move_some(t);
	}
	return n < t->now.size * SAHASH_SLOTS;
}

/* --- lookups --- */

struct sahash_look
sahash_begin(const struct sahash *t, uint64_t hash)
{
	return (struct sahash_look){ .t = t,
		.part = &t->now,
		.bucket = home_of(&t->now, hash),
		.hash = hash };
}

bool
sahash_next(struct sahash_look *l, struct sahash_entry *e)
{
	for (;;) {
		const struct sahash_part *p = l->part;
		struct sahash_bucket *b = &p->b[l->bucket];

		for (unsigned k = l->i; k < SAHASH_SLOTS; k++) {
			uint64_t slot = b->slot[k];

			if (((slot ^ l->hash) & (LIST_BIT - 1)) != 0 ||
			    slot == 0)
				continue;
			l->i = k + 1;
			e->slot = &b->slot[k];
			e->list = is_list(slot) ? what(slot) : NULL;
			e->sa = is_list(slot) ? NULL : what(slot);
			return true;
		}
		l->i = 0;
		l->bucket = after(p, l->bucket);
		if (b->passed != 0 && l->bucket != home_of(p, l->hash))
			continue;
		if (p == &l->t->old || l->t->old.b == NULL)
			return false;
		l->part = &l->t->old;
		l->bucket = home_of(l->part, l->hash);
	}
}

void
sahash_prefetch_sa(const struct sahash *t, uint64_t hash)
{
	const struct sahash_bucket *b = &t->now.b[home_of(&t->now, hash)];

	for (unsigned k = 0; k < SAHASH_SLOTS; k++)
		if (((b->slot[k] ^ hash) & (LIST_BIT - 1)) == 0)
			__builtin_prefetch(what(b->slot[k]));
}

/* --- changes --- */

/* One of several addresses is in by each: which one, its list says. */
static bool
is_alone(const struct sa *sa)
{
	const struct sa_more *more = sa_extra(sa)->more;

	return more == NULL || more->n_dst == 0;
}

static struct sahash_list *
list_new(uint64_t hash, struct sa *first)
{
	enum { CAP = 2 };
	struct sahash_list *l = malloc(sizeof(*l) + CAP * sizeof(struct sa *));

	if (l == NULL)
		return NULL;
	*l = (struct sahash_list){ .hash = hash, .n = 1, .cap = CAP };
	l->sa[0] = first;
	return l;
}

/* Room for one more in the list of this slot. NULL: no memory. */
static struct sahash_list *
list_room(uint64_t *slot)
{
	struct sahash_list *l = what(*slot);
	uint32_t cap = l->cap * 2;

	if (l->n < l->cap)
		return l;
	struct sahash_list *more =
	    realloc(l, sizeof(*l) + cap * sizeof(struct sa *));

	if (more == NULL)
		return NULL;
	more->cap = cap;
	*slot = slot_of(more, more->hash, true);
	return more;
}

static void
list_put(struct sahash_list *l, struct sa *sa)
{
	uint32_t i = l->n++;

	for (; i != 0 && l->sa[i - 1]->serial > sa->serial; i--)
		l->sa[i] = l->sa[i - 1];
	l->sa[i] = sa;
}

bool
sahash_put(struct sahash *t, uint64_t hash, struct sa *sa,
    const struct sahash_entry *like)
{
	bool alone = is_alone(sa);
	struct sahash_list *l = NULL;

	if (like != NULL) {
		if (like->list == NULL) {
			l = list_new(hash, like->sa);
			if (l != NULL)
				*like->slot = slot_of(l, hash, true);
		} else {
			l = list_room(like->slot);
		}
		if (l == NULL)
			return false;
		list_put(l, sa);
		t->n++;
		return true;
	}
	if (!make_room(t) || (!alone && (l = list_new(hash, sa)) == NULL))
		return false;
	part_put(&t->now, hash,
	    alone ? slot_of(sa, hash, false) : slot_of(l, hash, true));
	t->n++;
	return true;
}

static void
take_slot(struct sahash *t, uint64_t hash, uint64_t slot)
{
	uint64_t *at = part_find(&t->now, hash, slot);

	if (at != NULL)
		part_take(&t->now, hash, at);
	else if (t->old.b != NULL &&
		 (at = part_find(&t->old, hash, slot)) != NULL)
		part_take(&t->old, hash, at);
}

/* Where it is in a list; n: it is not. By its age: there may be many. */
static uint32_t
list_at(const struct sahash_list *l, const struct sa *sa)
{
	uint32_t from = 0, to = l->n;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;

		if (l->sa[mid]->serial < sa->serial)
			from = mid + 1;
		else
			to = mid;
	}
	return from < l->n && l->sa[from] == sa ? from : l->n;
}

void
sahash_take(struct sahash *t, uint64_t hash, struct sa *sa)
{
	struct sahash_look look = sahash_begin(t, hash);
	struct sahash_entry e;

	while (sahash_next(&look, &e)) {
		struct sahash_list *l = e.list;
		uint32_t at;

		if (e.sa == sa) {
			take_slot(t, hash, *e.slot);
			t->n--;
			return;
		}
		if (l == NULL || l->hash != hash ||
		    (at = list_at(l, sa)) == l->n)
			continue;
		t->n--;
		memmove(&l->sa[at], &l->sa[at + 1],
		    (--l->n - at) * sizeof(struct sa *));
		if (l->n == 0)
			take_slot(t, hash, *e.slot);
		else if (l->n == 1 && is_alone(l->sa[0]))
			*e.slot = slot_of(l->sa[0], hash, false);
		else
			return;
		free(l);
		return;
	}
}
