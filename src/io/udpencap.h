/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpencap - the UDP port on which something else than datagrams for a program
 * comes in, given as whole IPv4 packets. The port is shared (SO_REUSEPORT)
 * between two kinds of sockets: datagrams that start with four zero bytes go to
 * the second socket of the group, if there is one, all others to the first.
 */
#ifndef IO_UDPENCAP_H
#define IO_UDPENCAP_H

#include <sys/types.h>

#include "base/rd.h"

/* Non-blocking, IPv4, any local address. -1: errno says why. */
int udpencap_open(uint16_t port);
/*
 * The next datagram with IPv4 and UDP headers rebuilt before it. The header's
 * identification and options are not those of the wire. As rawip_recv().
 */
ssize_t udpencap_recv(int fd, uint16_t port, void *buf, size_t cap);

#endif /* IO_UDPENCAP_H */
