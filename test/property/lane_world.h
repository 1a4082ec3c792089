/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lane_world - a host whose packets go by the path, or by a lane over it. Two of
 * them that were made alike and are told the same have to do the same.
 */
#ifndef LANE_WORLD_H
#define LANE_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "core/kspd.h"
#include "core/lane.h"
#include "core/larval.h"
#include "core/reply.h"
#include "crypto/be/be.h"
#include "wire/pfpolicy.h"

enum {
	WORLD_FLOWS = 64,
	WORLD_GOT = 8 << 20, /* bytes of what came out in one step */
	WORLD_PORTS = 3
};

/* A socket as the host tells of it, by local port and protocol. */
struct world_socket {
	bool found, connected;
	uint64_t cookie;
	struct conn_own *own;
};

struct world {
	struct path p;
	struct rng rng;
	uint64_t stream; /* of the random bytes */
	struct lane *lane;
	struct now now;
	bool forwards; /* no address is the host's own */
	uint32_t mtu;
	struct path_tunnel tun;
	bool has_tun;
	struct world_socket sock[2][WORLD_PORTS + 1]; /* UDP, TCP */
	uint32_t n_expired, n_acquires, n_asked;
	/* what came out: records of the packets, in order */
	uint8_t *got;
	size_t n_got;
	uint64_t fast, slow; /* packets */
	uint8_t out[PATH_ROOM], work[PATH_ROOM], pkt[PATH_ROOM + LANE_TAIL];
};

extern const struct addr world_here[2]; /* [IPv6] */

/* local: the host's address. */
void world_init(struct world *w, const struct crypto *c, bool lane,
    const struct addr local[2]);
void world_fini(struct world *w);

/* Each item by the lane, or segment by segment by the path. */
void world_out(
    struct world *w, const char *tun, struct lane_item *items, size_t n);
void world_in(struct world *w, const struct lane_pkt *pkts, size_t n);

/* Where the two differ, or NULL. After the same steps. */
const char *world_differ(struct world *a, struct world *b);

#endif /* LANE_WORLD_H */
