/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rawip - whole IP packets of one protocol in, whole IP packets out, past the
 * kernel's own protocols.
 *
 * What comes in was reassembled by the kernel. IPv6 gives only what follows the
 * headers; those are put back from what the kernel tells beside the packet.
 */
#ifndef IO_RAWIP_H
#define IO_RAWIP_H

#include <sys/types.h>

#include "io/netaddr.h"

/* Non-blocking; -1: errno says why. Errors that routers report are queued. */
int rawip_open_in(uint8_t fam, int protocol);
/* The same for what routers report about packets of that protocol alone; no
   packet comes. */
int rawip_open_reports(uint8_t fam, int protocol);
/*
 * The next packet. Bytes of it; 0: none there; -1: errno. EMSGSIZE and EBADMSG
 * concern one packet that is lost (too long, or headers that make no sense).
 */
ssize_t rawip_recv(int fd, uint8_t fam, int protocol, void *buf, size_t cap);

/* The same for many packets by one system call. */
#define RAWIP_BATCH 32
struct rawip_batch;
/* With room for packets of so many bytes each, headers included. NULL: no memory. */
struct rawip_batch *rawip_batch_new(size_t room);
void rawip_batch_free(struct rawip_batch *b);
/*
 * Receive up to n <= RAWIP_BATCH: how many; 0: none there; -1: errno. With n 1 it
 * is a system call that every kernel has.
 */
int rawip_batch_recv(
    struct rawip_batch *b, int fd, uint8_t fam, int protocol, unsigned n);
/* The i-th of these and its bytes, as rawip_recv(); until the next ones come. */
ssize_t rawip_batch_at(struct rawip_batch *b, unsigned i, uint8_t **pkt);

/* A socket that sends with this mark; the kernel neither fragments nor refuses
   by what it learned about the path. -1: errno says why. */
int rawip_open_out(uint8_t fam, uint32_t mark);
/*
 * Send a packet with its IP header to dst, by the routes that src has, or by
 * the device via, when it is not 0. To a group, members on this host get it,
 * too. 0 or errno (EAGAIN, ENOBUFS: the queue is full and the packet was not sent).
 */
int rawip_send(int fd, const struct netaddr *src, const struct netaddr *dst,
    uint32_t via, const void *pkt, size_t n);

struct rawip_out {
	struct netaddr src, dst; /* of the socket's family */
	uint32_t via;
	const uint8_t *pkt;
	size_t n;
};
/*
 * Send n <= RAWIP_SEND packets as rawip_send() by one system call. How many were
 * taken, in their order; fewer than n: *err is what stopped the next one.
 */
#define RAWIP_SEND 64
unsigned rawip_send_many(
    int fd, const struct rawip_out *o, unsigned n, int *err);

/* "Too big" from a router about a packet that was sent to dst. */
struct rawip_error {
	struct netaddr dst;
	uint32_t mtu;
	uint8_t head[16]; /* what followed the IP headers of the packet */
	size_t n_head;
};
/* The next report that a socket has queued; false: none. mtu 0: other news. */
MUST_USE bool rawip_error(int fd, struct rawip_error *e);

#endif /* IO_RAWIP_H */
