/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpencap - the UDP port on which something else than datagrams for a program
 * comes in, given as whole IPv4 packets. The port is shared (SO_REUSEPORT)
 * with one socket of an IKE daemon, IPv4 and without an address as well, if there
 * is one: datagrams that start with four zero bytes go there (io/udpshare.h).
 */
#ifndef IO_UDPENCAP_H
#define IO_UDPENCAP_H

#include <sys/types.h>

#include "io/netaddr.h"

/*
 * Non-blocking, IPv4, any local address; what is sent has this mark. A daemon may
 * be there already; one that comes after it has been closed has to say itself who
 * gets what, as libsolipsec-pfkey.so does. -1: errno says why.
 */
int udpencap_open(uint16_t port, uint32_t mark);
/*
 * One to send by alone, from the same port: it is bound to the i-th address of a
 * few of this host that nobody sends to. -1: errno.
 */
int udpencap_open_out(uint16_t port, uint32_t mark, unsigned i);
/* May the kernel give datagrams of one sender joined (UDP_GRO)? What it does now. */
bool udpencap_join(int fd, bool on);

/* What came in one piece: datagrams of the same size, but that the last may be
   shorter, behind each other. */
struct udpencap_run {
	struct netaddr src, dst;
	uint16_t sport;
	uint8_t tos, ttl;
	uint8_t *p; /* UDPENCAP_HEAD bytes before it may be written to */
	size_t n;
	size_t each; /* bytes of each; n when there is one */
};

#define UDPENCAP_HEAD  28 /* IPv4 without options, UDP */
#define UDPENCAP_BATCH 8
struct udpencap_batch;
/* NULL: no memory. */
struct udpencap_batch *udpencap_batch_new(void);
void udpencap_batch_free(struct udpencap_batch *b);
/*
 * Receive up to n <= UDPENCAP_BATCH pieces: how many; 0: none there; -1: errno. With
 * n 1 it is a system call that every kernel has.
 */
int udpencap_batch_recv(struct udpencap_batch *b, int fd, unsigned n);
/* The i-th of these, until the next ones come. False: one that is lost, errno. */
MUST_USE bool udpencap_batch_at(
    struct udpencap_batch *b, unsigned i, struct udpencap_run *r);
/*
 * Datagram i of a run as a packet of *n bytes, with IPv4 and UDP headers rebuilt
 * before it: over the end of the one before it. The header's identification,
 * DF and options are not those of the wire. NULL: there is no such datagram.
 */
uint8_t *udpencap_packet(
    const struct udpencap_run *r, uint16_t port, size_t i, size_t *n);

/* How a datagram leaves. */
struct udpencap_way {
	struct netaddr src, dst;
	uint16_t sport, dport; /* sport: the socket has its own */
	uint8_t tos, ttl;
	bool df;
};
/* What one piece can hold when the kernel cuts it (UDP_SEGMENT). */
enum { UDPENCAP_CUTS = 64, UDPENCAP_MOST = 65507 };
/*
 * Send n bytes as datagrams of `each` bytes, the last may be shorter: one system
 * call, for up to UDPENCAP_CUTS of them and UDPENCAP_MOST bytes. 0 or errno: none of
 * them was sent; EIO, EINVAL: perhaps since this kernel or this way cannot cut.
 * *df is how the socket is set, false after udpencap_open(), for this function.
 */
int udpencap_send(int fd, bool *df, const struct udpencap_way *way,
    const void *p, size_t n, size_t each);

#endif /* IO_UDPENCAP_H */
