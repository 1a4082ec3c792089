/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classify - the best of many selectors for a packet (spec: policy 12, 17).
 *
 * Selectors of one shape (which of them are present, the two prefix lengths,
 * and how many leading bits all ports of a range share) are in one hash table, so a lookup costs a probe for each shape, not
 * a comparison for each rule; and the shapes are searched best priority first,
 * so most are not even probed. Adding and removing touch one table only. The
 * result is that of the linear definition, which the test compares.
 */
#ifndef CORE_CLASSIFY_H
#define CORE_CLASSIFY_H

#include "model/rule.h"

/* Inside the caller's entry. sel stays where it is while the node is in. */
struct classify_node {
	const struct sel *sel;
	uint32_t priority; /* the greatest wins, */
	uint32_t hash;
	uint64_t order; /* then the greatest: the newest. Unique */
	struct classify_node *next;
};

struct classify_shape;

struct classify { /* all zero: empty */
	struct classify_shape *shape;
	size_t n, cap;
};

/* False: no memory; nothing is changed. */
MUST_USE bool classify_add(struct classify *c, struct classify_node *node);
/* The node is in c. */
void classify_remove(struct classify *c, struct classify_node *node);
/* The best node that matches, or NULL. */
struct classify_node *classify_find(
    const struct classify *c, const struct flow *f);
/* The node with the same selectors, bit for bit, or NULL. */
struct classify_node *classify_same(
    const struct classify *c, const struct sel *s);
/* Frees the tables; the nodes are the caller's. */
void classify_fini(struct classify *c);

#endif /* CORE_CLASSIFY_H */
