/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backend - what a library has to offer to compute for us. Only the crypto room
 * and its backends (crypto/be) include this; everybody else sees aead.h, mac.h
 * and provider.h.
 */
#ifndef CRYPTO_BACKEND_H
#define CRYPTO_BACKEND_H

#include "crypto/aead.h"
#include "crypto/mac.h"

/* For big locals of the packet path, which are written before they are read: the
   build zeroes all others. */
#define SCRATCH __attribute__((uninitialized))

/* A message with any authenticated data, as in RFC 5116 2. */
struct aead_text {
	const uint8_t *iv; /* iv_len bytes; the salt is the key's */
	const uint8_t *aad;
	size_t aad_len;
	const uint8_t *in;
	uint8_t *out;
	size_t len;
	uint8_t *icv;
};

/*
 * Heads of the keyed objects. A backend puts one at the start of its own
 * structure. free wipes and releases all of it. What changes with use (a
 * context of the library) hangs behind pointers: the caller's view is const.
 */
struct aead {
	/* n operations whose keys all have this same function. */
	void (*seal)(struct aead_op *op, size_t n);
	void (*open)(struct aead_op *op, size_t n);
	/* One message, or NULL when the backend has only ESP's form of it. */
	bool (*text)(
	    const struct aead *a, bool seal, const struct aead_text *t);
	void (*free)(struct aead *a);
	/* Operations in a call from which on this is the faster backend. */
	unsigned least;
	struct aead_info info;
};

struct mac {
	/* icv_len bytes to icv. False: the library failed. */
	bool (*sign)(const struct mac *m, uint8_t *icv, const uint8_t *iv,
	    const struct mac_part *part, size_t n);
	void (*free)(struct mac *m);
	struct mac_info info;
};

/* A cipher without integrity; etm.c puts a MAC over it. */
struct cipher {
	/* iv as on the wire. len is a multiple of the algorithm's align. */
	bool (*crypt)(const struct cipher *c, bool enc, const uint8_t *iv,
	    const uint8_t *in, uint8_t *out, size_t len);
	void (*free)(struct cipher *c);
};

/* Where a backend's remarks go; fn may be NULL. */
struct say {
	void (*fn)(void *ctx, const char *line);
	void *ctx;
};

/*
 * A backend. The three constructors get algorithms that the backend claims and
 * keys of a length that the table allows; they return NULL for a combination
 * that they do not do, and the next backend is asked.
 */
struct crypto_be {
	const char *name;
	/* Its state, or NULL when it cannot work here (told through say). */
	void *(*init)(const struct say *say);
	void (*fini)(void *st);
	/* Whether the algorithm is offered with keys of this length. */
	bool (*claims)(const void *st, const struct alg *a, unsigned bits);
	/* A combined algorithm, or a cipher and MAC done in one go. */
	struct aead *(*aead_new)(void *st, const struct aead_spec *s);
	/* Key with its salt behind it, for this and the next. */
	struct cipher *(*cipher_new)(
	    void *st, const struct alg *a, const uint8_t *key, unsigned bits);
	struct mac *(*mac_new)(
	    void *st, const struct alg *a, const uint8_t *key, unsigned bits);
};

enum { CRYPTO_BE_MAX = 4 };

struct crypto_slot {
	const struct crypto_be *be;
	void *st;
	uint8_t pass[2][256]; /* by table and algorithm number */
};

struct crypto {
	size_t n;
	struct crypto_slot slot[CRYPTO_BE_MAX];
	/* crypto/algset.h; algs NULL: the rows of model/alg.h */
	struct algmech *algs;
	size_t n_algs;
	bool async[2];
};

static inline uint8_t *
slot_pass(struct crypto_slot *s, const struct alg *a)
{
	return &s->pass[a->table == ALG_ENCR][alg_impl(a)->id];
}

static inline bool
slot_passed(const struct crypto_slot *s, const struct alg *a)
{
	return (a->flags & ALG_VALID) != 0 &&
	       s->pass[a->table == ALG_ENCR][alg_impl(a)->id] != 0;
}

/* The first slot that passed for the algorithm and takes the key, or NULL. */
struct cipher *crypto_cipher(const struct crypto *c, const struct alg *a,
    const uint8_t *key, unsigned bits);
struct mac *crypto_mac(const struct crypto *c, const struct alg *a,
    const uint8_t *key, unsigned bits);

/* What aead_info() shall say of such an object. */
struct aead_info aead_info_of(const struct aead_spec *s);

/* Backends refuse longer ones, all the same. */
static inline bool
aead_op_fits(const struct aead_op *op)
{
	const struct aead_info *i = &op->key->info;

	return op->len <= AEAD_PACKET_MAX - 8u - i->iv_len - i->icv_len;
}

/*
 * The additional authenticated data of a combined algorithm: SPI, sequence
 * number, 12 bytes with extended numbers (RFC 4106 5, RFC 4309 5, RFC 7634 2).
 * Returns its length.
 */
static inline size_t
aead_op_aad(const struct aead_op *op, uint8_t aad[12])
{
	if (!op->esn) {
		memcpy(aad, op->hdr, 8);
		return 8;
	}
	memcpy(aad, op->hdr, 4);
	aad[4] = (uint8_t)(op->seq_hi >> 24);
	aad[5] = (uint8_t)(op->seq_hi >> 16);
	aad[6] = (uint8_t)(op->seq_hi >> 8);
	aad[7] = (uint8_t)op->seq_hi;
	memcpy(aad + 8, op->hdr + 4, 4);
	return 12;
}

#endif /* CRYPTO_BACKEND_H */
