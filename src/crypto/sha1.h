/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha1 - SHA-1 (FIPS 180-4) of public bytes, where a protocol wants no other: NAT
 * detection (RFC 7296 2.23), names of keys in CERTREQ (3.7), MSCHAPv2 (RFC 2759).
 * Nothing depends on nobody finding collisions.
 */
#ifndef CRYPTO_SHA1_H
#define CRYPTO_SHA1_H

#include "base/rd.h"

#define SHA1_LEN 20

struct sha1 {
	uint32_t h[5];
	uint64_t n; /* bytes so far */
	uint8_t block[64];
};

void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *p, size_t n);
/* Leaves s without use until sha1_init(). */
void sha1_end(struct sha1 *s, uint8_t out[SHA1_LEN]);

#endif /* CRYPTO_SHA1_H */
