/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/heal.h"

#include "daemon/ipsecd/hostdev.h"
#include "daemon/ipsecd/ipsecd.h"
#include "io/iface.h"

#define HEAL_MS	    1000  /* between two looks at the kernel's state */
#define HEAL_MAX_MS 64000 /* between two repairs */

static const char steering_word[] = "the steering (rules, routes or table)";

/* One of the two devices. */
struct device {
	const char *name, *tun; /* tun: as pump calls it */
	unsigned *index;
};

static bool
is_lost(struct ipsecd *d, const struct device *v)
{
	return iface_index(&d->route, v->name) != *v->index ||
	       pump_has_lost(d->pump, v->tun);
}

/* 0: the device is there (again), or errno. */
static int
heal_device(struct ipsecd *d, const struct device *v)
{
	int err = 0;

	if (is_lost(d, v)) {
		/* it may only have another name now */
		if (iface_has_alias(&d->route, *v->index, IPSECD_ALIAS))
			(void)iface_delete(&d->route, *v->index);
		err = pump_renew(d->pump, v->name, v->tun);
	}
	if (err == 0)
		err = hostdev_setup(&d->route, v->name, IPSECD_ALIAS, v->index);
	if (err != 0)
		log_say(LOG_LEVEL_ERR, "%s: %s", v->name, strerror(err));
	return err;
}

/* One more repair, and what of. */
static void
tell(struct ipsecd *d, const char *what)
{
	d->heals++;
	log_say(
	    LOG_LEVEL_WARN, "somebody has changed %s: putting it right", what);
}

void
heal_note(struct ipsecd *d)
{
	if (!d->closed && !steer_intact(d->steer))
		tell(d, steering_word);
}

/* Somebody has switched forwarding on, or off. */
static void
follow_forwarding(struct ipsecd *d)
{
	bool is = iface_forwards(&d->route);
	struct iface_setup set = { .gso = hostdev_gso(is) };

	if (d->forwards_known && is == d->forwards)
		return;
	d->forwards_known = true;
	d->forwards = is;
	iface_set_alias(&d->route, IPSECD_ALIAS, &set);
}

/*
 * Others may change what is ours in the kernel, and by accident do. All of it
 * fails closed; here it is found and put right, at growing intervals when there
 * is somebody who does not give in.
 */
void
heal_look(struct ipsecd *d, uint64_t now)
{
	const struct device dev[2] = { { ipsecd_steer.dev, "", &d->dev_index },
		{ ipsecd_steer.own_dev, PATH_OWN, &d->own_index } };
	const char *what = NULL;

	if (now < d->heal_at)
		return;
	follow_forwarding(d);
	for (int i = 0; i < 2 && what == NULL; i++)
		if (is_lost(d, &dev[i]))
			what = dev[i].name;
	if (what == NULL && !d->closed && pump_has_lost_tunnel(d->pump))
		what = "a tunnel's device";
	if (what == NULL && !d->closed && !steer_intact(d->steer))
		what = steering_word;
	if (what == NULL) {
		d->heal_at = now + HEAL_MS;
		d->heal_wait = 0;
		return;
	}
	d->heal_wait = d->heal_wait == 0	    ? HEAL_MS
		       : d->heal_wait < HEAL_MAX_MS ? d->heal_wait * 2
						    : HEAL_MAX_MS;
	d->heal_at = now + d->heal_wait;
	tell(d, what);
	if (heal_device(d, &dev[0]) == 0 && heal_device(d, &dev[1]) == 0)
		(void)ipsecd_steer_again(d);
}
