/* SPDX-License-Identifier: BSD-2-Clause */
/* pump_inside - what the files of the pump share. For pump*.c only. */
#ifndef DAEMON_PUMP_INSIDE_H
#define DAEMON_PUMP_INSIDE_H

#include "core/lane.h"
#include "daemon/ipsecd/audit.h"
#include "daemon/ipsecd/backlog.h"
#include "daemon/ipsecd/outbox.h"
#include "daemon/ipsecd/pace.h"
#include "daemon/ipsecd/pump.h"

/* A device that gives packets to be sent. */
struct port {
	struct pump *p;
	struct loop_watch watch; /* fd -1: not there */
	char name[RULE_TUN_NAME];
	bool lost; /* the device is gone; fd can be attached to a new one */
	bool head; /* its packets have headers: io/tun.h */
	unsigned gives; /* TUN_GIVES_* */
};

/* A socket that gives packets from the wire. */
struct source {
	struct pump *p;
	struct loop_watch watch;
	uint8_t fam, proto; /* proto 17: UDP encapsulation */
	uint8_t renamed;    /* 0, or what proto is called by the socket */
};

enum { PUMP_SOURCES = 13 };

struct pump {
	struct pump_use use;
	unsigned offload; /* PUMP_* that are wanted */
	struct port main, own, tunnel[PUMP_TUNNELS];
	size_t n_tunnels;
	int spare[PUMP_TUNNELS];
	struct source source[PUMP_SOURCES];
	struct loop_watch queue;
	struct fragcache *parts; /* IPv6 fragments of the queue */
	struct outbox outbox;
	struct rawip_batch *packets;
	struct udpencap_batch *datagrams;
	struct lane *lane;
	struct crew *crew; /* NULL: this thread does all */
	struct some *crew_some;
	uint32_t crew_share;
	int queues[PUMP_WORKERS], udp_out[PUMP_WORKERS];
	struct now lane_now; /* of what the lane does */
	struct lane_item items[LANE_BATCH];
	struct lane_pkt pkts[UDPENCAP_BATCH * LANE_BATCH];
	bool joined; /* datagrams come joined */
	bool closed;
	/* docs/adr/0013 */
	bool async[2]; /* [0] ESP, [1] AH */
	struct backlog backlog;
	struct pace pace;
	struct pump_stats stats;
	struct log_rate rate_tun, rate_read;
	struct audit audit;
	uint8_t *out_buf; /* PATH_ROOM bytes of the outbox */
	uint8_t in_buf[PATH_ROOM], work[PATH_ROOM], cut[PATH_ROOM];
	uint8_t ahead[96 * 1024 + PATH_ROOM]; /* for pump_lane_device() */
};

/* pump.c: for the watch of a port. */
void pump_from_device(void *ctx, unsigned events);

/*
 * The next packet of the device to buf: 1; 0: there is none; -1: no more comes. It
 * is counted; s->len is 0 when it made no sense.
 */
int pump_read(struct port *o, uint8_t *buf, size_t cap, struct super *s);
/* The IPv4 packet, which becomes `count` of them, has a number if it wants one. */
void pump_give_id(struct pump *p, uint8_t *pkt, size_t n, uint32_t count);
/* What pkt stands for by path_out(), packet by packet. */
void pump_out_each(struct pump *p, const struct port *o, uint8_t *pkt,
    const struct super *s, struct now t);
/* By the path, into p->out_buf; a drop is told of. */
struct path_result pump_through(struct pump *p, bool inbound, const char *tun,
    const uint8_t *pkt, size_t n, struct now t);
/* from: the device that the packet came from; it takes errors for its sender. */
void pump_deliver(
    struct pump *p, const struct path_result *r, const struct port *from);
/* Fragments whose datagram the last packet has completed. */
void pump_pass_pieces(struct pump *p, struct now t);
/* Numbers of datagrams that may be split; 0 would be the kernel's to change. */
uint16_t pump_next_id(struct pump *p);
struct now pump_now(void);
/* A whole packet of the wire by path_in(). */
void pump_in(struct pump *p, const uint8_t *pkt, size_t n, struct now t);
/* A device took, or did not take (errno), so many packets. */
void pump_wrote(struct pump *p, bool ok, uint32_t count);

/* pump_lane.c */
MUST_USE bool pump_lane_new(struct pump *p);
/* It does what p->offload and the devices let it do. */
void pump_lane_offload(struct pump *p);
/* Does everything go by it now? */
MUST_USE bool pump_lane_takes(const struct pump *p);
/* Some packets of the device: how many; *more: there may be others. */
int pump_lane_device(struct port *o, struct now t, bool *more);
void pump_lane_wire(
    struct pump *p, const struct lane_pkt *pkts, size_t n, struct now t);

/* A packet of the wire, of this protocol, by the path; perhaps later. */
void pump_take_in(
    struct pump *p, uint8_t proto, const uint8_t *pkt, size_t n, struct now t);

/* pump_crew.c. False: errno; pump_crew_free() all the same. */
MUST_USE bool pump_crew_new(struct pump *p, const struct pump_fds *f);
void pump_crew_free(struct pump *p);
/* Workers learn of other tunables and settings. */
void pump_crew_tell(struct pump *p);
/* The host's device is there again. 0 or errno. */
int pump_crew_renew(struct pump *p, const char *name);

/* pump_queue.c: for the watch of the queue. */
void pump_from_queue(void *ctx, unsigned events);

/* pump_port.c */
/* The device of that name, "" or NULL the host's; NULL: it is not there. */
struct port *pump_port(struct pump *p, const char *tun);
/* The attached device fd from now on. False: errno says why. */
MUST_USE bool pump_watch_port(
    struct pump *p, struct port *o, int fd, const char *name);
/* Every device gives what p->offload says. */
void pump_ports_offload(struct pump *p);

#endif /* DAEMON_PUMP_INSIDE_H */
