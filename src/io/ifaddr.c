/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/ifaddr.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "io/netlink.h"

/*
 * The same address may stand on several devices. Sorted, so that a lookup for a
 * packet is cheap on a host with thousands of addresses.
 */
struct entry {
	struct netaddr a;
	unsigned index;
};

struct ifaddr {
	struct netlink ask, hear;
	struct entry *e;
	size_t n, cap;
	bool changed, no_memory;
};

int
ifaddr_cmp(const struct netaddr *a, const struct netaddr *b)
{
	return a->fam != b->fam ? a->fam - b->fam
				: memcmp(a->b, b->b, sizeof(a->b));
}

/* Where a is, or would be: the first that is not less. */
static size_t
place(const struct ifaddr *l, const struct netaddr *a)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ifaddr_cmp(&l->e[mid].a, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t
find(const struct ifaddr *l, const struct netaddr *a, unsigned index)
{
	for (size_t i = place(l, a); i < l->n && ifaddr_cmp(&l->e[i].a, a) == 0;
	     i++)
		if (l->e[i].index == index)
			return i;
	return l->n;
}

static void
insert(struct ifaddr *l, const struct netaddr *a, unsigned index)
{
	size_t at = place(l, a);

	if (find(l, a, index) != l->n)
		return;
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 32 : l->cap * 2;
		struct entry *e = reallocarray(l->e, cap, sizeof(*e));

		if (e == NULL) {
			l->no_memory = true;
			return;
		}
		l->e = e;
		l->cap = cap;
	}
	memmove(&l->e[at + 1], &l->e[at], (l->n - at) * sizeof(*l->e));
	l->e[at] = (struct entry){ .a = *a, .index = index };
	l->n++;
	l->changed = true;
}

static void delete (struct ifaddr *l, const struct netaddr *a, unsigned index)
{
	size_t at = find(l, a, index);

	if (at == l->n)
		return;
	l->n--;
	memmove(&l->e[at], &l->e[at + 1], (l->n - at) * sizeof(*l->e));
	l->changed = true;
}

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *local = NULL, *any = NULL;
	struct ifaddr *l = ctx;
	struct nlattr *at;
	struct netaddr a;

	if (h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR)
		return true;
	netlink_attrs (at, h, sizeof(*m)) {
		if (mnl_attr_get_type(at) == IFA_LOCAL)
			local = at;
		if (mnl_attr_get_type(at) == IFA_ADDRESS)
			any = at;
	}
	/* on a point-to-point device IFA_ADDRESS is the other end */
	if (local == NULL)
		local = any;
	if (local == NULL)
		return true;
	a = (struct netaddr){ .fam = m->ifa_family == AF_INET	 ? 4
				     : m->ifa_family == AF_INET6 ? 6
								 : 0 };
	if (a.fam == 0 ||
	    mnl_attr_get_payload_len(local) < netaddr_bytes(a.fam))
		return true;
	memcpy(a.b, mnl_attr_get_payload(local), netaddr_bytes(a.fam));
	if (h->nlmsg_type == RTM_NEWADDR)
		insert(l, &a, m->ifa_index);
	else
		delete (l, &a, m->ifa_index);
	return true;
}

/* Everything anew. 0 or errno. */
static int
dump(struct ifaddr *l)
{
	uint8_t buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	(void)m;
	h->nlmsg_type = RTM_GETADDR;
	h->nlmsg_flags = NLM_F_DUMP;
	l->n = 0;
	l->no_memory = false;

	int err = netlink_ask(&l->ask, h, see, l);

	return err == 0 && l->no_memory ? ENOMEM : err;
}

struct ifaddr *
ifaddr_new(void)
{
	struct ifaddr *l = calloc(1, sizeof(*l));
	int err;

	if (l == NULL)
		return NULL;
	/* listen first, then ask: nothing falls between */
	if (!netlink_open(&l->hear, NETLINK_ROUTE,
		RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR) ||
	    !netlink_open(&l->ask, NETLINK_ROUTE, 0)) {
		err = errno;
	} else {
		err = dump(l);
		l->changed = false;
		if (err == 0)
			return l;
	}
	ifaddr_free(l);
	errno = err;
	return NULL;
}

void
ifaddr_free(struct ifaddr *l)
{
	if (l == NULL)
		return;
	netlink_close(&l->hear);
	netlink_close(&l->ask);
	free(l->e);
	free(l);
}

int
ifaddr_fd(const struct ifaddr *l)
{
	return netlink_fd(&l->hear);
}

bool
ifaddr_update(struct ifaddr *l)
{
	bool all = netlink_hear(&l->hear, see, l);
	bool changed;

	if (!all || l->no_memory) {
		(void)dump(l);
		l->changed = true;
	}
	changed = l->changed;
	l->changed = false;
	return changed;
}

bool
ifaddr_is_local(const struct ifaddr *l, const struct netaddr *a)
{
	size_t at = place(l, a);

	return at < l->n && ifaddr_cmp(&l->e[at].a, a) == 0;
}

size_t
ifaddr_count(const struct ifaddr *l)
{
	return l->n;
}

struct netaddr
ifaddr_at(const struct ifaddr *l, size_t i)
{
	return l->e[i].a;
}
