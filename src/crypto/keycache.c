/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of seven. A set is one line of memory: seven tags and a mask of those that
 * were used of late. A tag is the key's number and the way's; it also says whose
 * the slot is: the cache's thread turns a tag into BUSY before it clears and
 * fills a slot, and so does who frees a key. A number is never used again, so a
 * slot of a key that is gone cannot be found.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/keycacheint.h"
#include "crypto/way.h"

enum { WAYS = 7, SMALL = 512 };
enum { EMPTY, BUSY }; /* tags below the first key's */

struct set {
	_Alignas(64) _Atomic uint64_t tag[WAYS];
	uint64_t used;
};

struct pool {
	struct set *set;
	const struct way **way; /* by slot */
	uint8_t *data;		/* by slot; zero where the slot is empty */
	size_t size;		/* of a slot */
};

struct keycache {
	struct keyhome *home;
	unsigned shift; /* 64 - log2 of the number of sets */
	struct pool pool[2];
	struct keycache_count count;
	void *mem[2][3];
};

/* What to expand when all have been looked for. */
struct fresh {
	size_t n;
	void *x[KEYCACHE_RUN];
	struct aead_spec s[KEYCACHE_RUN];
};

static size_t
sets_of(const struct keycache *kc)
{
	return (size_t)1 << (64 - kc->shift);
}

static void *
aligned(void *p)
{
	return (void *)(((uintptr_t)p + 63) & ~(uintptr_t)63);
}

/* Untouched until used, which is why it is not asked for aligned. */
static bool
pool_new(struct keycache *kc, unsigned i, size_t size)
{
	struct pool *p = &kc->pool[i];
	size_t sets = sets_of(kc), slots = sets * WAYS;
	void **mem = kc->mem[i];

	mem[0] = calloc(sets + 1, sizeof(*p->set));
	mem[1] = calloc(slots, sizeof(const struct way *));
	mem[2] = calloc(slots + 1, size);
	if (mem[0] == NULL || mem[1] == NULL || mem[2] == NULL)
		return false;
	p->set = aligned(mem[0]);
	p->way = mem[1];
	p->data = aligned(mem[2]);
	p->size = size;
	return true;
}

static void
memory_free(struct keycache *kc)
{
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 3; j++)
			free(kc->mem[i][j]);
	free(kc);
}

struct keycache *
keycache_open(struct keyhome *h, size_t n)
{
	struct keycache *kc = calloc(1, sizeof(*kc));

	if (kc == NULL)
		return NULL;
	kc->home = h;
	/* a set that is full makes room before the others are */
	for (kc->shift = 63; sets_of(kc) * WAYS < n + n / 4;)
		kc->shift--;
	if (pool_new(kc, 0, SMALL) && pool_new(kc, 1, WAY_SIZE) &&
	    keyhome_join(h, kc))
		return kc;
	memory_free(kc);
	return NULL;
}

struct keycache *
keycache_new(const struct crypto *c, size_t n)
{
	return n == 0 || n > KEYCACHE_MOST ? NULL : keycache_open(c->home, n);
}

const struct keyhome *
keycache_home(const struct keycache *kc)
{
	return kc->home;
}

struct keycache_count
keycache_count(const struct keycache *kc)
{
	return kc->count;
}

static void *
slot_data(const struct pool *p, size_t slot)
{
	return p->data + slot * p->size;
}

static size_t
slot_of(const struct pool *p, const struct set *s, size_t i)
{
	return (size_t)(s - p->set) * WAYS + i;
}

/* The slot is the caller's when this says so, and BUSY. */
static bool
claim(struct set *s, size_t i, uint64_t tag)
{
	return atomic_compare_exchange_strong_explicit(
	    &s->tag[i], &tag, BUSY, memory_order_acquire, memory_order_relaxed);
}

static void
put(struct set *s, size_t i, uint64_t tag)
{
	atomic_store_explicit(&s->tag[i], tag, memory_order_release);
}

static void
clear(struct pool *p, size_t slot)
{
	way_clear(p->way[slot], slot_data(p, slot));
}

void
keycache_free(struct keycache *kc)
{
	if (kc == NULL)
		return;
	keyhome_leave(kc->home, kc);
	for (size_t i = 0; i < 2; i++)
		for (size_t s = 0; s < sets_of(kc); s++)
			for (size_t w = 0; w < WAYS; w++) {
				struct pool *p = &kc->pool[i];
				struct set *set = &p->set[s];

				if (atomic_load(&set->tag[w]) > BUSY)
					clear(p, slot_of(p, set, w));
			}
	memory_free(kc);
}

/* Keys that were numbered in a row are spread over all sets. */
static struct set *
set_of(const struct keycache *kc, const struct pool *p, uint64_t id)
{
	return &p->set[id * UINT64_C(0x9e3779b97f4a7c15) >> kc->shift];
}

static struct pool *
pool_of(struct keycache *kc, const struct way *w)
{
	return &kc->pool[w->size > SMALL];
}

