/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * srcroute - where a packet goes in the end that says itself by which way: IPv4's
 * source routes, IPv6's routing headers.
 */
#ifndef WIRE_SRCROUTE_H
#define WIRE_SRCROUTE_H

#include "wire/ip.h"

/*
 * The final destination of the packet v at p; v->dst when it has no route or has
 * used it up. False: it has one that is malformed, or of an unknown type.
 */
MUST_USE bool srcroute_final(
    struct addr *a, const struct ip_view *v, const uint8_t *p);

#endif /* WIRE_SRCROUTE_H */
