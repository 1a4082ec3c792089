/* SPDX-License-Identifier: BSD-2-Clause */
/* steer_table - the nf_tables part of steer. */
#ifndef IO_STEER_TABLE_H
#define IO_STEER_TABLE_H

#include "io/netlink.h"
#include "io/steer.h"

#define STEER_TABLE_ARMED "armed" /* the counter that is a mark of its own */

/*
 * Replace the rules of the table in one transaction. own: see nft_table_put().
 * fresh: also what the table itself is, which loses all counts. 0 or errno.
 */
int steer_table_apply(struct netlink *n, const struct steer_conf *c,
    const struct steer_plan *p, bool own, bool fresh);
/* Own a table that another process has left. 0 or errno. */
int steer_table_adopt(struct netlink *n, const char *table);
/* 0 or errno; a table that is not there is gone already. */
int steer_table_remove(struct netlink *n, const char *table);

#endif /* IO_STEER_TABLE_H */
