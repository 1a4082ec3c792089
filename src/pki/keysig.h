/* SPDX-License-Identifier: BSD-2-Clause */
/* keysig - the AUTH data of signatures: which method, and what is in it. */
#ifndef PKI_KEYSIG_H
#define PKI_KEYSIG_H

#include <openssl/evp.h>

#include "base/wr.h"

#include "pki/token.h"

enum {
	KEYSIG_DATA = 1200, /* room for AUTH data */
	KEYSIG_WHY = 256
};

/* What is signed: RFC 7296 2.15. */
struct keysig_octets {
	const uint8_t *p;
	size_t n;
};

/* A private key of ours: here, or in a token; then key is the public one. */
struct keysig_key {
	EVP_PKEY *key;
	bool in_token;
	struct token_key token;
};

/*
 * Sign with a private key as the peer wants it: by RFC 7427 with one of its hash
 * algorithms (IKE_HASH_), which are none when it does not speak that; then by the
 * method of the key's kind (RFC 7296 3.8, RFC 4754). *len bytes to data, *method
 * is that of the AUTH payload. False: why says why this key cannot.
 */
MUST_USE bool keysig_sign(OSSL_LIB_CTX *ctx, const struct keysig_key *key,
    const uint16_t *hash, size_t n_hash, const struct keysig_octets *o,
    uint8_t *method, uint8_t data[KEYSIG_DATA], size_t *len,
    char why[KEYSIG_WHY]);

/*
 * Is the AUTH data, n bytes, a signature with this public key? RFC 7427 with
 * SHA-1 is refused (RFC 8247 3.2). False: why.
 */
MUST_USE bool keysig_verify(OSSL_LIB_CTX *ctx, EVP_PKEY *key, uint8_t method,
    const uint8_t *data, size_t n, const struct keysig_octets *o,
    char why[KEYSIG_WHY]);

#endif /* PKI_KEYSIG_H */
