/* SPDX-License-Identifier: BSD-2-Clause */
/* route - the kernel's routes. */
#ifndef IO_ROUTE_H
#define IO_ROUTE_H

#include "io/netaddr.h"
#include "io/netlink.h"

/*
 * The MTU of the way to dst for packets with this mark: of the route, or of its
 * device when the route says none. What the kernel learned by ICMP about single
 * destinations is left out: it may stem from errors that this process sent to
 * local senders, and would come back smaller each time. 0: no way.
 */
uint32_t route_mtu(struct netlink *n, const struct netaddr *dst, uint32_t mark);

/* A route of this program's tables; what names it is all but mtu and lock. */
struct route {
	struct netaddr dst;
	uint8_t len;
	uint32_t table, metric;
	uint8_t proto;	/* RTA protocol number: whose it is */
	unsigned index; /* device; 0: unreachable */
	uint32_t mtu;	/* 0: the device's */
	bool lock;	/* nothing learned goes below mtu */
};
/* Add it or change its MTU. 0 or errno. */
int route_put(struct netlink *n, const struct route *r);
int route_delete(struct netlink *n, const struct route *r);
/* Every route of that table and protocol; f says false to stop. */
int route_each(struct netlink *n, uint8_t fam, uint32_t table, uint8_t proto,
    bool (*f)(void *ctx, const struct route *r), void *ctx);

#endif /* IO_ROUTE_H */
