/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "io/iface.h"
#include "io/nft.h"
#include "io/nftask.h"
#include "io/route.h"
#include "io/route_rule.h"
#include "io/steer_own.h"
#include "io/steer_table.h"

/* Preferences, counted from pref_first. */
enum {
	PREF_BYPASS,
	PREF_DIVERT,
	PREF_SOURCE,
	PREF_OWN_TCP,
	PREF_OWN,
	PREF_TCP = 10
};

#define METRIC_CLOSED \
	4000		 /* of the route that is there when the device is not */
#define MTU_DEVICE 65535 /* "nothing is too large to be handed over" */

enum { TABLES = 4 };

/*
 * Where the kernel says that a route or a rule has gone; some go silently, with
 * their device or an address.
 */
#define RULE6 (1 << (RTNLGRP_IPV6_RULE - 1))
#define HEARD                                                    \
	(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | \
	    RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | RULE6)

/* After so many looks all are counted, whatever was heard. */
enum { LOOKS = 16 };

struct steer {
	const struct steer_conf *c;
	struct netlink nf, rt;
	struct netlink hear; /* what happens to routes and rules */
	unsigned looks;	     /* since all were counted; 0: to be done */
	bool found;
	struct steer_can can; /* own: to be tried */
	bool owned;	      /* done */
	/* by family: rules, routes of the tables */
	size_t made[2][1 + TABLES];
};

static bool
see_armed(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	bool *found = ctx;

	(void)packets;
	(void)bytes;
	*found = *found || strcmp(name, STEER_TABLE_ARMED) == 0;
	return true;
}

struct steer *
steer_open(const struct steer_conf *c)
{
	struct steer *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return NULL;
	s->c = c;
	s->can.own = true;
	if (netlink_open(&s->nf, NETLINK_NETFILTER, 0) &&
	    netlink_open(&s->rt, NETLINK_ROUTE, 0) &&
	    netlink_open(&s->hear, NETLINK_ROUTE, HEARD)) {
		s->can.sockets = nft_flow_has_socket(&s->nf);
		err = nftask_counters(&s->nf, c->table, see_armed, &s->found);
		if (err == 0 || err == ENOENT)
			return s;
	} else {
		err = errno;
	}
	steer_close(s);
	errno = err;
	return NULL;
}

void
steer_close(struct steer *s)
{
	if (s == NULL)
		return;
	netlink_close(&s->nf);
	netlink_close(&s->rt);
	netlink_close(&s->hear);
	free(s);
}

enum steer_queue
steer_queue_kind(struct steer *s)
{
	return nftask_can_queue(&s->nf, "solipsec-probe", false)
		   ? STEER_QUEUE_NFT
	       : nftask_can_queue(&s->nf, "solipsec-probe", true)
		   ? STEER_QUEUE_XT
		   : STEER_QUEUE_NONE;
}

void
steer_adopt(struct steer *s)
{
	s->owned = steer_table_adopt(&s->nf, s->c->table) == 0;
}

bool
steer_owns(const struct steer *s)
{
	return s->owned;
}

bool
steer_found(const struct steer *s)
{
	return s->found;
}

/* --- routing rules --- */

struct rules {
	struct route_rule *v;
	size_t n, cap;
	bool no_memory;
};

static void
add(struct rules *l, const struct route_rule *r)
{
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 32 : l->cap * 2;
		struct route_rule *v = reallocarray(l->v, cap, sizeof(*v));

		if (v == NULL) {
			l->no_memory = true;
			return;
		}
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *r;
}

static bool
see_rule(void *ctx, const struct route_rule *r)
{
	add(ctx, r);
	return true;
}

static bool
has(const struct rules *l, const struct route_rule *r)
{
	for (size_t i = 0; i < l->n; i++)
		if (route_rule_equal(&l->v[i], r))
			return true;
	return false;
}

bool
steer_knows_sockets(const struct steer *s)
{
	return s->can.sockets;
}

