/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * propose - one proposal out of many: RFC 7296 2.7, 3.3.6, RFC 9370 2.2.2.
 *
 * What this side takes ("own") and what the peer offers are both proposals
 * (struct ike2_sa). Of an own proposal the transforms stand in order of
 * preference, and own proposals before the peer's order.
 */
#ifndef IKE_PROPOSE_H
#define IKE_PROPOSE_H

#include "wire/ike2sa.h"

/* The result: at most one transform of each type. */
struct propose {
	uint8_t num; /* the peer's number of the proposal */
	uint8_t own; /* index of the own proposal that it fits */
	uint8_t proto;
	uint8_t spi_len; /* the peer's SPI */
	uint8_t spi[8];
	uint16_t has; /* bit 1 << type: there is a transform of that type */
	struct ike2_xform xf[13]; /* by type, 1 to 12 */
};

/* The id of the transform chosen, or 0 ("none") where there is none of the type. */
static inline uint16_t
propose_id(const struct propose *p, unsigned type)
{
	return type < 13 && (p->has & 1U << type) != 0 ? p->xf[type].id : 0;
}

/* Additional key exchanges of RFC 9370 that were chosen, "none" not counted. */
unsigned propose_addke(const struct propose *p);

/*
 * As responder. ke_here is the group of the peer's KE payload, or 0: where own
 * policy allows it, it is taken before a better one, for a round trip less.
 * False: nothing fits. The rules:
 * - a proposal has transforms of all types that its protocol needs, and of none
 *   that own policy does not name, but "none";
 * - combined ciphers go without integrity or with "none" (RFC 5282 8, 3.3);
 *   ciphers that are not go with one where own policy has one;
 * - key lengths are compared exactly; what has an unknown attribute is not taken;
 * - additional key exchanges differ from each other and from the first.
 */
MUST_USE bool propose_choose(struct propose *out, const struct ike2_sa *own,
    const struct ike2_sa *peer, uint16_t ke_here);

/*
 * As initiator: is the answer one of the proposals that were offered, with one
 * transform of each type (RFC 7296 2.7, 3.3.6)? False, and *why (plain English),
 * when not. out->own is the index of the proposal offered.
 */
MUST_USE bool propose_accept(struct propose *out, const struct ike2_sa *offered,
    const struct ike2_sa *answer, const char **why);

/*
 * The answer to send: one proposal with the peer's number. spi is the own one.
 * False when it is too much for sa.
 */
MUST_USE bool propose_answer(struct ike2_sa *sa, const struct propose *p,
    const uint8_t *spi, uint8_t spi_len);

/* The best own group that the peer offers as well, for INVALID_KE_PAYLOAD; 0. */
uint16_t propose_group(const struct ike2_sa *own, const struct ike2_sa *peer);

#endif /* IKE_PROPOSE_H */