static uint64_t
tag_of(const struct keyed *k, unsigned way)
{
	return k->id << 2 | way;
}

/*
 * NULL: it is not there. With branches: where it is is foretold, mostly, and then
 * nothing waits for the tags.
 */
static inline void *
find(const struct pool *p, struct set *s, uint64_t tag)
{
	for (size_t i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&s->tag[i], memory_order_acquire) ==
		    tag) {
			s->used |= (uint64_t)1 << i;
			return slot_data(p, slot_of(p, s, i));
		}
	return NULL;
}

static bool
is_in(void *const *x, size_t n, const void *p)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] == p)
			return true;
	return false;
}

/* Take slot i of the set, unless one of the n in x lies there. */
static bool
take(struct pool *p, struct set *s, size_t i, void *const *x, size_t n)
{
	size_t slot = slot_of(p, s, i);
	uint64_t tag = atomic_load_explicit(&s->tag[i], memory_order_relaxed);

	if (tag == BUSY || (tag != EMPTY && is_in(x, n, slot_data(p, slot))) ||
	    !claim(s, i, tag))
		return false;
	if (tag != EMPTY)
		clear(p, slot);
	return true;
}

/* An empty slot, or one that was not used of late. WAYS: none is to be had. */
static size_t
make_room(struct pool *p, struct set *s, void *const *x, size_t n)
{
	for (size_t i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&s->tag[i], memory_order_relaxed) ==
			EMPTY &&
		    take(p, s, i, x, n))
			return i;
	for (int again = 0; again < 2; again++, s->used = 0)
		for (size_t i = 0; i < WAYS; i++)
			if ((s->used >> i & 1) == 0 && take(p, s, i, x, n))
				return i;
	return WAYS;
}

/* Make one that was not there: seldom, and apart from what is done often. */
static __attribute__((noinline)) void *
make(struct keycache *kc, const struct keyed *k, unsigned way, void *const *x,
    size_t n, struct fresh *f)
{
	const struct way *w = keyrow_way(k->row, way);
	struct pool *p = pool_of(kc, w);
	struct set *s = set_of(kc, p, k->id);
	size_t i = make_room(p, s, x, n), slot;

	if (i == WAYS)
		return NULL;
	slot = slot_of(p, s, i);
	p->way[slot] = w;
	if (w->expand_n != NULL) {
		f->x[f->n] = slot_data(p, slot);
		f->s[f->n++] = keyed_spec(k);
	} else {
		struct aead_spec spec = keyed_spec(k);

		if (!w->expand(w, slot_data(p, slot), &spec)) {
			memset(slot_data(p, slot), 0, w->size);
			put(s, i, EMPTY);
			return NULL;
		}
	}
	kc->count.misses++;
	s->used |= (uint64_t)1 << i;
	put(s, i, tag_of(k, way));
	return slot_data(p, slot);
}

static inline void *
get(struct keycache *kc, const struct pool *p, const struct keyed *const *k,
    size_t at, unsigned way, void **x, struct fresh *f)
{
	void *found = find(p, set_of(kc, p, k[at]->id), tag_of(k[at], way));

	if (found == NULL)
		return make(kc, k[at], way, x, at, f);
	kc->count.hits++;
	return found;
}

/* All of them are the first one? The usual case. */
static bool
are_one(const struct keyed *const *k, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (k[i] != k[0])
			return false;
	return true;
}

/* Memory of many keys is far away: ask for all of it before the first is used. */
static void
look_ahead(const struct keycache *kc, const struct pool *p,
    const struct keyed *const *k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(k[i]);
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(set_of(kc, p, k[i]->id));
}

size_t
keycache_get(struct keycache *kc, const struct keyed *const *k, size_t n,
    unsigned i, void **x)
{
	const struct way *w = keyrow_way(k[0]->row, i);
	const struct pool *p = pool_of(kc, w);
	SCRATCH struct fresh f;
	size_t at = 0;

	f.n = 0;
	if (are_one(k, n)) {
		x[0] = get(kc, p, k, 0, i, x, &f);
		if (x[0] == NULL)
			return 0;
		for (at = 1; at < n; at++)
			x[at] = x[0];
	} else {
		look_ahead(kc, p, k, n);
		for (; at < n; at++)
			if ((x[at] = get(kc, p, k, at, i, x, &f)) == NULL)
				break;
	}
	if (f.n != 0)
		w->expand_n(w, f.x, f.s, f.n);
	return at;
}

void
keycache_forget(struct keycache *kc, const struct keyed *k)
{
	for (unsigned way = 0; way < k->row->n; way++) {
		struct pool *p = pool_of(kc, keyrow_way(k->row, way));
		struct set *s = set_of(kc, p, k->id);

		for (size_t i = 0; i < WAYS; i++)
			if (claim(s, i, tag_of(k, way))) {
				clear(p, slot_of(p, s, i));
				put(s, i, EMPTY);
			}
	}
}
