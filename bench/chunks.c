/* SPDX-License-Identifier: BSD-2-Clause */
#include "chunks.h"

#include <stdlib.h>

bool
chunks_more(const struct chunks *c)
{
	return c->n < sizeof(c->each) / sizeof(c->each[0]) &&
	       (c->used < c->budget || c->n < 5);
}

void
chunks_add(struct chunks *c, uint64_t took, unsigned things)
{
	c->used += took;
	c->each[c->n++] = (double)took / things;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
chunks_median(struct chunks *c)
{
	qsort(c->each, c->n, sizeof(c->each[0]), by_size);
	return c->each[c->n / 2];
}
