/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selfencap - self-encapsulation, which sockets may ask for (spec: policy 24): a
 * copy of the IPv4 header in front, so that AH or ESP protect all of the packet.
 * IPv4 only. For path.c.
 */
#ifndef CORE_SELFENCAP_H
#define CORE_SELFENCAP_H

#include "core/trip.h"

/* Outbound: t->pkt gets the header, in t->work. False: it is too long. */
MUST_USE bool selfencap_wrap(struct trip *t);

/*
 * Inbound, a packet of the host that came protected: when it is one, t->pkt is
 * what it carried, and t->selfencap says so, or t->bad_selfencap that the inner
 * addresses differ, of one that had to be.
 */
void selfencap_open(struct trip *t);

#endif /* CORE_SELFENCAP_H */
