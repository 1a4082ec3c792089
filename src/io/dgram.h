/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dgram - datagrams of a UDP port, with the address that they came to and the one
 * that they leave by: a host with several answers by the one that was asked.
 */
#ifndef IO_DGRAM_H
#define IO_DGRAM_H

#include <sys/types.h>

#include "io/netaddr.h"

/*
 * Non-blocking, of this family alone, any local address; what it sends has this
 * mark and may be split on the way. share: ESP in UDP may be a group with it
 * (io/udpencap.h), before or after; datagrams that start with four zero bytes
 * come here. -1: errno says why.
 */
int dgram_open(uint8_t fam, uint16_t port, uint32_t mark, bool share);

struct dgram {
	struct netaddr local, remote;
	uint16_t port; /* the other one's */
	/* the device that a link-local address is on, else 0 */
	uint32_t dev;
};

/*
 * The next datagram. Bytes of it; -1: EAGAIN, none there; EMSGSIZE: one longer
 * than cap is lost; other errno.
 */
ssize_t dgram_recv(int fd, struct dgram *d, void *buf, size_t cap);
/*
 * Send head and then body as one datagram. d->local of no family: the kernel
 * chooses. 0 or errno.
 */
int dgram_send(int fd, const struct dgram *d, const void *head, size_t n_head,
    const void *body, size_t n);

#endif /* IO_DGRAM_H */
