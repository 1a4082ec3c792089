/* SPDX-License-Identifier: BSD-2-Clause */
/* keyinside - what keystore.c and keyask.c know of a keystore. */
#ifndef PKI_KEYINSIDE_H
#define PKI_KEYINSIDE_H

#include "pki/certstore.h"
#include "pki/keysig.h"
#include "pki/keystore.h"

/* A preshared key. */
struct keystore_pair {
	struct keystore_pair *next;
	struct ikeid local, remote;
	struct secret key;
};

/* A private key. */
struct keystore_own {
	struct keystore_own *next;
	EVP_PKEY *key;
	char slot[CERT_SLOT];
};

/* A rule. */
struct keystore_who {
	struct keystore_who *next;
	char *label;
	bool psk, cert;
	struct certsel local;
	struct certsel *remote;
	size_t n_remote;
};

struct keystore {
	const struct crypto *crypto;
	struct certstore *certs;
	struct keystore_pair *psks;
	struct keystore_own *keys;
	struct keystore_who *rules;
	struct token *token; /* of the process; or NULL */
	size_t n_psks, n_keys, n_rules;
};

/* keyask.c. The rule of a label; NULL: there is none. */
const struct keystore_who *keystore_who_of(
    const struct keystore *k, const char *label);
/*
 * The best certificate (or public key) of ours for a rule, and its private key
 * (unless key is NULL): the identity in the question, if there is one, and the
 * authorities that the peer names, count. NULL: none is that of local_id and has
 * a private key.
 */
const struct cert *keystore_own_cert(const struct keystore *k,
    const struct keystore_who *r, const struct keystore_ask *a,
    struct keysig_key *key);

#endif /* PKI_KEYINSIDE_H */
