/* SPDX-License-Identifier: BSD-2-Clause */
/* suite - what was agreed for an IKE SA, and its keys (RFC 7296 2.14, 2.18). */
#ifndef IKE_SUITE_H
#define IKE_SUITE_H

#include "ike/inside.h"
#include "ike/propose.h"

/* From a proposal that was chosen. False: it is not computed here. */
MUST_USE bool suite_read(
    struct suite *s, const struct ike *ike, const struct propose *p);

/*
 * Keys of sa, whose suite, SPIs and nego's nonces are there. old: the IKE SA that
 * it replaces, or NULL. False: they cannot be computed.
 */
MUST_USE bool suite_keys(
    struct ikesa *sa, const struct ke_secret *secret, const struct ikesa *old);

#endif /* IKE_SUITE_H */
