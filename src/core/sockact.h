/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockact - what a socket asks for, as the alternatives of a policy entry, and
 * back (spec: policy 25).
 */
#ifndef CORE_SOCKACT_H
#define CORE_SOCKACT_H

#include "crypto/provider.h"
#include "model/rule.h"
#include "wire/sockreq.h"

/* What a request comes to. */
enum sockact_kind {
	SOCKACT_RESET,	/* all fields zero: the system's policy again */
	SOCKACT_BYPASS, /* never AH, never ESP: in the clear, whatever policy */
	SOCKACT_IPSEC,
	/* one of the two never, and the other not asked for: nothing wanted */
	SOCKACT_NONE
};

/*
 * 0 and *kind, or EINVAL: unknown bits, NEVER with REQUIRED or UNIQUE, UNIQUE
 * without REQUIRED, self-encapsulation without AH or ESP, an algorithm that is
 * unknown or not to be had, key bits that it cannot have, encryption that is none
 * without authentication.
 * EPERM: NEVER in any field, and not `privileged`. For SOCKACT_IPSEC, r gets the
 * alternatives in order of preference ("any" expanded), which the caller frees
 * with rule_fini(); ENOMEM: could not.
 */
MUST_USE int sockact_read(struct rule *r, enum sockact_kind *kind,
    const struct sockreq_want *w, const struct crypto *c, bool privileged);

/* How an alternative looks to getsockopt; drop looks as all zeros. */
void sockact_show(struct sockreq_want *w, const struct action *a);

#endif /* CORE_SOCKACT_H */
