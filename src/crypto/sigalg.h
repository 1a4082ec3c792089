/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sigalg - signature algorithms of AUTH: the AlgorithmIdentifier of RFC 7427 and
 * the methods that were there before it.
 */
#ifndef CRYPTO_SIGALG_H
#define CRYPTO_SIGALG_H

#include "base/wr.h"

#include "model/ikealg.h"

enum sigalg_kind {
	SIGALG_RSA, /* RSASSA-PKCS1-v1_5 */
	SIGALG_PSS, /* RSASSA-PSS, MGF1 with the same hash */
	SIGALG_ECDSA,
	SIGALG_ED25519,
	SIGALG_ED448
};

struct sigalg {
	enum sigalg_kind kind;
	uint8_t hash;  /* IKE_HASH_; IKE_HASH_IDENTITY with the last two */
	uint16_t salt; /* PSS: bytes */
	bool plain;    /* ECDSA: r | s (RFC 4754 3), not DER */
};

enum { SIGALG_DER = 80 }; /* bytes of the longest AlgorithmIdentifier */

/* Append the AlgorithmIdentifier (RFC 7427 appendix A). */
void sigalg_write(struct wr *w, const struct sigalg *a);

/*
 * From n bytes of DER. False: it is no AlgorithmIdentifier, or of an algorithm or
 * parameters that are not used here: another hash in MGF1, a salt of more than
 * 64 bytes, any trailer but 1.
 */
MUST_USE bool sigalg_parse(struct sigalg *a, const uint8_t *der, size_t n);

/* For people: "RSA-PSS with SHA2-256". buf of SIGALG_TEXT bytes; returns it. */
enum { SIGALG_TEXT = 48 };
const char *sigalg_print(char *buf, const struct sigalg *a);
/* "SHA2-256" of IKE_HASH_; "?" */
const char *sigalg_hash_name(unsigned hash);
/* Bytes of a hash, 0 of IKE_HASH_IDENTITY and of unknown ones. */
size_t sigalg_hash_len(unsigned hash);

#endif /* CRYPTO_SIGALG_H */
