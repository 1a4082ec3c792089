/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reflect - what the host's stack answers by itself goes out as the request came
 * (spec: policy 20; docs/adr/0018): echo and timestamp replies, resets of TCP
 * segments that no socket takes, ICMP errors. For path.c only.
 */
#ifndef CORE_REFLECT_H
#define CORE_REFLECT_H

#include "core/reply.h"
#include "core/trip.h"

/*
 * Inbound: this protected packet is delivered. It may be a request. Who knows what
 * comes of a packet before it was here, and lets it by, has to know its
 * connection, which is latched and has not ended, or its tunnel; or does for it
 * what reflect_in() does.
 */
void reflect_in(struct trip *t);
/* What the packet would be remembered by. False: it is not. */
MUST_USE bool reflect_key(const struct trip *t, struct reply_key *k);
/*
 * The entry for an outbound packet, into t->e (NULL: no policy): that of its
 * connection or of policy, or, of an answer, one made for it. PASS, or why it is
 * dropped.
 */
enum verdict reflect_out(struct trip *t);
/* What came of it, v: an answer that waits for an SA is known that long. */
enum verdict reflect_held(struct trip *t, enum verdict v);

#endif /* CORE_REFLECT_H */
