/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * encaplimit - the IPv6 tunnel encapsulation limit (RFC 2473 4.1.1, 5.1): how
 * many more tunnels a packet may go into, in a destination option of the outer
 * packet.
 */
#ifndef WIRE_ENCAPLIMIT_H
#define WIRE_ENCAPLIMIT_H

#include "wire/ip.h"

#define ENCAPLIMIT_BYTES 8 /* of the header that encaplimit_write() makes */

/* False: the packet has none. *at: offset of the byte with the number. */
MUST_USE bool encaplimit_find(
    const struct ip_view *v, const uint8_t *p, size_t *at);

/* A destination options header with the limit; next: what follows it. */
void encaplimit_write(struct wr *w, uint8_t next, uint8_t limit);

#endif /* WIRE_ENCAPLIMIT_H */
