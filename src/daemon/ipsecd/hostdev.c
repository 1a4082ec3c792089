/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/hostdev.h"

#include <errno.h>
#include <stdio.h>

#include "io/iface.h"

#define TUN_MTU 65535

/*
 * UDP_SEGMENT takes 65,507 bytes, of which ESP and the headers that it covers are
 * up to a tenth, and Linux' TCP keeps 321 of a device's limit for headers.
 */
enum { GSO_OWN = 60000, GSO_USUAL = 65536 };

/*
 * A reverse path filter for all devices, which may be switched on at any time,
 * drops what comes in by a device without an address, even a loose one. RFC 7600
 * 4.8 has an address for no use.
 */
static int
allow_v4(struct netlink *n, unsigned index)
{
	static const uint8_t dummy[4] = { 192, 0, 0, 8 };

	return iface_add_v4(n, index, dummy);
}

/* IPv6 may be off for new devices; ours carries both families. */
static void
allow_v6(const char *dev)
{
	char path[96];
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", dev);
	f = fopen(path, "we");
	if (f == NULL)
		return;
	(void)fputs("0", f);
	(void)fclose(f);
}

uint32_t
hostdev_gso(bool forwards)
{
	return forwards ? GSO_USUAL : GSO_OWN;
}

void
hostdev_limit(struct netlink *n, unsigned index)
{
	struct iface_setup set = { .gso = hostdev_gso(iface_forwards(n)) };

	(void)iface_set(n, index, &set);
}

int
hostdev_setup(
    struct netlink *n, const char *name, const char *alias, unsigned *index)
{
	struct iface_setup set = {
		.mtu = TUN_MTU, .alias = alias, .quiet = true
	};
	int err;

	*index = iface_index(n, name);
	if (*index == 0)
		return ENODEV;
	/* without an address of its own, before it is up */
	err = iface_set(n, *index, &set);
	if (err == 0)
		err = allow_v4(n, *index);
	if (err != 0)
		return err;
	allow_v6(name);
	hostdev_limit(n, *index);
	set = (struct iface_setup){ .up = true };
	return iface_set(n, *index, &set);
}
