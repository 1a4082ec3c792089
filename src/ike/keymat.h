/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keymat - keys out of what a key exchange gave: RFC 7296 2.13 to 2.18, RFC 5723,
 * RFC 8784, RFC 9370. Each function is false when the prf cannot be computed, or
 * a length is not possible; the output is zero then.
 *
 * Nonces are those of the exchange that makes the keys, without headers.
 */
#ifndef IKE_KEYMAT_H
#define IKE_KEYMAT_H

#include "base/secret.h"

#include "crypto/prf.h"
#include "wire/ikehdr.h"

/* What all of them begin with. */
struct keymat {
	const struct crypto *crypto;
	const struct ikealg *prf;
	struct ike_view ni, nr;
};

/* g^ir; or the secret of any other key exchange. p is NULL where there is none. */
struct keymat_dh {
	struct ike_view shared;
	/*
	 * RFC 9370 2.2.4: SK(1) | SK(2) | ... of the additional key exchanges of
	 * one CREATE_CHILD_SA, put together by the caller; else empty.
	 */
	struct ike_view more;
};

/* RFC 7296 2.14: SKEYSEED = prf(Ni | Nr, g^ir). */
MUST_USE bool keymat_seed(
    const struct keymat *k, struct ike_view shared, struct secret *skeyseed);
/*
 * RFC 7296 2.18: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr); prf_old is that
 * of the old IKE SA. With the secret of an IKE_INTERMEDIATE exchange, its own
 * prf and the nonces of IKE_SA_INIT it is RFC 9370 2.2.2.
 */
MUST_USE bool keymat_reseed(const struct keymat *k,
    const struct ikealg *prf_old, const struct secret *sk_d_old,
    const struct keymat_dh *dh, struct secret *skeyseed);
/* RFC 5723 5.1: SKEYSEED = prf(SK_d (old), "Resumption" | Ni | Nr). */
MUST_USE bool keymat_resume(const struct keymat *k,
    const struct secret *sk_d_old, struct secret *skeyseed);

/* RFC 7296 2.14; keys of encryption have their salt at the end (RFC 5282 7.1). */
struct keymat_ike {
	struct secret d, ai, ar, ei, er, pi, pr;
};
/*
 * n_integ and n_encr: bytes of each key (0 without integrity); salt included.
 * keymat_ike_fini() wipes.
 */
MUST_USE bool keymat_ike(const struct keymat *k, const struct secret *skeyseed,
    uint64_t spi_i, uint64_t spi_r, size_t n_integ, size_t n_encr,
    struct keymat_ike *out);
void keymat_ike_fini(struct keymat_ike *s);

/*
 * RFC 7296 2.17: keys of a pair of SAs. Initiator to responder is i: of whoever
 * began the exchange that makes them. Encryption (with salt) before integrity.
 */
struct keymat_child {
	struct secret ei, ai, er, ar;
};
/* dh NULL: without PFS. sk_d: of the IKE SA; bits as in struct secret. */
MUST_USE bool keymat_child(const struct keymat *k, const struct secret *sk_d,
    const struct keymat_dh *dh, size_t n_encr, size_t n_integ,
    struct keymat_child *out);
void keymat_child_fini(struct keymat_child *s);

/* RFC 8784 3: mixes a post-quantum preshared key into SK_d, SK_pi, SK_pr. */
MUST_USE bool keymat_ppk(
    const struct keymat *k, struct ike_view ppk, struct keymat_ike *keys);

/*
 * RFC 7296 2.15, 2.16: prf(prf(shared, "Key Pad for IKEv2"), octets), prf_len()
 * bytes to auth. shared: the MSK of EAP; or SK_pi or SK_pr for methods without
 * one; or a preshared key where no keystore is (tests).
 */
MUST_USE bool keymat_shared_auth(const struct keymat *k, struct ike_view shared,
    struct ike_view octets, uint8_t *auth);

/* The bytes of s. */
static inline struct ike_view
keymat_view(const struct secret *s)
{
	return (struct ike_view){ s->b, secret_bytes(s->bits) };
}

#endif /* IKE_KEYMAT_H */
