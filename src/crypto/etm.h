/* SPDX-License-Identifier: BSD-2-Clause */
/* etm - encrypt, then MAC: a cipher and a MAC as one struct aead. */
#ifndef CRYPTO_ETM_H
#define CRYPTO_ETM_H

#include "crypto/backend.h"

/*
 * Takes c and m over, also when it fails. c is NULL for NULL encryption, m is
 * NULL for none. NULL without memory.
 */
struct aead *etm_new(
    const struct aead_spec *s, struct cipher *c, struct mac *m);

#endif /* CRYPTO_ETM_H */
