/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sacheck - is what somebody says about an SA consistent (spec: sa 15, 16)?
 * Algorithms and keys are core/sa.c's; what needs other SAs is core/sadb.c's.
 * Each check returns 0 or a PF_KEY diagnostic.
 */
#ifndef CORE_SACHECK_H
#define CORE_SACHECK_H

#include "core/sa.h"

/* Multicast or limited broadcast: such an SA serves both directions. */
MUST_USE bool sacheck_is_group(const struct addr *a);

/*
 * Bring s into the form that the tables want: prefixes masked, TUNNEL when there
 * are inner addresses, no window where none can be kept.
 */
void sacheck_normalise(struct sa_spec *s);

/* Of a normalised s: addresses, flags, state, lifetimes, replay counter. */
MUST_USE uint16_t sacheck_add(const struct sa_spec *s);
/* Of a change s to the mature SA old: only what may change does. */
MUST_USE uint16_t sacheck_update(
    const struct sa_spec *old, const struct sa_spec *s);
/* Soft, hard and idle of old agree when those of s that are not 0 replace them. */
MUST_USE uint16_t sacheck_lifetimes(
    const struct sa_lives *old, const struct sa_spec *s);
/* Has s lifetimes at all? */
MUST_USE bool sacheck_has_lives(const struct sa_spec *s);
/* Put the lifetimes of s that are not 0 into old. */
void sacheck_merge(struct sa_lives *old, const struct sa_spec *s);

/* Random seconds off the soft add time, so that both ends do not rekey at once. */
uint8_t sacheck_jitter(const struct rng *rng, const struct sa_spec *s);

#endif /* CORE_SACHECK_H */
