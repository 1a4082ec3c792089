/* SPDX-License-Identifier: BSD-2-Clause */
/* childin - what the parts of child share (child.c, childreq.c, childans.c). */
#ifndef IKE_CHILDIN_H
#define IKE_CHILDIN_H

#include "ike/child.h"
#include "ike/offer.h"

/* In no hash table and without SPIs; NULL: no memory, or too many. */
struct child *child_new(struct ikesa *sa, uint8_t satype);
void child_end_nego(struct child *c);
/* Policy's word about the traffic: of an ACQUIRE, or an inverse one. */
void child_set_policy(struct child *c, const struct pfkey_msg *m);
/* And about algorithms. False: none for the protocol of c, or no memory. */
MUST_USE bool child_set_combs(struct child *c, const struct pfkey_msg *m);
/*
 * Both halves go to ipsecd, the inbound one first: nobody sends to us before we
 * can take it. late: the outbound one waits for child_go_out().
 */
MUST_USE bool child_install(struct child *c, const struct offer_algs *g,
    const struct nonce *ni, const struct nonce *nr, const struct ke_secret *ke,
    bool late);
/*
 * One that is not there yet comes to nothing: the one that it was to replace is
 * as it was before, and goes when the peer has deleted it.
 */
void child_drop_new(struct child *c);
/* The one by which we replace c, that is not there yet; or NULL. */
struct child *child_mine(struct child *c);
/* Log what was offered, which the peer would have to take. */
void child_explain(struct child *c);
void child_spi_bytes(uint8_t out[4], uint32_t spi);
/* ipsecd has answered a responder's question. */
void child_heard_responder(struct child *c, const struct pfkey_msg *m);

#endif /* IKE_CHILDIN_H */