int
steer_forget(struct steer *s, const struct steer_flow *f, size_t n)
{
	return steer_own_forget(&s->nf, s->c->table, f, n);
}

/* Is anything of this family diverted? Otherwise no rule is needed. */
static bool
diverts(const struct steer_plan *p, uint8_t fam)
{
	if (p->own[fam == 6])
		return true;
	/* what stays clear needs its way past the rules, too */
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].local.fam == fam)
			return true;
	for (size_t i = 0; i < p->n_out; i++)
		if (p->out[i].verb == STEER_DIVERT && p->out[i].m.fam == fam)
			return true;
	for (size_t i = 0; i < p->n_transit; i++)
		if (p->transit[i].verb == STEER_DIVERT &&
		    p->transit[i].m.fam == fam)
			return true;
	return false;
}

/* What holds for every plan that diverts something. */
static void
base_rules(struct rules *l, const struct steer_conf *c, uint8_t fam, bool own)
{
	struct route_rule r = { .fam = fam, .proto = c->proto };

	/* our own packets: whatever other rules this host has */
	r.pref = c->pref_first + PREF_BYPASS;
	r.what = ROUTE_RULE_GOTO;
	r.target = c->pref_last;
	r.mark = c->bypass;
	r.mask = c->mask;
	add(l, &r);
	r.pref = c->pref_first + PREF_DIVERT;
	r.what = ROUTE_RULE_TABLE;
	r.target = 0;
	r.table = c->table_any;
	r.mark = c->divert;
	add(l, &r);
	if (own) {
		r.mark = c->own;
		r.pref = c->pref_first + PREF_OWN;
		r.table = c->table_own;
		add(l, &r);
		r.pref = c->pref_first + PREF_OWN_TCP;
		r.table = c->table_own_tcp;
		r.ipproto = IPPROTO_TCP;
		add(l, &r);
	}
	r = (struct route_rule){ .fam = fam,
		.proto = c->proto,
		.pref = c->pref_last,
		.what = ROUTE_RULE_NOP };
	add(l, &r);
	if (fam == 4) {
		/*
		 * A socket that has no address yet gets it by the host's own
		 * routes. (IPv6: a rule with a source does not match before that,
		 * or chooses the source itself: find_saddr.)
		 */
		r.pref = c->pref_first + PREF_SOURCE;
		r.what = ROUTE_RULE_GOTO;
		r.target = c->pref_last;
		r.src.fam = 4;
		r.src_len = 32;
		add(l, &r);
	}
}

/*
 * The kernel refuses a rule up to the last port of all, or for it alone: such a
 * socket learns its segment size from ICMP.
 */
static bool
has_rule(const struct steer_match *m)
{
	return m->sport_min != UINT16_MAX && m->dport_min != UINT16_MAX;
}

static uint16_t
port_max(uint16_t port)
{
	return port == UINT16_MAX ? UINT16_MAX - 1 : port;
}

/* A TCP socket's first look at the routes; superfluous ones are harmless. */
static void
tcp_rules(struct rules *l, const struct steer_conf *c,
    const struct steer_plan *p, uint8_t fam)
{
	uint32_t pref = c->pref_first + PREF_TCP;
	size_t last = 0;

	for (size_t i = 0; i < p->n_out; i++)
		if (p->out[i].verb == STEER_DIVERT && p->out[i].m.fam == fam)
			last = i + 1;
	for (size_t i = 0; i < last && pref < c->pref_last; i++) {
		const struct steer_match *m = &p->out[i].m;
		struct route_rule r = { .fam = fam,
			.pref = pref,
			.proto = c->proto,
			.what = ROUTE_RULE_GOTO,
			.target = c->pref_last,
			.src = m->src,
			.src_len = m->src_len,
			.dst = m->dst,
			.dst_len = m->dst_len,
			.find_saddr = fam == 6 && m->src.fam != 0,
			.local_only = true,
			.ipproto = IPPROTO_TCP,
			.sport_min = m->sport_min,
			.sport_max = port_max(m->sport_max),
			.dport_min = m->dport_min,
			.dport_max = port_max(m->dport_max) };

		if (m->fam != fam || m->has_type || m->only != STEER_ALL ||
		    (m->proto != 0 && m->proto != IPPROTO_TCP) || !has_rule(m))
			continue;
		/* the kernel forgets a prefix of length 0 */
		if (r.src_len == 0)
			r.src = (struct netaddr){ 0 };
		if (r.dst_len == 0)
			r.dst = (struct netaddr){ 0 };
		r.find_saddr = r.find_saddr && r.src.fam != 0;
		if (p->out[i].verb == STEER_DIVERT) {
			r.what = ROUTE_RULE_TABLE;
			r.target = 0;
			r.table = c->table_tcp;
		}
		add(l, &r);
		pref++;
	}
}

