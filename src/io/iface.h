/* SPDX-License-Identifier: BSD-2-Clause */
/* iface - network devices: what they are and how they are set up. */
#ifndef IO_IFACE_H
#define IO_IFACE_H

#include "io/netlink.h"

/* 0: no such device. */
unsigned iface_index(struct netlink *n, const char *name);
/* Bytes; 0: no such device. */
uint32_t iface_mtu(struct netlink *n, unsigned index);

/* Does this host forward packets that come by any device, of either family? */
MUST_USE bool iface_forwards(struct netlink *n);

/* Is this its alias? */
MUST_USE bool iface_has_alias(
    struct netlink *n, unsigned index, const char *alias);

struct iface_setup {
	uint32_t mtu;
	uint32_t gso;	   /* bytes of a super-packet at most; 0: as it is */
	const char *alias; /* by which iface_delete_alias() finds it */
	bool up; /* false: as it is; down would take its routes away */
	/* a loose IPv4 reverse path filter, whatever is set for all devices; no
	   IPv6 address of its own */
	bool quiet;
};
/* 0 or errno. */
int iface_set(struct netlink *n, unsigned index, const struct iface_setup *s);

/* The same for all with this alias, but for those that have gone meanwhile. */
void iface_set_alias(
    struct netlink *n, const char *alias, const struct iface_setup *s);

/* An IPv4 address of scope host, which no socket chooses. 0 or errno. */
int iface_add_v4(struct netlink *n, unsigned index, const uint8_t a[4]);
/* 0 or errno. */
int iface_delete(struct netlink *n, unsigned index);
/* All with this alias. Returns how many went. */
unsigned iface_delete_alias(struct netlink *n, const char *alias);

#endif /* IO_IFACE_H */
