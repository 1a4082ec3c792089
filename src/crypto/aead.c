/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/aead.h"

#include "crypto/keycacheint.h"
#include "crypto/way.h"

/* May these go together in ESP at all? */
static bool
spec_ok(const struct aead_spec *s)
{
	const struct alg *e = s->encr, *i = s->integ;

	if (e == NULL || e->table != ALG_ENCR ||
	    !alg_keybits_ok(e, s->ekey_bits) ||
	    (s->ekey == NULL && s->ekey_bits != 0))
		return false;
	if (i == NULL) {
		/* RFC 4303 3.2: not both NULL; RFC 3686 7: never CTR alone */
		return (e->flags & ALG_COMBINED) != 0 ||
		       (!alg_is(e, EALG_NULL) && (e->flags & ALG_COUNTER) == 0);
	}
	/* GMAC as a MAC needs an IV of its own, for which ESP has no place */
	return (e->flags & ALG_COMBINED) == 0 && i->table == ALG_AUTH &&
	       i->iv_len == 0 && alg_keybits_ok(i, s->akey_bits) &&
	       s->akey != NULL;
}

struct aead_info
aead_info_of(const struct aead_spec *s)
{
	const struct alg *e = s->encr;

	return (struct aead_info){
		.iv_len = e->iv_len,
		.icv_len = s->integ != NULL ? s->integ->icv_len : e->icv_len,
		/* RFC 4303 2.4: the trailer ends on a 4-byte boundary */
		.align = e->align > 4 ? e->align : 4,
		.counter_iv = (e->flags & ALG_COUNTER) != 0,
	};
}

struct aead *
aead_new(const struct crypto *c, const struct aead_spec *s)
{
	const struct keyrow *row;
	struct aead_spec impl = *s;

	if (!spec_ok(s) || !crypto_usable(c, s->encr) ||
	    (s->integ != NULL && !crypto_usable(c, s->integ)))
		return NULL;
	/* backends know the rows of model/alg.h only, and keep them */
	impl.encr = alg_impl(s->encr);
	if (s->integ != NULL)
		impl.integ = alg_impl(s->integ);
	else
		impl.akey_bits = 0;
	row = keyhome_row(c, &impl);
	return row != NULL ? (void *)keyhome_key(row, &impl) : NULL;
}

void
aead_free(struct aead *a)
{
	if (a != NULL)
		keyhome_forget(&a->k);
}

struct aead_spec
aead_keys(const struct aead *a)
{
	return keyed_spec(&a->k);
}

const struct aead_info *
aead_info(const struct aead *a)
{
	return &a->k.row->info;
}

/* --- operations --- */

/* The way for an operation of so many bytes, one of n. */
static unsigned
way_for(const struct keyrow *r, unsigned off, size_t n, size_t len)
{
	unsigned i = 0;

	for (; i + 1 < r->n; i++) {
		const struct aead_way *w = &r->aead[i];

		if ((off >> r->slot[i] & 1) == 0 && n >= w->least &&
		    (w->most == 0 || len <= w->most))
			break;
	}
	return i;
}

static void
compute(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n,
    bool seal)
{
	(seal ? w->seal : w->open)(w, x, op, n);
}

/* Without a cache: expand, use, wipe. */
static void
one_off(struct aead_op *op, bool seal)
{
	const struct keyrow *r = op->key->k.row;
	const struct aead_way *w =
	    &r->aead[way_for(r, keyhome_off(r->home), 1, op->len)];
	struct aead_spec s = keyed_spec(&op->key->k);
	_Alignas(64) SCRATCH uint8_t mem[WAY_SIZE];
	void *x = mem;

	op->ok = false;
	if (!way_fill(&w->way, x, &s))
		return;
	compute(w, &x, op, 1, seal);
	way_clear(&w->way, x);
}

/* As many of the n operations, all of one row, as go together. */
static size_t
run(struct keycache *kc, struct aead_op *op, size_t n, bool seal)
{
	const struct keyrow *r = op->key->k.row;
	SCRATCH const struct keyed *key[KEYCACHE_RUN];
	SCRATCH void *x[KEYCACHE_RUN];
	unsigned off = keyhome_off(r->home), way = way_for(r, off, n, op->len);
	size_t m = 0;

	for (; m < n; m++) {
		if (op[m].len != op->len &&
		    way_for(r, off, n, op[m].len) != way)
			break;
		key[m] = &op[m].key->k;
	}
	m = keycache_get(kc, key, m, way, x);
	if (m != 0) {
		compute(&r->aead[way], x, op, m, seal);
		return m;
	}
	op->ok = false;
	return 1;
}

/* A batch goes to the backends in runs of one row. Nearly always it is one. */
static void
all(struct keycache *kc, struct aead_op *op, size_t n, bool seal)
{
	for (size_t m; n != 0; op += m, n -= m) {
		const struct keyrow *r = op->key->k.row;

		if (r->home != keycache_home(kc)) {
			one_off(op, seal);
			m = 1;
			continue;
		}
		for (m = 1; m < n && m < KEYCACHE_RUN; m++)
			if (op[m].key->k.row != r)
				break;
		m = run(kc, op, m, seal);
	}
}

static void
with_own(struct aead_op *op, size_t n, bool seal)
{
	struct keyhome *h;
	struct keycache *kc;

	if (n == 0)
		return;
	h = op->key->k.row->home;
	kc = keyhome_take(h);
	if (kc != NULL) {
		all(kc, op, n, seal);
		keyhome_give(h);
		return;
	}
	for (size_t i = 0; i < n; i++)
		one_off(&op[i], seal);
}

void
aead_seal(struct aead_op *op, size_t n)
{
	with_own(op, n, true);
}

void
aead_open(struct aead_op *op, size_t n)
{
	with_own(op, n, false);
}

void
aead_seal_in(struct keycache *kc, struct aead_op *op, size_t n)
{
	all(kc, op, n, true);
}

void
aead_open_in(struct keycache *kc, struct aead_op *op, size_t n)
{
	all(kc, op, n, false);
}
