/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpshare - who gets which datagram of a UDP port that two sockets share
 * (SO_REUSEPORT): ESP and IKE (RFC 3948 2.2). The kernel numbers the sockets of
 * such a group from 0, in the order of bind(); when one is closed, the last one
 * has its number.
 */
#ifndef IO_UDPSHARE_H
#define IO_UDPSHARE_H

#include "base/rd.h"

/*
 * Of the bound socket's whole group: what starts with four zero bytes (IKE) goes
 * to one number, all else to the other; what has less than four bytes, to 0. A
 * number that nobody has stands for any. False: errno says why.
 */
MUST_USE bool udpshare_attach(int fd, uint32_t ike, uint32_t esp);

#endif /* IO_UDPSHARE_H */
