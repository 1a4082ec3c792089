/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikekey.h"

#include <stdlib.h>

void
ikekeys_fini(struct ikekeys *k)
{
	for (unsigned i = 0; i < k->n; i++)
		secret_fini(&k->key[i].key);
	free(k->key);
	*k = (struct ikekeys){ 0 };
}

bool
ikekey_who_equal(const struct ikekey_who *a, const struct ikekey_who *b)
{
	if (a->form != b->form)
		return false;
	if (a->form == IKEKEY_PREFIX)
		return prefix_equal(&a->p, &b->p);
	return a->form == IKEKEY_ANY || ikeid_equal(&a->id, &b->id);
}

static bool
same(const struct ikekey *a, const struct ikekey *b)
{
	if (a->what != b->what)
		return false;
	if (a->what != IKEKEY_PRESHARED)
		return strcmp(a->name, b->name) == 0;
	return ikekey_who_equal(&a->own, &b->own) &&
	       ikekey_who_equal(&a->peer, &b->peer);
}

const struct ikekey *
ikekeys_same(const struct ikekeys *k, const struct ikekey *x)
{
	for (unsigned i = 0; i < k->n; i++)
		if (same(&k->key[i], x))
			return &k->key[i];
	return NULL;
}

/* Not realloc(): it would leave a copy of the keys behind. */
static bool
grow(struct ikekeys *k)
{
	size_t n = k->n;
	struct ikekey *p;

	if ((n & (n - 1)) != 0)
		return true;
	p = calloc(n == 0 ? 1 : 2 * n, sizeof(*p));
	if (p == NULL)
		return false;
	if (n != 0)
		memcpy(p, k->key, n * sizeof(*p));
	secret_wipe(k->key, n * sizeof(*p));
	free(k->key);
	k->key = p;
	return true;
}

bool
ikekeys_add(struct ikekeys *k, struct ikekey *x)
{
	bool ok = ikekeys_same(k, x) == NULL && grow(k);

	if (ok)
		k->key[k->n++] = *x;
	secret_wipe(x, sizeof(*x));
	return ok;
}

void
ikekeys_del(struct ikekeys *k, unsigned i)
{
	secret_fini(&k->key[i].key);
	for (k->n--; i < k->n; i++)
		k->key[i] = k->key[i + 1];
	secret_wipe(&k->key[k->n], sizeof(k->key[0]));
}

/* How well an end suits: 0 not at all, 1 any, 2.. prefixes, 200 itself. */
static unsigned
suits(const struct ikekey_who *w, const struct ikeid *id, const struct addr *a)
{
	struct ikeid by_addr = ikeid_addr(a);
	struct addr at;

	if (w->form == IKEKEY_ANY)
		return 1;
	if (id->type == IKEID_NONE)
		id = &by_addr;
	if (id->type == IKEID_NONE)
		return 0;
	if (w->form == IKEKEY_ID)
		return ikeid_equal(&w->id, id) ? 200 : 0;
	if (!ikeid_to_addr(id, &at) || !prefix_match(&w->p, &at))
		return 0;
	return 2u + w->p.len;
}

const struct ikekey *
ikekeys_find(const struct ikekeys *k, const struct ikeid *own,
    const struct addr *local, const struct ikeid *peer,
    const struct addr *remote)
{
	const struct ikekey *best = NULL;
	unsigned most = 0;

	for (unsigned i = 0; i < k->n; i++) {
		const struct ikekey *x = &k->key[i];
		unsigned o = suits(&x->own, own, local);
		unsigned p = suits(&x->peer, peer, remote);

		if (x->what != IKEKEY_PRESHARED || o == 0 || p == 0)
			continue;
		if (best == NULL || p * 256 + o > most) {
			best = x;
			most = p * 256 + o;
		}
	}
	return best;
}

const struct ikekey *
ikekeys_named(const struct ikekeys *k, enum ikekey_what what, const char *name)
{
	for (unsigned i = 0; i < k->n && what != IKEKEY_PRESHARED; i++)
		if (k->key[i].what == what && strcmp(k->key[i].name, name) == 0)
			return &k->key[i];
	return NULL;
}
