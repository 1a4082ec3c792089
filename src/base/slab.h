/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slab - many objects of one size, without the bytes that malloc() has around
 * each. Blocks of 64 KB, given back when the last object of one is. Where the
 * sanitizer looks after memory each object is one of malloc().
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>

#include "base/list.h"

struct slab {
	size_t size, per;	/* bytes of an object; objects of a block */
	struct link some, full; /* blocks with and without room */
};

/* size: a multiple of 8, up to 4 KB. Those of 64 begin where cache lines do. */
void slab_init(struct slab *s, size_t size);
/* All objects have been freed. */
void slab_fini(struct slab *s);
/* Zeroed. NULL: no memory. */
void *slab_alloc(struct slab *s);
/* Wipes it. */
void slab_free(struct slab *s, void *p);

#endif /* BASE_SLAB_H */
