/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - is this inbound packet as well protected as policy wants it, and does
 * it fit the SA that brought it (spec: policy 19, 20; RFC 4301 5.2 steps 3, 4)?
 */
#ifndef CORE_JUDGE_H
#define CORE_JUDGE_H

#include "core/sa.h"
#include "model/rule.h"

/* How a packet came. Both NULL: in the clear. */
struct judge_case {
	const struct sa *ah, *esp;
	const struct flow *f; /* of the packet without protection */
	/* it was self-encapsulated; with other addresses (policy 24) */
	bool selfencap, bad_selfencap;
};

/*
 * PASS when one of the rule's alternatives is satisfied, else the reason of the
 * last one tried. icmp: may a clear ICMP message of the kinds of policy 20 pass
 * though the rule wants protection?
 */
enum verdict judge_rule(
    const struct rule *r, const struct judge_case *c, bool icmp);

/* As judge_selectors() next, but of the addresses alone: of a fragment. */
enum verdict judge_addresses(const struct judge_case *c);

/* The same, and which alternative a protected packet satisfied. */
enum verdict judge_which(const struct rule *r, const struct judge_case *c,
    bool icmp, unsigned *which);

/* PASS, or which SA's selectors the packet does not fit. */
enum verdict judge_selectors(const struct judge_case *c);

/* Policy 20, the second table: the kinds that are accepted in the clear. */
MUST_USE bool judge_icmp_is_harmless(const struct flow *f);

#endif /* CORE_JUDGE_H */
