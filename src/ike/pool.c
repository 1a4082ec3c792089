/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/pool.h"

#include <stdlib.h>

#include "base/rd.h"

/* One address. Free ones with an owner are in a list, the longest free first. */
struct lease {
	uint64_t owner;	     /* hash of who has it or had it; 0: nobody ever */
	uint32_t prev, next; /* in the list of free ones; index, or NONE */
	uint32_t users;
};

#define NONE UINT32_MAX

struct pool {
	struct addr lo;
	struct hash_seed seed;
	uint32_t n, used;
	uint32_t fresh; /* from here on nobody ever had one */
	uint32_t head, tail;
	/* hash of an owner to its address; open addressing, twice as many */
	uint32_t *by_owner, mask;
	struct lease lease[];
};

/* hi - lo, at most POOL_MAX - 1. */
static uint32_t
distance(const struct addr *lo, const struct addr *hi)
{
	uint32_t d = 0;

	for (size_t i = 0; i < addr_bytes(lo->fam); i++) {
		/* may be below 0 for a moment: 10.0.0.255 to 10.0.1.0 */
		int64_t wide = (int64_t)d * 256 + hi->b[i] - lo->b[i];

		if (wide > 2 * POOL_MAX)
			return POOL_MAX - 1;
		d = (uint32_t)wide;
	}
	return d < POOL_MAX ? d : POOL_MAX - 1;
}

static struct addr
at(const struct pool *p, uint32_t i)
{
	struct addr a = p->lo;
	unsigned carry = i;

	for (size_t k = addr_bytes(a.fam); k-- > 0 && carry != 0;) {
		carry += a.b[k];
		a.b[k] = (uint8_t)carry;
		carry >>= 8;
	}
	return a;
}

/* The index of a; NONE: it is not in the pool. */
static uint32_t
index_of(const struct pool *p, const struct addr *a)
{
	uint32_t i;
	struct addr back;

	if (a->fam != p->lo.fam || memcmp(a->b, p->lo.b, sizeof(a->b)) < 0)
		return NONE;
	i = distance(&p->lo, a);
	if (i >= p->n)
		return NONE;
	back = at(p, i);
	return addr_equal(&back, a) ? i : NONE;
}

struct pool *
pool_new(
    const struct addr *lo, const struct addr *hi, const struct hash_seed *seed)
{
	struct pool *p;
	uint32_t n, slots = 4;

	if (addr_bytes(lo->fam) == 0 || lo->fam != hi->fam ||
	    memcmp(lo->b, hi->b, sizeof(lo->b)) > 0)
		return NULL;
	n = distance(lo, hi) + 1;
	while (slots < 2 * n)
		slots *= 2;
	p = calloc(1, sizeof(*p) + n * sizeof(p->lease[0]));
	if (p == NULL)
		return NULL;
	p->by_owner = malloc(slots * sizeof(p->by_owner[0]));
	if (p->by_owner == NULL) {
		free(p);
		return NULL;
	}
	for (uint32_t i = 0; i < slots; i++)
		p->by_owner[i] = NONE;
	p->mask = slots - 1;
	p->lo = *lo;
	p->seed = *seed;
	p->n = n;
	p->head = p->tail = NONE;
	return p;
}

struct pool *
pool_of_prefix(const struct prefix *p, const struct hash_seed *seed)
{
	struct prefix c = *p;
	struct addr hi;
	unsigned bits = addr_bits(p->a.fam);

	prefix_canon(&c);
	hi = c.a;
	for (unsigned i = c.len; i < bits; i++)
		hi.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (c.len + 2U <= bits) {
		/* the network's own address; of IPv6 that of its routers */
		c.a.b[bits / 8 - 1]++;
		if (c.a.fam == FAM_V4)
			hi.b[3]--;
	}
	return pool_new(&c.a, &hi, seed);
}

void
pool_free(struct pool *p)
{
	if (p != NULL)
		free(p->by_owner);
	free(p);
}

static uint64_t
owner_of(const struct pool *p, struct ike_view who)
{
	struct hash h = hash_begin(&p->seed);
	struct rd r = ike_view_rd(who);
	uint64_t v;

	hash_word(&h, who.n);
	while (rd_left(&r) >= 8)
		hash_word(&h, rd_be64(&r));
	while (rd_left(&r) > 0)
		hash_word(&h, rd_u8(&r));
	v = hash_end(h);
	return v != 0 ? v : 1;
}

