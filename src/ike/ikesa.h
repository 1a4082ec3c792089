/* SPDX-License-Identifier: BSD-2-Clause */
/* ikesa - IKE SAs: made, found, timed and ended. */
#ifndef IKE_IKESA_H
#define IKE_IKESA_H

#include "ike/inside.h"

/*
 * A new one with a random SPI of its own (RFC 7296 2.6) and struct nego. NULL: no
 * memory, no random bytes, or the limit of SAs is reached. state is the first.
 */
struct ikesa *ikesa_new(struct ike *ike, enum ikesa_state state,
    const struct ike_end *local, const struct ike_end *remote, bool natt);

static inline uint64_t
ikesa_own_spi(const struct ikesa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

/* By the own SPI; NULL: none. */
struct ikesa *ikesa_find(struct ike *ike, uint64_t own_spi);
/*
 * A responder's by the peer's SPI and address (its port may have changed since),
 * if ikesa_index_peer() was called.
 */
struct ikesa *ikesa_find_peer(
    struct ike *ike, uint64_t spi_i, const struct ike_end *remote);
/* The one to talk to that peer with, or NULL. rule NULL: any. */
struct ikesa *ikesa_find_up(struct ike *ike, const struct addr *local,
    const struct addr *remote, const struct ikecfg_rule *rule);

void ikesa_index_peer(struct ikesa *sa);
/* The peer is known now: it is no half-open one any more. */
void ikesa_not_half(struct ikesa *sa);
/* Authenticated: children, timers. */
void ikesa_up(struct ikesa *sa);
/* What is only needed while it is made. */
void ikesa_end_nego(struct ikesa *sa);

/* The next time that something is due; after each change of a time. */
void ikesa_due(struct ikesa *sa);

/*
 * It ends now, its children with it: ipsecd deletes them, and the packets that
 * wait for them are refused with err. Nobody is told. It is freed at the end of
 * the step.
 */
void ikesa_end(struct ikesa *sa, int err);
/* At the end of the step. */
void ikesa_bury(struct ike *ike);

#endif /* IKE_IKESA_H */
