/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - addresses for peers that ask for one (RFC 7296 2.19, 3.15): a range, and
 * who has which. Somebody who comes back gets the same one while it is free.
 */
#ifndef IKE_POOL_H
#define IKE_POOL_H

#include "base/hash.h"

#include "model/addr.h"
#include "wire/ikehdr.h"

enum { POOL_MAX = 65536 }; /* addresses; of a larger range the first ones */

struct pool;

/*
 * lo to hi, both included, of one family. seed: random. NULL: no range, or no
 * memory.
 */
struct pool *pool_new(
    const struct addr *lo, const struct addr *hi, const struct hash_seed *seed);
/* The hosts of a prefix: of IPv4 up to /30 without the first and the last. */
struct pool *pool_of_prefix(
    const struct prefix *p, const struct hash_seed *seed);
void pool_free(struct pool *p);

/*
 * An address for who (type and data of an identity: any bytes). wish is the one
 * that the peer asked for, or NULL. It gets, if it is free, the wish when it had it
 * before, or else the one it had before, or else any that nobody ever had, or else
 * the one that is free the longest. False: all are taken.
 */
MUST_USE bool pool_take(struct pool *p, struct ike_view who,
    const struct addr *wish, struct addr *out);
/*
 * The same address for the same peer once more: of a second IKE SA while the first
 * one goes (RFC 7296 2.4). False: it is not that peer's.
 */
MUST_USE bool pool_share(
    struct pool *p, struct ike_view who, const struct addr *a);
/* Give back; as often as it was taken and shared. */
void pool_give(struct pool *p, const struct addr *a);
/* Addresses in all, and those that are taken. */
unsigned pool_size(const struct pool *p);
unsigned pool_used(const struct pool *p);

#endif /* IKE_POOL_H */
