/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authoct - the octets that AUTH is computed over: RFC 7296 2.15, and with
 * IKE_INTERMEDIATE exchanges RFC 9242 3.3.
 *
 *	message | nonce of the peer | prf(SK_p, ID body) [| IntAuth]
 *
 * The signer's own first message, the other's nonce, the signer's own identity
 * and SK_pi or SK_pr. With a post-quantum preshared key SK_p is the one after
 * mixing; for NO_PPK_AUTH the one before (RFC 8784 3).
 */
#ifndef IKE_AUTHOCT_H
#define IKE_AUTHOCT_H

#include "base/secret.h"

#include "crypto/prf.h"
#include "wire/ike2.h"

struct authoct {
	const struct crypto *crypto;
	const struct ikealg *prf;
	const struct secret *sk_p;
	struct ike_view message; /* from the header on */
	struct ike_view nonce;
	struct ike_view id; /* body of the ID payload: struct ike2_id.body */
	/* authoct_int_end(); empty without IKE_INTERMEDIATE */
	struct ike_view intauth;
};

/* Bytes of the octets. */
size_t authoct_len(const struct authoct *a);
/* False: w is too small, or the prf cannot be computed. */
MUST_USE bool authoct_write(struct wr *w, const struct authoct *a);

/* ---- IKE_INTERMEDIATE ---- */

/* One chain for requests, one for responses; begins as zeros. */
struct authoct_int {
	uint8_t n; /* messages so far; 0: the chain is empty */
	uint8_t mac[PRF_MAX];
};

/*
 * Add a message: h is its header, first the type of the first payload inside of
 * SK and text what was inside, without padding; a message in fragments counts as
 * the whole one (RFC 9242 3.3.2). sk_p is the one of the keys that protected it:
 * SK_pi for what the initiator sent. False: cannot be computed.
 */
MUST_USE bool authoct_int_add(struct authoct_int *c,
    const struct crypto *crypto, const struct ikealg *prf,
    const struct secret *sk_p, const struct ikehdr *h, uint8_t first,
    struct ike_view text);

/* IntAuth_iN | IntAuth_rN | message id of the first IKE_AUTH. Returns its bytes. */
#define AUTHOCT_INT_MAX (2 * PRF_MAX + 4)
size_t authoct_int_end(uint8_t out[AUTHOCT_INT_MAX],
    const struct authoct_int *i, const struct authoct_int *r,
    const struct ikealg *prf, uint32_t auth_msgid);

#endif /* IKE_AUTHOCT_H */
