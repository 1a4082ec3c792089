/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tundev.h"

#include <errno.h>

#include "daemon/ipsecd/hostdev.h"
#include "daemon/ipsecd/steering.h"
#include "io/iface.h"

enum { MTU_LEAST = 1280, MTU_MOST = 65535 };

uint32_t
tundev_mtu(uint32_t way, uint32_t outer, uint32_t overhead)
{
	uint32_t less = outer + overhead, most = MTU_MOST - outer;

	if (way < MTU_LEAST + less)
		return MTU_LEAST;
	return way - less < most ? way - less : most;
}

static bool
see_worst(void *ctx, struct spd_entry *e)
{
	uint32_t n = steering_overhead(&e->rule), *worst = ctx;

	if (e->rule.dir == RULE_OUT && n > *worst)
		*worst = n;
	return true;
}

uint32_t
tundev_overhead(struct spd *spd, int id, const char *name)
{
	uint32_t worst = 0;

	spd_each(spd, id, name, false, see_worst, &worst);
	return worst;
}

int
tundev_provide(
    const struct tundev_env *e, const char *name, uint32_t mtu, bool up)
{
	struct iface_setup set = { .alias = e->alias, .up = up, .mtu = mtu };
	unsigned index = iface_index(e->route, name);
	int err;

	/* somebody's own device would end with us */
	if (index != 0 && !iface_has_alias(e->route, index, e->alias))
		return EEXIST;
	err = pump_tunnel(e->pump, name);
	/* one that was there is the administrator's to set up */
	if (err != 0 || index != 0)
		return err;
	index = iface_index(e->route, name);
	err = iface_set(e->route, index, &set);
	if (err == 0)
		hostdev_limit(e->route, index);
	return err;
}

int
tundev_remove(const struct tundev_env *e, const char *name)
{
	unsigned index = iface_index(e->route, name);

	pump_drop_tunnel(e->pump, name);
	if (index == 0 || !iface_has_alias(e->route, index, e->alias))
		return 0;
	return iface_delete(e->route, index);
}

int
tundev_set_mtu(
    const struct tundev_env *e, const char *name, uint32_t before, uint32_t mtu)
{
	struct iface_setup set = { .mtu = mtu };
	unsigned index = iface_index(e->route, name);

	if (index == 0)
		return ENODEV;
	if (before != 0 && iface_mtu(e->route, index) != before)
		return EALREADY;
	return iface_set(e->route, index, &set);
}
