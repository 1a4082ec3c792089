/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpplace.h"

#include <errno.h>

#include "io/sockdiag.h"

struct group {
	uint8_t fam;
	uint16_t port;
	uint32_t n;
};

static bool
count_one(void *ctx, const struct sockdiag_socket *k)
{
	static const struct netaddr none;
	struct group *g = ctx;

	if (k->proto == IPPROTO_UDP && k->lport == g->port && !k->connected &&
	    k->local.fam == g->fam &&
	    memcmp(k->local.b, none.b, sizeof(none.b)) == 0)
		g->n++;
	return true;
}

/* The others that are bound so already. */
uint32_t
udpplace_next(uint8_t fam, uint16_t port)
{
	struct sockdiag *s = sockdiag_open();
	struct group g = { .fam = fam, .port = port };
	int err = s != NULL ? sockdiag_each(s, count_one, &g) : ENOMEM;

	sockdiag_close(s);
	return err == 0 ? g.n : 0;
}
