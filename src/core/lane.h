/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lane - the path for many packets at a time (docs/adr/0019). It does what
 * path_out() and path_in() would do to each of them, in the same order and with
 * the same counters, but for flows that have been that way before one lookup
 * serves a whole run, and cryptography gets a whole batch. What it does not do
 * itself - first packets of a flow, fragments, options, ICMP, AH that comes in,
 * limits of an SA that are near, everything that fails - it gives back by slow_out() and
 * slow_in(), in its turn, untouched.
 *
 * No system call, no clock, no allocation after lane_new(). One thread at a time
 * uses a lane; each has tables and buffers of its own.
 */
#ifndef CORE_LANE_H
#define CORE_LANE_H

#include "core/path.h"
#include "core/super.h"

struct lane;

enum {
	LANE_BATCH = 64, /* the most packets or segments in one piece of work */
	/*
	 * Bytes behind a packet of the caller's that may be written: padding and
	 * trailer of ESP.
	 */
	LANE_TAIL = 32,
	LANE_PIECES = LANE_BATCH + 2
};

/* --- outbound --- */

/* What came from a device: a packet, or a super-packet. */
struct lane_item {
	/* an IP packet, s.len bytes, then LANE_TAIL bytes; its checksum may be
	   completed in place */
	uint8_t *pkt;
	/*
	 * super_from_vnet(); of a packet without a vnet header { .len = n }.
	 * IPv4 packets that may be split have an identification by now
	 * (ip_give_id()).
	 */
	struct super s;
};

/*
 * Packets to be sent. Memory is the lane's and stays as it is until the next
 * lane_out().
 */
struct lane_run {
	const uint8_t *bytes;
	uint32_t len;	 /* of all of them, bytes */
	uint32_t stride; /* of each but the last, which may be shorter */
	uint32_t n;
	/*
	 * True: payloads of UDP datagrams with these ports and this header: src,
	 * dst, tos, ttl, df, flow. False: whole IP packets, each with that
	 * header but for its identification; native ESP, or AH.
	 */
	bool udp;
	uint16_t sport, dport;
	struct ip_new head;
	uint32_t mtu; /* of the way; nothing in the run needs more */
};

/* --- inbound --- */

/* A packet of ESP from the wire, in UDP or not. Only read. */
struct lane_pkt {
	/*
	 * The IP header, 20 or 40 bytes, and the UDP header if there is one.
	 * Lengths, checksums and identification in them do not count: packets of
	 * a UDP_GRO run share one.
	 */
	const uint8_t *head;
	const uint8_t *esp; /* what follows */
	uint16_t n_head;    /* bytes */
	uint32_t n_esp;
};

struct lane_piece {
	const uint8_t *p;
	size_t n;
};

/*
 * One write to a device: the pieces one behind the other. piece[0] is a vnet
 * header of SUPER_VNET_MAX bytes, of which a device may want the first
 * SUPER_VNET. Memory is the lane's until lane_in() returns to its caller, at
 * which time everything has been written.
 */
struct lane_write {
	const char *tun; /* as path_result.tun */
	size_t n;	 /* pieces */
	struct lane_piece piece[LANE_PIECES];
	size_t len;	/* of the packet, without the vnet header */
	uint32_t count; /* packets in it */
};

/* --- both --- */

struct lane_env {
	/* Packets go out, in this order. */
	void (*send)(void *ctx, const struct lane_run *r);
	/*
	 * An item goes by path_out(), each segment of a super-packet by itself
	 * (super_segment()). The checksum of a single packet is complete.
	 */
	void (*slow_out)(
	    void *ctx, const char *tun, const struct lane_item *item);
	void (*write)(void *ctx, const struct lane_write *w);
	/* A packet goes by path_in(): lane_whole(). */
	void (*slow_in)(void *ctx, const struct lane_pkt *pkt);
	void *ctx;
};

/* What may be switched off; all false is the fullest. */
struct lane_off {
	bool fast; /* everything goes slow */
	bool
	    tcp_runs; /* nothing is coalesced for the device: TSO is not there */
	bool udp_runs; /* the same of UDP: USO is not there */
	/* SAs with UDP encapsulation go slow: nobody can send their payloads */
	bool udp_send4, udp_send6;
};

/*
 * A lane for packets of this path, which outlives it and gets a flow cache by it
 * (path->flows). NULL: no memory, or no random bytes.
 */
struct lane *lane_new(struct path *p, const struct lane_env *env);
/* NULL is harmless. */
void lane_free(struct lane *l);
struct lane_off *lane_off(struct lane *l);

/*
 * n items from the device tun (as path_out()), in their order. Everything is sent
 * or given back when it returns.
 */
void lane_out(struct lane *l, const char *tun, struct lane_item *items,
    size_t n, struct now now);

/* n packets from the wire, in their order. */
void lane_in(
    struct lane *l, const struct lane_pkt *pkts, size_t n, struct now now);

/*
 * The packet p of n bytes as a lane_pkt, which borrows it. False: it is none for
 * the fast path: give it to path_in().
 */
MUST_USE bool lane_split(struct lane_pkt *k, const uint8_t *p, size_t n);
/* The other way: the whole packet into to. False: no room, or too long. */
MUST_USE bool lane_whole(struct wr *to, const struct lane_pkt *k);

/* --- lanes of several threads (docs/adr/0023) --- */

/*
 * One lane belongs to the thread that has the path. The others are guests: each
 * has a struct path of its own, with rng and tune and nothing else, knows flows only
 * by gifts of the first one's, and gives everything else back. What they share is the
 * SAs of these flows, which core/shared.h is for, and counters of policy.
 */
struct keycache;
struct flowcache_entry;
/* One of several, which share. kc: of this thread, or NULL: not a guest. */
void lane_crowd(struct lane *l, struct keycache *kc);

/* What another lane may know of a flow. */
struct lane_gift {
	bool inbound;
	_Alignas(64) uint8_t entry[512]; /* a struct flowcache_entry */
};
/*
 * From now on remember which flows lane_out(), lane_in() and the path have to do
 * with, or do not. Forgets those from before.
 */
void lane_notes(struct lane *l, bool on);
/*
 * The i-th of them as a gift, good for some hundred ms and as long as nothing
 * changes. False: it cannot be given, or *last: there are no more.
 */
MUST_USE bool lane_give(
    struct lane *l, size_t i, struct lane_gift *g, uint64_t mono, bool *last);
/* A guest knows it until lane_forget(). */
void lane_take(struct lane *l, const struct lane_gift *g);
void lane_forget(struct lane *l);

/* What went by here, and what was given back: packets. */
struct lane_stats {
	uint64_t out_fast, out_slow, in_fast, in_slow;
	uint64_t runs_out, writes_in; /* results of the above */
};
const struct lane_stats *lane_stats(const struct lane *l);
/* The same, to add what other lanes did. */
struct lane_stats *lane_stats_of(struct lane *l);

#endif /* CORE_LANE_H */
