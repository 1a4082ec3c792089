/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/keyhome.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/secret.h"
#include "base/slab.h"

#include "crypto/etm.h"
#include "crypto/keycacheint.h"
#include "crypto/way.h"

enum {
	CACHES = 64,
	OWN = 1024,
	CLASS = 8, /* bytes by which pieces of memory for keys differ */
	CLASSES = 40
};

struct keyhome {
	struct keyrow *_Atomic rows;
	_Atomic uint64_t ids;
	_Atomic unsigned off;
	atomic_flag lock; /* of cache[], held for a look through it */
	atomic_flag busy; /* of own */
	struct keycache *own;
	struct keycache *cache[CACHES];
	/* keys alone, by their size, so that nothing is lost around them */
	atomic_flag slab_lock;
	struct slab slab[CLASSES];
};

static void
lock(struct keyhome *h)
{
	while (
	    atomic_flag_test_and_set_explicit(&h->lock, memory_order_acquire))
		;
}

static void
unlock(struct keyhome *h)
{
	atomic_flag_clear_explicit(&h->lock, memory_order_release);
}

bool
keyhome_join(struct keyhome *h, struct keycache *kc)
{
	bool ok = false;

	lock(h);
	for (size_t i = 0; i < CACHES && !ok; i++)
		if (h->cache[i] == NULL) {
			h->cache[i] = kc;
			ok = true;
		}
	unlock(h);
	return ok;
}

void
keyhome_leave(struct keyhome *h, const struct keycache *kc)
{
	lock(h);
	for (size_t i = 0; i < CACHES; i++)
		if (h->cache[i] == kc)
			h->cache[i] = NULL;
	unlock(h);
}

struct keyhome *
keyhome_new(void)
{
	struct keyhome *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	atomic_flag_clear(&h->lock);
	atomic_flag_clear(&h->busy);
	atomic_flag_clear(&h->slab_lock);
	for (size_t i = 0; i < CLASSES; i++)
		slab_init(&h->slab[i], (i + 1) * CLASS);
	h->own = keycache_open(h, OWN);
	if (h->own != NULL)
		return h;
	free(h);
	return NULL;
}

static void
row_free(struct keyrow *r)
{
	for (unsigned i = 0; i < r->n; i++)
		way_drop(r->encr == NULL ? &r->mac[i].way : &r->aead[i].way);
	free(r);
}

void
keyhome_free(struct keyhome *h)
{
	struct keyrow *r, *next;

	if (h == NULL)
		return;
	keycache_free(h->own);
	for (r = atomic_load(&h->rows); r != NULL; r = next) {
		next = r->next;
		row_free(r);
	}
	free(h);
}

unsigned
keyhome_off(const struct keyhome *h)
{
	return atomic_load_explicit(&h->off, memory_order_relaxed);
}

void
keyhome_set_off(struct keyhome *h, unsigned slots)
{
	atomic_store_explicit(&h->off, slots, memory_order_relaxed);
}

struct keycache *
keyhome_take(struct keyhome *h)
{
	if (atomic_flag_test_and_set_explicit(&h->busy, memory_order_acquire))
		return NULL;
	return h->own;
}

void
keyhome_give(struct keyhome *h)
{
	atomic_flag_clear_explicit(&h->busy, memory_order_release);
}

/* --- rows --- */

static bool
slot_does(const struct crypto_slot *sl, const struct aead_spec *s)
{
	return (s->encr == NULL || slot_passed(sl, s->encr)) &&
	       (s->integ == NULL || slot_passed(sl, s->integ));
}

/* Every slot's way, so that one can be switched off. */
static void
row_slots(struct keyrow *r, const struct crypto *c, const struct aead_spec *s)
{
	for (size_t i = 0; i < c->n && r->n < ROW_WAYS; i++) {
		const struct crypto_slot *sl = &c->slot[i];
		bool does;

		if (!slot_does(sl, s))
			continue;
		/* what one that failed has left */
		r->aead[r->n] = (struct aead_way){ 0 };
		if (s->encr == NULL)
			does = sl->be->mac(
			    sl->st, s->integ, s->akey_bits, &r->mac[r->n]);
		else
			does = sl->be->aead(sl->st, s, &r->aead[r->n]);
		if (does)
			r->slot[r->n++] = (uint8_t)i;
	}
}

