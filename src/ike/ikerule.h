/* SPDX-License-Identifier: BSD-2-Clause */
/* ikerule - what the configuration says, in the engine's own terms. */
#ifndef IKE_IKERULE_H
#define IKE_IKERULE_H

#include "ike/inside.h"

static inline const char *
ikerule_label(const struct ikecfg_rule *r)
{
	return r != NULL ? r->label : "";
}

/* Of IKEv2, behind `after`; NULL: none. */
const struct ikecfg_rule *ikerule_for(const struct ike *ike,
    const struct ikecfg_rule *after, const struct addr *local,
    const struct addr *remote);

/* ms, and a number of times: RFC 7296 2.4; spec: ike 4. */
uint32_t ikerule_retry_init(const struct ike *ike);
uint32_t ikerule_retry_max(const struct ike *ike);
unsigned ikerule_retry_limit(const struct ike *ike);
uint64_t ikerule_expire(const struct ike *ike);

/* ms; 0: for ever */
uint64_t ikerule_ike_life(const struct ike *ike, const struct ikecfg_rule *r);
/* ms without a sign of life; 0: never asked */
uint64_t ikerule_dpd(const struct ike *ike, const struct ikecfg_rule *r);

/* The proposals for IKE itself. spi: 8 bytes, or NULL in IKE_SA_INIT. */
MUST_USE bool ikerule_offer(const struct ike *ike, const struct ikecfg_rule *r,
    const uint8_t *spi, struct ike2_sa *out);
/* The first group of the offer. NULL: none that can be computed. */
const struct ikealg *ikerule_group(
    const struct ike *ike, const struct ike2_sa *offer);
/* Is that group in the offer? The row, or NULL. */
const struct ikealg *ikerule_has_group(
    const struct ike *ike, const struct ike2_sa *offer, unsigned group);

/* Would rule r have agreed to it? */
MUST_USE bool ikerule_allows(
    const struct ike *ike, const struct ikecfg_rule *r, const struct suite *s);

/* PFS of Child SAs; NULL: none. */
const struct ikealg *ikerule_pfs(
    const struct ike *ike, const struct ikecfg_rule *r);
bool ikerule_esn(const struct ike *ike, const struct ikecfg_rule *r);
/* From the rule, or what policy proposed. */
void ikerule_child_life(const struct ike *ike, const struct ikecfg_rule *r,
    const struct pfkey_ecomb *comb, unsigned n, struct lifetime *soft,
    struct lifetime *hard, struct lifetime *idle);

/* Bytes of the longest IP packet with a fragment; 0: the smallest MTU. */
size_t ikerule_mtu(const struct ike *ike, const struct ikecfg_rule *r);
MUST_USE bool ikerule_flag(
    const struct ike *ike, const struct ikecfg_rule *r, enum ikecfg_value v);
/*
 * Is a peer with that identity the one of rule r? type and data as in the ID
 * payload.
 */
MUST_USE bool ikerule_takes(
    const struct ikecfg_rule *r, uint8_t type, const uint8_t *p, size_t n);
/* Our identity: type, then data. False: only the keystore knows it. */
MUST_USE bool ikerule_own_id(const struct ike *ike, const struct ikecfg_rule *r,
    const struct addr *local, struct blob *out);
/* Is a preshared key all that the rule allows? */
MUST_USE bool ikerule_is_psk(
    const struct ike *ike, const struct ikecfg_rule *r);

#endif /* IKE_IKERULE_H */
