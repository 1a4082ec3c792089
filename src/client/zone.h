/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone - what the network namespace of this process is to it (spec: services 6).
 * One with an ipsecd of its own is an exclusive-IP zone. A container that shares
 * the network of others without rights over it is a shared-IP zone: its policy,
 * SAs and algorithms are those of the global zone, and made there.
 */
#ifndef CLIENT_ZONE_H
#define CLIENT_ZONE_H

#include "base/rd.h"

/*
 * Is this process of a shared-IP zone? True when its network namespace belongs
 * to a user namespace outside of its own, or when it is uid 0 without
 * CAP_NET_ADMIN. False also when it cannot be told: ipsecd decides in the end.
 */
MUST_USE bool zone_is_shared(void);

/* A sentence's end for those whose question is refused for that. */
#define ZONE_SHARED_TEXT \
	"this is a shared-IP zone; its IPsec is managed in the global zone"

/*
 * Does process pid have another network namespace than this one? False also when
 * it cannot be told; pid 0, a process that cannot be seen from here, has.
 */
MUST_USE bool zone_is_elsewhere(long pid);

#endif /* CLIENT_ZONE_H */
