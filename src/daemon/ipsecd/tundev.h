/* SPDX-License-Identifier: BSD-2-Clause */
/* tundev - a TUN device for each tunnel interface that policy names. */
#ifndef DAEMON_TUNDEV_H
#define DAEMON_TUNDEV_H

#include "core/spd.h"
#include "daemon/ipsecd/pump.h"
#include "io/netlink.h"

/*
 * The devices of all tunnels in this set (SPD_ACTIVE, SPD_STANDBY): made, or
 * taken over from an earlier ipsecd, which marked them with this alias. What
 * cannot be had is logged; the tunnel then has no device. link: MTU of the way
 * out, from which a new device's is made.
 */
void tundev_apply(struct spd *spd, int id, struct pump *p, struct netlink *n,
    const char *alias, uint32_t link);

/* MTU of a tunnel's device: what fits the link, 1280 at least (policy 26). */
uint32_t tundev_mtu(uint32_t link, uint32_t overhead);

#endif /* DAEMON_TUNDEV_H */
