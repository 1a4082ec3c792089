/* SPDX-License-Identifier: BSD-2-Clause */
/* keycacheint - the inside of keycache.h, for the crypto room only. */
#ifndef CRYPTO_KEYCACHEINT_H
#define CRYPTO_KEYCACHEINT_H

#include "crypto/keyhome.h"

/* Keys that are looked up at a time. */
enum { KEYCACHE_RUN = 64 };

/* keycache_new() for a home. */
struct keycache *keycache_open(struct keyhome *h, size_t n);
const struct keyhome *keycache_home(const struct keycache *kc);

/*
 * The schedules of n keys (1 to KEYCACHE_RUN) of one row, for its i-th way, to x.
 * Returns for how many of them, from the first on: those stay until the next
 * call. 0: the first cannot be made.
 */
size_t keycache_get(struct keycache *kc, const struct keyed *const *k, size_t n,
    unsigned i, void **x);

/*
 * Wipe what there is of this key. Any thread may; the key's user is not in
 * keycache_get() nor at work with it.
 */
void keycache_forget(struct keycache *kc, const struct keyed *k);

#endif /* CRYPTO_KEYCACHEINT_H */
