/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backlog - packets that were read and whose cryptography is done later, in the
 * order they came (execution mode async, docs/adr/0013).
 */
#ifndef DAEMON_BACKLOG_H
#define DAEMON_BACKLOG_H

#include "base/list.h"

#include "daemon/ipsecd/pace.h"
#include "model/rule.h"

#define BACKLOG_PACKETS 4096
#define BACKLOG_BYTES	(8u << 20)

struct backlog_item;

struct backlog {
	struct link items;
	size_t n, bytes;
	struct pace *pace;
	struct loop_timer late; /* runs while there is something to do */
	bool runs;
	/* Does one packet, which is freed behind it. */
	void (*work)(void *ctx, const struct backlog_item *i);
	void *ctx;
};

struct backlog_item {
	struct link link;
	bool inbound;
	char tun[RULE_TUN_NAME]; /* outbound: the device it came from, "" */
	size_t n;
	uint8_t pkt[];
};

/*
 * work is called for each packet later: once in each round of pace's loop for some
 * of them, behind everything else, unless pace rests.
 */
void backlog_init(struct backlog *b, struct pace *pace,
    void (*work)(void *ctx, const struct backlog_item *i), void *ctx);
/* Forgets all that is in it. */
void backlog_fini(struct backlog *b);
/* Is there room for another packet of any length? */
MUST_USE bool backlog_has_room(const struct backlog *b);
/* A copy, behind all others. False: no memory; it is not there. */
MUST_USE bool backlog_put(struct backlog *b, bool inbound, const char *tun,
    const uint8_t *pkt, size_t n);
/* The first one, for the caller to free(); NULL: there is none. */
struct backlog_item *backlog_take(struct backlog *b);
/* pace no longer rests: for pace_init(); ctx is the backlog. */
void backlog_wake(void *ctx);

#endif /* DAEMON_BACKLOG_H */
