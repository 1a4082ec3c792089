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

#endif /* DAEMON_HOSTDEV_H */
