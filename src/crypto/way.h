/* SPDX-License-Identifier: BSD-2-Clause */
/* way - a schedule of its own for one key, apart from any cache. */
#ifndef CRYPTO_WAY_H
#define CRYPTO_WAY_H

#include "crypto/backend.h"

/* Expand into memory of this call's; NULL: no memory, or the backend failed. */
void *way_new(const struct way *w, const struct aead_spec *s);
/* Releases and wipes. NULL is harmless. */
void way_free(const struct way *w, void *x);

/* Expand into w->size bytes at x, aligned to 64, whatever they hold now. */
MUST_USE bool way_fill(const struct way *w, void *x, const struct aead_spec *s);
/* Release and wipe, so that they are zero. */
void way_clear(const struct way *w, void *x);

/* What the way itself holds; it is zero afterwards. */
void way_drop(struct way *w);

#endif /* CRYPTO_WAY_H */
