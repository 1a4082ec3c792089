/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tunnels.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ipsecd/steering.h"
#include "daemon/ipsecd/tundev.h"
#include "io/log.h"
#include "wire/encaplimit.h"
#include "wire/pfpolicy.h"

struct tunnels {
	struct tunnels_env env;
	struct tundev_env dev;
	struct tunnel *at[PUMP_TUNNELS];
	size_t n;
};

struct tunnels *
tunnels_new(const struct tunnels_env *env)
{
	struct tunnels *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->env = *env;
	t->dev = (struct tundev_env){
		.pump = env->pump, .route = env->route, .alias = env->alias
	};
	return t;
}

void
tunnels_free(struct tunnels *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->at[i]);
	free(t);
}

/* --- the table --- */

static struct tunnel *
find(const struct tunnels *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->at[i]->name, name) == 0)
			return t->at[i];
	return NULL;
}

static struct tunnel *
add(struct tunnels *t, const char *name)
{
	struct tunnel *u;

	if (t->n == PUMP_TUNNELS || strlen(name) >= sizeof(u->name) ||
	    (u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	memcpy(u->name, name, strlen(name));
	u->path.name = u->name;
	u->path.ttl = TUNNELS_HOPLIMIT;
	t->at[t->n++] = u;
	return u;
}

static void
forget(struct tunnels *t, struct tunnel *u)
{
	size_t i = 0;

	while (t->at[i] != u)
		i++;
	t->n--;
	memmove(&t->at[i], &t->at[i + 1], (t->n - i) * sizeof(struct tunnel *));
	free(u);
}

const struct tunnel *
tunnels_at(const struct tunnels *t, size_t i)
{
	return i < t->n ? t->at[i] : NULL;
}

const struct path_tunnel *
tunnels_find(void *ctx, const char *name)
{
	const struct tunnel *u = find(ctx, name);

	return u != NULL && !u->away ? &u->path : NULL;
}

const struct path_tunnel *
tunnels_between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t i)
{
	const struct tunnels *t = ctx;

	for (size_t k = 0; k < t->n; k++) {
		const struct tunnel *u = t->at[k];

		if (!u->away && u->path.src.fam != FAM_NONE &&
		    addr_equal(&u->path.src, local) &&
		    addr_equal(&u->path.dst, remote) && i-- == 0)
			return &u->path;
	}
	return NULL;
}

static bool
has_ends(const struct tunnel *u)
{
	return !u->away && u->path.src.fam != FAM_NONE &&
	       u->path.dst.fam != FAM_NONE;
}

bool
tunnels_lead_to(const struct tunnels *t, const struct addr *dst)
{
	for (size_t i = 0; i < t->n; i++)
		if (has_ends(t->at[i]) && addr_equal(&t->at[i]->path.dst, dst))
			return true;
	return false;
}

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

size_t
tunnels_ends(const struct tunnels *t, struct steer_ends *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n && n < max; i++) {
		const struct path_tunnel *p = &t->at[i]->path;
		struct steer_ends e = { to_net(&p->src), to_net(&p->dst) };
		size_t k = 0;

		if (!has_ends(t->at[i]))
			continue;
		while (k < n && !(netaddr_equal(&out[k].local, &e.local) &&
				    netaddr_equal(&out[k].remote, &e.remote)))
			k++;
		if (k == n)
			out[n++] = e;
	}
	return n;
}

/* --- MTU --- */

static uint32_t
way_of(const struct tunnels *t, const struct tunnel *u)
{
	return t->env.mtu(t->env.ctx, &u->path.dst);
}

/* What the host's policy adds to a tunnel's packets that have no own. */
static uint32_t
host_overhead(const struct tunnels *t, const struct tunnel *u)
{
	static const uint8_t protos[] = { IPPROTO_IPIP_, IPPROTO_IPV6_ };
	uint32_t worst = 0;

	for (size_t i = 0; i < sizeof(protos); i++) {
		struct flow f = { .local = u->path.src,
			.remote = u->path.dst,
			.proto = protos[i] };
		struct spd_entry *e = spd_lookup(t->env.spd, "", RULE_OUT, &f);
		uint32_t n = e != NULL ? steering_overhead(&e->rule) : 0;

		if (n > worst)
			worst = n;
	}
	return worst;
}

static uint32_t
mtu_of(const struct tunnels *t, const struct tunnel *u, uint32_t way, int id)
{
	/* without ends it may be either family */
	uint32_t outer = u->path.dst.fam == FAM_V4 ? 20 : 40;
	uint32_t more = tundev_overhead(t->env.spd, id, u->name);

	if (more == 0 && has_ends(u))
		more = host_overhead(t, u);
	if (outer == 40 && u->path.limit != 0)
		outer += ENCAPLIMIT_BYTES;
	return tundev_mtu(way, outer, more);
}

