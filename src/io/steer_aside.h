/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_aside - the parts of the nf_tables table about packets that the kernel
 * keeps to a device, which go by a queue. For steer_table.c.
 */
#ifndef IO_STEER_ASIDE_H
#define IO_STEER_ASIDE_H

#include "io/nft.h"
#include "io/steer.h"

/* The sets that the rules use, before these. */
void steer_aside_sets(struct nft *b);
/* The chain to which lines lead that want a packet diverted. */
void steer_aside_divert(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain);
/*
 * In the last chain: a packet that is to be diverted but leaves by another
 * device, since its socket is bound to that, or rules of others lead there.
 * Answers are for such a socket only when they come by its device: what its peer
 * sends is opened in place for a while.
 */
void steer_aside_guard(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain);
/*
 * Inbound ESP and AH that are opened in their place: the device they came by and
 * the group they were for stay what they are. IPv6 is not put together yet; of
 * AH's fragments but the first the kernel knows no protocol. in: the chain that
 * leads to `chain`.
 */
void steer_aside_inbound(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *in, const char *chain);

#endif /* IO_STEER_ASIDE_H */
