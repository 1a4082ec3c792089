/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * algmech - from an entry of /etc/inet/ipsecalgs to what we can compute: which
 * row of model/alg.h its mechanism is, and which key lengths both have.
 */
#ifndef MODEL_ALGMECH_H
#define MODEL_ALGMECH_H

#include "model/alg.h"

#define ALGMECH_KEYS 64 /* key lengths of one entry, 0 at the end */
#define ALGMECH_NAME 32 /* CRYPTO_MAX_MECH_NAME, with NUL */

/* An entry, as file and PF_POLICY have it. Borrowed. */
struct algmech_entry {
	uint8_t table, id;
	const char *mech;  /* CKM_..., "-" or "": none */
	uint16_t key_incr; /* bits; 0: keys is a list, else def, min, max */
	unsigned n_keys, n_blocks, n_params;
	const uint16_t *keys;	/* bits */
	const uint16_t *blocks; /* bytes: block, or MAC of an HMAC */
	const uint16_t *params; /* bytes: IV, MAC, salt */
	uint16_t flags;		/* ALG_VALID ... ALG_GCM as the entry says */
};

/* A row with what its pointers point to: not to be copied. */
struct algmech {
	struct alg a;
	char name[4]; /* its number, where the name is not known */
	char mech[ALGMECH_NAME];
	uint16_t keys[ALGMECH_KEYS];
};

/*
 * The entry as a row. What the mechanism is, not the entry, says how it works:
 * IV, alignment, flags. Key lengths are those that both have. ALG_VALID is set
 * when there is such a mechanism with this MAC or block and these parameters, and
 * a key length is left; else the row has the entry's own sizes, and cannot be
 * used. Where number and mechanism are those of model/alg.h, so is the name;
 * otherwise the name is the number.
 */
void algmech_make(struct algmech *out, const struct algmech_entry *e);

#endif /* MODEL_ALGMECH_H */
