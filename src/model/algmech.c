/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/algmech.h"

#include <stdio.h>

/* Other names of mechanisms; the first is in the manual page of Solaris. */
static const struct {
	const char *name, *mech;
} synonyms[] = {
	{ "CKM_BF_CBC", "CKM_BLOWFISH_CBC" },
	{ "CKM_CAST5_CBC", "CKM_CAST128_CBC" },
};

static const char *
plain_mech(const char *mech)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcmp(mech, synonyms[i].name) == 0)
			return synonyms[i].mech;
	return mech[0] != '\0' ? mech : "-";
}

/* The size of a cipher's block, or of a MAC, must be what we compute. */
static bool
fits_block(const struct alg *a, const struct algmech_entry *e)
{
	for (unsigned i = 0; i < e->n_blocks; i++)
		if (e->blocks[i] == a->block)
			return true;
	return e->n_blocks == 0;
}

static bool
fits_params(const struct alg *a, const struct algmech_entry *e)
{
	const uint16_t is[] = { a->iv_len, a->icv_len, a->salt_len };

	/* algs 2: HMACs and block ciphers have none */
	if ((a->flags & ALG_COUNTER) == 0)
		return true;
	for (unsigned i = 0; i < e->n_params && i < 3; i++)
		if (e->params[i] != is[i])
			return false;
	return true;
}

/*
 * Without parameters (Solaris 10's records have none) one mechanism is several
 * rows: that with the entry's number, else that with the longest MAC.
 */
static const struct alg *
find_impl(const struct algmech_entry *e)
{
	const char *mech = plain_mech(e->mech);
	const struct alg *a, *best = NULL;

	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		if (a->table != e->table || strcmp(a->mech, mech) != 0 ||
		    !fits_block(a, e) || !fits_params(a, e))
			continue;
		if (a->id == e->id)
			return a;
		/* no mechanism: nothing but its number says what it is */
		if (strcmp(mech, "-") != 0 &&
		    (best == NULL || a->icv_len > best->icv_len))
			best = a;
	}
	return best;
}

/* Every length of the entry that ok says yes to, up to the room there is. */
static unsigned
list_keys(uint16_t *out, const struct algmech_entry *e, const struct alg *impl)
{
	unsigned n = 0, from, to;

	if (e->key_incr == 0) {
		for (unsigned i = 0; i < e->n_keys && n + 1 < ALGMECH_KEYS; i++)
			if (impl == NULL || alg_keybits_ok(impl, e->keys[i]))
				out[n++] = e->keys[i];
		return n;
	}
	from = e->n_keys == 3 ? e->keys[1] : 0;
	to = e->n_keys == 3 ? e->keys[2] : 0;
	if (impl != NULL && to > impl->key_max)
		to = impl->key_max;
	for (unsigned v = from; v <= to && n + 1 < ALGMECH_KEYS;
	     v += e->key_incr)
		if (impl == NULL || alg_keybits_ok(impl, v))
			out[n++] = (uint16_t)v;
	return n;
}

static void
sort(uint16_t *v, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		for (unsigned k = i; k > 0 && v[k] < v[k - 1]; k--) {
			uint16_t t = v[k];

			v[k] = v[k - 1];
			v[k - 1] = t;
		}
}

static unsigned
gcd(unsigned a, unsigned b)
{
	while (b != 0) {
		unsigned r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* The sorted lengths as least, greatest and step; a list where steps differ. */
static void
set_range(struct algmech *m, unsigned n)
{
	struct alg *a = &m->a;
	unsigned step = 0;

	a->key_min = m->keys[0];
	a->key_max = m->keys[n - 1];
	for (unsigned i = 1; i < n; i++)
		step = gcd(m->keys[i] - m->keys[i - 1], step);
	a->key_incr = (uint16_t)step;
	m->keys[n] = 0;
	if (step != 0 && (unsigned)(a->key_max - a->key_min) / step + 1 != n)
		a->keys = m->keys;
}

/* As the entry says, for a row that cannot be used. */
static void
set_own_sizes(struct algmech *m, const struct algmech_entry *e)
{
	struct alg *a = &m->a;

	a->key_def = e->n_keys != 0 ? e->keys[0] : 0;
	a->key_min = a->key_max = a->key_def;
	for (unsigned i = 0; i < e->n_keys; i++) {
		if (e->keys[i] < a->key_min)
			a->key_min = e->keys[i];
		if (e->keys[i] > a->key_max)
			a->key_max = e->keys[i];
	}
	a->key_incr = e->key_incr;
	a->block = (uint8_t)(e->n_blocks != 0 ? e->blocks[0] : 0);
	a->align = 1;
	if (e->n_params > 0)
		a->iv_len = (uint8_t)e->params[0];
	if (e->n_params > 1)
		a->icv_len = (uint8_t)e->params[1];
	if (e->n_params > 2)
		a->salt_len = (uint8_t)e->params[2];
	a->flags = (uint16_t)(e->flags & ~ALG_VALID);
}

static void
set_name(
    struct algmech *m, const struct algmech_entry *e, const struct alg *impl)
{
	const struct alg *known = alg_by_id((enum alg_table)e->table, e->id);
	const char *mech = plain_mech(e->mech);

	(void)snprintf(
	    m->mech, sizeof(m->mech), "%s", e->mech[0] != '\0' ? e->mech : "-");
	m->a.mech = m->mech;
	m->a.aliases = "";
	/* also one that cannot be used: Solaris' number and mechanism */
	if (impl == NULL && known != NULL && strcmp(known->mech, mech) == 0)
		impl = known;
	if (impl != NULL && impl->id == e->id) {
		m->a.name = impl->name;
		return;
	}
	(void)snprintf(m->name, sizeof(m->name), "%u", e->id);
	m->a.name = m->name;
}

void
algmech_make(struct algmech *m, const struct algmech_entry *e)
{
	const struct alg *impl =
	    (e->flags & ALG_VALID) != 0 ? find_impl(e) : NULL;
	unsigned n = 0;

	*m = (struct algmech){ .a = { .table = e->table, .id = e->id } };
	if (impl != NULL)
		n = list_keys(m->keys, e, impl);
	/* null encryption has no key at all */
	if (impl != NULL && impl->key_max == 0)
		m->keys[0] = 0, n = 1;
	if (n != 0) {
		m->a = *impl;
		m->a.id = e->id;
		m->a.does = impl->id;
		sort(m->keys, n);
		set_range(m, n);
		m->a.key_def = m->keys[0];
		if (e->n_keys != 0 && alg_keybits_ok(&m->a, e->keys[0]))
			m->a.key_def = e->keys[0];
		m->a.flags |= ALG_VALID;
	} else {
		set_own_sizes(m, e);
	}
	set_name(m, e, n != 0 ? impl : NULL);
}
