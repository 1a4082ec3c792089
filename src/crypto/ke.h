/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ke - key exchange (RFC 7296 2.12, RFC 9370): a fresh private value, what is
 * sent of it, and the secret that both ends know then.
 *
 * The initiator makes a struct ke with ke_new(), sends ke_value(), and computes
 * with ke_finish() from what came back. The responder does all of its part in
 * ke_respond(). It is the same for Diffie-Hellman and for ML-KEM.
 *
 * Values are the Key Exchange Data of the KE payload: fixed lengths, leading
 * zeros kept; points of RFC 5903 as x | y.
 */
#ifndef CRYPTO_KE_H
#define CRYPTO_KE_H

#include "crypto/provider.h"
#include "model/ikealg.h"

enum {
	KE_VALUE_MAX = 1568, /* bytes of the longest value */
	KE_OWN_MAX = 66,     /* bytes of what a private value is made of */
	KE_SECRET_MAX = 1024 /* bytes of the longest shared secret */
};

/* What both know. ke_secret_fini() wipes it. */
struct ke_secret {
	size_t n;
	uint8_t b[KE_SECRET_MAX];
};
void ke_secret_fini(struct ke_secret *s);

enum ke_result {
	KE_OK,
	KE_LENGTH,  /* the peer's value is not as long as the group says */
	KE_INVALID, /* RFC 6989: the peer's value is none of the group */
	KE_FAILED   /* no random bytes, no memory, or the library failed */
};
/* A reason for people. */
const char *ke_result_text(enum ke_result r);

struct ke;

/* Whether a row of type IKEALG_KE can be computed here. */
MUST_USE bool ke_usable(const struct crypto *c, const struct ikealg *group);

/*
 * As initiator: a private value from rng, used for one exchange only. NULL: not
 * usable, no random bytes or no memory. ke_free() wipes.
 */
struct ke *ke_new(
    const struct crypto *c, const struct ikealg *group, const struct rng *rng);
/* The same from a private value that is known already: for known answers. */
struct ke *ke_from(const struct crypto *c, const struct ikealg *group,
    const uint8_t *own, size_t n);
void ke_free(struct ke *ke);
const struct ikealg *ke_group(const struct ke *ke);
/* group->len bytes, borrowed from ke. */
const uint8_t *ke_value(const struct ke *ke);
/* From the responder's value of n bytes. secret is empty unless KE_OK. */
enum ke_result ke_finish(const struct ke *ke, const uint8_t *peer, size_t n,
    struct ke_secret *secret);

/*
 * As responder to the initiator's value of n bytes: group->len2 bytes to value,
 * and the secret. Both are empty or zero unless KE_OK.
 */
enum ke_result ke_respond(const struct crypto *c, const struct ikealg *group,
    const struct rng *rng, const uint8_t *peer, size_t n, uint8_t *value,
    struct ke_secret *secret);

#endif /* CRYPTO_KE_H */