/*
 * Make the family's rules these. first: new ones go in before old ones go out,
 * and the other way round in a second call, so that a packet always has some.
 */
static int
set_rules(struct steer *s, uint8_t fam, const struct rules *want)
{
	struct rules have = { 0 };
	int err = route_rule_each(&s->rt, fam, s->c->proto, see_rule, &have);

	if (err == 0 && have.no_memory)
		err = ENOMEM;
	for (size_t i = 0; err == 0 && i < want->n; i++)
		if (!has(&have, &want->v[i]))
			err = route_rule_add(&s->rt, &want->v[i]);
	for (size_t i = 0; err == 0 && i < have.n; i++)
		if (!has(want, &have.v[i]))
			err = route_rule_delete(&s->rt, &have.v[i]);
	free(have.v);
	return err;
}

/* --- routes --- */

static const struct route *
default_route(struct route *r, const struct steer *s, uint8_t fam,
    uint32_t table, unsigned index)
{
	*r = (struct route){ .dst.fam = fam,
		.table = table,
		.proto = s->c->proto,
		.index = index,
		.metric = fam == 6 ? 1024 : 0 };
	return r;
}

/* Everything to the device, and nowhere when it is not there. */
static int
any_routes(
    struct steer *s, uint8_t fam, uint32_t table, unsigned index, uint32_t mtu)
{
	struct route r;
	int err;

	(void)default_route(&r, s, fam, table, 0);
	r.metric = METRIC_CLOSED;
	err = route_put(&s->rt, &r);
	if (err != 0)
		return err;
	(void)default_route(&r, s, fam, table, index);
	r.mtu = mtu;
	r.lock = mtu == MTU_DEVICE;
	return route_put(&s->rt, &r);
}

struct stale {
	struct steer *s;
	struct steer_way *way; /* what is not stale, sorted */
	size_t n_way;
	bool keeps; /* the default, too */
	struct route *v;
	size_t n, cap;
	bool no_memory;
};

static int
way_cmp(const void *a, const void *b)
{
	const struct steer_way *x = a, *y = b;
	int c = x->dst.fam - y->dst.fam;

	if (c == 0)
		c = x->len - y->len;
	return c != 0 ? c : memcmp(x->dst.b, y->dst.b, sizeof(x->dst.b));
}

static bool
is_way(const struct stale *st, const struct route *r)
{
	const struct steer_way w = { .dst = r->dst, .len = r->len };

	if (r->len == 0 || st->n_way == 0)
		return r->len == 0;
	return bsearch(&w, st->way, st->n_way, sizeof(w), way_cmp) != NULL;
}

static bool
see_stale(void *ctx, const struct route *r)
{
	struct stale *st = ctx;

	if (st->keeps && is_way(st, r))
		return true;
	if (st->n == st->cap) {
		size_t cap = st->cap == 0 ? 16 : st->cap * 2;
		struct route *v = reallocarray(st->v, cap, sizeof(*v));

		if (v == NULL) {
			st->no_memory = true;
			return false;
		}
		st->v = v;
		st->cap = cap;
	}
	st->v[st->n++] = *r;
	return true;
}

