/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keystore - what in.iked's keystore process knows and does: preshared keys,
 * private keys, certificates, and the two questions of AUTH (RFC 7296 2.15): make
 * ours, check theirs. No network, no files, no clock: bytes, texts and the time
 * come in. The process around it is daemon/iked's.
 *
 * It is filled once, with all that a configuration says, and then asked. After a
 * change a new one is filled and takes the old one's place, or, when something is
 * wrong with the new one, does not.
 *
 * why: KEYSTORE_WHY bytes for one sentence that an administrator understands;
 * written when the answer is not yes, "" otherwise.
 */
#ifndef PKI_KEYSTORE_H
#define PKI_KEYSTORE_H

#include "base/secret.h"

#include "crypto/provider.h"
#include "model/ikealg.h"
#include "model/ikeid.h"

enum {
	KEYSTORE_WHY = 512,
	KEYSTORE_PSK = 128,   /* bytes of a preshared key, at most */
	KEYSTORE_CERTS = 8,   /* of a chain in a message */
	KEYSTORE_HASHES = 8,  /* of SIGNATURE_HASH_ALGORITHMS */
	KEYSTORE_DATA = 1200, /* bytes of AUTH data: RSA of 8192 bits fits */
	KEYSTORE_NAME = 255   /* characters of a slot or label */
};

struct keystore;

/* NULL: no memory. keystore_free() wipes all keys. */
struct keystore *keystore_new(const struct crypto *c);
void keystore_free(struct keystore *k);

/* ---- filling; all is copied ---- */

/*
 * A preshared key between two identities. Those that are addresses also stand
 * for the ends of IKE's own traffic (spec: ike 6).
 */
struct keystore_psk {
	struct ikeid local, remote;
	const uint8_t *key;
	size_t n; /* 1 to KEYSTORE_PSK */
};
MUST_USE bool keystore_add_psk(
    struct keystore *k, const struct keystore_psk *psk, char *why);

/*
 * The contents of a file, PEM or DER, slot its name: a certificate (PEM: with
 * its chain behind it), or a public key alone (RFC 7670), which is trusted by
 * being there; CRLs; a private key, PKCS#8 or traditional, not encrypted.
 */
MUST_USE bool keystore_add_cert(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why);
MUST_USE bool keystore_add_crl(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why);
MUST_USE bool keystore_add_key(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why);

/* cert_root, cert_trust: a selector (pki/certsel.h) of certificates that are
   there when keystore_ready() is called. */
MUST_USE bool keystore_add_root(
    struct keystore *k, const char *selector, char *why);
MUST_USE bool keystore_add_trust(
    struct keystore *k, const char *selector, char *why);
/* ignore_crls: neither CRLs nor OCSP are looked at. Default: they are. */
void keystore_ignore_crls(struct keystore *k, bool on);

/*
 * Private keys may be in tokens as well (pki/token.h). The token is the process's,
 * outlives the keystore and is the same for the next one; which of its tokens are
 * unlocked may change at any time.
 */
struct token;
void keystore_use_token(struct keystore *k, struct token *t);

/* What a rule says about who is who. */
struct keystore_rule {
	const char *label;
	bool psk;  /* preshared keys are allowed */
	bool cert; /* signatures are allowed */
	/* Selectors; NULL or "" of local: any certificate with a private key. */
	const char *local_id;
	const char *const *remote_id; /* alternatives; "" is any */
	size_t n_remote;
};
MUST_USE bool keystore_add_rule(
    struct keystore *k, const struct keystore_rule *r, char *why);

/*
 * All is there. False: a root or trusted certificate that is named is not there,
 * and so on. Remarks that do not stop it go to say (NULL: nowhere): certificates
 * that have expired or will within 30 days, keys without certificates.
 */
MUST_USE bool keystore_ready(struct keystore *k, int64_t now,
    void (*say)(void *ctx, const char *line), void *ctx, char *why);

/* ---- asking ---- */

struct keystore_bytes {
	const uint8_t *p;
	size_t n;
};

/* Encodings of CERT payloads (RFC 7296 3.6). */
enum { KEYSTORE_X509 = 4, KEYSTORE_OCSP = 14, KEYSTORE_RAW = 15 };

struct keystore_cert {
	uint8_t encoding;
	struct keystore_bytes der;
};

/* As ike/ask.h and wire/ikeipc.h have it; borrowed for the call. */
struct keystore_ask {
	const char *rule; /* label */
	bool initiator;
	struct addr local, remote; /* ends of IKE's traffic */
	uint16_t prf;		   /* transform id */
	/* of ID payloads; type 0: not known */
	uint8_t own_id_type, peer_id_type;
	struct keystore_bytes own_id, peer_id;
	struct keystore_bytes octets; /* RFC 7296 2.15 */
	/* SIGN: RFC 7427 hashes that the peer takes; none: the old methods */
	const uint16_t *hash;
	size_t n_hash;
	/* SIGN: of CERTREQ, SHA-1 of authorities' keys, 20 bytes each */
	struct keystore_bytes authorities;
	/* VERIFY */
	uint8_t method;
	struct keystore_bytes auth;
	const struct keystore_cert *cert; /* the end entity's first */
	size_t n_cert;
};

enum keystore_verdict {
	KEYSTORE_OK,
	KEYSTORE_NO,  /* it is wrong: why */
	KEYSTORE_NONE /* there is no key or certificate for it: why */
};

/* Its certificates are the keystore's, until it is freed. */
struct keystore_told {
	enum keystore_verdict verdict;
	char why[KEYSTORE_WHY];
	uint8_t method; /* of AUTH */
	size_t n;	/* bytes of AUTH data */
	uint8_t data[KEYSTORE_DATA];
	struct keystore_cert cert[KEYSTORE_CERTS]; /* of SIGN */
	size_t n_cert;
};

/* now: seconds since 1970. */
void keystore_sign(struct keystore *k, const struct keystore_ask *a,
    int64_t now, struct keystore_told *t);
void keystore_verify(struct keystore *k, const struct keystore_ask *a,
    int64_t now, struct keystore_told *t);

/*
 * Who we say we are by a rule whose local_id names a certificate: its subject.
 * False: there is no such certificate with a private key, or it has no subject.
 */
MUST_USE bool keystore_own_id(
    const struct keystore *k, const char *rule, struct ikeid *id);

/*
 * SHA-1 of the key of each root, 20 bytes each, for CERTREQ (RFC 7296 3.7), at
 * most n bytes. Returns their length.
 */
size_t keystore_authorities(const struct keystore *k, uint8_t *out, size_t n);

#endif /* PKI_KEYSTORE_H */
