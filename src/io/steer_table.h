/* SPDX-License-Identifier: BSD-2-Clause */
/* steer_table - the nf_tables part of steer. */
#ifndef IO_STEER_TABLE_H
#define IO_STEER_TABLE_H

#include "io/netlink.h"
#include "io/steer.h"

#define STEER_TABLE_ARMED "armed" /* the counter that is a mark of its own */

/* What this kernel can do. */
struct steer_can {
	bool own;     /* see nft_table_put() */
	bool sockets; /* see nft_flow_has_socket() */
};

/*
 * Replace the rules of the table in one transaction.
 * fresh: also what the table itself is, which loses all counts. 0 or errno.
 */
int steer_table_apply(struct netlink *n, const struct steer_conf *c,
    const struct steer_plan *p, const struct steer_can *can, bool fresh);
/* Own a table that another process has left. 0 or errno. */
int steer_table_adopt(struct netlink *n, const char *table);
/* 0 or errno; a table that is not there is gone already. */
int steer_table_remove(struct netlink *n, const char *table);

#endif /* IO_STEER_TABLE_H */
