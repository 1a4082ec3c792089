/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * coalesce - packets of one flow that came one behind the other become one
 * super-packet for the device, as the kernel's GRO makes them: equal headers but
 * for what counts up, equal sizes but for the last, checksums that were looked
 * at. Cut again, they are the packets that came. Order is kept within a flow.
 */
#ifndef CORE_COALESCE_H
#define CORE_COALESCE_H

#include "core/lane.h"

enum { COALESCE_FLOWS = 8 };

/* A packet, or several, that wait for more. */
struct coalesce_slot {
	struct lane_write w;
	struct super s;
	uint8_t vnet[SUPER_VNET_MAX];
	uint8_t *pkt;	   /* the first packet, whose header all share */
	uint32_t next_seq; /* TCP */
	bool checked;	   /* the first one's checksum */
	bool last;	   /* nothing may follow */
	bool old;	   /* began before the last turn */
};

struct coalesce {
	void (*write)(void *ctx, const struct lane_write *w);
	void *ctx;
	size_t n; /* slots in use, in the order in which they began */
	struct coalesce_slot *slot[COALESCE_FLOWS];
	struct coalesce_slot mem[COALESCE_FLOWS];
	uint64_t writes;
	/* the last packet: what was said of it, and its slot (NULL: written) */
	struct coalesce_slot *now;
	const char *tun;
	size_t upper;
	bool may;
	/* of those that go alone */
	struct lane_write alone;
	uint8_t plain[SUPER_VNET_MAX];
};

void coalesce_init(struct coalesce *c,
    void (*write)(void *ctx, const struct lane_write *w), void *ctx);
/*
 * A packet of TCP or UDP with plain headers, n bytes, its upper header at
 * `upper`, for the device tun. It stays where it is, and as it is, until it is
 * written; the header of a first one is changed. Not `may`: alone, but in its turn.
 */
void coalesce_add(struct coalesce *c, const char *tun, uint8_t *pkt, size_t n,
    size_t upper, bool may);
/* One more of the flow of the last packet; nothing was flushed in between. */
void coalesce_again(struct coalesce *c, uint8_t *pkt, size_t n);
/* What began before the last turn is written; the others have become old. */
void coalesce_turn(struct coalesce *c);
/* Everything is written. */
void coalesce_flush(struct coalesce *c);

#endif /* CORE_COALESCE_H */
