/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * actset - lists of alternatives, each kept once however many rules have it:
 * `any` makes hundreds of alternatives, and a policy repeats a few lists.
 */
#ifndef CORE_ACTSET_H
#define CORE_ACTSET_H

#include "base/list.h"

#include "model/rule.h"

struct actset {
	struct link link;
	size_t refs;
	uint64_t hash;
	unsigned n;
	struct action a[]; /* read only: shared */
};

struct actset_table {
	struct link *bucket;
	size_t n, cap; /* lists; buckets, a power of two or 0 */
};

/* A reference to the list of these n alternatives. NULL: no memory. */
struct actset *actset_get(
    struct actset_table *t, const struct action *a, unsigned n);
/* One more reference. */
struct actset *actset_ref(struct actset *s);
/* Gives a reference back; s may be NULL. */
void actset_put(struct actset_table *t, struct actset *s);
/* All references were given back. */
void actset_fini(struct actset_table *t);

#endif /* CORE_ACTSET_H */
