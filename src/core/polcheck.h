/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polcheck - may this rule become policy (spec: policy 7, 16, 26)? Knows which
 * algorithms work here and which flags go together.
 */
#ifndef CORE_POLCHECK_H
#define CORE_POLCHECK_H

#include "crypto/provider.h"
#include "wire/pfpolicy.h"

/*
 * 0, or EINVAL and a diagnostic. Key sizes that were left open, or that reach
 * beyond what an algorithm takes, are cut to its own; the rule of a
 * transport-mode tunnel is made unique.
 */
MUST_USE int polcheck_rule(
    struct rule *r, const struct crypto *c, uint16_t *diag);

/* The row of an algorithm as ALGLIST (uses is set) and DUMPALGS show it. */
void polcheck_alg(
    struct pfpolicy_alg *out, const struct alg *a, const struct crypto *c);

#endif /* CORE_POLCHECK_H */
