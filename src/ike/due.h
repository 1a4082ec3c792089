/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * due - which of many things is due first: a binary heap of members of other
 * structures. Changing one costs the logarithm of how many there are.
 */
#ifndef IKE_DUE_H
#define IKE_DUE_H

#include "base/rd.h"

struct due_item {
	uint64_t at; /* ms; read only: due_set() */
	size_t pos;  /* in the heap, from 1; 0: in none */
};

struct due {
	struct due_item **heap; /* [1..n] */
	size_t n, cap;
};

void due_fini(struct due *d);
/*
 * Make room for n more due_set(). False: no memory.
 */
MUST_USE bool due_reserve(struct due *d, size_t n);
/* at UINT64_MAX: never, it leaves the heap. There is room: due_reserve(). */
void due_set(struct due *d, struct due_item *i, uint64_t at);
/* The first one, or NULL. */
struct due_item *due_first(const struct due *d);

#endif /* IKE_DUE_H */
