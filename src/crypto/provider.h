/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider - which algorithms work here, and who computes them.
 *
 * crypto_new() runs a known-answer test of each algorithm on each backend. One
 * that fails is absent: aead_new() and mac_new() refuse it. The fastest backend
 * that passed is used.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include "model/alg.h"

struct crypto;

enum crypto_backends {
	CRYPTO_BE_OSSL = 1, /* libcrypto: everything */
	CRYPTO_BE_IMB = 2,  /* intel-ipsec-mb: where it is faster */
	CRYPTO_BE_ALL = 3
};

/*
 * say is called once for each algorithm that failed its test and each backend
 * that is not there; it may be NULL. NULL without memory. Not thread safe;
 * what it returns is read-only afterwards.
 */
struct crypto *crypto_new(
    unsigned backends, void (*say)(void *ctx, const char *line), void *ctx);
void crypto_free(struct crypto *c);

/* True when the algorithm passed its test on some backend. */
MUST_USE bool crypto_usable(const struct crypto *c, const struct alg *a);
/* "libcrypto", "ipsec-mb", or "-". */
const char *crypto_backend_name(const struct crypto *c, const struct alg *a);

/* Unpredictable bytes (IVs, SPIs). False: none to be had, use nothing. */
struct rng {
	bool (*fill)(void *ctx, uint8_t *p, size_t n);
	void *ctx;
};
/* libcrypto's generator. */
extern const struct rng crypto_rng;

#endif /* CRYPTO_PROVIDER_H */
