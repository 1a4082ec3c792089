/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flowcache - what the path has decided about a flow, so that its next packets
 * need not ask again (docs/adr/0019). The path puts in what it would decide again
 * the same way; an entry is of use as long as nothing has changed that the
 * decision came from: policy, SAs, tunnels, addresses and tunables by one epoch
 * for all, the connection by a counter of its own, the age of a socket's note by
 * the clock.
 *
 * Bounded and seeded: flows that somebody makes up replace each other, and those
 * that were used longest ago.
 */
#ifndef CORE_FLOWCACHE_H
#define CORE_FLOWCACHE_H

#include "core/conn.h"
#include "core/path.h"
#include "core/reply.h"

struct trip;

/*
 * Exactly one flow. IPv4: w[0] has both addresses, w[1] to w[3] are 0. w[4]:
 * protocol, family, ports and device, or, inbound, what tells SAs apart.
 */
struct flowcache_key {
	uint64_t w[6];
};

/* What a packet needs comes first: it shares cache lines. */
struct flowcache_entry {
	struct flowcache_key k;
	uint64_t epoch;	     /* 0: free */
	uint64_t until;	     /* mono ms; UINT64_MAX: no end */
	struct sa *esp, *ah; /* or NULL */
	struct spd_entry *e; /* that counts it, or NULL */
	struct conn *c;	     /* whose use it is, or NULL */
	const uint32_t *gen; /* conn_watch() */
	uint32_t gen_was;
	uint32_t used; /* for who goes first */
	/* outbound: the lane's note of the way's MTU, and when it asked */
	uint64_t mtu_turn;
	uint32_t mtu;
	struct addr src, dst; /* of the flow; inbound: of the outer header */
	const struct path_tunnel *iface; /* outbound: shapes the outer header */
	const char *tun;		 /* inbound: the device */
	/* inbound: each packet is remembered for an answer (core/reflect.h) */
	bool reflects;
	struct reply_key request;
} __attribute__((aligned(64)));

struct flowcache;

enum flowcache_dir { FLOWCACHE_OUT, FLOWCACHE_IN };

/* NULL: no memory, or no random bytes. */
struct flowcache *flowcache_new(const struct rng *rng);
void flowcache_free(struct flowcache *fc);

/*
 * The number of a device, for keys. 0: there are too many; its flows are not
 * cached.
 */
uint16_t flowcache_device(struct flowcache *fc, const char *tun);

/* Has anything changed? Before a lookup, whenever something may have. */
void flowcache_sync(struct flowcache *fc, const struct path *p);
/* Goes up when something has. */
uint64_t flowcache_epoch(const struct flowcache *fc);

/*
 * The lookup in three steps, with memory that can be on its way between them:
 * the hash of a key; where it may be found, or NULL; and the entry, if it is that
 * one and holds at this time, else NULL.
 */
uint64_t flowcache_hash(const struct flowcache *fc, enum flowcache_dir dir,
    const struct flowcache_key *k);
struct flowcache_entry *flowcache_spot(
    struct flowcache *fc, enum flowcache_dir dir, uint64_t hash);
struct flowcache_entry *flowcache_pick(const struct flowcache *fc,
    struct flowcache_entry *spot, const struct flowcache_key *k, uint64_t now);

static inline bool
flowcache_key_equal(
    const struct flowcache_key *a, const struct flowcache_key *b)
{
	/* one by one: they may just have been written so */
	return a->w[0] == b->w[0] && a->w[4] == b->w[4] && a->w[5] == b->w[5] &&
	       a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

/*
 * For path.c: this trip has ended well. Kept, if the next packet of its flow
 * would go the same way.
 */
void flowcache_learn_out(const struct trip *t);
void flowcache_learn_in(const struct trip *t);

/*
 * From the cache of one thread to that of another (docs/adr/0023): while it takes
 * notes, entries that were put in or used are noted, the first FLOWCACHE_NOTES of
 * them. Begins anew.
 */
enum { FLOWCACHE_NOTES = 128 };
void flowcache_notes(struct flowcache *fc, bool on);
void flowcache_note(struct flowcache *fc, struct flowcache_entry *e);
/* The i-th. NULL: it does not hold any more, or *last: there are no more. */
const struct flowcache_entry *flowcache_noted(
    const struct flowcache *fc, size_t i, enum flowcache_dir *dir, bool *last);
/* A copy of another cache's entry, which holds until flowcache_forget(). */
void flowcache_put(struct flowcache *fc, enum flowcache_dir dir,
    const struct flowcache_entry *from);
/* No entry holds any more. */
void flowcache_forget(struct flowcache *fc);

/* For tests. */
size_t flowcache_count(const struct flowcache *fc, enum flowcache_dir dir);

/* --- keys --- */

static inline uint64_t
flowcache_word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return w;
}

/*
 * Of a packet with plain headers; ports: where its upper header begins. src and
 * dst stand as in the packet. more: the device, or 0.
 */
static inline void
flowcache_key(struct flowcache_key *k, const uint8_t *pkt, const uint8_t *ports,
    uint8_t proto, uint64_t more)
{
	bool v6 = pkt[0] >> 4 == 6;
	uint32_t pp;

	memcpy(&pp, ports, 4);
	if (v6) {
		k->w[0] = flowcache_word(pkt + 8);
		k->w[1] = flowcache_word(pkt + 16);
		k->w[2] = flowcache_word(pkt + 24);
		k->w[3] = flowcache_word(pkt + 32);
	} else {
		k->w[0] = flowcache_word(pkt + 12);
		k->w[1] = k->w[2] = k->w[3] = 0;
	}
	k->w[4] = (uint64_t)pp << 32 | (uint64_t)proto << 8 | (v6 ? 6 : 4);
	k->w[5] = more;
}

/* What is in w[5] of an inbound key: the SAs' serials, which are never reused. */
static inline uint64_t
flowcache_sas(const struct sa *esp, const struct sa *ah)
{
	return (esp != NULL ? esp->serial : 0) +
	       ((ah != NULL ? ah->serial : 0) << 32);
}

#endif /* CORE_FLOWCACHE_H */
