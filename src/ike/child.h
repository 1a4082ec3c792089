/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child - Child SAs: made inside of IKE_AUTH or by CREATE_CHILD_SA, replaced,
 * and ended (RFC 7296 1.2, 1.3, 2.8, 2.9, 2.17).
 */
#ifndef IKE_CHILD_H
#define IKE_CHILD_H

#include "ike/out.h"
#include "ike/table.h"

/* ---- as initiator ---- */

/*
 * For that ACQUIRE (spec: pfkey 11), of the protocol satype. NULL: no memory,
 * or the ACQUIRE cannot be met; why says it. ipsecd is asked for its SPI.
 */
struct child *child_wanted(struct ikesa *sa, const struct pfkey_msg *acquire,
    uint8_t satype, const char **why);
/* Replace c by a new one. */
void child_rekey(struct child *c);
/* Begin CREATE_CHILD_SA; t has the child, which has its SPI. */
void child_request(struct ikesa *sa, struct task *t);
/* Its answer. */
void child_response(struct ikesa *sa, struct in *in);

/* SA, TSi and TSr, and what goes with them: for IKE_AUTH, too. */
void child_write_offer(struct child *c, struct out *o);
/*
 * What the peer has chosen: checked, and both halves added to ipsecd. ke is the
 * shared secret of PFS, or NULL. False: it cannot be; why says it for people.
 */
MUST_USE bool child_take(struct child *c, const struct ike2_msg *m,
    const struct nonce *ni, const struct nonce *nr, const struct ke_secret *ke,
    const char **why);

/*
 * What the peer has made by an answer that we cannot take: it is to delete it.
 */
void child_delete_peers(struct ikesa *sa, const struct ike2_msg *m);
/* Log that it is there. */
void child_tell(struct child *c);

/* ---- as responder ---- */

/* A CREATE_CHILD_SA request, whatever it is for. */
void child_asked(struct ikesa *sa, struct in *in);
/*
 * Begin to make what the request m, which job keeps, asks for. The job is the
 * child's from now on (it is emptied). 0, or the notification that refuses it.
 * in_auth: auth_child_done() is told how it went.
 */
MUST_USE uint16_t child_begin(struct ikesa *sa, const struct ike2_msg *m,
    struct job *job, bool in_auth, struct child **out);
/*
 * SA, TSi, TSr of the answer to j; both halves are added to ipsecd. 0, or the
 * notification that refuses it after all.
 */
MUST_USE uint16_t child_answer(struct child *c, const struct job *j,
    const struct nonce *ni, const struct nonce *nr, struct out *o);

/* ---- both ---- */

/* ipsecd answers what c waits for. */
void child_heard(struct child *c, const struct pfkey_msg *m);
/* An EXPIRE of one of its halves. */
void child_expired(struct child *c, const struct pfkey_msg *m);
/* The one whose UPDATE or ADD had that number; NULL: none. */
struct child *child_of_add(struct ike *ike, uint32_t seq);
/* ipsecd has refused a half of it: the peer is told that it is no pair. */
void child_failed(struct child *c);
/* By SPI: an inbound one, or an outbound one to that peer. */
struct child *child_find(struct ike *ike, uint8_t satype, uint32_t spi,
    const struct addr *dst, bool *inbound);
/* Of this IKE SA, by the SPI that the peer sends to or receives with. */
struct child *child_by_peer_spi(
    struct ikesa *sa, uint8_t satype, uint32_t spi_out);

/* The outbound half that waited is added now. */
void child_go_out(struct child *c);
void child_tick(struct ikesa *sa);
/*
 * It is over: ipsecd deletes what it has, packets that wait are refused with
 * err (0: they are not), its tasks are dropped, and it is freed.
 */
void child_end(struct child *c, int err);
/* The same after it was replaced: what is under way may still arrive. */
void child_end_later(struct child *c);
/* c belongs to another IKE SA from now on. */
void child_move(struct child *c, struct ikesa *to);

#endif /* IKE_CHILD_H */
