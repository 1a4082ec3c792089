/* SPDX-License-Identifier: BSD-2-Clause */
/* etm - encrypt, then MAC: a cipher and a MAC as one way for struct aead. */
#ifndef CRYPTO_ETM_H
#define CRYPTO_ETM_H

#include "crypto/backend.h"

/* The best cipher and the best MAC that there are; false: there are none. */
MUST_USE bool etm_way(
    const struct crypto *c, const struct aead_spec *s, struct aead_way *w);

/*
 * Of these two, which it takes over, also when it fails. c is NULL for NULL
 * encryption, m is NULL for none. False: no memory.
 */
MUST_USE bool etm_join(const struct aead_spec *s, struct cipher_way *c,
    struct mac_way *m, struct aead_way *w);

#endif /* CRYPTO_ETM_H */
