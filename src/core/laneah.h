/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * laneah - outbound packets of a lane that need AH, alone or with ESP: each is
 * sealed by the path, but of a whole run nothing is looked up again. For
 * laneout.c only.
 */
#ifndef CORE_LANEAH_H
#define CORE_LANEAH_H

#include "core/lanework.h"

/*
 * All of the item, whose flow is f, sealed and sent; nothing else is pending. mtu:
 * of the way. False: nothing was done, and the path has to see it.
 */
MUST_USE bool laneah_seal(struct lane *l, const char *tun,
    const struct flowcache_entry *f, const struct lane_item *it, uint32_t mtu);

#endif /* CORE_LANEAH_H */
