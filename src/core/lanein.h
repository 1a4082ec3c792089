/* SPDX-License-Identifier: BSD-2-Clause */
/* lanein - the inbound half of a lane. For lane.c only. */
#ifndef CORE_LANEIN_H
#define CORE_LANEIN_H

#include "core/lanework.h"

/* lane_in() of at most LANE_BATCH packets, in a new turn. */
/* What waits is written by lanein_end(), or in its turn before. */
void lanein_packets(struct lane *l, const struct lane_pkt *pkts, size_t n);
void lanein_end(struct lane *l);

/* A guest's packets of this SA, between these outer addresses, are opened. */
void lanein_know(struct lane *l, struct sa *sa, const struct addr *src,
    const struct addr *dst);

#endif /* CORE_LANEIN_H */
