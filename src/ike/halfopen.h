/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * halfopen - how many IKE SAs of which peer have not shown who they are: when to
 * ask for cookies, and when to take no more (RFC 7296 2.6).
 *
 * A peer is an IPv4 address, or the first 64 bits of an IPv6 address.
 */
#ifndef IKE_HALFOPEN_H
#define IKE_HALFOPEN_H

#include "base/hash.h"

#include "model/addr.h"

enum { HALFOPEN_SLOTS = 4096 }; /* twice the most peers at a time */

struct halfopen_limits {
	unsigned total; /* no more than that; HALFOPEN_SLOTS / 2 at most */
	unsigned cookie_from; /* from so many on cookies are asked for */
	unsigned per_peer;
};

/* Begins as zeros but for the limits and the seed, which is random. */
struct halfopen {
	struct halfopen_limits limits;
	struct hash_seed seed;
	unsigned n; /* half-open SAs */
	struct halfopen_peer {
		uint64_t key[2]; /* family and address */
		unsigned n;	 /* 0: free */
	} slot[HALFOPEN_SLOTS];
};

enum halfopen_verdict {
	HALFOPEN_TAKE,
	HALFOPEN_COOKIE, /* answer with a cookie; take nothing */
	HALFOPEN_REFUSE	 /* answer nothing */
};

/* May another one of this peer be? had_cookie: the message had a good one. */
enum halfopen_verdict halfopen_ask(
    const struct halfopen *h, const struct addr *peer, bool had_cookie);
/* Count one. False: no more than the limits allow. */
MUST_USE bool halfopen_add(struct halfopen *h, const struct addr *peer);
/* One less of this peer; nothing when there is none. */
void halfopen_drop(struct halfopen *h, const struct addr *peer);
/* Of this peer. */
unsigned halfopen_count(const struct halfopen *h, const struct addr *peer);

#endif /* IKE_HALFOPEN_H */
