/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info - INFORMATIONAL: DELETE, liveness, notifications; and what happens to an
 * SA besides its exchanges (RFC 7296 1.4, 2.4, 2.23).
 */
#ifndef IKE_INFO_H
#define IKE_INFO_H

#include "ike/table.h"

void info_request(struct ikesa *sa, struct in *in);
void info_response(struct ikesa *sa, struct in *in);

/* Begin; t is the exchange's, or freed. */
void info_delete_child(struct ikesa *sa, struct task *t);
void info_delete_ike(struct ikesa *sa, struct task *t);
void info_probe(struct ikesa *sa, struct task *t);

/* IKE_AUTH is done: what has waited for it begins. */
void info_after_auth(struct ikesa *sa);
/* The peer, behind a NAT, is somewhere else now. */
void info_moved(struct ikesa *sa, const struct ike_end *to);
/* A fragment is open: true, and in->text is the whole, when it was the last. */
MUST_USE bool info_fragment(struct ikesa *sa, struct in *in);
/* Something of sa is due. */
void info_tick(struct ikesa *sa);

#endif /* IKE_INFO_H */
