/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keycache - expanded keys. A struct aead or struct mac holds the bytes of its
 * key only (some 60 bytes of memory with AES-256-GCM, 100 with AES-256-CBC and
 * HMAC-SHA-256), however many SAs there are. The schedule that a backend works
 * with, 0.5 or 1 KB, is made when it is needed and kept here, in as much memory
 * as was asked for: when that is full, the one that was not used for longest
 * makes room, nearly.
 *
 * Each thread that works on packets has a cache of its own and passes it to
 * aead_seal_in() and the like. aead_seal() without one uses that of the struct
 * crypto. aead_free() wipes the key's schedules in all of them, at once.
 */
#ifndef CRYPTO_KEYCACHE_H
#define CRYPTO_KEYCACHE_H

#include "crypto/provider.h"

struct keycache;

enum { KEYCACHE_USUAL = 4096, KEYCACHE_MOST = 1 << 20 };

/*
 * For n schedules at least (1 to KEYCACHE_MOST). Memory that no schedule was in
 * yet is not touched. NULL: no memory, or 64 of them are there already. To be
 * freed before c.
 */
struct keycache *keycache_new(const struct crypto *c, size_t n);
/* Wipes. NULL is harmless. */
void keycache_free(struct keycache *kc);

/* Schedules that were found, and made, so far. */
struct keycache_count {
	uint64_t hits, misses;
};
struct keycache_count keycache_count(const struct keycache *kc);

#endif /* CRYPTO_KEYCACHE_H */
