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

#include "base/rd.h"

/*
 * Non-blocking, IPv4, any local address. A daemon may be there already; one that
 * comes after it has been closed has to say itself who gets what, as
 * libsolipsec-pfkey.so does. -1: errno says why.
 */
int udpencap_open(uint16_t port);
/*
 * The next datagram with IPv4 and UDP headers rebuilt before it. The header's
 * identification and options are not those of the wire. As rawip_recv().
 */
ssize_t udpencap_recv(int fd, uint16_t port, void *buf, size_t cap);

#endif /* IO_UDPENCAP_H */
