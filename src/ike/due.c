/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/due.h"

#include <stdlib.h>

void
due_fini(struct due *d)
{
	free(d->heap);
	*d = (struct due){ 0 };
}

bool
due_reserve(struct due *d, size_t n)
{
	size_t need = d->n + n + 1;

	if (need <= d->cap)
		return true;
	size_t cap = d->cap * 2 > need ? d->cap * 2 : need + 16;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a heap of pointers */
	struct due_item **heap = realloc(d->heap, cap * sizeof(*heap));

	if (heap == NULL)
		return false;
	d->heap = heap;
	d->cap = cap;
	return true;
}

static void
put(struct due *d, size_t pos, struct due_item *i)
{
	d->heap[pos] = i;
	i->pos = pos;
}

static void
up(struct due *d, struct due_item *i)
{
	size_t pos = i->pos;

	while (pos > 1 && d->heap[pos / 2]->at > i->at) {
		put(d, pos, d->heap[pos / 2]);
		pos /= 2;
	}
	put(d, pos, i);
}

static void
down(struct due *d, struct due_item *i)
{
	size_t pos = i->pos;

	for (;;) {
		size_t c = pos * 2;

		if (c > d->n)
			break;
		if (c < d->n && d->heap[c + 1]->at < d->heap[c]->at)
			c++;
		if (d->heap[c]->at >= i->at)
			break;
		put(d, pos, d->heap[c]);
		pos = c;
	}
	put(d, pos, i);
}

static void
leave(struct due *d, struct due_item *i)
{
	struct due_item *last = d->heap[d->n--];

	if (last != i) {
		put(d, i->pos, last);
		up(d, last);
		down(d, last);
	}
	i->pos = 0;
}

void
due_set(struct due *d, struct due_item *i, uint64_t at)
{
	i->at = at;
	if (at == UINT64_MAX) {
		if (i->pos != 0)
			leave(d, i);
		return;
	}
	if (i->pos == 0) {
		if (d->n + 1 >= d->cap)
			return; /* against the manual: never, then */
		put(d, ++d->n, i);
	}
	up(d, i);
	down(d, i);
}

struct due_item *
due_first(const struct due *d)
{
	return d->n != 0 ? d->heap[1] : NULL;
}
