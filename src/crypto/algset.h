/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * algset - which algorithms there are for this struct crypto, and in which order
 * they are preferred: those of model/alg.h, until a table of /etc/inet/ipsecalgs
 * takes their place (spec: algs 8). Whether one can be used is crypto_usable().
 */
#ifndef CRYPTO_ALGSET_H
#define CRYPTO_ALGSET_H

#include "crypto/provider.h"
#include "model/algmech.h"

/*
 * From now on these are the algorithms, in this order. Rows that were handed out
 * before are gone; objects made with them (struct aead, struct mac) stay. False:
 * no memory, nothing has changed.
 */
MUST_USE bool algset_load(
    struct crypto *c, const struct algmech_entry *e, size_t n);

/* From now on those of model/alg.h again. */
void algset_reset(struct crypto *c);

/* The i-th in order of preference, NULL past the end. */
const struct alg *algset_row(const struct crypto *c, size_t i);
/* NULL when there is none. */
const struct alg *algset_by_id(
    const struct crypto *c, enum alg_table t, unsigned id);

/* Execution mode of a table; sync at first (docs/adr/0013). */
void algset_set_async(struct crypto *c, enum alg_table t, bool async);
MUST_USE bool algset_is_async(const struct crypto *c, enum alg_table t);

#endif /* CRYPTO_ALGSET_H */