static bool
keep_ways(struct stale *st, const struct steer_plan *p)
{
	st->keeps = true;
	st->n_way = p->n_way;
	if (p->n_way == 0)
		return true;
	st->way = reallocarray(NULL, p->n_way, sizeof(*st->way));
	if (st->way == NULL)
		return false;
	memcpy(st->way, p->way, p->n_way * sizeof(*st->way));
	qsort(st->way, p->n_way, sizeof(*st->way), way_cmp);
	return true;
}

/* Delete the routes of a table that p has not; p NULL: all. */
static int
drop_stale(
    struct steer *s, uint8_t fam, uint32_t table, const struct steer_plan *p)
{
	struct stale st = { .s = s };
	int err = 0;

	if (p != NULL && !keep_ways(&st, p))
		return ENOMEM;
	err = route_each(&s->rt, fam, table, s->c->proto, see_stale, &st);
	if (err == 0 && st.no_memory)
		err = ENOMEM;
	for (size_t i = 0; i < st.n; i++) {
		int e = route_delete(&s->rt, &st.v[i]);

		if (err == 0)
			err = e;
	}
	free(st.v);
	free(st.way);
	return err;
}

static int
tcp_routes(
    struct steer *s, const struct steer_plan *p, uint8_t fam, unsigned index)
{
	struct route r;
	int err;

	(void)default_route(&r, s, fam, s->c->table_tcp, index);
	r.mtu = p->mtu[fam == 6];
	err = route_put(&s->rt, &r);
	for (size_t i = 0; err == 0 && i < p->n_way; i++) {
		if (p->way[i].dst.fam != fam || p->way[i].len == 0)
			continue;
		r.dst = p->way[i].dst;
		r.len = p->way[i].len;
		r.mtu = p->way[i].mtu;
		err = route_put(&s->rt, &r);
	}
	return err == 0 ? drop_stale(s, fam, s->c->table_tcp, p) : err;
}

static int
own_routes(struct steer *s, const struct steer_plan *p, uint8_t fam)
{
	unsigned index = iface_index(&s->rt, s->c->own_dev);
	int err;

	if (!p->own[fam == 6]) {
		err = drop_stale(s, fam, s->c->table_own, NULL);
		return err != 0 ? err
				: drop_stale(s, fam, s->c->table_own_tcp, NULL);
	}
	err = index == 0
		  ? ENODEV
		  : any_routes(s, fam, s->c->table_own, index, MTU_DEVICE);
	return err != 0 ? err
			: any_routes(s, fam, s->c->table_own_tcp, index,
			      p->own_mtu[fam == 6]);
}

/* --- the whole --- */

static int
open_way(struct steer *s, const struct steer_plan *p, uint8_t fam)
{
	unsigned index = iface_index(&s->rt, s->c->dev);
	struct rules want = { 0 };
	int err = index == 0
		      ? ENODEV
		      : any_routes(s, fam, s->c->table_any, index, MTU_DEVICE);

	if (err == 0)
		err = tcp_routes(s, p, fam, index);
	if (err == 0)
		err = own_routes(s, p, fam);
	base_rules(&want, s->c, fam, p->own[fam == 6]);
	tcp_rules(&want, s->c, p, fam);
	if (err == 0)
		err = want.no_memory ? ENOMEM : set_rules(s, fam, &want);
	free(want.v);
	return err;
}

static int
close_way(struct steer *s, uint8_t fam)
{
	const uint32_t tables[] = { s->c->table_tcp, s->c->table_any,
		s->c->table_own, s->c->table_own_tcp };
	struct rules none = { 0 };
	int err = set_rules(s, fam, &none);

	for (size_t i = 0; i < TABLES; i++) {
		int e = drop_stale(s, fam, tables[i], NULL);

		if (err == 0)
			err = e;
	}
	return err;
}

