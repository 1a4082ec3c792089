/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyoffer - what policy wants and what this host can do, as PF_KEY says it:
 * proposals for key management (spec: pfkey 11) and lists of algorithms
 * (spec: pfkey 12).
 */
#ifndef CORE_KEYOFFER_H
#define CORE_KEYOFFER_H

#include "core/sadb.h"
#include "crypto/provider.h"
#include "model/rule.h"
#include "wire/pfkey.h"

/* Does an alternative of the rule want AH or ESP? */
MUST_USE bool keyoffer_wants(const struct rule *r, uint8_t satype);

/*
 * Set PROPOSAL: a combination for each alternative that wants this SA type, equal
 * ones once, with the window and the lifetimes of tune. EPROP: all alternatives, with
 * the lifetimes of ESP where ESP is in them. What is beyond PFKEY_MAX_COMBS, the least
 * preferred, is left out, and what names an algorithm that c has no longer: there
 * may be no combination at all.
 */
void keyoffer_regular(struct pfkey_msg *m, const struct crypto *c,
    const struct rule *r, uint8_t satype, const struct sadb_tune *tune);
void keyoffer_extended(struct pfkey_msg *m, const struct crypto *c,
    const struct rule *r, const struct sadb_tune *esp,
    const struct sadb_tune *ah);

/* Set SUPPORTED_AUTH and, for ESP, SUPPORTED_ENCRYPT: what works here. */
void keyoffer_supported(
    struct pfkey_msg *m, const struct crypto *c, uint8_t satype);

#endif /* CORE_KEYOFFER_H */
