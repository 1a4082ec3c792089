/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeseal - what protects the Encrypted payload of IKEv2 (RFC 7296 3.14, RFC
 * 5282, RFC 7634): one direction's keys, and how its bytes are made.
 *
 *	IKE header .. SK (or SKF) payload's own header | IV | text | pad | ICV
 *	`-------------------- aad --------------------'
 *
 * The lengths in both headers are those of the finished message: ask
 * ikeseal_size() first, write the headers, then seal.
 */
#ifndef CRYPTO_IKESEAL_H
#define CRYPTO_IKESEAL_H

#include "base/secret.h"

#include "crypto/provider.h"
#include "model/ikealg.h"

/* Owned by whoever has it; it is wiped by ikeseal_fini(). */
struct ikeseal {
	const struct crypto *crypto;
	const struct ikealg *encr;
	const struct ikealg *integ; /* NULL with a combined algorithm */
	uint16_t bits; /* of the encryption key, without the salt */
	struct secret ekey, akey;
	uint64_t next_iv; /* of the algorithms whose IV must never come twice */
};

/*
 * Whether such a pair can be computed here: encr may protect IKE and takes a key
 * of keylen (the attribute; 0: none), integ is there when encr needs it, and only
 * then (NULL or the row "none" without).
 */
MUST_USE bool ikeseal_usable(const struct crypto *c, const struct ikealg *encr,
    unsigned keylen, const struct ikealg *integ);

/*
 * Take SK_e (ikealg_keymat() bytes: the salt is at its end) and SK_a (none with a
 * combined algorithm), copied. False: not usable. For sealing, a struct ikeseal
 * is never copied and used twice: IVs would come again.
 */
MUST_USE bool ikeseal_init(struct ikeseal *s, const struct crypto *c,
    const struct ikealg *encr, unsigned keylen, const struct ikealg *integ,
    const uint8_t *sk_e, const uint8_t *sk_a);
void ikeseal_fini(struct ikeseal *s);

/* Bytes that n bytes of text become: IV, text, padding, Pad Length, ICV. */
size_t ikeseal_size(const struct ikeseal *s, size_t n);
/* The most bytes of text whose ikeseal_size() is at most room; SIZE_MAX: none. */
size_t ikeseal_fits(const struct ikeseal *s, size_t room);

/*
 * msg has aad bytes of headers, and behind them room for ikeseal_size(n) bytes,
 * which are written. text is apart from msg. False: the backend failed, there
 * are no random bytes, IVs are used up (2^64), or it is too long (65,535 in all);
 * nothing of msg may be sent then.
 */
MUST_USE bool ikeseal_seal(struct ikeseal *s, const struct rng *rng,
    uint8_t *msg, size_t aad, const uint8_t *text, size_t n);

/*
 * The other way: msg has len bytes in all. The text goes to out, which is apart
 * from msg and has room for len - aad bytes; *n is its length. False: integrity
 * or length is not right, which of both nobody is told; out is zero then.
 */
MUST_USE bool ikeseal_open(const struct ikeseal *s, const uint8_t *msg,
    size_t aad, size_t len, uint8_t *out, size_t *n);

#endif /* CRYPTO_IKESEAL_H */
