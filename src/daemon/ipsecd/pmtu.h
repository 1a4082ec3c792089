/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmtu - how large a packet may be on the way to a peer (RFC 4301 8.2): the
 * least of what the routes say and what routers reported. Bounded memory.
 */
#ifndef DAEMON_PMTU_H
#define DAEMON_PMTU_H

#include "model/addr.h"

struct pmtu;

/* ask: the routes' MTU to an address, 0: there is no way. NULL: no memory. */
struct pmtu *pmtu_new(
    uint32_t (*ask)(void *ctx, const struct addr *dst), void *ctx);
void pmtu_free(struct pmtu *p);

/* Bytes; of a common link when there is no way. now: ms, never goes back. */
uint32_t pmtu_get(struct pmtu *p, const struct addr *dst, uint64_t now);

/* A packet of that size was refused: the routes are asked again. */
void pmtu_doubt(struct pmtu *p, const struct addr *dst, uint64_t now);

/*
 * A router says mtu. The caller has made sure that the report is about a packet
 * of an SA; still it is believed only down to what every link carries
 * (RFC 1191 3, RFC 8200 5) and only for ten minutes (RFC 1191 6.3). True when
 * it changed anything.
 */
bool pmtu_learn(
    struct pmtu *p, const struct addr *dst, uint32_t mtu, uint64_t now);

#endif /* DAEMON_PMTU_H */
