/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/halfopen.h"

#include "base/rd.h"

struct key {
	uint64_t k[2];
};

/* RFC 4291 2.5.4: who has one address of a /64 has all of them. */
static struct key
key_of(const struct addr *a)
{
	struct rd r = rd_from(a->b, sizeof(a->b));
	struct key key = { { a->fam, 0 } };

	key.k[1] = a->fam == FAM_V4 ? rd_be32(&r) : rd_be64(&r);
	return key;
}

static unsigned
home(const struct halfopen *h, const uint64_t key[2])
{
	struct hash x = hash_begin(&h->seed);

	hash_word(&x, key[0]);
	hash_word(&x, key[1]);
	return (unsigned)(hash_end(x) % HALFOPEN_SLOTS);
}

static unsigned
next(unsigned i)
{
	return (i + 1) % HALFOPEN_SLOTS;
}

/* The peer's slot, or the free one where it belongs: half of them are free. */
static unsigned
find(const struct halfopen *h, const struct addr *a)
{
	struct key key = key_of(a);
	unsigned i = home(h, key.k);

	while (h->slot[i].n != 0 &&
	       (h->slot[i].key[0] != key.k[0] || h->slot[i].key[1] != key.k[1]))
		i = next(i);
	return i;
}

static unsigned
most(const struct halfopen *h)
{
	return h->limits.total < HALFOPEN_SLOTS / 2 ? h->limits.total
						    : HALFOPEN_SLOTS / 2;
}

unsigned
halfopen_count(const struct halfopen *h, const struct addr *peer)
{
	return h->slot[find(h, peer)].n;
}

enum halfopen_verdict
halfopen_ask(const struct halfopen *h, const struct addr *peer, bool had_cookie)
{
	/*
	 * Without proof of the address its own count says nothing: somebody else
	 * may have filled it. So the cookie comes first.
	 */
	if (!had_cookie && (h->n >= h->limits.cookie_from || h->n >= most(h) ||
			       halfopen_count(h, peer) >= h->limits.per_peer))
		return HALFOPEN_COOKIE;
	if (h->n >= most(h) || halfopen_count(h, peer) >= h->limits.per_peer)
		return HALFOPEN_REFUSE;
	return HALFOPEN_TAKE;
}

bool
halfopen_add(struct halfopen *h, const struct addr *peer)
{
	struct key key = key_of(peer);
	unsigned i = find(h, peer);

	if (h->n >= most(h) || h->slot[i].n >= h->limits.per_peer)
		return false;
	h->slot[i].key[0] = key.k[0];
	h->slot[i].key[1] = key.k[1];
	h->slot[i].n++;
	h->n++;
	return true;
}

/* Is x in the circle from a (not counted) to b (counted)? */
static bool
is_between(unsigned x, unsigned a, unsigned b)
{
	return a < b ? x > a && x <= b : x > a || x <= b;
}

/* Slot i is free: move up what would not be found any more. */
static void
close_gap(struct halfopen *h, unsigned i)
{
	for (unsigned k = next(i); h->slot[k].n != 0; k = next(k)) {
		if (is_between(home(h, h->slot[k].key), i, k))
			continue;
		h->slot[i] = h->slot[k];
		h->slot[k].n = 0;
		i = k;
	}
}

void
halfopen_drop(struct halfopen *h, const struct addr *peer)
{
	unsigned i = find(h, peer);

	if (h->slot[i].n == 0)
		return;
	h->n--;
	if (--h->slot[i].n == 0)
		close_gap(h, i);
}
