/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pump - packets between the descriptors and core/path: what a device gives goes
 * out, what a raw socket gives goes in, and each result goes where it says.
 */
#ifndef DAEMON_PUMP_H
#define DAEMON_PUMP_H

#include "core/path.h"
#include "daemon/ipsecd/outbox.h"
#include "io/log.h"
#include "io/loop.h"

/*
 * What goes beyond one packet for one system call, each for itself (docs/adr/0020).
 * A kernel that lacks one works without it.
 */
enum {
	PUMP_TUN_HEAD =
	    1,		  /* devices are attached so that the next two can be */
	PUMP_TUN_TCP = 2, /* devices give super-packets of TCP */
	PUMP_TUN_UDP = 4, /* and, beside these, of UDP */
	PUMP_MANY = 8,	  /* several packets by one system call */
	PUMP_CUT = 16,	  /* UDP encapsulation: the kernel cuts (UDP_SEGMENT) */
	PUMP_JOIN = 32,	  /* and joins (UDP_GRO) */
	PUMP_FAST = 64,	  /* core/lane does what it can */
	PUMP_ALL = 127
};

#define PUMP_WORKERS 8	 /* threads at most */
#define PUMP_TUNNELS 256 /* tunnel interfaces at most */

/* What happens outside of the path. */
struct pump_stats {
	uint64_t tun_in, tun_out; /* packets of devices */
	uint64_t wire_in;  /* packets of sockets; out: pump_out_stats() */
	uint64_t closed;   /* dropped: no policy was loaded yet after a crash */
	uint64_t tun_full; /* dropped: the kernel's queue was full */
	uint64_t tun_error;    /* dropped: refused by the kernel */
	uint64_t tun_super;    /* of devices: super-packets */
	uint64_t wire_joined;  /* of the wire: datagrams that came joined */
	uint64_t unreadable;   /* too long, or headers make no sense */
	uint64_t toobig_heard; /* reports of routers that were believed */
	uint64_t queue_out, queue_in; /* packets of the queue */
	uint64_t async;		      /* packets that waited in the backlog */
	uint64_t async_lost;	      /* dropped: no memory for that */
};

struct pump;

struct pump_use {
	struct loop *loop;
	struct path *path;
	uint16_t natt_port, queue;
	unsigned offload; /* PUMP_*; see pump_set_offload() */
	size_t workers;	  /* threads for the fast path: docs/adr/0023 */
	const struct crypto *crypto; /* for these */
	uint8_t renamed[2]; /* steer_conf.tunnel: what fds.tunnel are of */
	/* A router's report about an SA or a tunnel of ours; head: what it quotes
	   of ESP, AH or the inner packet. True: believed. */
	bool (*too_big)(void *ctx, uint8_t proto, const struct addr *dst,
	    uint32_t mtu, const uint8_t *head, size_t n);
	/* The kernel refused a packet to dst for its size: returns the MTU now. */
	uint32_t (*refused)(void *ctx, const struct addr *dst);
	void *ctx;
};

/* Descriptors that the pump owns from now on; -1: not there. */
struct pump_fds {
	int tun, own;	  /* own: of sockets that have a policy of their own */
	int in[2][2];	  /* [v6][0 ESP, 1 AH] */
	int tunnel[2][2]; /* [v6][0 IPv4, 1 IPv6 in IP] of known tunnels */
	int report[2][2]; /* the same: what routers say about it */
	int out[2];	  /* [v6] */
	int udp;
	int udp_out[PUMP_WORKERS]; /* of udpencap_open_out(): one for each */
	int queues[PUMP_WORKERS]; /* more queues of tun, of tun_attach_more() */
	int queue;		  /* of nfqueue_open() */
	int spare[PUMP_TUNNELS];  /* of tun_open(), for tunnel interfaces */
};

/* NULL: errno says why. fds are closed then. */
struct pump *pump_new(const struct pump_use *use, const struct pump_fds *fds);
void pump_free(struct pump *p);

/*
 * Start the threads, when this process is what it will be: with its user, without
 * its capabilities, not yet in its sandbox. 0 or errno.
 */
int pump_start(struct pump *p);
/*
 * Before anything changes that packets depend on, policy, SAs, tunnels, ways: no
 * thread uses what it knew. Cheap when there is nothing. p may be NULL.
 */
void pump_hold(struct pump *p);
/* Before counters are read: they have what the threads have counted. */
void pump_count(struct pump *p);
size_t pump_workers(const struct pump *p);

/* Attach a tunnel's device. 0 or errno; 0 when it is there already. */
int pump_tunnel(struct pump *p, const char *name);
/* Detach, if it is there; the device is the caller's to delete. */
void pump_drop_tunnel(struct pump *p, const char *name);
MUST_USE bool pump_has_tunnel(const struct pump *p, const char *name);
/*
 * Somebody has deleted a device of this name, which is no reason to let anything
 * out: attach it again. tun: "" the host's, PATH_OWN that of sockets. 0 or errno.
 */
int pump_renew(struct pump *p, const char *name, const char *tun);
/* Has anybody deleted it; or that of a tunnel? */
MUST_USE bool pump_has_lost(const struct pump *p, const char *tun);
MUST_USE bool pump_has_lost_tunnel(const struct pump *p);
/* Devices made or taken over here end with this process. */
void pump_unpersist(struct pump *p);

/* While closed, nothing that comes from a device goes on. */
void pump_close(struct pump *p, bool closed);
/*
 * What the kernel has said on the sockets' device before the steering was there
 * that keeps it to itself: away with it.
 */
void pump_discard(struct pump *p);
/* Keep open what NATs remember of SAs that were quiet (RFC 3948 4). */
void pump_keepalives(struct pump *p);
/* Fragments that have waited too long for others are dropped. mono: ms. */
void pump_age(struct pump *p, uint64_t mono);
/* Run packets whose waiting is over. */
void pump_released(struct pump *p);

/*
 * Cryptography of ESP, of AH: later, when all that is there was read, in the order
 * it came (true), or at once. What is sent waits when either does: which it needs
 * is known only when policy was asked.
 */
void pump_set_async(struct pump *p, bool esp, bool ah);
/*
 * Percent of one CPU that packets may use; 100: no limit. Beyond it nothing is
 * read until there is time again: the kernel's queues fill, and drop what is too
 * much. Control sockets go on.
 */
void pump_set_share(struct pump *p, uint32_t share);
/* How often that was so. */
uint64_t pump_rests(const struct pump *p);

/*
 * What is used of PUMP_*, from now on. Devices that were attached without
 * PUMP_TUN_HEAD stay so.
 */
void pump_set_offload(struct pump *p, unsigned wanted);
/* What of that is in use. */
unsigned pump_offload(const struct pump *p);

const struct pump_stats *pump_stats(const struct pump *p);
/* What went by the fast path, and what it gave back. */
struct lane_stats;
const struct lane_stats *pump_lane_stats(const struct pump *p);
const struct outbox_stats *pump_out_stats(const struct pump *p);
/* How drops are told of, to be changed in place. */
struct audit;
struct audit *pump_audit(struct pump *p);

#endif /* DAEMON_PUMP_H */