static int
apply_table(struct steer *s, const struct steer_plan *p)
{
	int err = steer_table_apply(&s->nf, s->c, p, &s->can, false);

	/* a table of another shape, of an older or newer version of this */
	if (err == EEXIST || err == EINVAL || err == EOPNOTSUPP || err == EBUSY)
		err = steer_table_apply(&s->nf, s->c, p, &s->can, true);
	return err;
}

static bool
count_route(void *ctx, const struct route *r)
{
	(void)r;
	++*(size_t *)ctx;
	return true;
}

static bool
count_rule(void *ctx, const struct route_rule *r)
{
	(void)r;
	++*(size_t *)ctx;
	return true;
}

/* What the kernel has of ours; none of a family that it does not know. */
static void
count_all(struct steer *s, size_t n[2][1 + TABLES])
{
	const struct steer_conf *c = s->c;
	const uint32_t tables[] = { c->table_any, c->table_tcp, c->table_own,
		c->table_own_tcp };

	memset(n, 0, sizeof(s->made));
	for (int six = 0; six < 2; six++) {
		uint8_t fam = six ? 6 : 4;

		(void)route_rule_each(
		    &s->rt, fam, c->proto, count_rule, &n[six][0]);
		for (size_t i = 0; i < TABLES; i++)
			(void)route_each(&s->rt, fam, tables[i], c->proto,
			    count_route, &n[six][1 + i]);
	}
}

struct heard {
	uint8_t proto; /* whose routes are meant */
	bool any;
};

static bool
hear(void *ctx, const struct nlmsghdr *h)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	struct heard *e = ctx;

	/*
	 * Others' routes come and go, on some hosts all the time; but one that
	 * replaces may have replaced ours, of which nothing else is said.
	 */
	if ((h->nlmsg_type == RTM_NEWROUTE || h->nlmsg_type == RTM_DELROUTE) &&
	    (h->nlmsg_flags & NLM_F_REPLACE) == 0 &&
	    mnl_nlmsg_get_payload_len(h) >= sizeof(*m) &&
	    m->rtm_protocol != e->proto)
		return true;
	e->any = true;
	return true;
}

bool
steer_intact(struct steer *s)
{
	struct heard e = { .proto = s->c->proto };
	size_t n[2][1 + TABLES];

	if (!s->owned && nftask_table(&s->nf, s->c->table) == ENOENT)
		return false;
	if (!netlink_hear(&s->hear, hear, &e))
		e.any = true;
	if (!e.any && s->looks != 0 && s->looks++ < LOOKS)
		return true;
	count_all(s, n);
	/* until it is put right each look finds it wrong */
	s->looks = memcmp(n, s->made, sizeof(n)) == 0;
	return s->looks != 0;
}

static int
apply(struct steer *s, const struct steer_plan *p)
{
	int err = 0;

	/* the way is open before anything is sent on it, and closed after */
	for (uint8_t fam = 4; err == 0 && fam <= 6; fam += 2)
		if (diverts(p, fam))
			err = open_way(s, p, fam);
	if (err == 0)
		err = apply_table(s, p);
	/* before Linux 6.9, 6.3 */
	if (s->can.own && (err == EOPNOTSUPP || err == EINVAL)) {
		s->can.own = false;
		err = apply_table(s, p);
	}
	if (err == 0)
		s->owned = s->can.own;
	for (uint8_t fam = 4; err == 0 && fam <= 6; fam += 2)
		if (!diverts(p, fam))
			err = close_way(s, fam);
	return err;
}

int
steer_apply(struct steer *s, const struct steer_plan *p)
{
	int err = apply(s, p);

	if (err == 0)
		count_all(s, s->made);
	return err;
}

int
steer_remove(struct steer *s)
{
	int err = steer_table_remove(&s->nf, s->c->table);

	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		int e = close_way(s, fam);

		if (err == 0)
			err = e;
	}
	return err;
}

int
steer_counters(struct steer *s,
    bool (*f)(void *ctx, const char *name, uint64_t packets, uint64_t bytes),
    void *ctx)
{
	return nftask_counters(&s->nf, s->c->table, f, ctx);
}
