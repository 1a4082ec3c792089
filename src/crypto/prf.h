/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prf - the pseudo-random functions of IKEv2 (RFC 7296 2.13): HMAC, AES-XCBC
 * (RFC 4434), AES-CMAC (RFC 4615). Keys are of any length.
 */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include "crypto/mac.h"
#include "crypto/provider.h"
#include "model/ikealg.h"

enum {
	PRF_MAX = 64, /* bytes of the longest output */
	PRF_PARTS = 8 /* pieces of a message at most */
};

/* Whether a row of type IKEALG_PRF can be computed here. */
MUST_USE bool prf_usable(const struct crypto *c, const struct ikealg *prf);

/* Bytes of output, which is also the length of SK_d, SK_pi and SK_pr. */
static inline size_t
prf_len(const struct ikealg *prf)
{
	return prf->bits / 8u;
}

/*
 * prf(key, part[0] | part[1] | ...), prf_len() bytes to out. n_key may be 0, n at
 * most PRF_PARTS. False: cannot be computed; out is zero then.
 */
MUST_USE bool prf_sign(const struct crypto *c, const struct ikealg *prf,
    const uint8_t *key, size_t n_key, const struct mac_part *part, size_t n,
    uint8_t *out);

/*
 * prf+ (RFC 7296 2.13) of the seed in pieces: len bytes to out. n is PRF_PARTS - 2
 * at most. False: cannot be computed, or more than 255 blocks were asked for; out
 * is zero then.
 */
MUST_USE bool prf_plus(const struct crypto *c, const struct ikealg *prf,
    const uint8_t *key, size_t n_key, const struct mac_part *seed, size_t n,
    uint8_t *out, size_t len);

#endif /* CRYPTO_PRF_H */
