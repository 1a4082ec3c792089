/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/ptp.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM 1024 /* bytes of a question */

static struct nlmsghdr *
start(void *buf, uint16_t type, unsigned index, uint8_t fam, uint8_t len)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->ifa_family = (uint8_t)(fam == 0 ? AF_UNSPEC : netaddr_af(fam));
	m->ifa_prefixlen = len;
	m->ifa_index = index;
	return h;
}

/* --- addresses --- */

struct each {
	unsigned index;
	bool (*f)(void *ctx, const struct ptp_addr *a);
	void *ctx;
};

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct each *e = ctx;
	struct ptp_addr a = { .len = m->ifa_prefixlen };
	struct netaddr addr = { 0 }, local = { 0 };
	struct nlattr *t;

	if (h->nlmsg_type != RTM_NEWADDR || m->ifa_index != e->index ||
	    (m->ifa_family != AF_INET && m->ifa_family != AF_INET6) ||
	    (m->ifa_family == AF_INET6 && m->ifa_scope == RT_SCOPE_LINK))
		return true;
	netlink_attrs (t, h, sizeof(*m)) {
		if (mnl_attr_get_type(t) == IFA_ADDRESS)
			addr = netaddr_from(
			    m->ifa_family, mnl_attr_get_payload(t));
		if (mnl_attr_get_type(t) == IFA_LOCAL)
			local = netaddr_from(
			    m->ifa_family, mnl_attr_get_payload(t));
	}
	a.local = local.fam != 0 ? local : addr;
	if (local.fam != 0 && !netaddr_equal(&local, &addr))
		a.remote = addr;
	return e->f(e->ctx, &a);
}

int
ptp_each(struct netlink *n, unsigned index,
    bool (*f)(void *ctx, const struct ptp_addr *a), void *ctx)
{
	uint8_t buf[ROOM];
	struct nlmsghdr *h = start(buf, RTM_GETADDR, 0, 0, 0);
	struct each e = { index, f, ctx };

	h->nlmsg_flags = NLM_F_DUMP;
	return netlink_ask(n, h, see, &e);
}

static int
change(struct netlink *n, uint16_t type, unsigned index,
    const struct ptp_addr *a, uint32_t flags)
{
	const struct netaddr *other =
	    a->remote.fam != 0 ? &a->remote : &a->local;
	uint8_t buf[ROOM];
	struct nlmsghdr *h = start(buf, type, index, a->local.fam, a->len);
	size_t size = netaddr_bytes(a->local.fam);

	if (type == RTM_NEWADDR)
		h->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put(h, IFA_LOCAL, size, a->local.b);
	mnl_attr_put(h, IFA_ADDRESS, size, other->b);
	if (flags != 0)
		mnl_attr_put_u32(h, IFA_FLAGS, flags);
	return netlink_ask(n, h, NULL, NULL);
}

int
ptp_add(struct netlink *n, unsigned index, const struct ptp_addr *a)
{
	return change(
	    n, RTM_NEWADDR, index, a, a->local.fam == 6 ? IFA_F_NODAD : 0);
}

int
ptp_delete(struct netlink *n, unsigned index, const struct ptp_addr *a)
{
	return change(n, RTM_DELADDR, index, a, 0);
}

/* --- flags --- */

static struct nlmsghdr *
link_start(void *buf, uint16_t type, unsigned index)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->ifi_index = (int)index;
	return h;
}

static bool
see_flags(void *ctx, const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type == RTM_NEWLINK)
		*(unsigned *)ctx = m->ifi_flags;
	return true;
}

bool
ptp_is_up(struct netlink *n, unsigned index)
{
	uint8_t buf[ROOM];
	unsigned flags = 0;

	return netlink_ask(n, link_start(buf, RTM_GETLINK, index), see_flags,
		   &flags) == 0 &&
	       (flags & IFF_UP) != 0;
}

int
ptp_set_up(struct netlink *n, unsigned index, bool up)
{
	uint8_t buf[ROOM];
	struct nlmsghdr *h = link_start(buf, RTM_SETLINK, index);
	struct ifinfomsg *m = mnl_nlmsg_get_payload(h);

	m->ifi_change = IFF_UP;
	m->ifi_flags = up ? IFF_UP : 0;
	return netlink_ask(n, h, NULL, NULL);
}

/* --- values of the device --- */

static FILE *
open_value(const char *dev, uint8_t fam, const char *name, const char *mode)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "/proc/sys/net/ipv%c/conf/%s/%s",
	    fam == 6 ? '6' : '4', dev, name);

	errno = ENAMETOOLONG;
	return n > 0 && (size_t)n < sizeof(path) ? fopen(path, mode) : NULL;
}

static int
set_value(const char *dev, uint8_t fam, const char *name, bool on)
{
	FILE *f = open_value(dev, fam, name, "we");
	int err = 0;

	if (f == NULL)
		return errno;
	if (fputs(on ? "1" : "0", f) == EOF)
		err = EIO;
	if (fclose(f) != 0 && err == 0)
		err = errno;
	return err;
}

bool
ptp_forwards(const char *dev, uint8_t fam)
{
	FILE *f = open_value(dev, fam, "forwarding", "re");
	int c;

	if (f == NULL)
		return false;
	c = fgetc(f);
	(void)fclose(f);
	return c == '1';
}

int
ptp_set_forwards(const char *dev, uint8_t fam, bool on)
{
	int err = set_value(dev, fam, "forwarding", on);

	/* since Linux 6.17; before, IPv6 forwards for all devices or for none */
	if (err == 0 && fam == 6)
		(void)set_value(dev, fam, "force_forwarding", on);
	return err;
}

int
ptp_allow_v6(const char *dev)
{
	return set_value(dev, 6, "disable_ipv6", false);
}
