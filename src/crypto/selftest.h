/* SPDX-License-Identifier: BSD-2-Clause */
/* selftest - one known answer on one backend. crypto_new() runs them all. */
#ifndef CRYPTO_SELFTEST_H
#define CRYPTO_SELFTEST_H

#include "crypto/backend.h"
#include "crypto/kat.h"

/*
 * Seal and open, or sign and verify, on each way that the backend offers for
 * the algorithm, and compare; a flipped ICV must be refused. False also when
 * there is no way.
 */
MUST_USE bool selftest_run(const struct crypto_slot *s, const struct kat *k);

/* crypto_new() with these answers, so that a test can see one fail. */
struct crypto *crypto_new_tested(const struct crypto_be *const *be,
    const struct kat *kats, const struct say *say);

#endif /* CRYPTO_SELFTEST_H */
