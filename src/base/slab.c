/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/slab.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLAB_PLAIN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLAB_PLAIN
#endif

enum {
	LINE = 64,
	BLOCK = 65536,
	/* less, so that malloc()'s own bytes lie between two blocks */
	BLOCK_USED = BLOCK - LINE
};

struct block {
	struct link link;     /* first */
	void *free;	      /* each begins with the next one */
	uint32_t used, fresh; /* fresh: from here on none was ever used */
};

_Static_assert(sizeof(struct block) <= LINE, "the head takes a line");

void
slab_init(struct slab *s, size_t size)
{
	s->size = size;
	s->per = (BLOCK_USED - LINE) / size;
	list_init(&s->some);
	list_init(&s->full);
}

void
slab_fini(struct slab *s)
{
	list_init(&s->some);
	list_init(&s->full);
}

#ifdef SLAB_PLAIN

void *
slab_alloc(struct slab *s)
{
	void *p;

	p = aligned_alloc(LINE, (s->size + LINE - 1) / LINE * LINE);
	if (p == NULL)
		return NULL;
	memset(p, 0, s->size);
	return p;
}

void
slab_free(struct slab *s, void *p)
{
	secret_wipe(p, s->size);
	free(p);
}

#else

static struct block *
block_new(struct slab *s)
{
	struct block *b = aligned_alloc(BLOCK, BLOCK_USED);

	if (b == NULL)
		return NULL;
	*b = (struct block){ .free = NULL };
	list_push_head(&s->some, &b->link);
	return b;
}

void *
slab_alloc(struct slab *s)
{
	struct block *b;
	void *p;

	if (!list_empty(&s->some))
		b = (struct block *)(void *)s->some.next;
	else if ((b = block_new(s)) == NULL)
		return NULL;
	p = b->free;
	if (p != NULL)
		memcpy(&b->free, p, sizeof(b->free));
	else
		p = (char *)b + LINE + s->size * b->fresh++;
	if (++b->used == s->per) {
		list_remove(&b->link);
		list_push_head(&s->full, &b->link);
	}
	memset(p, 0, s->size);
	return p;
}

void
slab_free(struct slab *s, void *p)
{
	struct block *b =
	    (void *)((char *)p - ((uintptr_t)p & (uintptr_t)(BLOCK - 1)));

	secret_wipe(p, s->size);
	memcpy(p, &b->free, sizeof(b->free));
	b->free = p;
	if (b->used-- == s->per) {
		list_remove(&b->link);
		list_push_head(&s->some, &b->link);
	}
	if (b->used == 0) {
		list_remove(&b->link);
		free(b);
	}
}

#endif
