/* SPDX-License-Identifier: BSD-2-Clause */
/* authask - what auth asks the keystore (ike/ask.h). */
#ifndef IKE_AUTHASK_H
#define IKE_AUTHASK_H

#include "ike/inside.h"

/* Which identity is ours? */
void authask_id(struct ikesa *sa);
/* Our AUTH payload, for sa->id_own. False: it cannot be asked. */
MUST_USE bool authask_sign(struct ikesa *sa);
/* Is the peer's right? m has its ID and AUTH payloads. The same. */
MUST_USE bool authask_verify(struct ikesa *sa, const struct ike2_msg *m);

/* The SA that waits for that answer, which it does no longer; or NULL. */
struct ikesa *authask_taken(struct ike *ike, uint32_t id);

#endif /* IKE_AUTHASK_H */
