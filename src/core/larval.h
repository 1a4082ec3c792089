/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * larval - packets that wait for an SA (spec: sa 20; Solaris' acquire records).
 * At most 4 packets a record, the oldest goes first; a record ends after the
 * acquire timeout.
 */
#ifndef CORE_LARVAL_H
#define CORE_LARVAL_H

#include "core/path.h"

#define LARVAL_PACKETS 4

/* A copy of a packet that was held; the taker frees it with larval_drop(). */
struct held {
	struct link link;
	char tun[RULE_TUN_NAME];
	bool inbound; /* waited for a larval inbound SA: give to path_in() */
	size_t len;
	uint8_t pkt[];
};

struct larval *larval_new(void);
void larval_free(struct larval *l);
/*
 * An SA came (failed: will not come) for ACQUIRE seq; seq 0: any may be ready.
 * The packets of the records that are meant become takeable; those of a failed
 * record are dropped and counted.
 */
void larval_wake(
    struct larval *l, uint32_t seq, bool failed, struct path_stats *st);
/* The next packet to run through the path again, or NULL. */
struct held *larval_take(struct larval *l);
void larval_drop(struct held *h);
/* Records that are over; counts their packets. */
void larval_age(struct larval *l, struct now now, struct path_stats *st);

#endif /* CORE_LARVAL_H */
