/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cert - a certificate, or a public key alone (RFC 7670), and what is read out of
 * it. libcrypto does X.509; this says what of it is taken.
 */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include <openssl/x509.h>

#include "base/wr.h"

#include "model/ikeid.h"

enum {
	CERT_DER = 16384, /* bytes of a certificate or key, at most */
	CERT_FILE = 64,	  /* certificates of one file */
	CERT_SLOT = 256,  /* characters of a file's name, with the NUL */
	CERT_TEXT = 256	  /* characters of a name, with the NUL */
};

struct cert {
	X509 *x;       /* NULL: a public key alone */
	EVP_PKEY *key; /* the public key; borrowed from x when there is one */
	uint8_t *der;  /* the certificate, or the SubjectPublicKeyInfo */
	size_t n;
	char slot[CERT_SLOT]; /* "" of what a peer sent */
};

/*
 * One certificate (raw: one SubjectPublicKeyInfo) of n bytes of DER. NULL: why
 * (of CERT_WHY bytes) says what is wrong: it is no such thing, too long, has
 * something behind it, or a key that is not usable (crypto/be/sig.h).
 */
enum { CERT_WHY = 256 };
struct cert *cert_new(OSSL_LIB_CTX *ctx, bool raw, const uint8_t *der, size_t n,
    char why[CERT_WHY]);
void cert_free(struct cert *c);

/*
 * The certificates and public keys of a file, PEM or DER; each is given to take,
 * which owns it and may refuse it (false, why). False: the file has none, has
 * something else, or one was refused.
 */
MUST_USE bool cert_read_file(OSSL_LIB_CTX *ctx, const void *b, size_t n,
    bool (*take)(void *arg, struct cert *c, char why[CERT_WHY]), void *arg,
    char why[CERT_WHY]);

/* The subject (issuer) as text, "a public key" without; returns buf. */
const char *cert_subject(char buf[CERT_TEXT], const struct cert *c);
const char *cert_issuer(char buf[CERT_TEXT], const struct cert *c);
/* Any name. */
const char *cert_name(char buf[CERT_TEXT], const X509_NAME *name);
/* The subject as an identity; IKEID_NONE without one. */
struct ikeid cert_subject_id(const struct cert *c);

/*
 * Does the certificate bear this identity (RFC 4945 3.1): a DN is its subject; a
 * host, mail address or IP address stands among its alternative names; a KEY_ID
 * is its subject key identifier? Common names are not hosts.
 */
MUST_USE bool cert_bears(const struct cert *c, const struct ikeid *id);

/* SHA-1 of the public key's SubjectPublicKeyInfo (RFC 7296 3.7). */
MUST_USE bool cert_key_hash(const struct cert *c, uint8_t hash[20]);

/* 0: within its time; -1: not yet; 1: expired. At now, seconds since 1970. */
int cert_when(const struct cert *c, int64_t now);
/* "2026-11-24" of the end (or begin); returns buf. */
enum { CERT_DATE = 32 };
const char *cert_date(char buf[CERT_DATE], const struct cert *c, bool end);

/*
 * NULL: key usage and extended key usage allow IKE (RFC 4945 5.1.3.2, 5.1.3.12);
 * otherwise a reason.
 */
const char *cert_usage(const struct cert *c);

#endif /* PKI_CERT_H */
