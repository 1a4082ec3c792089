/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_reply - the part of steer_table about what the host's stack answers by
 * itself. For steer_table.c only.
 */
#ifndef IO_STEER_REPLY_H
#define IO_STEER_REPLY_H

#include "io/nft.h"
#include "io/steer.h"

/* The chains, empty. */
void steer_reply_chains(struct nft *b);
/*
 * Fill one of them and have this chain look there, which costs other packets a
 * comparison or three. divert: where a line that diverts leads, or NULL: such
 * packets are dropped, since they leave by another device.
 */
void steer_reply_jump(struct nft *b, const struct steer_plan *p,
    const char *chain, const char *divert);

#endif /* IO_STEER_REPLY_H */
