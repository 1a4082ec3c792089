/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth - IKE_AUTH, both roles (RFC 7296 1.2, 2.15): who are we, who is the peer,
 * and the first Child SA. The keystore makes our AUTH payload and judges the
 * peer's; nothing is installed before it has.
 */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "ike/table.h"
#include "wire/ike2w.h"

/* IKE_SA_INIT is done; as initiator. */
void auth_begin(struct ikesa *sa);
void auth_request(struct ikesa *sa, struct in *in);
void auth_response(struct ikesa *sa, struct in *in);
/* The keystore's answer to sa->ask. */
void auth_told(struct ikesa *sa, const struct ike_event *ev);
/* The child that IKE_AUTH is to carry has its SPI. */
void auth_child_ready(struct ikesa *sa);
/*
 * As responder: c can be answered now, or (NULL) cannot be made; type says why.
 * j is the request.
 */
void auth_child_done(
    struct ikesa *sa, struct child *c, uint16_t type, struct job *j);

/* The authorities that the peer trusts are kept; ours are written (CERTREQ). */
void auth_take_certreq(struct nego *n, const struct ike2_msg *m);
void auth_write_certreq(const struct ikesa *sa, struct ike2w *w);

#endif /* IKE_AUTH_H */
