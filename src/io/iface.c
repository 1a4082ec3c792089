/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/iface.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#define IFACE_ROOM 1024 /* bytes of a question */
#define IFACE_MANY 256	/* devices that one call deletes at most */

/* ip-sysctl: rp_filter; the greater of this and that of all devices holds */
enum { RP_FILTER_LOOSE = 2 };

static struct nlmsghdr *
start(void *buf, uint16_t type, unsigned index)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->ifi_index = (int)index;
	return h;
}

struct found {
	unsigned last; /* index */
	uint32_t mtu;
	const char *alias;
	unsigned n, index[IFACE_MANY];
};

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
	struct found *f = ctx;
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWLINK)
		return true;
	f->last = (unsigned)m->ifi_index;
	netlink_attrs (a, h, sizeof(*m)) {
		if (mnl_attr_get_type(a) == IFLA_MTU)
			f->mtu = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == IFLA_IFALIAS && f->alias != NULL &&
		    strcmp(mnl_attr_get_str(a), f->alias) == 0 &&
		    f->n < IFACE_MANY)
			f->index[f->n++] = (unsigned)m->ifi_index;
	}
	return true;
}

unsigned
iface_index(struct netlink *n, const char *name)
{
	uint8_t buf[IFACE_ROOM];
	struct nlmsghdr *h = start(buf, RTM_GETLINK, 0);
	struct found f = { 0 };

	if (strlen(name) >= IFNAMSIZ)
		return 0;
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return netlink_ask(n, h, see, &f) == 0 ? f.last : 0;
}

uint32_t
iface_mtu(struct netlink *n, unsigned index)
{
	uint8_t buf[IFACE_ROOM];
	struct found f = { 0 };

	if (netlink_ask(n, start(buf, RTM_GETLINK, index), see, &f) != 0)
		return 0;
	return f.mtu;
}

static bool
see_forwarding(void *ctx, const struct nlmsghdr *h)
{
	bool *forwards = ctx, does = false, is_default = false;
	struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWNETCONF)
		return true;
	netlink_attrs (a, h, sizeof(struct netconfmsg)) {
		uint16_t type = mnl_attr_get_type(a);

		if (type == NETCONFA_FORWARDING)
			does = mnl_attr_get_u32(a) != 0;
		else if (type == NETCONFA_IFINDEX)
			is_default = (int)mnl_attr_get_u32(a) ==
				     NETCONFA_IFINDEX_DEFAULT;
	}
	*forwards = *forwards || (does && !is_default);
	return true;
}

bool
iface_forwards(struct netlink *n)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	uint8_t buf[IFACE_ROOM];
	bool forwards = false;

	for (int i = 0; i < 2 && !forwards; i++) {
		struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
		struct netconfmsg *m =
		    mnl_nlmsg_put_extra_header(h, sizeof(*m));

		h->nlmsg_type = RTM_GETNETCONF;
		h->nlmsg_flags = NLM_F_DUMP;
		m->ncm_family = families[i];
		/* a kernel without the family forwards nothing of it */
		(void)netlink_ask(n, h, see_forwarding, &forwards);
	}
	return forwards;
}

static void
quiet_v4(struct nlmsghdr *h)
{
	struct nlattr *spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	struct nlattr *af = mnl_attr_nest_start(h, AF_INET);
	struct nlattr *conf = mnl_attr_nest_start(h, IFLA_INET_CONF);

	mnl_attr_put_u32(h, IPV4_DEVCONF_RP_FILTER, RP_FILTER_LOOSE);
	mnl_attr_nest_end(h, conf);
	mnl_attr_nest_end(h, af);
	mnl_attr_nest_end(h, spec);
}

/* A device, or a kernel, without IPv6 is quiet as it is. */
static int
quiet_v6(struct netlink *n, unsigned index)
{
	uint8_t buf[IFACE_ROOM];
	struct nlmsghdr *h = start(buf, RTM_SETLINK, index);
	struct nlattr *spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	struct nlattr *af = mnl_attr_nest_start(h, AF_INET6);
	int err;

	mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(h, af);
	mnl_attr_nest_end(h, spec);
	err = netlink_ask(n, h, NULL, NULL);
	return err == EAFNOSUPPORT ? 0 : err;
}

bool
iface_has_alias(struct netlink *n, unsigned index, const char *alias)
{
	uint8_t buf[IFACE_ROOM];
	struct found f = { .alias = alias };

	return netlink_ask(n, start(buf, RTM_GETLINK, index), see, &f) == 0 &&
	       f.n != 0;
}

int
iface_set(struct netlink *n, unsigned index, const struct iface_setup *s)
{
	uint8_t buf[IFACE_ROOM];
	struct nlmsghdr *h = start(buf, RTM_SETLINK, index);
	struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
	int err;

	if (s->up)
		m->ifi_change = m->ifi_flags = IFF_UP;
	if (s->mtu != 0)
		mnl_attr_put_u32(h, IFLA_MTU, s->mtu);
	if (s->gso != 0)
		mnl_attr_put_u32(h, IFLA_GSO_MAX_SIZE, s->gso);
	if (s->alias != NULL)
		mnl_attr_put_str(h, IFLA_IFALIAS, s->alias);
	if (s->quiet)
		quiet_v4(h);
	err = netlink_ask(n, h, NULL, NULL);
	return err == 0 && s->quiet ? quiet_v6(n, index) : err;
}

/* All with f->alias, into f. */
static bool
find_alias(struct netlink *n, struct found *f)
{
	uint8_t buf[IFACE_ROOM];
	struct nlmsghdr *h = start(buf, RTM_GETLINK, 0);

	h->nlmsg_flags = NLM_F_DUMP;
	return netlink_ask(n, h, see, f) == 0;
}

void
iface_set_alias(
    struct netlink *n, const char *alias, const struct iface_setup *s)
{
	struct found f = { .alias = alias };

	if (!find_alias(n, &f))
		return;
	for (unsigned i = 0; i < f.n; i++)
		(void)iface_set(n, f.index[i], s);
}

int
iface_add_v4(struct netlink *n, unsigned index, const uint8_t a[4])
{
	uint8_t buf[IFACE_ROOM];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	int err;

	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	m->ifa_family = AF_INET;
	m->ifa_prefixlen = 32;
	m->ifa_scope = RT_SCOPE_HOST;
	m->ifa_index = index;
	mnl_attr_put(h, IFA_LOCAL, 4, a);
	mnl_attr_put(h, IFA_ADDRESS, 4, a);
	err = netlink_ask(n, h, NULL, NULL);
	return err == EEXIST ? 0 : err;
}

int
iface_delete(struct netlink *n, unsigned index)
{
	uint8_t buf[IFACE_ROOM];

	return netlink_ask(n, start(buf, RTM_DELLINK, index), NULL, NULL);
}

unsigned
iface_delete_alias(struct netlink *n, const char *alias)
{
	struct found f = { .alias = alias };
	unsigned gone = 0;

	if (!find_alias(n, &f))
		return 0;
	for (unsigned i = 0; i < f.n; i++)
		gone += iface_delete(n, f.index[i]) == 0;
	return gone;
}