static struct keyrow *
row_new(const struct crypto *c, const struct aead_spec *s)
{
	struct keyrow *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->home = c->home;
	r->encr = s->encr;
	r->integ = s->integ;
	r->ebits = s->ekey_bits;
	r->abits = s->akey_bits;
	if (s->encr != NULL) {
		r->info = aead_info_of(s);
		r->e_len =
		    (uint16_t)(s->ekey_bits / 8 +
			       (s->ekey_bits != 0 ? s->encr->salt_len : 0));
	}
	if (s->integ != NULL) {
		r->mac_info =
		    (struct mac_info){ s->integ->iv_len, s->integ->icv_len };
		r->a_len = (uint16_t)(s->akey_bits / 8 + s->integ->salt_len);
	}
	row_slots(r, c, s);
	/* no backend does both in one go: the best cipher and the best MAC */
	if (s->encr != NULL && (s->encr->flags & ALG_COMBINED) == 0 &&
	    r->n < ROW_WAYS && etm_way(c, s, &r->aead[r->n]))
		r->slot[r->n++] = CRYPTO_BE_MAX;
	if (r->n != 0)
		return r;
	row_free(r);
	return NULL;
}

static const struct keyrow *
row_find(const struct keyrow *r, const struct aead_spec *s)
{
	for (; r != NULL; r = r->next)
		if (r->encr == s->encr && r->integ == s->integ &&
		    r->ebits == s->ekey_bits && r->abits == s->akey_bits)
			return r;
	return NULL;
}

const struct keyrow *
keyhome_row(const struct crypto *c, const struct aead_spec *s)
{
	struct keyhome *h = c->home;
	struct keyrow *first =
	    atomic_load_explicit(&h->rows, memory_order_acquire);
	const struct keyrow *found = row_find(first, s);
	struct keyrow *r;

	if (found != NULL || (r = row_new(c, s)) == NULL)
		return found;
	/* two of the same do no harm */
	r->next = first;
	while (!atomic_compare_exchange_weak_explicit(
	    &h->rows, &r->next, r, memory_order_acq_rel, memory_order_acquire))
		;
	return r;
}

/* --- keys --- */

_Static_assert(sizeof(struct keyed) + 2 * SECRET_MAX <= CLASS * CLASSES,
    "the longest two keys");

static struct slab *
slab_take(struct keyhome *h, const struct keyrow *row)
{
	size_t n = sizeof(struct keyed) + row->e_len + row->a_len;

	while (atomic_flag_test_and_set_explicit(
	    &h->slab_lock, memory_order_acquire))
		;
	return &h->slab[(n + CLASS - 1) / CLASS - 1];
}

static void
slab_give(struct keyhome *h)
{
	atomic_flag_clear_explicit(&h->slab_lock, memory_order_release);
}

struct keyed *
keyhome_key(const struct keyrow *row, const struct aead_spec *s)
{
	struct keyed *k = slab_alloc(slab_take(row->home, row));
	uint8_t *key;

	slab_give(row->home);
	if (k == NULL)
		return NULL;
	key = (void *)(k + 1);
	k->row = row;
	k->id = atomic_fetch_add_explicit(
		    &row->home->ids, 1, memory_order_relaxed) +
		1;
	if (row->e_len != 0)
		memcpy(key, s->ekey, row->e_len);
	if (row->a_len != 0)
		memcpy(key + row->e_len, s->akey, row->a_len);
	return k;
}

void
keyhome_forget(struct keyed *k)
{
	const struct keyrow *row = k->row;
	struct keyhome *h = row->home;

	lock(h);
	for (size_t i = 0; i < CACHES; i++)
		if (h->cache[i] != NULL)
			keycache_forget(h->cache[i], k);
	unlock(h);
	/* wipes it */
	slab_free(slab_take(h, row), k);
	slab_give(h);
}
