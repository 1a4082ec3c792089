/* SPDX-License-Identifier: BSD-2-Clause */
/* pieces - how the path uses fragcache. For path.c and tunnel.c only. */
#ifndef CORE_PIECES_H
#define CORE_PIECES_H

#include "core/trip.h"

/*
 * Is the packet a fragment, and does the policy of this tunnel look at what only
 * the first fragment shows?
 */
MUST_USE bool pieces_wanted(
    const struct trip *t, const char *tun, enum rule_dir dir);
/* Keep it until its datagram is complete. HOLD, or why not. */
enum verdict pieces_hold(struct trip *t, bool inbound);
/* t->f gets what the first fragment showed, when there is t->whole. */
void pieces_flow(struct trip *t);
/*
 * The SAs and the outer header that an inbound fragment came with. PASS, or
 * which SA is not there any more.
 */
enum verdict pieces_resume(struct trip *t, const struct fragcache_key *k);
/*
 * An IPv6 datagram of this host (not TCP) that a tunnel of kspd's carries, and
 * that has more than `fits` bytes: its stack goes by the device's MTU, whatever
 * it is told, so its fragments are made here, as its source makes them (RFC 8200
 * 4.5). True: fragcache_take() gives them. t->out is scratch.
 */
MUST_USE bool pieces_split(struct trip *t, uint32_t fits);

#endif /* CORE_PIECES_H */
