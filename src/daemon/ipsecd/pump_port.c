/* SPDX-License-Identifier: BSD-2-Clause */
/* The pump's devices. */
#include <errno.h>

#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/pump_inside.h"
#include "io/tun.h"

struct port *
pump_port(struct pump *p, const char *tun)
{
	if (tun == NULL || tun[0] == '\0')
		return &p->main;
	if (strcmp(tun, PATH_OWN) == 0)
		return &p->own;
	for (size_t i = 0; i < p->n_tunnels; i++)
		if (strcmp(p->tunnel[i].name, tun) == 0 && !p->tunnel[i].lost)
			return &p->tunnel[i];
	return NULL;
}

static void
offload(const struct pump *p, struct port *o)
{
	unsigned want = 0;

	if (o->watch.fd < 0 || o->lost || !o->head)
		return;
	if ((p->offload & PUMP_TUN_TCP) != 0)
		want |= TUN_GIVES_TCP;
	if ((p->offload & PUMP_TUN_UDP) != 0)
		want |= TUN_GIVES_UDP;
	o->gives = tun_offload(o->watch.fd, want);
}

void
pump_ports_offload(struct pump *p)
{
	offload(p, &p->main);
	offload(p, &p->own);
	for (size_t i = 0; i < p->n_tunnels; i++)
		offload(p, &p->tunnel[i]);
}

bool
pump_watch_port(struct pump *p, struct port *o, int fd, const char *name)
{
	o->p = p;
	o->lost = false;
	o->gives = 0;
	o->watch = (struct loop_watch){
		.fd = fd, .ready = pump_from_device, .ctx = o
	};
	memcpy(o->name, name, strlen(name) + 1);
	offload(p, o);
	if (o == &p->main && p->use.workers != 0)
		return true; /* workers read it */
	return pace_add(&p->pace, &o->watch);
}

/* To the device, which is made when it is not there. 0 or errno. */
static int
attach(struct pump *p, struct port *o, int fd, const char *device,
    const char *name)
{
	int err;

	/* as all the others, whatever is wanted since */
	o->head = (p->use.offload & PUMP_TUN_HEAD) != 0;
	if (o == &p->main && p->queues[0] >= 0)
		err = tun_attach_more(fd, device, &o->head);
	else
		err = tun_attach(fd, device, &o->head);

	if (err == 0)
		err = tun_persist(fd, true);
	if (err == 0 && !pump_watch_port(p, o, fd, name))
		err = errno;
	if (err == 0 && o == &p->main)
		err = pump_crew_renew(p, device);
	return err;
}

int
pump_tunnel(struct pump *p, const char *name)
{
	struct port *o = p->tunnel, *end = o + p->n_tunnels;
	int err;

	if (strlen(name) >= sizeof(o->name))
		return ENAMETOOLONG;
	if (pump_port(p, name) != NULL)
		return 0;
	while (o != end && strcmp(o->name, name) != 0)
		o++;
	/* or the place of one that was given up */
	if (o == end)
		for (o = p->tunnel; o != end && o->name[0] != '\0';)
			o++;
	if (o != end)
		return attach(p, o, o->watch.fd, name, name);
	if (p->n_tunnels == PUMP_TUNNELS || p->spare[p->n_tunnels] < 0)
		return EMFILE;
	err = attach(p, o, p->spare[p->n_tunnels], name, name);
	if (err == 0)
		p->spare[p->n_tunnels++] = -1;
	return err;
}

void
pump_drop_tunnel(struct pump *p, const char *name)
{
	for (size_t i = 0; i < p->n_tunnels; i++) {
		struct port *o = &p->tunnel[i];

		if (o->name[0] == '\0' || strcmp(o->name, name) != 0)
			continue;
		if (!o->lost)
			pace_remove(&p->pace, &o->watch);
		o->lost = true;
		o->name[0] = '\0';
	}
}

int
pump_renew(struct pump *p, const char *name, const char *tun)
{
	struct port *o = tun[0] == '\0' ? &p->main : &p->own;

	if (!o->lost)
		pace_remove(&p->pace, &o->watch);
	o->lost = true;
	return attach(p, o, o->watch.fd, name, tun);
}

bool
pump_has_lost(const struct pump *p, const char *tun)
{
	return tun[0] == '\0' ? p->main.lost : p->own.lost;
}

bool
pump_has_lost_tunnel(const struct pump *p)
{
	for (size_t i = 0; i < p->n_tunnels; i++)
		if (p->tunnel[i].lost && p->tunnel[i].name[0] != '\0')
			return true;
	return false;
}

bool
pump_has_tunnel(const struct pump *p, const char *name)
{
	return name[0] != '\0' &&
	       pump_port((struct pump *)(uintptr_t)p, name) != NULL;
}

void
pump_unpersist(struct pump *p)
{
	(void)tun_persist(p->main.watch.fd, false);
	(void)tun_persist(p->own.watch.fd, false);
	for (size_t i = 0; i < p->n_tunnels; i++)
		(void)tun_persist(p->tunnel[i].watch.fd, false);
}

void
pump_discard(struct pump *p)
{
	enum { MOST = 64 };
	uint8_t head[TUN_HEAD] = { 0 };

	for (int i = 0; i < MOST; i++)
		if (tun_read(p->own.watch.fd, p->own.head ? head : NULL,
			p->in_buf, sizeof(p->in_buf)) <= 0)
			return;
}
