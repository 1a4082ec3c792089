/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnels - the table of tunnel interfaces: who made each, its outer addresses,
 * its device (spec: services 7, policy 26).
 *
 * An interface comes from an administrator (iptun), who says its ends, or from
 * policy that names it, without ends; iptun may give it some later. When it is
 * deleted, policy stays and waits for one of that name.
 */
#ifndef DAEMON_TUNNELS_H
#define DAEMON_TUNNELS_H

#include "core/path.h"
#include "daemon/ipsecd/pump.h"
#include "io/netlink.h"
#include "io/steer.h"

enum { TUNNELS_HOPLIMIT = 64, TUNNELS_ENCAPLIMIT = 4 };

struct tunnel {
	char name[RULE_TUN_NAME];
	/* of the outer addresses: FAM_V4, FAM_V6; FAM_NONE: policy made it */
	uint8_t type;
	struct path_tunnel path; /* what core reads; name is the one above */
	bool implicit;	 /* by a hostname file, as ifconfig makes them */
	bool away;	 /* deleted; policy that names it waits */
	bool is_private; /* not to be told to other routers */
	uint32_t mtu;	 /* that the device was given, bytes */
	/* what mtu was made from */
	uint32_t way;
	uint64_t policy;
};

/* What somebody says about an interface; only what is in `has`. */
enum {
	TUNNEL_TYPE = 1,
	TUNNEL_SRC = 2,
	TUNNEL_DST = 4,
	TUNNEL_HOPLIMIT = 8,
	TUNNEL_ENCAPLIMIT = 16,
	TUNNEL_DF = 32,
	TUNNEL_IMPLICIT = 64,
	TUNNEL_SECURE = 128,
	TUNNEL_PRIVATE = 256
};

struct tunnel_say {
	const char *name;
	unsigned has;
	uint8_t type;
	struct addr src, dst; /* TUNNEL_SRC and of no family: none any more */
	uint8_t hoplimit, encaplimit, df;
	bool implicit, secure, is_private;
};

struct tunnels_env {
	struct spd *spd;
	struct pump *pump;
	struct netlink *route;
	const char *alias; /* of the devices */
	/* MTU of the way to an outer address; of no family: of most ways */
	uint32_t (*mtu)(void *ctx, const struct addr *dst);
	void *ctx;
};

struct tunnels;

/* NULL: no memory. The devices are the caller's to take away at the end. */
struct tunnels *tunnels_new(const struct tunnels_env *env);
void tunnels_free(struct tunnels *t);

/*
 * 0, or errno with one line in err (n bytes). Create: EEXIST when an
 * administrator's is there; one that policy made becomes the administrator's.
 * Modify, delete: ENOENT.
 */
int tunnels_create(
    struct tunnels *t, const struct tunnel_say *s, char *err, size_t n);
int tunnels_modify(
    struct tunnels *t, const struct tunnel_say *s, char *err, size_t n);
int tunnels_delete(struct tunnels *t, const char *name, char *err, size_t n);

/*
 * The devices of all interfaces, and of those that policy in this set names:
 * made, or taken over from an earlier ipsecd. What cannot be had is logged.
 */
void tunnels_follow_policy(struct tunnels *t, int id);
/* Ways and policies change: so do the devices' MTUs. To be called often. */
void tunnels_follow_ways(struct tunnels *t);

/* In order of their making; NULL past the last. */
const struct tunnel *tunnels_at(const struct tunnels *t, size_t i);
/* struct path_env; ctx is the struct tunnels. */
const struct path_tunnel *tunnels_find(void *ctx, const char *name);
const struct path_tunnel *tunnels_between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t i);
/* Is this the far end of any? */
MUST_USE bool tunnels_lead_to(const struct tunnels *t, const struct addr *dst);
/* Each pair of ends once: at most max of them, returns how many. */
size_t tunnels_ends(
    const struct tunnels *t, struct steer_ends *out, size_t max);

#endif /* DAEMON_TUNNELS_H */
