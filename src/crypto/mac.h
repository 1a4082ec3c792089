/* SPDX-License-Identifier: BSD-2-Clause */
/* mac - what AH sees of cryptography: a keyed MAC over pieces (RFC 4302 3.3.3). */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "crypto/aead.h"

struct mac;

/*
 * As aead_new(). key: key then alg->salt_len bytes of salt (AES-GMAC only).
 */
struct mac *mac_new(const struct crypto *c, const struct alg *alg,
    const uint8_t *key, unsigned key_bits);
void mac_free(struct mac *m);

/* Algorithm, key with salt, and key length (integ, akey, akey_bits): borrowed. */
struct aead_spec mac_keys(const struct mac *m);

/*
 * Bytes on the wire. iv_len is 8 for GMAC, whose IV is the head of the AH ICV
 * field (RFC 4543 4); 0 for all others.
 */
struct mac_info {
	uint8_t iv_len, icv_len;
};
const struct mac_info *mac_info(const struct mac *m);

struct mac_part {
	const uint8_t *p;
	size_t n;
};

/* False when the backend fails; then icv is zero. iv: iv_len bytes or NULL. */
MUST_USE bool mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n);
/* Constant time in icv. */
MUST_USE bool mac_verify(const struct mac *m, const uint8_t *icv,
    const uint8_t *iv, const struct mac_part *part, size_t n);

/* Several at once, each with its own key: much faster than one by one. */
struct mac_op {
	const struct mac *key;
	const uint8_t *iv; /* iv_len bytes or NULL */
	const struct mac_part *part;
	size_t n;     /* parts */
	uint8_t *icv; /* icv_len bytes: written by sign, read by verify */
	bool ok;      /* result, as of the two above */
};
void mac_sign_n(struct mac_op *op, size_t n);
void mac_verify_n(struct mac_op *op, size_t n);
/* With the calling thread's cache; the keys are of the same struct crypto. */
void mac_sign_in(struct keycache *kc, struct mac_op *op, size_t n);
void mac_verify_in(struct keycache *kc, struct mac_op *op, size_t n);

#endif /* CRYPTO_MAC_H */
