/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offer - proposals of AH and ESP out of what policy allows (the extended
 * combinations of ACQUIRE: spec: pfkey 11), and a chosen proposal as the
 * algorithms of an SA.
 */
#ifndef IKE_OFFER_H
#define IKE_OFFER_H

#include "ike/propose.h"
#include "model/ikealg.h"
#include "wire/ike2sa.h"
#include "wire/pfkey.h"

/*
 * A proposal each, in the same order; those of other protocols than satype are
 * left out. ke NULL: without a key exchange. esn: 64-bit sequence numbers are
 * offered besides, in first place. False: nothing is left.
 */
MUST_USE bool offer_write(struct ike2_sa *out, uint8_t satype,
    const struct pfkey_ecomb *comb, unsigned n, const uint8_t spi[4],
    const struct ikealg *ke, bool esn);

struct offer_algs {
	uint8_t encr, auth;    /* PF_KEY numbers; 0: none */
	uint16_t ebits, abits; /* of the keys, with their salt */
	uint16_t esalt, asalt; /* bits of that which are salt */
	bool esn;
	uint16_t ke; /* transform id; 0: none */
};

/* From a proposal that was chosen. False: not computed here. */
MUST_USE bool offer_read(struct offer_algs *out, const struct propose *p);

/* Are there combinations with that protocol? */
MUST_USE bool offer_has(
    uint8_t satype, const struct pfkey_ecomb *comb, unsigned n);

#endif /* IKE_OFFER_H */
