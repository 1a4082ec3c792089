/* SPDX-License-Identifier: BSD-2-Clause */
/* laneout - the outbound half of a lane. For lane.c only. */
#ifndef CORE_LANEOUT_H
#define CORE_LANEOUT_H

#include "core/lanework.h"

/* lane_out() of at most LANE_BATCH items, in a new turn. */
void laneout_items(
    struct lane *l, const char *tun, struct lane_item *items, size_t n);

#endif /* CORE_LANEOUT_H */
