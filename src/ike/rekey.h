/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rekey - an IKE SA is replaced by a new one (RFC 7296 1.3.2, 2.8, 2.8.2, 2.18):
 * both roles, and both at the same time.
 */
#ifndef IKE_REKEY_H
#define IKE_REKEY_H

#include "ike/table.h"

/* Begin; t is the exchange's, or freed. */
void rekey_request(struct ikesa *sa, struct task *t);
void rekey_response(struct ikesa *sa, struct in *in, struct task *t);
/* The peer wants it. */
void rekey_asked(struct ikesa *sa, const struct ike2_msg *m, struct job *j);

/* CREATE_CHILD_SA on one that is replaced, or being closed: 2.25. */
void rekey_late_request(struct ikesa *sa, struct in *in);
void rekey_late_response(struct ikesa *sa, struct in *in);

/*
 * The peer closes sa, or our own attempt came to nothing: what the peer has made
 * instead, if it has, takes over. False: there is none.
 */
bool rekey_adopt(struct ikesa *sa);

/*
 * The peer has a request on n that is no DELETE of it: of a collision that we
 * have not decided yet it has taken n.
 */
void rekey_is_used(struct ikesa *n);

#endif /* IKE_REKEY_H */
