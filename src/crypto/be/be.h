/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * be - the backends that this build has. Programs and tests pass one of these
 * lists to crypto_new(), and so decide what they link.
 */
#ifndef CRYPTO_BE_BE_H
#define CRYPTO_BE_BE_H

#include "crypto/provider.h"

/* Lists for crypto_new(), each ending in NULL. */
extern const struct crypto_be *const be_all[];	/* the fastest first */
extern const struct crypto_be *const be_ossl[]; /* libcrypto: everything */
/* intel-ipsec-mb: what it does faster; empty when not built with it. */
extern const struct crypto_be *const be_imb[];
/* Our own AES-GCM for several packets at a time: with the instructions of 512
   bits, and of 128; without an algorithm where the CPU has no such. */
extern const struct crypto_be *const be_gcmx[];
extern const struct crypto_be *const be_gcmx_ni[];

/* libcrypto's generator. */
extern const struct rng crypto_rng;

#endif /* CRYPTO_BE_BE_H */
