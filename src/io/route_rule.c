/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/route_rule.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#define ROUTE_RULE_ROOM 1024 /* bytes of a question */

static bool
prefix_equal(const struct netaddr *a, uint8_t a_len, const struct netaddr *b,
    uint8_t b_len)
{
	if (a->fam == 0 || b->fam == 0)
		return a->fam == b->fam;
	return a_len == b_len && netaddr_equal(a, b);
}

bool
route_rule_equal(const struct route_rule *a, const struct route_rule *b)
{
	return a->fam == b->fam && a->pref == b->pref && a->what == b->what &&
	       (a->what != ROUTE_RULE_TABLE || a->table == b->table) &&
	       (a->what != ROUTE_RULE_GOTO || a->target == b->target) &&
	       a->mask == b->mask && a->mark == b->mark &&
	       prefix_equal(&a->src, a->src_len, &b->src, b->src_len) &&
	       prefix_equal(&a->dst, a->dst_len, &b->dst, b->dst_len) &&
	       a->find_saddr == b->find_saddr &&
	       a->local_only == b->local_only && a->ipproto == b->ipproto &&
	       a->sport_min == b->sport_min && a->sport_max == b->sport_max &&
	       a->dport_min == b->dport_min && a->dport_max == b->dport_max;
}

static void
put_ports(struct nlmsghdr *h, uint16_t type, uint16_t min, uint16_t max)
{
	struct fib_rule_port_range p = { .start = min, .end = max };

	if (min != 0)
		mnl_attr_put(h, type, sizeof(p), &p);
}

static void
put_selectors(
    struct nlmsghdr *h, struct fib_rule_hdr *m, const struct route_rule *r)
{
	if (r->mask != 0) {
		mnl_attr_put_u32(h, FRA_FWMARK, r->mark);
		mnl_attr_put_u32(h, FRA_FWMASK, r->mask);
	}
	if (r->src.fam != 0) {
		m->src_len = r->src_len;
		mnl_attr_put(h, FRA_SRC, netaddr_bytes(r->fam), r->src.b);
	}
	if (r->dst.fam != 0) {
		m->dst_len = r->dst_len;
		mnl_attr_put(h, FRA_DST, netaddr_bytes(r->fam), r->dst.b);
	}
	if (r->find_saddr)
		m->flags |= FIB_RULE_FIND_SADDR;
	if (r->local_only)
		mnl_attr_put_strz(h, FRA_IIFNAME, "lo");
	if (r->ipproto != 0)
		mnl_attr_put_u8(h, FRA_IP_PROTO, r->ipproto);
	put_ports(h, FRA_SPORT_RANGE, r->sport_min, r->sport_max);
	put_ports(h, FRA_DPORT_RANGE, r->dport_min, r->dport_max);
}

static int
change(struct netlink *n, const struct route_rule *r, uint16_t type)
{
	static const uint8_t action[] = {
		[ROUTE_RULE_TABLE] = FR_ACT_TO_TBL,
		[ROUTE_RULE_GOTO] = FR_ACT_GOTO,
		[ROUTE_RULE_NOP] = FR_ACT_NOP,
	};
	uint8_t buf[ROUTE_RULE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	if (type == RTM_NEWRULE)
		h->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	m->family = (uint8_t)netaddr_af(r->fam);
	m->action = action[r->what];
	mnl_attr_put_u32(h, FRA_PRIORITY, r->pref);
	mnl_attr_put_u8(h, FRA_PROTOCOL, r->proto);
	if (r->what == ROUTE_RULE_TABLE)
		mnl_attr_put_u32(h, FRA_TABLE, r->table);
	if (r->what == ROUTE_RULE_GOTO)
		mnl_attr_put_u32(h, FRA_GOTO, r->target);
	put_selectors(h, m, r);
	return netlink_ask(n, h, NULL, NULL);
}

int
route_rule_add(struct netlink *n, const struct route_rule *r)
{
	int err = change(n, r, RTM_NEWRULE);

	return err == EEXIST ? 0 : err;
}

int
route_rule_delete(struct netlink *n, const struct route_rule *r)
{
	int err = change(n, r, RTM_DELRULE);

	return err == ENOENT ? 0 : err;
}

struct each {
	uint8_t fam, proto;
	bool (*f)(void *ctx, const struct route_rule *r);
	void *ctx;
};

static void
see_ports(const struct nlattr *a, uint16_t *min, uint16_t *max)
{
	struct fib_rule_port_range p;

	if (mnl_attr_get_payload_len(a) < sizeof(p))
		return;
	memcpy(&p, mnl_attr_get_payload(a), sizeof(p));
	*min = p.start;
	*max = p.end;
}

static void
see_addr(const struct nlattr *a, uint8_t fam, struct netaddr *out)
{
	if (mnl_attr_get_payload_len(a) < netaddr_bytes(fam))
		return;
	*out = netaddr_from(netaddr_af(fam), mnl_attr_get_payload(a));
}

static void
see_attr(const struct nlattr *a, struct route_rule *r)
{
	switch (mnl_attr_get_type(a)) {
	case FRA_PRIORITY:
		r->pref = mnl_attr_get_u32(a);
		break;
	case FRA_PROTOCOL:
		r->proto = mnl_attr_get_u8(a);
		break;
	case FRA_TABLE:
		r->table = mnl_attr_get_u32(a);
		break;
	case FRA_GOTO:
		r->target = mnl_attr_get_u32(a);
		break;
	case FRA_FWMARK:
		r->mark = mnl_attr_get_u32(a);
		break;
	case FRA_FWMASK:
		r->mask = mnl_attr_get_u32(a);
		break;
	case FRA_SRC:
		see_addr(a, r->fam, &r->src);
		break;
	case FRA_DST:
		see_addr(a, r->fam, &r->dst);
		break;
	case FRA_IIFNAME:
		r->local_only = strcmp(mnl_attr_get_str(a), "lo") == 0;
		break;
	case FRA_IP_PROTO:
		r->ipproto = mnl_attr_get_u8(a);
		break;
	case FRA_SPORT_RANGE:
		see_ports(a, &r->sport_min, &r->sport_max);
		break;
	case FRA_DPORT_RANGE:
		see_ports(a, &r->dport_min, &r->dport_max);
		break;
	default:
		break;
	}
}

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(h);
	const struct each *e = ctx;
	struct route_rule r = { .fam = e->fam,
		.src_len = m->src_len,
		.dst_len = m->dst_len,
		.find_saddr = (m->flags & FIB_RULE_FIND_SADDR) != 0 };
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWRULE)
		return true;
	r.what = m->action == FR_ACT_GOTO  ? ROUTE_RULE_GOTO
		 : m->action == FR_ACT_NOP ? ROUTE_RULE_NOP
					   : ROUTE_RULE_TABLE;
	netlink_attrs (a, h, sizeof(*m))
		see_attr(a, &r);
	if (r.mark == 0)
		r.mask = 0;
	return r.proto != e->proto || e->f(e->ctx, &r);
}

int
route_rule_each(struct netlink *n, uint8_t fam, uint8_t proto,
    bool (*f)(void *ctx, const struct route_rule *r), void *ctx)
{
	uint8_t buf[ROUTE_RULE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct each e = { .fam = fam, .proto = proto, .f = f, .ctx = ctx };

	h->nlmsg_type = RTM_GETRULE;
	h->nlmsg_flags = NLM_F_DUMP;
	m->family = (uint8_t)netaddr_af(fam);
	return netlink_ask(n, h, see, &e);
}
