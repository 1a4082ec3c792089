/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sig - signatures by libcrypto: what AUTH is signed and checked with. For who
 * has libcrypto's keys at hand: the pki room. Nothing here is said by errno or
 * left in libcrypto's queue of errors.
 */
#ifndef CRYPTO_BE_SIG_H
#define CRYPTO_BE_SIG_H

#include <openssl/evp.h>

#include "crypto/sigalg.h"

enum { SIG_MAX = 1024 }; /* bytes of the longest: RSA of 8192 bits */

enum sig_key {
	SIG_KEY_OTHER, /* not used here */
	SIG_KEY_RSA,
	SIG_KEY_RSA_PSS, /* an RSA key that says it is for PSS alone */
	SIG_KEY_P256,
	SIG_KEY_P384,
	SIG_KEY_P521,
	SIG_KEY_BRAINPOOL, /* 256, 384 or 512 bits, by RFC 7427 only */
	SIG_KEY_ED25519,
	SIG_KEY_ED448
};

enum sig_key sig_key_kind(const EVP_PKEY *key);
/*
 * NULL: the key is as strong as is asked for here; otherwise a reason for people.
 * RSA has 2048 to 8192 bits and a public exponent of 3 to 64 bits that is odd.
 */
const char *sig_key_weak(const EVP_PKEY *key);
/* Does the algorithm go with the key? Of plain ECDSA the curve has to be the
   hash's (RFC 4754 3). */
MUST_USE bool sig_fits(const EVP_PKEY *key, const struct sigalg *a);

/*
 * Sign n bytes of msg: *len bytes to out, which has room for SIG_MAX. False: the
 * algorithm does not fit the key, or libcrypto failed.
 */
MUST_USE bool sig_sign(OSSL_LIB_CTX *ctx, EVP_PKEY *key, const struct sigalg *a,
    const uint8_t *msg, size_t n, uint8_t *out, size_t *len);
/* True only when it is this key's signature of these bytes. */
MUST_USE bool sig_verify(OSSL_LIB_CTX *ctx, EVP_PKEY *key,
    const struct sigalg *a, const uint8_t *msg, size_t n, const uint8_t *sig,
    size_t len);

#endif /* CRYPTO_BE_SIG_H */
