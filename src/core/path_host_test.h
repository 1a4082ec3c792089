/* SPDX-License-Identifier: BSD-2-Clause */
/* path_host - a host of path_fix, and its tunnel interfaces. Tests only. */
#ifndef CORE_PATH_HOST_TEST_H
#define CORE_PATH_HOST_TEST_H

#include "core/path.h"

struct host {
	struct path p;
	struct crypto *crypto;
	struct addr a4, a6;
	uint32_t mtu;
	struct addr mtu_asked; /* for the way to this address */
	/* key management */
	bool listens;
	unsigned n_acquires;
	uint32_t acquire_seq;
	struct addr acquire_src, acquire_dst;
	unsigned n_expired;
	int expired; /* the last one's kind */
	/* tunnel interface ip.tun0 */
	bool has_ends;
	struct addr ends[2];
	struct path_tunnel tunnel[2];
};

/* ip.tun0 and, when it has a name, another between the same ends. */
static inline const struct path_tunnel *
host_nth(struct host *h, size_t i)
{
	struct path_tunnel *t = &h->tunnel[i];

	if (!h->has_ends || i >= 2 || (i == 1 && t->name == NULL))
		return NULL;
	if (i == 0)
		t->name = "ip.tun0";
	t->src = h->ends[0];
	t->dst = h->ends[1];
	return t;
}

static inline const struct path_tunnel *
host_tunnel(void *ctx, const char *name)
{
	const struct path_tunnel *t;

	for (size_t i = 0; (t = host_nth(ctx, i)) != NULL; i++)
		if (strcmp(name, t->name) == 0)
			return t;
	return NULL;
}

static inline const struct path_tunnel *
host_between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t i)
{
	const struct path_tunnel *t = host_nth(ctx, i);

	return t != NULL && addr_equal(&t->src, local) &&
		       addr_equal(&t->dst, remote)
		   ? t
		   : NULL;
}

static inline void
host_know(struct host *h)
{
	h->p.env.tunnel = host_tunnel;
	h->p.env.between = host_between;
	h->has_ends = true;
}

#endif /* CORE_PATH_HOST_TEST_H */
