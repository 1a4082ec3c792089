/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/ring.h"

#include <stdlib.h>
#include <string.h>

/*
 * A record: a line with its size, then the bytes, up to a whole line. One that does
 * not fit before the end begins at the start, and a size of SKIP says so.
 */
enum { LINE = 64 };
#define SKIP SIZE_MAX

struct ring {
	/* written by who puts */
	_Alignas(LINE) uint64_t head; /* bytes that were ever put */
	uint64_t next;		      /* head with the room that was given */
	uint64_t tail_seen;
	/* written by who takes */
	_Alignas(LINE) uint64_t tail; /* bytes that are done with */
	uint64_t after;		      /* tail with the records at hand */
	uint64_t head_seen;
	_Alignas(LINE) size_t size;
	uint8_t *mem;
};

struct ring *
ring_new(size_t bytes)
{
	struct ring *r = NULL;

	if (bytes < 4096 || (bytes & (bytes - 1)) != 0 ||
	    posix_memalign((void **)&r, LINE, sizeof(*r)) != 0)
		return NULL;
	*r = (struct ring){ .size = bytes };
	if (posix_memalign((void **)&r->mem, LINE, bytes) != 0) {
		free(r);
		return NULL;
	}
	return r;
}

void
ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	free(r->mem);
	free(r);
}

static uint8_t *
at(const struct ring *r, uint64_t pos)
{
	return r->mem + (pos & (r->size - 1));
}

static bool
fits(struct ring *r, uint64_t need)
{
	if (r->head + need - r->tail_seen <= r->size)
		return true;
	r->tail_seen = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
	return r->head + need - r->tail_seen <= r->size;
}

void *
ring_room(struct ring *r, size_t n)
{
	uint64_t need, left = r->size - (r->head & (r->size - 1)), skip;
	size_t mark = SKIP;

	if (n > r->size)
		return NULL;
	need = LINE + (((uint64_t)n + LINE - 1) & ~(uint64_t)(LINE - 1));
	skip = need > left ? left : 0;
	if (!fits(r, skip + need))
		return NULL;
	if (skip != 0)
		memcpy(at(r, r->head), &mark, sizeof(mark));
	memcpy(at(r, r->head + skip), &n, sizeof(n));
	r->next = r->head + skip + need;
	return at(r, r->head + skip) + LINE;
}

void
ring_put(struct ring *r)
{
	__atomic_store_n(&r->head, r->next, __ATOMIC_RELEASE);
}

bool
ring_has_room(struct ring *r, size_t n)
{
	return fits(r, n);
}

uint64_t
ring_count(const struct ring *r)
{
	return r->head;
}

bool
ring_is_done(const struct ring *r)
{
	return __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) == r->head;
}

void *
ring_next(struct ring *r, size_t *n)
{
	uint64_t pos = r->after;

	if (pos == r->head_seen) {
		r->head_seen = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
		if (pos == r->head_seen)
			return NULL;
	}
	memcpy(n, at(r, pos), sizeof(*n));
	if (*n == SKIP) {
		pos += r->size - (pos & (r->size - 1));
		memcpy(n, at(r, pos), sizeof(*n));
	}
	r->after =
	    pos + LINE + (((uint64_t)*n + LINE - 1) & ~(uint64_t)(LINE - 1));
	return at(r, pos) + LINE;
}

void
ring_again(struct ring *r)
{
	r->after = r->tail;
}

void
ring_done(struct ring *r)
{
	__atomic_store_n(&r->tail, r->after, __ATOMIC_RELEASE);
}
