/* SPDX-License-Identifier: BSD-2-Clause */
/* natt - what UDP encapsulation asks of an SA: RFC 3948. */
#ifndef CORE_NATT_H
#define CORE_NATT_H

#include "core/sa.h"
#include "wire/ip.h"

#define NATT_PORT 4500
#define NATT_HEAD 8 /* bytes of a UDP header */

/*
 * The UDP header before len bytes of ESP; checksum zero. IPv6 wants one
 * (RFC 8200 8.1): natt_csum().
 */
void natt_write(struct wr *out, const struct sa *sa, size_t len);
/* The IPv6 packet p, v, is complete: set the checksum of the UDP header in it. */
void natt_csum(uint8_t *p, const struct ip_view *v);

/*
 * RFC 3948 3.1.2: the packet p came in transport mode through a NAT; its TCP or
 * UDP checksum is over the addresses that its sender saw. Those are the SA's
 * natt_rem and natt_loc, or, when the packet bears those, the SA's own
 * addresses. Does nothing when none is known.
 */
void natt_fix(uint8_t *p, const struct ip_view *v, const struct sa *sa);
/* Does natt_fix() change packets that bear these addresses? */
MUST_USE bool natt_alters(
    const struct addr *src, const struct addr *dst, const struct sa *sa);

/*
 * RFC 3948 4: is this end behind a NAT, and has nothing gone out by this SA for
 * so many seconds? 0: never.
 */
MUST_USE bool natt_is_quiet(
    const struct sa *sa, uint32_t seconds, struct now now);
/* A whole packet with a keepalive (RFC 3948 2.3). */
void natt_keepalive(struct wr *out, const struct sa *sa);

#endif /* CORE_NATT_H */
