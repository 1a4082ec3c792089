/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * desblock - one block of DES (FIPS 46-3), for MSCHAPv2 alone (RFC 2759 8.6):
 * libcrypto 3 has single DES in a provider that is often not there. Tables are
 * indexed by secrets: what it protects is broken by other means anyway.
 */
#ifndef CRYPTO_DESBLOCK_H
#define CRYPTO_DESBLOCK_H

#include "base/rd.h"

/* key7: 56 bits without parity bits, as RFC 2759 cuts them. */
void desblock_encrypt(
    const uint8_t key7[7], const uint8_t in[8], uint8_t out[8]);

#endif /* CRYPTO_DESBLOCK_H */
