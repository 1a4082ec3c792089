/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_quoted - inbound ICMP errors, judged by the packet that they quote. Part of
 * io/steer_table.c.
 */
#ifndef IO_STEER_QUOTED_H
#define IO_STEER_QUOTED_H

#include "io/nft.h"
#include "io/steer.h"

/* The plan's `quoted`, to this chain; STEER_SECOND goes on to the other. */
void steer_quoted_put(struct nft *b, const struct steer_plan *p,
    const char *chain, const char *second);

#endif /* IO_STEER_QUOTED_H */
