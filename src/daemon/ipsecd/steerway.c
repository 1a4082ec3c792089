/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/steerway.h"

#include <stdlib.h>

bool
steerway_add(struct steerways *w, const struct prefix *to, uint32_t mtu)
{
	struct steer_way *o;

	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 16 : w->cap * 2;
		struct steer_way *v = reallocarray(w->v, cap, sizeof(*v));

		if (v == NULL)
			return false;
		w->v = v;
		w->cap = cap;
	}
	o = &w->v[w->n++];
	*o = (struct steer_way){ .len = to->len, .mtu = mtu };
	o->dst.fam = to->a.fam;
	memcpy(o->dst.b, to->a.b, sizeof(o->dst.b));
	return true;
}

static int
prefix_cmp(const struct steer_way *x, const struct steer_way *y)
{
	if (x->dst.fam != y->dst.fam)
		return x->dst.fam - y->dst.fam;
	if (x->len != y->len)
		return x->len - y->len;
	return memcmp(x->dst.b, y->dst.b, sizeof(x->dst.b));
}

static int
way_cmp(const void *a, const void *b)
{
	const struct steer_way *x = a, *y = b;
	int c = prefix_cmp(x, y);

	return c != 0 ? c : (x->mtu > y->mtu) - (x->mtu < y->mtu);
}

void
steerway_merge(struct steerways *w)
{
	size_t n = 0;

	if (w->n != 0)
		qsort(w->v, w->n, sizeof(*w->v), way_cmp);
	/* the least comes first */
	for (size_t i = 0; i < w->n; i++)
		if (n == 0 || prefix_cmp(&w->v[n - 1], &w->v[i]) != 0)
			w->v[n++] = w->v[i];
	w->n = n;
}
