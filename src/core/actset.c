/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/actset.h"

#include <stdlib.h>

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Over fields, not bytes: struct action has padding. */
static uint64_t
hash(const struct action *a, unsigned n)
{
	uint64_t h = n;

	for (unsigned i = 0; i < n; i++, a++) {
		h = mix(h, (uint64_t)a->type << 32 | (uint64_t)a->flags << 24 |
			       (uint64_t)a->ah_alg << 16 |
			       (uint64_t)a->esp_alg << 8 | a->espa_alg);
		h = mix(h, (uint64_t)a->ah_min << 48 |
			       (uint64_t)a->ah_max << 32 |
			       (uint64_t)a->esp_min << 16 | a->esp_max);
		h = mix(h, (uint64_t)a->espa_min << 16 | a->espa_max);
	}
	return h ^ h >> 32;
}

static bool
equal(const struct actset *s, const struct action *a, unsigned n)
{
	if (s->n != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!action_equal(&s->a[i], &a[i]))
			return false;
	return true;
}

/* Failure to grow is no failure: chains become longer. */
static void
grow(struct actset_table *t)
{
	size_t cap = t->cap == 0 ? 16 : t->cap * 2;
	struct link *b;

	if (t->n < t->cap || (b = calloc(cap, sizeof(*b))) == NULL)
		return;
	for (size_t i = 0; i < cap; i++)
		list_init(&b[i]);
	for (size_t i = 0; i < t->cap; i++)
		list_each (l, &t->bucket[i]) {
			struct actset *s = list_item(l, struct actset, link);

			list_remove(l);
			list_push_head(&b[s->hash & (cap - 1)], l);
		}
	free(t->bucket);
	t->bucket = b;
	t->cap = cap;
}

struct actset *
actset_get(struct actset_table *t, const struct action *a, unsigned n)
{
	uint64_t h = hash(a, n);
	struct actset *s;

	grow(t);
	if (t->cap == 0)
		return NULL;
	list_each (l, &t->bucket[h & (t->cap - 1)]) {
		s = list_item(l, struct actset, link);
		if (s->hash == h && equal(s, a, n))
			return actset_ref(s);
	}
	s = calloc(1, sizeof(*s) + n * sizeof(*a));
	if (s == NULL)
		return NULL;
	s->refs = 1;
	s->hash = h;
	s->n = n;
	if (n != 0)
		memcpy(s->a, a, n * sizeof(*a));
	list_push_head(&t->bucket[h & (t->cap - 1)], &s->link);
	t->n++;
	return s;
}

struct actset *
actset_ref(struct actset *s)
{
	s->refs++;
	return s;
}

void
actset_put(struct actset_table *t, struct actset *s)
{
	if (s == NULL || --s->refs != 0)
		return;
	list_remove(&s->link);
	free(s);
	t->n--;
}

void
actset_fini(struct actset_table *t)
{
	free(t->bucket);
	*t = (struct actset_table){ 0 };
}
