/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/batch.h"

#include <stdlib.h>

struct batch {
	struct aead base; /* first: the caller's pointer is to it */
	struct aead *few, *many;
};

static const struct batch *
self(const struct aead *a)
{
	return (const void *)a;
}

/* Operations whose key is changed at a time. */
enum { CHUNK = 64 };

typedef void aead_fn(struct aead_op *op, size_t n);

/* The inner key stands in the operation for the time of the call. */
static void
run_chunk(struct aead_op *op, size_t n, aead_fn *fn)
{
	SCRATCH const struct aead *outer[CHUNK];
	bool many = n >= self(op->key)->many->least;

	for (size_t i = 0; i < n; i++) {
		outer[i] = op[i].key;
		op[i].key = many ? self(outer[i])->many : self(outer[i])->few;
	}
	fn(op, n);
	for (size_t i = 0; i < n; i++)
		op[i].key = outer[i];
}

static void
run(struct aead_op *op, size_t n, aead_fn *fn)
{
	for (size_t step; n != 0; op += step, n -= step) {
		step = n < CHUNK ? n : CHUNK;
		run_chunk(op, step, fn);
	}
}

static void
batch_seal(struct aead_op *op, size_t n)
{
	run(op, n, aead_seal);
}

static void
batch_open(struct aead_op *op, size_t n)
{
	run(op, n, aead_open);
}

static void
batch_free(struct aead *a)
{
	aead_free(self(a)->few);
	aead_free(self(a)->many);
	free(a);
}

struct aead *
batch_new(struct aead *few, struct aead *many)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		aead_free(few);
		return many;
	}
	b->base.seal = batch_seal;
	b->base.open = batch_open;
	b->base.free = batch_free;
	b->base.info = many->info;
	b->few = few;
	b->many = many;
	return &b->base;
}
