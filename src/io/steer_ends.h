/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_ends - the parts of the nf_tables table about who an inbound packet is
 * for: a tunnel's far end, and strong ends. For steer_table.c.
 */
#ifndef IO_STEER_ENDS_H
#define IO_STEER_ENDS_H

#include "io/nft.h"
#include "io/steer.h"

/* In chain `in`: IP in IP of the plan's tunnels goes on. */
void steer_ends_accept(
    struct nft *b, const struct steer_plan *p, const char *in);
/*
 * Into the chain, which comes after all chains of others: such packets get
 * another protocol number, so that only our sockets get them.
 */
void steer_ends_rename(struct nft *b, const struct steer_conf *c,
    const struct steer_plan *p, const char *chain);
/*
 * In chain `in`: for the families of plan.strict the packet goes to the chain,
 * which drops what is for an address of another device.
 */
void steer_ends_strict(struct nft *b, const struct steer_plan *p,
    const char *in, const char *chain);

#endif /* IO_STEER_ENDS_H */
