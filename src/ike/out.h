/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out - messages on their way out: sealing, fragments (RFC 7383), sending, and
 * sending again until there is an answer (RFC 7296 2.1-2.4).
 *
 *	struct out o;
 *	out_begin(&o, ike);
 *	ike2w_...(&o.w, ...);
 *	out_request(sa, &o, IKE2_INFORMATIONAL, task);
 */
#ifndef IKE_OUT_H
#define IKE_OUT_H

#include "ike/inside.h"
#include "wire/ike2w.h"

struct out {
	struct wr wr;
	struct ike2w w;
};

/* Payloads that will be inside of SK. One message at a time is written. */
void out_begin(struct out *o, struct ike *ike);

/*
 * Seal with our next message id and send. There is no other request under way.
 * task is sa->req.task from now on (or NULL). False: the SA is at its end.
 */
MUST_USE bool out_request(
    struct ikesa *sa, struct out *o, uint8_t exchange, struct task *task);
/* INFORMATIONAL whose answer nobody waits for: the SA ends with it. */
void out_last_word(struct ikesa *sa, struct out *o);
/* Whole messages of IKE_SA_INIT, in the clear. */
MUST_USE bool out_request_plain(struct ikesa *sa, const uint8_t *msg, size_t n);

/* The answer to the request j, which was at work; to where that came from. */
void out_response(struct ikesa *sa, struct out *o, const struct job *j);
/* An answer that has one notification and nothing else. */
void out_response_error(
    struct ikesa *sa, const struct job *j, uint16_t type, uint16_t data);

/* The answer is there: nothing is sent again. The task becomes the caller's. */
struct task *out_answered(struct ikesa *sa);

/* Is it time? Sends again; false: too often, the peer is not there. */
MUST_USE bool out_tick(struct ikesa *sa);

/* One datagram, or all of a message. */
void out_send(struct ike *ike, const struct ike_end *local,
    const struct ike_end *remote, bool natt, const uint8_t *b, size_t n);
void out_send_all(struct ike *ike, const struct ike_end *local,
    const struct ike_end *remote, bool natt, const struct packets *p);

#endif /* IKE_OUT_H */
