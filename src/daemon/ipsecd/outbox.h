/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbox - what leaves for the wire, in the order it is put: written in place,
 * and sent many at a time, when there is no more to read or no more room.
 */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include "core/path.h"
#include "io/log.h"
#include "io/rawip.h"
#include "io/udpencap.h"

struct outbox_use {
	int raw[2]; /* [v6], of rawip_open_out(); -1: not there */
	int udp;    /* of udpencap_open(), -1 */
	uint16_t natt_port;
	struct path *path;
	/* The kernel refused a packet to dst for its size: the MTU now. */
	uint32_t (*refused)(void *ctx, const struct addr *dst);
	/* NULL, or who splits such a packet instead (daemon/ipsecd/worker.c). */
	void (*split)(void *ctx, const struct rawip_out *p);
	void *ctx;
};

struct outbox_stats {
	uint64_t packets; /* on the wire, fragments each */
	uint64_t full;	  /* dropped: the kernel's queue was full */
	uint64_t error;	  /* dropped: refused by the kernel */
	uint64_t calls;	  /* system calls that sent them */
	uint64_t cut;	  /* packets that the kernel cut from larger pieces */
};

struct outbox {
	struct outbox_use use;
	struct outbox_stats stats;
	struct log_rate rate;
	/* by one system call; by one that the kernel cuts. Set by the owner;
	   cutting ends by itself where the kernel cannot. */
	bool many, cut;
	/* the rest is the outbox's own */
	bool df; /* as the UDP socket is set */
	uint8_t *room;
	size_t used;
	struct rawip_out out[RAWIP_SEND]; /* all of one family */
	unsigned n;
	struct udpencap_way way; /* of the run at hand */
	uint8_t frag[PATH_ROOM];
};

/* 0 or errno: no memory. */
int outbox_init(struct outbox *o, const struct outbox_use *use);
/* What waits is forgotten; sockets are the caller's. */
void outbox_fini(struct outbox *o);

/*
 * Where the next packet is to be written: PATH_ROOM bytes, which are the caller's
 * until it is put; what was not put is forgotten.
 */
uint8_t *outbox_room(struct outbox *o);
/* The whole IP packet in outbox_room(); mtu: as in struct path_result. */
void outbox_packet(struct outbox *o, size_t n, uint32_t mtu);
/*
 * What is to follow a UDP header: n bytes for datagrams of `each` bytes, of which
 * the last may be shorter. None is larger than its way's MTU lets it be. They are
 * sent behind what waits, and the memory is the caller's again.
 */
void outbox_run(struct outbox *o, const struct udpencap_way *way,
    const uint8_t *bytes, size_t n, size_t each);
/*
 * Whole IP packets from src to dst, n bytes, `each` bytes one, the last may be
 * shorter. None needs to be split. The memory stays until outbox_flush().
 */
void outbox_packets(struct outbox *o, const struct netaddr *src,
    const struct netaddr *dst, const uint8_t *bytes, size_t n, size_t each);
/* Send all that waits. */
void outbox_flush(struct outbox *o);

#endif /* DAEMON_OUTBOX_H */
