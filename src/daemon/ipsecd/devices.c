/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/devices.h"

#include <errno.h>
#include <string.h>

#include "daemon/ipsecd/hostdev.h"
#include "io/tun.h"

static bool
fail(const char *what)
{
	log_say(LOG_LEVEL_ERR, "%s: %s", what, strerror(errno));
	return false;
}

static bool
open_device(struct ipsecd *d, int *fd, const char *name, unsigned *index)
{
	bool head = (d->tune.offload & PUMP_TUN_HEAD) != 0;
	bool is_main = strcmp(name, ipsecd_steer.dev) == 0;
	int err;

	*fd = tun_open();
	if (*fd < 0)
		return fail("/dev/net/tun");
	/* one that seals needs one queue */
	err = is_main && d->tune.workers > 2 ? tun_attach_more(*fd, name, &head)
					     : tun_attach(*fd, name, &head);
	if (err == EBUSY) {
		log_say(LOG_LEVEL_ERR,
		    "another process has the device %s of this network "
		    "namespace",
		    name);
		return false;
	}
	if (err == 0)
		err = tun_persist(*fd, true);
	if (err == 0)
		err = hostdev_setup(&d->route, name, IPSECD_ALIAS, index);
	if (err == 0)
		return true;
	if (!d->keep)
		(void)tun_persist(*fd, false);
	errno = err;
	return fail(name);
}

static bool
open_queues(const struct ipsecd *d, struct pump_fds *fds)
{
	bool head = tun_has_head(fds->tun);
	int err = 0;

	for (size_t i = 0; err == 0 && i + 2 < d->tune.workers; i++) {
		fds->queues[i] = tun_open();
		err = fds->queues[i] < 0 ? errno
					 : tun_attach_more(fds->queues[i],
					       ipsecd_steer.dev, &head);
	}
	errno = err;
	return err == 0 || fail("more queues of the device");
}

bool
devices_open(struct ipsecd *d, struct pump_fds *fds)
{
	return open_device(d, &fds->tun, ipsecd_steer.dev, &d->dev_index) &&
	       open_device(d, &fds->own, ipsecd_steer.own_dev, &d->own_index) &&
	       open_queues(d, fds);
}
