/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "io/iface.h"

#define ROUTE_ROOM 1024 /* bytes of a question */

/* --- the way to an address --- */

struct way {
	unsigned index;
	uint32_t mtu;
	bool there;
};

static uint32_t
metric_mtu(const struct nlattr *metrics)
{
	struct nlattr *a;
	uint32_t mtu = 0;

	netlink_nested (a, metrics)
		if (mnl_attr_get_type(a) == RTAX_MTU)
			mtu = mnl_attr_get_u32(a);
	return mtu;
}

/* Of a multipath route: the device of the first way. */
static unsigned
first_way(const struct nlattr *a)
{
	struct rtnexthop nh;

	if (mnl_attr_get_payload_len(a) < sizeof(nh))
		return 0;
	memcpy(&nh, mnl_attr_get_payload(a), sizeof(nh));
	return (unsigned)nh.rtnh_ifindex;
}

static bool
see_way(void *ctx, const struct nlmsghdr *h)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	struct way *w = ctx;
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return true;
	w->there = m->rtm_type == RTN_UNICAST || m->rtm_type == RTN_LOCAL ||
		   m->rtm_type == RTN_MULTICAST || m->rtm_type == RTN_BROADCAST;
	netlink_attrs (a, h, sizeof(*m)) {
		if (mnl_attr_get_type(a) == RTA_OIF)
			w->index = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == RTA_METRICS)
			w->mtu = metric_mtu(a);
		if (mnl_attr_get_type(a) == RTA_MULTIPATH && w->index == 0)
			w->index = first_way(a);
	}
	return true;
}

uint32_t
route_mtu(struct netlink *n, const struct netaddr *dst, uint32_t mark)
{
	uint8_t buf[ROUTE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct way w = { 0 };
	uint32_t dev;

	h->nlmsg_type = RTM_GETROUTE;
	m->rtm_family = (uint8_t)netaddr_af(dst->fam);
	m->rtm_dst_len = (uint8_t)(netaddr_bytes(dst->fam) * 8);
	m->rtm_flags = RTM_F_FIB_MATCH;
	mnl_attr_put(h, RTA_DST, netaddr_bytes(dst->fam), dst->b);
	if (mark != 0)
		mnl_attr_put_u32(h, RTA_MARK, mark);
	if (netlink_ask(n, h, see_way, &w) != 0 || !w.there || w.index == 0)
		return 0;
	dev = iface_mtu(n, w.index);
	return w.mtu != 0 && w.mtu < dev ? w.mtu : dev;
}

/* --- routes --- */

static int
change_route(struct netlink *n, const struct route *r, uint16_t type)
{
	uint8_t buf[ROUTE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct nlattr *nest;

	h->nlmsg_type = type;
	if (type == RTM_NEWROUTE)
		h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	m->rtm_family = (uint8_t)netaddr_af(r->dst.fam);
	m->rtm_dst_len = r->len;
	m->rtm_protocol = r->proto;
	m->rtm_type = r->index != 0 ? RTN_UNICAST : RTN_UNREACHABLE;
	m->rtm_scope = r->index != 0 && r->dst.fam == 4 ? RT_SCOPE_LINK
							: RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(h, RTA_TABLE, r->table);
	if (r->len != 0)
		mnl_attr_put(h, RTA_DST, netaddr_bytes(r->dst.fam), r->dst.b);
	if (r->metric != 0)
		mnl_attr_put_u32(h, RTA_PRIORITY, r->metric);
	if (r->index != 0)
		mnl_attr_put_u32(h, RTA_OIF, r->index);
	if (r->mtu != 0 && type == RTM_NEWROUTE) {
		nest = mnl_attr_nest_start(h, RTA_METRICS);
		mnl_attr_put_u32(h, RTAX_MTU, r->mtu);
		if (r->lock)
			mnl_attr_put_u32(h, RTAX_LOCK, 1 << RTAX_MTU);
		mnl_attr_nest_end(h, nest);
	}
	return netlink_ask(n, h, NULL, NULL);
}

int
route_put(struct netlink *n, const struct route *r)
{
	return change_route(n, r, RTM_NEWROUTE);
}

int
route_delete(struct netlink *n, const struct route *r)
{
	int err = change_route(n, r, RTM_DELROUTE);

	return err == ESRCH ? 0 : err;
}

struct each_route {
	uint8_t fam, proto;
	uint32_t table;
	bool (*f)(void *ctx, const struct route *r);
	void *ctx;
};

static bool
see_route(void *ctx, const struct nlmsghdr *h)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(h);
	const struct each_route *e = ctx;
	struct route r = { .dst.fam = e->fam,
		.len = m->rtm_dst_len,
		.table = m->rtm_table,
		.proto = m->rtm_protocol };
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return true;
	netlink_attrs (a, h, sizeof(*m)) {
		if (mnl_attr_get_type(a) == RTA_TABLE)
			r.table = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == RTA_PRIORITY)
			r.metric = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == RTA_OIF &&
		    m->rtm_type == RTN_UNICAST)
			r.index = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == RTA_METRICS)
			r.mtu = metric_mtu(a);
		if (mnl_attr_get_type(a) == RTA_DST &&
		    mnl_attr_get_payload_len(a) >= netaddr_bytes(e->fam))
			memcpy(r.dst.b, mnl_attr_get_payload(a),
			    netaddr_bytes(e->fam));
	}
	if (r.table != e->table || r.proto != e->proto)
		return true;
	return e->f(e->ctx, &r);
}

int
route_each(struct netlink *n, uint8_t fam, uint32_t table, uint8_t proto,
    bool (*f)(void *ctx, const struct route *r), void *ctx)
{
	uint8_t buf[ROUTE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct each_route e = {
		.fam = fam, .proto = proto, .table = table, .f = f, .ctx = ctx
	};

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_DUMP;
	m->rtm_family = (uint8_t)netaddr_af(fam);
	mnl_attr_put_u32(h, RTA_TABLE, table);

	int err = netlink_ask(n, h, see_route, &e);

	/* a table that never had a route is not there */
	return err == ENOENT ? 0 : err;
}
