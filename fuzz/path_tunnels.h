/* SPDX-License-Identifier: BSD-2-Clause */
/* path_tunnels - the hosts of path_hosts.h and their tunnel interfaces. */
#ifndef FUZZ_PATH_TUNNELS_H
#define FUZZ_PATH_TUNNELS_H

#include "core/path.h"

enum { GUARD = 32 };

struct host {
	struct path p;
	struct addr a4, a6;
	uint8_t buf[PATH_ROOM + GUARD];
};

static struct host left, right;

/* ip.tun2 has no rules; ip6.tun0 has other ends. */
static const struct path_tunnel *
nth_tunnel(const struct host *h, size_t i)
{
	static const char *const names[] = { "ip.tun0", "ip.tun1", "ip.tun2",
		"ip6.tun0" };
	static struct path_tunnel all[2][4];
	const struct host *peer = h == &left ? &right : &left;

	if (i >= sizeof(names) / sizeof(names[0]))
		return NULL;
	struct path_tunnel *t = &all[h == &left][i];

	*t = (struct path_tunnel){ .name = names[i],
		.src = i == 3 ? h->a6 : h->a4,
		.dst = i == 3 ? peer->a6 : peer->a4,
		.limit = i == 3 ? 4 : 0,
		.df = (uint8_t)(i % 3) };
	return t;
}

static const struct path_tunnel *
find_tunnel(void *ctx, const char *name)
{
	const struct path_tunnel *t;

	for (size_t i = 0; (t = nth_tunnel(ctx, i)) != NULL; i++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static const struct path_tunnel *
between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t nth)
{
	const struct path_tunnel *t;

	for (size_t i = 0; (t = nth_tunnel(ctx, i)) != NULL; i++)
		if (addr_equal(&t->src, local) && addr_equal(&t->dst, remote) &&
		    nth-- == 0)
			return t;
	return NULL;
}

/* By its ports a flow has a socket, one with a peer, or none. */
static void
find_socket(void *ctx, const struct flow *f, struct path_socket *s)
{
	(void)ctx;
	*s = (struct path_socket){ .found = f->lport % 3 != 0,
		.connected = f->lport % 3 == 1,
		.cookie = f->lport };
}

#endif /* FUZZ_PATH_TUNNELS_H */
