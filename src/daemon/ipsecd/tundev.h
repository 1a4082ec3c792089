/* SPDX-License-Identifier: BSD-2-Clause */
/* tundev - the TUN device of a tunnel interface. */
#ifndef DAEMON_TUNDEV_H
#define DAEMON_TUNDEV_H

#include "core/path.h"
#include "daemon/ipsecd/pump.h"
#include "io/netlink.h"

struct tundev_env {
	struct pump *pump;
	struct netlink *route;
	const char *alias;
};

/*
 * The device is there: made with this MTU, up or not, or taken over from an earlier ipsecd,
 * which marked it with the alias. 0 or errno; EEXIST: somebody else's device.
 */
int tundev_provide(
    const struct tundev_env *e, const char *name, uint32_t mtu, bool up);
/* 0 or errno. */
int tundev_remove(const struct tundev_env *e, const char *name);
/*
 * Give it another MTU, unless somebody has changed it since it was given
 * `before`. 0 or errno; EALREADY: somebody has.
 */
int tundev_set_mtu(const struct tundev_env *e, const char *name,
    uint32_t before, uint32_t mtu);

/* Worst overhead of the outbound rules for a tunnel in this set, bytes. */
uint32_t tundev_overhead(struct spd *spd, int id, const char *name);
/*
 * MTU of a tunnel's device: what fits the way to its other end, with an outer
 * header of this size; 1280 at least (policy 26).
 */
uint32_t tundev_mtu(uint32_t way, uint32_t outer, uint32_t overhead);

#endif /* DAEMON_TUNDEV_H */
