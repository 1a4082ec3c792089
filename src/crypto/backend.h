/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backend - what a library has to offer to compute for us. Only the crypto room
 * and its backends (crypto/be) include this; everybody else sees aead.h, mac.h
 * and provider.h.
 */
#ifndef CRYPTO_BACKEND_H
#define CRYPTO_BACKEND_H

#include "crypto/aead.h"
#include "crypto/ke.h"
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
 * A way to compute: one backend's functions for one algorithm, or pair of them,
 * and key length. It is the same for all keys. What differs is the schedule x:
 * the key as that backend wants it, in memory that somebody else owns
 * (crypto/keycache.h, or way_new()).
 */
struct way {
	/*
	 * Fill size bytes, zeroed and aligned to 64, from the keys in s. False: it
	 * failed, and left nothing to release.
	 */
	bool (*expand)(const struct way *w, void *x, const struct aead_spec *s);
	/* NULL, or: several at once, which cannot fail. */
	void (*expand_n)(const struct way *w, void *const *x,
	    const struct aead_spec *s, size_t n);
	/* What hangs behind x; its own bytes are the caller's to wipe. Or NULL. */
	void (*release)(const struct way *w, void *x);
	/* What hangs behind the way. Or NULL. */
	void (*drop)(struct way *w);
	size_t size; /* of x: WAY_SIZE at most */
	void *st;    /* the backend's state */
	void *own;   /* the backend's, for drop */
};

enum { WAY_SIZE = 1024 };

struct aead_way {
	struct way way; /* first */
	/* n operations; x[i] is the schedule of op[i].key. */
	void (*seal)(const struct aead_way *w, void *const *x,
	    struct aead_op *op, size_t n);
	void (*open)(const struct aead_way *w, void *const *x,
	    struct aead_op *op, size_t n);
	/* One message, or NULL when the backend has only ESP's form of it. */
	bool (*text)(const struct aead_way *w, void *x, bool seal,
	    const struct aead_text *t);
	/* Operations in a call from which on this is the faster way, and ... */
	unsigned least;
	/* ... their length up to which it is; 0: any. */
	size_t most;
	struct aead_info info;
};

enum { MAC_N_LEN = 1 << 17 };

struct mac_way {
	struct way way; /* first */
	/* icv_len bytes to icv. False: the library failed. */
	bool (*sign)(const struct mac_way *w, void *x, uint8_t *icv,
	    const uint8_t *iv, const struct mac_part *part, size_t n);
	/* Several at once, each of 1 to MAC_N_LEN bytes. One of both may be NULL. */
	void (*sign_n)(const struct mac_way *w, void *const *x,
	    struct mac_op *op, size_t n);
	unsigned least; /* as above */
	struct mac_info info;
};

/* A cipher without integrity; etm.c puts a MAC over it. */
struct cipher_way {
	struct way way; /* first */
	/* iv as on the wire. len is a multiple of the algorithm's align. */
	bool (*crypt)(const struct cipher_way *w, void *x, bool enc,
	    const uint8_t *iv, const uint8_t *in, uint8_t *out, size_t len);
};

/*
 * Key exchange (crypto/ke.h). own is a private value of n bytes, or of ML-KEM d
 * and z. Lengths of the peer's values are right already.
 */
struct ke_be {
	bool (*claims)(const void *st, const struct ikealg *g);
	/* The initiator's value. KE_INVALID: own is none of the group. */
	enum ke_result (*value)(void *st, const struct ikealg *g,
	    const uint8_t *own, size_t n, uint8_t *value);
	enum ke_result (*shared)(void *st, const struct ikealg *g,
	    const uint8_t *own, size_t n, const uint8_t *peer, uint8_t *secret);
	/* The responder's whole part, of IKEALG_KEM; seed: 32 random bytes. */
	enum ke_result (*encap)(void *st, const struct ikealg *g,
	    const uint8_t *seed, const uint8_t *peer, uint8_t *value,
	    uint8_t *secret);
};

/* Where a backend's remarks go; fn may be NULL. */
struct say {
	void (*fn)(void *ctx, const char *line);
	void *ctx;
};

/*
 * A backend. The three that fill in a way get algorithms that the backend claims
 * and key lengths that the table allows (of a spec, the keys may be NULL); they
 * return false for a combination that they do not do, and the next backend is
 * asked. The way is zeroed before, and dropped by the caller.
 */
struct crypto_be {
	const char *name;
	/* Its state, or NULL when it cannot work here (told through say). */
	void *(*init)(const struct say *say);
	void (*fini)(void *st);
	/* Whether the algorithm is offered with keys of this length. */
	bool (*claims)(const void *st, const struct alg *a, unsigned bits);
	/* A combined algorithm, or a cipher and MAC done in one go. */
	bool (*aead)(void *st, const struct aead_spec *s, struct aead_way *w);
	/* Expanded from ekey, and from akey: each with its salt behind it. */
	bool (*cipher)(
	    void *st, const struct alg *a, unsigned bits, struct cipher_way *w);
	bool (*mac)(
	    void *st, const struct alg *a, unsigned bits, struct mac_way *w);
	const struct ke_be *ke; /* NULL: no key exchange */
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
	struct keyhome *home; /* crypto/keyhome.h */
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

/*
 * The first slot's that passed for the algorithm and does it, and of MACs one at
 * a time; false: none.
 */
MUST_USE bool crypto_cipher(const struct crypto *c, const struct alg *a,
    unsigned bits, struct cipher_way *w);
MUST_USE bool crypto_mac(const struct crypto *c, const struct alg *a,
    unsigned bits, struct mac_way *w);
/* Of a combined algorithm, the first that takes any authenticated data. */
MUST_USE bool crypto_text(
    const struct crypto *c, const struct aead_spec *s, struct aead_way *w);

/* What info shall say of such a way. */
struct aead_info aead_info_of(const struct aead_spec *s);

/* Backends refuse longer ones, all the same. */
static inline bool
aead_op_fits(const struct aead_info *i, const struct aead_op *op)
{
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
