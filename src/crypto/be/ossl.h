/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ossl - the backend on libcrypto's EVP: every algorithm, on every machine. Its
 * library context is private, so that no configuration file changes what it does.
 */
#ifndef CRYPTO_BE_OSSL_H
#define CRYPTO_BE_OSSL_H

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/backend.h"

extern const struct crypto_be ossl_backend;

/* Opaque; the files of this backend ask it for algorithms. */
struct ossl;

/*
 * The cipher of this algorithm and key length, fetched once; NULL when libcrypto
 * lacks it. Borrowed.
 */
const EVP_CIPHER *ossl_cipher_of(
    const struct ossl *o, const struct alg *a, unsigned bits);
/* AES in CBC mode for AES-XCBC-MAC. */
const EVP_CIPHER *ossl_aes_cbc(const struct ossl *o, unsigned bits);
/* "HMAC" or "CMAC". */
EVP_MAC *ossl_mac_of(const struct ossl *o, const struct alg *a);

/* The private context of it all. */
OSSL_LIB_CTX *ossl_ctx(const struct ossl *o);
/* The curve of this NID, made once; NULL when libcrypto lacks it. Any thread. */
const EC_GROUP *ossl_curve(struct ossl *o, int nid);
/* Is ML-KEM there (libcrypto 3.5 and later)? */
bool ossl_has_ml_kem(const struct ossl *o);

extern const struct ke_be ossl_ke; /* be/ossl_ke.c */

/* be/ossl_aead.c, be/ossl_cipher.c, be/ossl_mac.c: see struct crypto_be. */
bool ossl_aead_way(void *st, const struct aead_spec *s, struct aead_way *w);
bool ossl_cipher_way(
    void *st, const struct alg *a, unsigned bits, struct cipher_way *w);
bool ossl_mac_way(
    void *st, const struct alg *a, unsigned bits, struct mac_way *w);

#endif /* CRYPTO_BE_OSSL_H */
