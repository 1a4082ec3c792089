/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/parts.h"

#include <stdlib.h>

#include "base/secret.h"

bool
blob_set(struct blob *b, const void *p, size_t n)
{
	uint8_t *copy = malloc(n != 0 ? n : 1);

	if (copy == NULL)
		return false;
	if (n != 0)
		memcpy(copy, p, n);
	blob_fini(b);
	b->b = copy;
	b->n = n;
	return true;
}

void
blob_fini(struct blob *b)
{
	if (b->b != NULL)
		secret_wipe(b->b, b->n);
	free(b->b);
	*b = (struct blob){ NULL, 0 };
}

bool
nonce_make(struct nonce *n, const struct rng *rng)
{
	n->n = NONCE_OWN;
	return rng->fill(rng->ctx, n->b, NONCE_OWN);
}

bool
nonce_set(struct nonce *n, struct ike_view v)
{
	if (v.n < NONCE_MIN || v.n > NONCE_MAX)
		return false;
	memcpy(n->b, v.p, v.n);
	n->n = (uint16_t)v.n;
	return true;
}

int
nonce_compare(const struct nonce *a, const struct nonce *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int c = memcmp(a->b, b->b, n);

	if (c != 0)
		return c;
	return a->n < b->n ? -1 : a->n > b->n;
}
