/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * certstore - the certificates, CRLs and anchors of this host, and whether a
 * peer's certificate may be believed (RFC 5280 6, RFC 4945 5).
 *
 * Work is bounded: CERTSTORE_DEPTH certificates between the peer's and an anchor,
 * keys of bounded size (crypto/be/sig.h), signatures with hashes of SHA-256 and
 * better and keys of 112 bits of strength and more.
 */
#ifndef PKI_CERTSTORE_H
#define PKI_CERTSTORE_H

#include "pki/certsel.h"

enum {
	CERTSTORE_DEPTH = 6,
	CERTSTORE_MAX = 4096, /* certificates here */
	CERTSTORE_WHY = 512,  /* bytes of a reason */
	CERTSTORE_PEER = 8,   /* certificates of a peer */
	CERTSTORE_OCSP = 8,   /* OCSP responses of a peer */
	CERTSTORE_OCSP_DER = 16384
};

struct certstore;

/* NULL: no memory or no libcrypto. */
struct certstore *certstore_new(void);
void certstore_free(struct certstore *s);
/* The library context that its keys belong to. */
OSSL_LIB_CTX *certstore_ctx(const struct certstore *s);

/* ---- filling ---- */

/* The contents of a file, as pki/keystore.h says. */
MUST_USE bool certstore_add(struct certstore *s, const char *slot,
    const void *b, size_t n, char why[CERT_WHY]);
MUST_USE bool certstore_add_crl(struct certstore *s, const char *slot,
    const void *b, size_t n, char why[CERT_WHY]);
/* cert_root; cert_trust. */
MUST_USE bool certstore_root(
    struct certstore *s, const char *selector, char why[CERT_WHY]);
MUST_USE bool certstore_trust(
    struct certstore *s, const char *selector, char why[CERT_WHY]);
void certstore_ignore_crls(struct certstore *s, bool on);
/* All is there. False: a selector of the two above means no certificate. */
MUST_USE bool certstore_ready(struct certstore *s, char why[CERT_WHY]);

/* ---- asking ---- */

/* The i-th certificate; NULL past the end. */
const struct cert *certstore_row(const struct certstore *s, size_t i);
MUST_USE bool certstore_is_root(const struct certstore *s, size_t i);
/* Trusted by itself: by cert_trust, or a public key that is here. */
MUST_USE bool certstore_is_trusted(const struct certstore *s, size_t i);

/* Bytes of a peer. */
struct certstore_bytes {
	const uint8_t *p;
	size_t n;
};

/*
 * Is cert believed at this time? other: certificates that came with it, ocsp:
 * OCSP responses (RFC 4806). False: why says in one sentence what is wrong with
 * which certificate.
 */
MUST_USE bool certstore_verify(struct certstore *s, const struct cert *cert,
    struct cert *const *other, size_t n_other,
    const struct certstore_bytes *ocsp, size_t n_ocsp, int64_t now,
    char why[CERTSTORE_WHY]);

/*
 * The certificates to send with one of ours: itself, then its issuers as far as
 * they are here, without a self-signed one. Returns how many, at most `most`.
 */
size_t certstore_chain(const struct certstore *s, const struct cert *cert,
    const struct cert **chain, size_t most);
/* Does a chain of ours end at a root whose key has this hash (RFC 7296 3.7)? */
MUST_USE bool certstore_ends_at(
    const struct certstore *s, const struct cert *cert, const uint8_t hash[20]);

#endif /* PKI_CERTSTORE_H */
