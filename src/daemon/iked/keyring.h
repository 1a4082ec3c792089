/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyring - the keys that the keystore has, and what it answers with them: those
 * of ike.preshared itself, certificates by pki/keystore.h.
 */
#ifndef DAEMON_KEYRING_H
#define DAEMON_KEYRING_H

#include "crypto/prf.h"
#include "daemon/iked/intake.h"
#include "pki/keystore.h"

struct keyring;

/* Where an answer has its bytes; wiped by the caller. */
struct keyring_work {
	uint8_t auth[PRF_MAX];
	char label[IKEIPC_LABEL + 1];
	struct keystore_cert cert[IKEIPC_CERTS];
	struct keystore_told told; /* by certificate */
	uint8_t id[1 + IKEID_MAX]; /* its type, and it */
	char why[KEYSTORE_WHY];
};

/* Of the files that came. c outlives it. NULL: why is one sentence. */
struct keyring *keyring_read(
    const struct crypto *c, const struct intake *files, char why[IKEIPC_TEXT]);
/* Wipes every key. Harmless on NULL. */
void keyring_free(struct keyring *k);

/*
 * A SIGN, a VERIFY or an ID. k may be NULL: there are no keys at all. told borrows from
 * work and k.
 */
void keyring_answer(struct keyring *k, const struct ikeipc_ask *ask,
    struct ikeipc_told *told, struct keyring_work *work);

/* SHA-1 of the keys of trusted authorities, at most n bytes: how many. */
size_t keyring_authorities(const struct keyring *k, uint8_t *out, size_t n);

#endif /* DAEMON_KEYRING_H */