/* By the way there is now, and the policy of that set. */
static void
set_mtu(struct tunnels *t, struct tunnel *u, int id)
{
	uint32_t way = way_of(t, u), mtu = mtu_of(t, u, way, id);
	int err;

	u->way = way;
	/* 0: a device of an earlier ipsecd, or an administrator's MTU */
	if (mtu == u->mtu || u->mtu == 0)
		return;
	err = tundev_set_mtu(&t->dev, u->name, u->mtu, mtu);
	u->mtu = err == 0 ? mtu : 0;
	if (err != 0 && err != EALREADY)
		log_say(LOG_LEVEL_ERR, "tunnel interface %s: MTU %u: %s",
		    u->name, mtu, strerror(err));
}

void
tunnels_follow_ways(struct tunnels *t)
{
	uint64_t policy = spd_version(t->env.spd);

	for (size_t i = 0; i < t->n; i++) {
		struct tunnel *u = t->at[i];

		if (u->away || (way_of(t, u) == u->way && policy == u->policy))
			continue;
		u->policy = policy;
		set_mtu(t, u, SPD_ACTIVE);
	}
}

/* --- devices --- */

/* 0 or errno. */
static int
provide(struct tunnels *t, struct tunnel *u, int id)
{
	uint32_t way = way_of(t, u), mtu = mtu_of(t, u, way, id);
	/* an administrator's comes up when it has its addresses */
	int err = tundev_provide(&t->dev, u->name, mtu, u->type == FAM_NONE);

	if (err != 0)
		return err;
	u->way = way;
	u->policy = 0;
	u->mtu = mtu;
	return 0;
}

static void
say_refused(const char *name, int err)
{
	log_say(LOG_LEVEL_ERR, "tunnel interface %s: %s", name,
	    err == EEXIST   ? "a device of this name is there and is not "
			      "ipsecd's"
	    : err == EMFILE ? "there are as many as there can be"
			    : strerror(err));
}

struct names {
	struct tunnels *t;
	bool named[PUMP_TUNNELS]; /* by the policy that is looked at */
};

static bool
see_rule(void *ctx, struct spd_entry *e)
{
	struct names *w = ctx;
	const char *name = e->rule.tun;
	struct tunnel *u;

	if (name[0] == '\0')
		return true;
	u = find(w->t, name);
	if (u == NULL && strlen(name) < IFNAMSIZ)
		u = add(w->t, name);
	if (u == NULL) {
		say_refused(name, EMFILE);
		return true;
	}
	for (size_t i = 0; i < w->t->n; i++)
		if (w->t->at[i] == u)
			w->named[i] = true;
	return true;
}

void
tunnels_follow_policy(struct tunnels *t, int id)
{
	struct names w = { .t = t };
	int err;

	spd_each(t->env.spd, id, "", true, see_rule, &w);
	for (size_t i = t->n; i > 0; i--) {
		struct tunnel *u = t->at[i - 1];

		/* nothing waits for it any more */
		if (u->away && !w.named[i - 1]) {
			forget(t, u);
			continue;
		}
		if (u->away)
			continue;
		if (pump_has_tunnel(t->env.pump, u->name)) {
			set_mtu(t, u, id);
			continue;
		}
		err = provide(t, u, id);
		if (err == 0)
			continue;
		say_refused(u->name, err);
		if (u->type == FAM_NONE)
			forget(t, u);
	}
}

/* --- what an administrator says --- */

static int
bad(char *err, size_t n, int errnum, const char *text)
{
	(void)snprintf(err, n, "%s", text);
	return errnum;
}

/* An address that can be the end of a tunnel. */
static bool
is_end(const struct addr *a)
{
	return a->fam == FAM_NONE ||
	       (!addr_is_unspec(a) && !addr_is_multicast(a) &&
		   !(a->fam == FAM_V4 && (a->b[0] == 127 || a->b[0] >= 240)));
}

/* Does all of it fit together? */
static int
check(const struct tunnel *u, char *err, size_t n)
{
	const struct addr *s = &u->path.src, *d = &u->path.dst;

	if (!is_end(s))
		return bad(err, n, EINVAL, "no tunnel can begin at tsrc");
	if (!is_end(d))
		return bad(err, n, EINVAL, "no tunnel can lead to tdst");
	if ((s->fam != FAM_NONE && s->fam != u->type) ||
	    (d->fam != FAM_NONE && d->fam != u->type))
		return bad(err, n, EINVAL,
		    u->type == FAM_V4 ? "tsrc and tdst have to be IPv4 "
					"addresses (type ipv4)"
				      : "tsrc and tdst have to be IPv6 "
					"addresses (type ipv6)");
	if (s->fam != FAM_NONE && addr_equal(s, d))
		return bad(err, n, EINVAL, "tsrc and tdst are the same");
	if (u->path.limit != 0 && u->type == FAM_V4)
		return bad(err, n, EINVAL,
		    "an encapsulation limit is for tunnels of type ipv6");
	return 0;
}

