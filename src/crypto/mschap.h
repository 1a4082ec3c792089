/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mschap - what MSCHAPv2 computes: RFC 2759 8, and keys by RFC 3079 3. The caller
 * wipes what is secret: hash of the password, key.
 */
#ifndef CRYPTO_MSCHAP_H
#define CRYPTO_MSCHAP_H

#include "base/rd.h"

enum {
	MSCHAP_CHALLENGE = 16,
	MSCHAP_RESPONSE = 24,
	MSCHAP_HASH = 16,
	MSCHAP_AUTH = 20, /* the server's answer, before it is text */
	MSCHAP_MSK = 64,
	MSCHAP_PASSWORD = 256 /* characters at most (RFC 2759 3) */
};

/*
 * MD4 of the password in UTF-16, given as n bytes of UTF-8. False: it is not
 * UTF-8, or too long.
 */
MUST_USE bool mschap_hash(
    const uint8_t *password, size_t n, uint8_t hash[MSCHAP_HASH]);

/* All that both sides say. name: without a domain ("DOMAIN\user": user). */
struct mschap {
	const uint8_t *server; /* MSCHAP_CHALLENGE bytes each */
	const uint8_t *peer;
	const uint8_t *name;
	size_t n_name;
};

/* GenerateNTResponse */
void mschap_response(const struct mschap *m, const uint8_t hash[MSCHAP_HASH],
    uint8_t out[MSCHAP_RESPONSE]);
/* GenerateAuthenticatorResponse, without "S=" and hex digits. */
void mschap_auth(const struct mschap *m, const uint8_t hash[MSCHAP_HASH],
    const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_AUTH]);
/* MSK of EAP-MSCHAPv2: the server's receive key, its send key, 32 zeros. */
void mschap_msk(const uint8_t hash[MSCHAP_HASH],
    const uint8_t response[MSCHAP_RESPONSE], uint8_t out[MSCHAP_MSK]);

#endif /* CRYPTO_MSCHAP_H */
