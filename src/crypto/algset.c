/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/algset.h"

#include <stdlib.h>

#include "crypto/backend.h"

bool
algset_load(struct crypto *c, const struct algmech_entry *e, size_t n)
{
	struct algmech *rows = calloc(n != 0 ? n : 1, sizeof(*rows));

	if (rows == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		algmech_make(&rows[i], &e[i]);
	free(c->algs);
	c->algs = rows;
	c->n_algs = n;
	return true;
}

void
algset_reset(struct crypto *c)
{
	free(c->algs);
	c->algs = NULL;
	c->n_algs = 0;
	c->async[0] = c->async[1] = false;
}

const struct alg *
algset_row(const struct crypto *c, size_t i)
{
	if (c->algs == NULL)
		return alg_row(i);
	return i < c->n_algs ? &c->algs[i].a : NULL;
}

const struct alg *
algset_by_id(const struct crypto *c, enum alg_table t, unsigned id)
{
	const struct alg *a;

	for (size_t i = 0; (a = algset_row(c, i)) != NULL; i++)
		if (a->table == t && a->id == id)
			return a;
	return NULL;
}

void
algset_set_async(struct crypto *c, enum alg_table t, bool async)
{
	c->async[t == ALG_ENCR] = async;
}

bool
algset_is_async(const struct crypto *c, enum alg_table t)
{
	return c->async[t == ALG_ENCR];
}
