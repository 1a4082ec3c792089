/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tundev.h"

#include <errno.h>
#include <string.h>

#include "daemon/ipsecd/steering.h"
#include "io/iface.h"
#include "io/log.h"

enum { MTU_LEAST = 1280, MTU_MOST = 65535 - 40, OUTER = 40 };

uint32_t
tundev_mtu(uint32_t link, uint32_t overhead)
{
	uint32_t less = OUTER + overhead;

	if (link < MTU_LEAST + less)
		return MTU_LEAST;
	return link - less < MTU_MOST ? link - less : MTU_MOST;
}

struct all {
	struct spd *spd;
	int id;
	struct pump *pump;
	struct netlink *n;
	const char *alias;
	uint32_t link;
	uint32_t worst; /* overhead of a tunnel's outbound rules */
};

static bool
see_worst(void *ctx, struct spd_entry *e)
{
	struct all *a = ctx;
	uint32_t n = steering_overhead(&e->rule);

	if (e->rule.dir == RULE_OUT && n > a->worst)
		a->worst = n;
	return true;
}

/* 0 or errno. */
static int
provide(struct all *a, const char *name)
{
	struct iface_setup set = { .alias = a->alias, .up = true };
	unsigned index = iface_index(a->n, name);
	int err;

	/* somebody's own device would end with us */
	if (index != 0 && !iface_has_alias(a->n, index, a->alias))
		return EEXIST;
	err = pump_tunnel(a->pump, name);
	if (err != 0 || index != 0)
		return err;
	/* a new one; afterwards it is the administrator's to change */
	a->worst = 0;
	spd_each(a->spd, a->id, name, false, see_worst, a);
	set.mtu = tundev_mtu(a->link, a->worst);
	return iface_set(a->n, iface_index(a->n, name), &set);
}

static bool
see_tunnel(void *ctx, struct spd_entry *e)
{
	struct all *a = ctx;
	const char *name = e->rule.tun;
	int err;

	if (name[0] == '\0' || pump_has_tunnel(a->pump, name))
		return true;
	err = provide(a, name);
	if (err != 0)
		log_say(LOG_LEVEL_ERR, "tunnel interface %s: %s", name,
		    err == EEXIST ? "a device of this name is there and is "
				    "not ipsecd's"
				  : strerror(err));
	return true;
}

void
tundev_apply(struct spd *spd, int id, struct pump *p, struct netlink *n,
    const char *alias, uint32_t link)
{
	struct all a = { .spd = spd,
		.id = id,
		.pump = p,
		.n = n,
		.alias = alias,
		.link = link };

	spd_each(spd, id, "", true, see_tunnel, &a);
}
