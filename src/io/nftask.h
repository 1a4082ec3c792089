/* SPDX-License-Identifier: BSD-2-Clause */
/* nftask - what is in nf_tables, and what it can do. */
#ifndef IO_NFTASK_H
#define IO_NFTASK_H

#include "io/netlink.h"

/* Does the kernel take such a rule? table: a name that nobody has. */
MUST_USE bool nftask_can_queue(struct netlink *n, const char *table, bool xt);

/* 0, ENOENT, or another errno. */
int nftask_table(struct netlink *n, const char *table);

/* Every counter of the table; 0 or errno, ENOENT: there is no such table. */
int nftask_counters(struct netlink *n, const char *table,
    bool (*f)(void *ctx, const char *name, uint64_t packets, uint64_t bytes),
    void *ctx);

#endif /* IO_NFTASK_H */
