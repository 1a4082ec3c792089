/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aead - what ESP sees of cryptography: authenticated encryption, whether the
 * algorithm is combined (RFC 5116) or a cipher with a MAC over it (RFC 4303
 * 3.3.2), wrapped once. NULL encryption and encryption alone are special cases.
 *
 * Operations come in batches: n operations, each with its own key. The result
 * does not depend on how operations are grouped into batches.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "crypto/keycache.h"

struct aead;

/* Borrowed for the call of aead_new() only. */
struct aead_spec {
	const struct alg *encr; /* never NULL; the row of EALG_NULL for none */
	const struct alg
	    *integ;	     /* NULL with a combined algorithm, or for none */
	const uint8_t *ekey; /* key then encr->salt_len bytes of salt */
	unsigned ekey_bits;  /* of the key, without the salt */
	const uint8_t *akey;
	unsigned akey_bits;
};

/*
 * Keep the keys; they are expanded when they are used (crypto/keycache.h). NULL
 * when an algorithm is not usable here (see provider.h), a key length is not the
 * algorithm's, or there is no memory. Free with aead_free(), which wipes, and
 * which nobody may be using the object during. Otherwise any thread may use it at
 * any time, also several at once.
 */
struct aead *aead_new(const struct crypto *c, const struct aead_spec *s);
void aead_free(struct aead *a);

/* Its algorithms, key bytes with salt, and key lengths: borrowed from it. */
struct aead_spec aead_keys(const struct aead *a);

/* Sizes in bytes. align: of the plaintext with trailer; at least 4 (RFC 4303 2.4). */
struct aead_info {
	uint8_t iv_len, icv_len, align;
	bool counter_iv; /* the IV must be unique; otherwise unpredictable */
};
const struct aead_info *aead_info(const struct aead *a);

/* What an IP packet can hold, from SPI to ICV. A longer operation fails. */
enum { AEAD_PACKET_MAX = 65535 };

struct aead_op {
	const struct aead *key;
	const uint8_t
	    *hdr; /* 8 bytes: SPI, low sequence number, as on the wire */
	bool esn; /* seq_hi takes part (RFC 4303 2.2.1, RFC 4106 5) */
	uint32_t seq_hi;
	const uint8_t *iv; /* iv_len bytes */
	const uint8_t *in; /* plaintext with trailer, or ciphertext */
	uint8_t *out;	   /* same length; == in or apart from it */
	size_t len;
	uint8_t *icv; /* icv_len bytes: written by seal, read by open */
	bool ok;      /* result. Of a failed open, out is not to be used */
};

/*
 * Ciphertext to out, and the ICV. ok is false when the backend failed, or len is
 * not one that the algorithm takes; then nothing of it may be sent.
 */
void aead_seal(struct aead_op *op, size_t n);
/* ok only when the ICV is right, compared in constant time. */
void aead_open(struct aead_op *op, size_t n);

/*
 * The same with the calling thread's cache, which keeps nobody waiting: for who
 * has many packets. The keys are of the cache's struct crypto.
 */
void aead_seal_in(struct keycache *kc, struct aead_op *op, size_t n);
void aead_open_in(struct keycache *kc, struct aead_op *op, size_t n);

#endif /* CRYPTO_AEAD_H */
