/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/aead.h"

#include "crypto/batch.h"
#include "crypto/etm.h"

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

/* No backend does both in one go: the best cipher and the best MAC. */
static struct aead *
pair_new(const struct crypto *c, const struct aead_spec *s)
{
	struct cipher *cipher = NULL;
	struct mac *mac = NULL;

	if (s->encr->id != EALG_NULL &&
	    (cipher = crypto_cipher(c, s->encr, s->ekey, s->ekey_bits)) == NULL)
		return NULL;
	if (s->integ != NULL &&
	    (mac = crypto_mac(c, s->integ, s->akey, s->akey_bits)) == NULL) {
		if (cipher != NULL)
			cipher->free(cipher);
		return NULL;
	}
	return etm_new(s, cipher, mac);
}

/* By the slots from the given one on. */
static struct aead *
new_from(const struct crypto *c, const struct aead_spec *s, size_t i)
{
	struct aead *a, *few;

	for (; i < c->n; i++) {
		const struct crypto_slot *sl = &c->slot[i];

		if (!slot_passed(sl, s->encr) ||
		    (s->integ != NULL && !slot_passed(sl, s->integ)) ||
		    (a = sl->be->aead_new(sl->st, s)) == NULL)
			continue;
		if (a->least <= 1)
			return a;
		few = new_from(c, s, i + 1);
		return few != NULL ? batch_new(few, a) : a;
	}
	if ((s->encr->flags & ALG_COMBINED) != 0)
		return NULL;
	return pair_new(c, s);
}

struct aead *
aead_new(const struct crypto *c, const struct aead_spec *s)
{
	struct aead_spec impl = *s;

	if (!spec_ok(s) || !crypto_usable(c, s->encr) ||
	    (s->integ != NULL && !crypto_usable(c, s->integ)))
		return NULL;
	/* backends know the rows of model/alg.h only, and keep them */
	impl.encr = alg_impl(s->encr);
	if (s->integ != NULL)
		impl.integ = alg_impl(s->integ);
	return new_from(c, &impl, 0);
}

void
aead_free(struct aead *a)
{
	if (a != NULL)
		a->free(a);
}

const struct aead_info *
aead_info(const struct aead *a)
{
	return &a->info;
}

typedef void aead_fn(struct aead_op *op, size_t n);

/*
 * A batch goes to the backends in runs of the same function. Nearly always it
 * is one run.
 */
void
aead_seal(struct aead_op *op, size_t n)
{
	while (n != 0) {
		aead_fn *fn = op->key->seal;
		size_t run = 1;

		while (run < n && op[run].key->seal == fn)
			run++;
		fn(op, run);
		op += run;
		n -= run;
	}
}

void
aead_open(struct aead_op *op, size_t n)
{
	while (n != 0) {
		aead_fn *fn = op->key->open;
		size_t run = 1;

		while (run < n && op[run].key->open == fn)
			run++;
		fn(op, run);
		op += run;
		n -= run;
	}
}
