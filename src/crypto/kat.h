/* SPDX-License-Identifier: BSD-2-Clause */
/* kat - known answers: at least one for each algorithm and key size. */
#ifndef CRYPTO_KAT_H
#define CRYPTO_KAT_H

#include "model/alg.h"

/*
 * Strings are hexadecimal; NULL stands for "". For ALG_ENCR one ESP payload
 * under this algorithm alone; for ALG_AUTH a message and its ICV.
 *
 * in == NULL: key, iv, sequence number and message are patterns, byte i being
 * KAT_KEY(i), KAT_IV(i), KAT_IN(i); out is the xor of the ciphertext's 16-byte
 * blocks.
 */
struct kat {
	uint8_t table, id; /* of the algorithm; table 0 ends the list */
	uint16_t bits;	   /* of the key, salt not counted */
	bool esn;	   /* aad has, or gets, an extended sequence number */
	size_t len;	   /* of a pattern */
	const char *key;   /* with its salt */
	const char *aad;   /* SPI and sequence number: 8 or 12 bytes */
	const char *iv, *in, *out, *icv;
};

#define KAT_KEY(i)  ((uint8_t)((i)*13 + 5))
#define KAT_IV(i)   ((uint8_t)((i)*17 + 9))
#define KAT_IN(i)   ((uint8_t)((i)*7 + 3))
#define KAT_AAD	    "0000201200000005"
#define KAT_AAD_ESN "000020120000000a00000005"

extern const struct kat kat_rows[];

#endif /* CRYPTO_KAT_H */
