/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init - IKE_SA_INIT, both roles (RFC 7296 1.2, 2.6, 2.7, 2.23). As responder
 * nothing is kept, and no key exchange computed, before the limits allow it.
 */
#ifndef IKE_INIT_H
#define IKE_INIT_H

#include "ike/table.h"

/*
 * Begin. NULL: no memory, the limit of SAs is reached, or the rule offers nothing
 * that can be computed here; *why says so.
 */
struct ikesa *init_begin(struct ike *ike, const struct ikecfg_rule *rule,
    const struct addr *local, const struct addr *remote, const char **why);
void init_response(struct ikesa *sa, struct in *in);
/* A request, of which nothing is looked at yet but ike->msg->hdr. */
void init_request(struct ike *ike, const struct ike_event *ev);

#endif /* IKE_INIT_H */
