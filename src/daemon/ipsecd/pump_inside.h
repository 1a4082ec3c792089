/* SPDX-License-Identifier: BSD-2-Clause */
/* pump_inside - what the files of the pump share. For pump*.c only. */
#ifndef DAEMON_PUMP_INSIDE_H
#define DAEMON_PUMP_INSIDE_H

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
};

/* pump.c: for the watch of a port. */
void pump_from_device(void *ctx, unsigned events);

/* pump_port.c */
/* The device of that name, "" or NULL the host's; NULL: it is not there. */
struct port *pump_port(struct pump *p, const char *tun);
/* The attached device fd from now on. False: errno says why. */
MUST_USE bool pump_watch_port(
    struct pump *p, struct port *o, int fd, const char *name);
/* Every device gives what p->offload says. */
void pump_ports_offload(struct pump *p);

#endif /* DAEMON_PUMP_INSIDE_H */
