/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token - private keys that stay in PKCS#11 tokens (spec: ike 8): a module is
 * loaded, tokens are unlocked, and what is signed with a key is signed in there.
 * Hashes are computed here.
 */
#ifndef PKI_TOKEN_H
#define PKI_TOKEN_H

#include <openssl/evp.h>

#include "crypto/sigalg.h"

enum {
	TOKEN_WHY = 256,
	TOKEN_LABEL = 33, /* characters of a token's name, with the NUL */
	TOKEN_MAX = 16,	  /* tokens of a module */
	TOKEN_KEYS = 256  /* private keys of a token that are looked at */
};

struct token;

/*
 * Load the module, a shared object of that path. It lives in this process, with
 * all of its rights. NULL: why.
 */
struct token *token_open(const char *path, char why[TOKEN_WHY]);
/* Logs out, too. Harmless on NULL. */
void token_close(struct token *t);

/* The i-th token's name; NULL past the end. */
const char *token_label(const struct token *t, size_t i);
/* Unlock the token of this name with the user's PIN, or lock it. False: why. */
MUST_USE bool token_login(
    struct token *t, const char *label, const char *pin, char why[TOKEN_WHY]);
MUST_USE bool token_logout(
    struct token *t, const char *label, char why[TOKEN_WHY]);

/* A private key of an unlocked token. */
struct token_key {
	struct token *t;
	unsigned long session, object;
};

/* The private key that goes with a public one. False: none is there. */
MUST_USE bool token_find(
    struct token *t, const EVP_PKEY *pub, struct token_key *k);

/*
 * As sig_sign() of crypto/be/sig.h; pub is the public key. False: the token does
 * not do that, or does not want to.
 */
MUST_USE bool token_sign(const struct token_key *k, const EVP_PKEY *pub,
    const struct sigalg *a, const uint8_t *msg, size_t n, uint8_t *out,
    size_t *len);

#endif /* PKI_TOKEN_H */
