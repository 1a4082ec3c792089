/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pmtu.h"

#include <stdlib.h>

#define SETS  256    /* by hash of the address */
#define WAYS  4	     /* places in each; the one used longest ago is reused */
#define FRESH 2000   /* ms that an answer of the routes holds */
#define AGE   600000 /* ms that a report holds: RFC 1191 6.3 */

enum { MTU_COMMON = 1500, MTU_LEAST_V4 = 576, MTU_LEAST_V6 = 1280 };

struct place {
	struct addr a;
	uint32_t route, learned;     /* bytes; learned 0: nothing */
	uint64_t asked, until, used; /* ms */
};

struct pmtu {
	uint32_t (*ask)(void *ctx, const struct addr *dst);
	void *ctx;
	struct place at[SETS][WAYS];
};

struct pmtu *
pmtu_new(uint32_t (*ask)(void *ctx, const struct addr *dst), void *ctx)
{
	struct pmtu *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->ask = ask;
	p->ctx = ctx;
	return p;
}

void
pmtu_free(struct pmtu *p)
{
	free(p);
}

/* FNV-1a, folded. Somebody who chooses addresses gains a slower lookup only. */
static unsigned
hash(const struct addr *a)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(a->b); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return (h ^ h >> 16) % SETS;
}

static struct place *
find(struct pmtu *p, const struct addr *dst, uint64_t now)
{
	struct place *set = p->at[hash(dst)], *old = set;

	for (int i = 0; i < WAYS; i++) {
		if (addr_equal(&set[i].a, dst)) {
			set[i].used = now;
			return &set[i];
		}
		if (set[i].used < old->used)
			old = &set[i];
	}
	*old = (struct place){ .a = *dst, .used = now };
	return old;
}

uint32_t
pmtu_get(struct pmtu *p, const struct addr *dst, uint64_t now)
{
	struct place *e = find(p, dst, now);

	if (e->route == 0 || now - e->asked >= FRESH) {
		e->route = p->ask(p->ctx, dst);
		if (e->route == 0)
			e->route = MTU_COMMON;
		e->asked = now;
	}
	if (e->learned != 0 && now >= e->until)
		e->learned = 0;
	return e->learned != 0 && e->learned < e->route ? e->learned : e->route;
}

void
pmtu_doubt(struct pmtu *p, const struct addr *dst, uint64_t now)
{
	find(p, dst, now)->route = 0;
}

bool
pmtu_learn(struct pmtu *p, const struct addr *dst, uint32_t mtu, uint64_t now)
{
	uint32_t least = dst->fam == FAM_V4 ? MTU_LEAST_V4 : MTU_LEAST_V6;
	uint32_t known = pmtu_get(p, dst, now);
	struct place *e = find(p, dst, now);

	if (mtu < least)
		mtu = least;
	/* the same again renews it; a larger one may only be stale */
	if (mtu > known)
		return false;
	e->learned = mtu;
	e->until = now + AGE;
	return mtu < known;
}
