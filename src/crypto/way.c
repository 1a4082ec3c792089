/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/way.h"

#include <stdlib.h>

#include "base/secret.h"

bool
way_fill(const struct way *w, void *x, const struct aead_spec *s)
{
	memset(x, 0, w->size);
	if (w->expand(w, x, s))
		return true;
	secret_wipe(x, w->size);
	return false;
}

void
way_clear(const struct way *w, void *x)
{
	if (w->release != NULL)
		w->release(w, x);
	secret_wipe(x, w->size);
}

void *
way_new(const struct way *w, const struct aead_spec *s)
{
	void *x = aligned_alloc(64, (w->size + 63) / 64 * 64);

	if (x == NULL || way_fill(w, x, s))
		return x;
	free(x);
	return NULL;
}

void
way_free(const struct way *w, void *x)
{
	if (x == NULL)
		return;
	way_clear(w, x);
	free(x);
}

void
way_drop(struct way *w)
{
	if (w->drop != NULL)
		w->drop(w);
	memset(w, 0, sizeof(*w));
}
