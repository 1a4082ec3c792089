/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider - which algorithms work here, and who computes them.
 *
 * This room knows no library: the program passes the backends in (crypto/be/be.h
 * lists those that were built). crypto_new() runs known-answer tests of each
 * algorithm on each backend. One that fails is absent: aead_new() and mac_new()
 * refuse it. The first backend of the list that passed is used.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include "model/alg.h"

struct crypto;
struct crypto_be; /* crypto/backend.h */

/*
 * be: the backends in order of preference, then NULL; at most 4 are used.
 * say is called once for each algorithm that failed its test and each backend
 * that is not there; it may be NULL. NULL without memory. Not thread safe;
 * what it returns is read-only afterwards, but for algset_load() (crypto/algset.h). Objects made with it (struct aead,
 * struct mac) are to be freed before it.
 */
struct crypto *crypto_new(const struct crypto_be *const *be,
    void (*say)(void *ctx, const char *line), void *ctx);
void crypto_free(struct crypto *c);

/*
 * How many backends there are. 0: cryptography is not there at all.
 */
size_t crypto_backends(const struct crypto *c);
/* True when the algorithm passed its tests on some backend. */
MUST_USE bool crypto_usable(const struct crypto *c, const struct alg *a);
/* The name of the preferred backend that passed ("libcrypto", "ipsec-mb",
   "gcmx"), or
   "-" when the algorithm is absent. */
const char *crypto_backend_name(const struct crypto *c, const struct alg *a);

/*
 * Compute with the backend of this name, or without, from the next call on: keys
 * that are in use go over to the next backend. What no other does stays. False:
 * there is none of this name here. Any thread may.
 */
MUST_USE bool crypto_switch(const struct crypto *c, const char *name, bool on);

/* Unpredictable bytes (IVs, SPIs). False: none to be had, use nothing. */
struct rng {
	bool (*fill)(void *ctx, uint8_t *p, size_t n);
	void *ctx;
};

#endif /* CRYPTO_PROVIDER_H */
