/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sahash - where SAs are found by a hash: open addressing, a bucket of seven in
 * one cache line, with a part of the hash before the SA's address. A lookup reads
 * one line of it mostly, and then the SA. What has the same key is one entry, a
 * list of them. Grows by an eighth, in parts, so that nobody waits for it.
 * Borrows SAs.
 */
#ifndef CORE_SAHASH_H
#define CORE_SAHASH_H

#include "core/sa.h"

/* Of one key, the newest last. */
struct sahash_list {
	uint64_t hash;
	uint32_t n, cap;
	struct sa *sa[];
};

enum { SAHASH_SLOTS = 7 };

struct sahash_bucket {
	/* address without its last four bits, 16 bits of tag; 0: free */
	uint64_t slot[SAHASH_SLOTS];
	/* entries that lie behind this one for want of room here */
	uint64_t passed;
};

struct sahash_part {
	struct sahash_bucket *b;
	void *mem;
	size_t size, n; /* buckets, entries */
};

struct sahash {
	struct sahash_part now, old; /* old.b NULL: it does not grow */
	size_t moved;		     /* buckets of old that are empty */
	/* of an entry that is no list */
	uint64_t (*hash_of)(const void *ctx, const struct sa *sa);
	const void *ctx;
	size_t n; /* SAs, each as often as it is in */
};

/* False: no memory. */
MUST_USE bool sahash_init(struct sahash *t,
    uint64_t (*hash_of)(const void *ctx, const struct sa *sa), const void *ctx);
void sahash_fini(struct sahash *t);

/* All entries that a hash may stand for, one by one. */
struct sahash_look {
	const struct sahash *t;
	const struct sahash_part *part;
	size_t bucket;
	unsigned i;
	uint64_t hash;
};

/* One of both, or none. */
struct sahash_entry {
	struct sa *sa;
	struct sahash_list *list;
	uint64_t *slot;
};

struct sahash_look sahash_begin(const struct sahash *t, uint64_t hash);
/* False: there are no more. */
MUST_USE bool sahash_next(struct sahash_look *l, struct sahash_entry *e);

/* The memory of a lookup that comes soon. */
static inline void
sahash_prefetch(const struct sahash *t, uint64_t hash)
{
	__builtin_prefetch(&t->now.b[(hash >> 32) * t->now.size >> 32]);
}

/* Then of the SA, when that line is here. */
void sahash_prefetch_sa(const struct sahash *t, uint64_t hash);

/*
 * Put an SA in. like: the entry of its key, or NULL. False: no memory, and it is
 * not in.
 */
MUST_USE bool sahash_put(struct sahash *t, uint64_t hash, struct sa *sa,
    const struct sahash_entry *like);
/* It is in. */
void sahash_take(struct sahash *t, uint64_t hash, struct sa *sa);

#endif /* CORE_SAHASH_H */
