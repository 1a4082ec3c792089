/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ptp - a point-to-point device as an administrator sets it up: addresses with
 * the other end's, up and down, whether what comes in by it is forwarded.
 */
#ifndef IO_PTP_H
#define IO_PTP_H

#include "io/netaddr.h"
#include "io/netlink.h"

struct ptp_addr {
	struct netaddr local, remote; /* remote fam 0: none */
	uint8_t len;
};

/*
 * Every address of the device but IPv6's of link scope; f says false to stop.
 * 0 or errno.
 */
int ptp_each(struct netlink *n, unsigned index,
    bool (*f)(void *ctx, const struct ptp_addr *a), void *ctx);
/* 0 or errno. IPv6 addresses are used at once, without asking neighbours. */
int ptp_add(struct netlink *n, unsigned index, const struct ptp_addr *a);
int ptp_delete(struct netlink *n, unsigned index, const struct ptp_addr *a);

/* Is it up? */
MUST_USE bool ptp_is_up(struct netlink *n, unsigned index);
int ptp_set_up(struct netlink *n, unsigned index, bool up); /* 0 or errno */

/* Are packets that come in by the device forwarded? False too: no such device. */
MUST_USE bool ptp_forwards(const char *dev, uint8_t fam);
/* 0 or errno. */
int ptp_set_forwards(const char *dev, uint8_t fam, bool on);
/* IPv6 may be off for new devices: have it. 0 or errno. */
int ptp_allow_v6(const char *dev);

#endif /* IO_PTP_H */