static void
take(struct tunnel *u, const struct tunnel_say *s)
{
	if (s->has & TUNNEL_SRC)
		u->path.src = s->src;
	if (s->has & TUNNEL_DST)
		u->path.dst = s->dst;
	if (s->has & TUNNEL_HOPLIMIT)
		u->path.ttl = s->hoplimit;
	if (s->has & TUNNEL_ENCAPLIMIT)
		u->path.limit = s->encaplimit;
	if (s->has & TUNNEL_DF)
		u->path.df = s->df;
	if (s->has & TUNNEL_IMPLICIT)
		u->implicit = s->implicit;
	if (s->has & TUNNEL_SECURE)
		u->path.secure = s->secure;
	if (s->has & TUNNEL_PRIVATE)
		u->is_private = s->is_private;
}

/* A name that the kernel takes and that needs no quoting anywhere. */
static bool
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			     "XYZ0123456789._-");

	return n != 0 && n < IFNAMSIZ && s[n] == '\0' && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0 && s[0] != '-';
}

int
tunnels_create(
    struct tunnels *t, const struct tunnel_say *s, char *err, size_t n)
{
	struct tunnel *u, want = { .type = s->type,
		.path = { .ttl = TUNNELS_HOPLIMIT,
		    .limit = s->type == FAM_V6 ? TUNNELS_ENCAPLIMIT : 0 } };
	int e;

	if (!is_name(s->name))
		return bad(err, n, EINVAL,
		    "a link has 1 to 15 letters, digits, dots, hyphens, "
		    "underlines");
	if ((s->has & TUNNEL_TYPE) == 0)
		return bad(err, n, EINVAL, "`type' is missing");
	u = find(t, s->name);
	if (u != NULL && !u->away && u->type != FAM_NONE)
		return bad(err, n, EEXIST, "there is a tunnel of this name");
	take(&want, s);
	e = check(&want, err, n);
	if (e != 0)
		return e;
	if (u == NULL && (u = add(t, s->name)) == NULL)
		return bad(err, n, ENOSPC,
		    "there are as many tunnels as there can be");
	u->type = want.type;
	u->away = false;
	u->path = want.path;
	u->path.name = u->name;
	u->implicit = want.implicit;
	u->is_private = want.is_private;
	u->policy = 0;
	if (pump_has_tunnel(t->env.pump, u->name))
		return 0;
	e = provide(t, u, SPD_ACTIVE);
	if (e == 0)
		return 0;
	forget(t, u);
	return bad(err, n, e,
	    e == EEXIST ? "a device of this name is there and is not ipsecd's"
			: strerror(e));
}

int
tunnels_modify(
    struct tunnels *t, const struct tunnel_say *s, char *err, size_t n)
{
	struct tunnel *u = find(t, s->name), want;
	int e;

	if (u == NULL || u->away)
		return bad(err, n, ENOENT, "there is no tunnel of this name");
	if (u->type == FAM_NONE)
		return bad(err, n, ENOENT,
		    "policy made this tunnel, which has no ends: create it");
	if ((s->has & TUNNEL_TYPE) != 0 && s->type != u->type)
		return bad(err, n, EINVAL,
		    "the type of a tunnel cannot be changed: delete it first");
	want = *u;
	take(&want, s);
	e = check(&want, err, n);
	if (e != 0)
		return e;
	*u = want;
	u->policy = 0;
	set_mtu(t, u, SPD_ACTIVE);
	return 0;
}

int
tunnels_delete(struct tunnels *t, const char *name, char *err, size_t n)
{
	struct tunnel *u = find(t, name);
	int e;

	if (u == NULL || u->away)
		return bad(err, n, ENOENT, "there is no tunnel of this name");
	e = tundev_remove(&t->dev, name);
	if (e != 0)
		return bad(err, n, e, strerror(e));
	if (!spd_has(t->env.spd, name, RULE_OUT, FAM_NONE) &&
	    !spd_has(t->env.spd, name, RULE_IN, FAM_NONE)) {
		forget(t, u);
		return 0;
	}
	*u = (struct tunnel){ .away = true, .path = u->path };
	memcpy(u->name, name, strlen(name) + 1);
	u->path = (struct path_tunnel){ .name = u->name };
	return 0;
}
