/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker - a thread that takes packets by the fast path, and nothing else
 * (docs/adr/0023): it reads a queue of the host's device, or the UDP socket,
 * and has a lane that is a guest. What its lane gives back goes, in its order, to the
 * control thread, which is the one that has the path. For pump_crew.c only.
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <pthread.h>

#include "core/lane.h"
#include "daemon/ipsecd/governor.h"
#include "daemon/ipsecd/outbox.h"
#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/ring.h"

/* From a worker: a record begins with this; bytes of a packet are behind it. */
struct worker_news {
	enum {
		WORKER_OUT,	/* of the device, LANE_TAIL bytes behind it */
		WORKER_IN,	/* of the wire: a whole packet */
		WORKER_REPORT,	/* what a router said */
		WORKER_REFUSED, /* the kernel: too large for its way to dst */
		WORKER_SPLIT	/* the same; this packet has to be split */
	} what;
	uint32_t n; /* bytes of the packet */
	struct super s;
	struct addr dst;
	struct rawip_error report;
} __attribute__((aligned(64)));

/* What a worker is told beside flows. */
struct worker_conf {
	struct path_tune tune;
	struct lane_off off;
	bool many, cut, head; /* as of struct outbox, struct port */
	uint32_t share;	      /* percent of a CPU; 100: no limit */
};

/* To a worker. */
struct worker_word {
	enum { WORKER_CONF, WORKER_GIFT } what;
	uint64_t epoch; /* of a gift */
	struct worker_conf conf;
	struct lane_gift gift;
};

/* What it has counted, for the control thread to add to its own. */
struct worker_counts {
	struct path_stats path;
	struct pump_stats pump;
	struct outbox_stats out;
	struct lane_stats lane;
	uint64_t rests;
};

struct worker {
	/* --- of both threads --- */
	uint64_t epoch,
	    seen;	    /* asked for; answered: no gift of before is used */
	bool stop, lost;    /* lost: the device is gone */
	bool waits;	    /* for the end of what it has put into `up` */
	int wake;	    /* eventfd: of the worker */
	int told, answered; /* eventfds: of the control thread */
	struct ring *up, *down;
	struct worker_counts counts; /* as they were when `seen` was set */
	/* --- of the control thread --- */
	struct worker_counts known;
	bool started;
	pthread_t thread;
	/* --- of the worker --- */
	int tun, udp;	      /* to be read, borrowed; -1: none */
	int to[PUMP_WORKERS]; /* to be written: queues of the device */
	size_t n_to;
	uint32_t rest; /* ms */
	bool held;     /* what waits in `down` waits for `up` */
	struct worker_conf conf;
	struct governor governor;
	struct worker_counts now_counts;
	struct path path;
	struct keycache *kc;
	struct lane *lane;
	struct outbox outbox;
	struct udpencap_batch *datagrams;
	struct lane_item items[LANE_BATCH];
	struct lane_pkt pkts[UDPENCAP_BATCH * LANE_BATCH];
	uint8_t cut[PATH_ROOM];
	uint8_t ahead[96 * 1024 + PATH_ROOM];
};

struct worker_use {
	const struct crypto *crypto;
	const struct rng *rng;
	/* -1: none. tun, udp: to be read; udp_out: to send by, nobody else's */
	int tun, udp, udp_out, raw[2];
	int to[PUMP_WORKERS]; /* queues of the device, to be written */
	size_t n_to;
	int told, answered;
	uint16_t natt_port;
};

/* Without a thread so far. NULL: errno says why. */
struct worker *worker_new(const struct worker_use *use);
/* 0 or errno. */
int worker_start(struct worker *w);
/* Ends its thread, if it has one. NULL is harmless. */
void worker_free(struct worker *w);

/* The control thread asks it to look up: at a new epoch, or since it waits. */
void worker_wake(const struct worker *w);

#endif /* DAEMON_WORKER_H */