/* ---- the list of free ones ---- */

static void
unlink_free(struct pool *p, uint32_t i)
{
	struct lease *l = &p->lease[i];

	if (l->prev == NONE)
		p->head = l->next;
	else
		p->lease[l->prev].next = l->next;
	if (l->next == NONE)
		p->tail = l->prev;
	else
		p->lease[l->next].prev = l->prev;
}

static void
append_free(struct pool *p, uint32_t i)
{
	struct lease *l = &p->lease[i];

	l->prev = p->tail;
	l->next = NONE;
	if (p->tail == NONE)
		p->head = i;
	else
		p->lease[p->tail].next = i;
	p->tail = i;
}

/* ---- who had what ---- */

/*
 * The slot of an owner's address: of several, any one that is free, else any. A
 * free slot: it has none.
 */
static uint32_t
find(const struct pool *p, uint64_t owner)
{
	uint32_t s = (uint32_t)owner & p->mask, taken = NONE;

	for (; p->by_owner[s] != NONE; s = (s + 1) & p->mask) {
		const struct lease *l = &p->lease[p->by_owner[s]];

		if (l->owner != owner)
			continue;
		if (l->users == 0)
			return s;
		taken = s;
	}
	return taken != NONE ? taken : s;
}

static void
remember(struct pool *p, uint32_t i)
{
	uint32_t s = (uint32_t)p->lease[i].owner & p->mask;

	while (p->by_owner[s] != NONE)
		s = (s + 1) & p->mask;
	p->by_owner[s] = i;
}

/* Is x in the circle from a (not counted) to b (counted)? */
static bool
is_between(uint32_t x, uint32_t a, uint32_t b)
{
	return a < b ? x > a && x <= b : x > a || x <= b;
}

static void
forget(struct pool *p, uint32_t i)
{
	uint32_t s = (uint32_t)p->lease[i].owner & p->mask;

	while (p->by_owner[s] != i)
		s = (s + 1) & p->mask;
	p->by_owner[s] = NONE;
	for (uint32_t k = (s + 1) & p->mask; p->by_owner[k] != NONE;
	     k = (k + 1) & p->mask) {
		uint32_t home =
		    (uint32_t)p->lease[p->by_owner[k]].owner & p->mask;

		if (is_between(home, s, k))
			continue;
		p->by_owner[s] = p->by_owner[k];
		p->by_owner[k] = NONE;
		s = k;
	}
}

/* ---- */

/* One that is free now; NONE: there is none. */
static uint32_t
choose(struct pool *p, uint64_t owner, const struct addr *wish)
{
	uint32_t i = wish != NULL ? index_of(p, wish) : NONE;

	if (i != NONE && p->lease[i].owner == owner && p->lease[i].users == 0)
		return i;
	i = p->by_owner[find(p, owner)];
	if (i != NONE && p->lease[i].users == 0)
		return i;
	if (p->fresh < p->n)
		return p->fresh;
	return p->head;
}

bool
pool_take(struct pool *p, struct ike_view who, const struct addr *wish,
    struct addr *out)
{
	uint64_t owner = owner_of(p, who);
	uint32_t i = choose(p, owner, wish);

	*out = (struct addr){ 0 };
	if (i == NONE)
		return false;
	if (i == p->fresh)
		p->fresh++;
	else
		unlink_free(p, i);
	if (p->lease[i].owner != owner) {
		if (p->lease[i].owner != 0)
			forget(p, i);
		p->lease[i].owner = owner;
		remember(p, i);
	}
	p->lease[i].users = 1;
	p->used++;
	*out = at(p, i);
	return true;
}

bool
pool_share(struct pool *p, struct ike_view who, const struct addr *a)
{
	uint32_t i = index_of(p, a);

	if (i == NONE || p->lease[i].users == 0 ||
	    p->lease[i].owner != owner_of(p, who))
		return false;
	p->lease[i].users++;
	return true;
}

void
pool_give(struct pool *p, const struct addr *a)
{
	uint32_t i = index_of(p, a);

	if (i == NONE || p->lease[i].users == 0 || --p->lease[i].users > 0)
		return;
	p->used--;
	append_free(p, i);
}

unsigned
pool_size(const struct pool *p)
{
	return p->n;
}

unsigned
pool_used(const struct pool *p)
{
	return p->used;
}
