/* SPDX-License-Identifier: BSD-2-Clause */
/* hostdev - how the TUN device of the host's own policy is set up. */
#ifndef DAEMON_HOSTDEV_H
#define DAEMON_HOSTDEV_H

#include "io/netlink.h"

/*
 * The device of this name, which is there: MTU, alias, no address that a socket
 * would choose, up. index: its number. 0 or errno. In a sandbox, where no file
 * can be opened, IPv6 stays as new devices have it.
 */
int hostdev_setup(
    struct netlink *n, const char *name, const char *alias, unsigned *index);

/*
 * The largest super-packets that a device of ours is given: of a host that only
 * sends its own, what one piece of UDP_SEGMENT can hold when it is protected. A
 * host that forwards gets what others have joined, up to 64 KB; what is larger than
 * its device may have, the kernel would cut into single packets.
 */
uint32_t hostdev_gso(bool forwards);
/* For one device; a kernel that does not know it leaves it as it is. */
void hostdev_limit(struct netlink *n, unsigned index);

#endif /* DAEMON_HOSTDEV_H */
