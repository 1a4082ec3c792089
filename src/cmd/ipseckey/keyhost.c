/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyhost.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

static bool
from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		*out = addr_v4((const uint8_t *)&v4.sin_addr);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		*out = addr_v6(v6.sin6_addr.s6_addr);
		*out = addr_unmap(out);
	} else {
		return false;
	}
	return true;
}

size_t
keyhost_lookup(void *ctx, const char *name, struct addr *out, size_t max)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	size_t n = 0;

	(void)ctx;
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return 0;
	for (const struct addrinfo *p = list; p != NULL && n < max;
	     p = p->ai_next) {
		bool known = !from_sockaddr(&out[n], p->ai_addr);

		for (size_t i = 0; i < n && !known; i++)
			known = addr_equal(&out[i], &out[n]);
		n += !known;
	}
	freeaddrinfo(list);
	return n;
}

static void
look_up(char *name, size_t cap, const struct addr *a)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const void *sa = &v4;
	socklen_t n = sizeof(v4);

	if (a->fam == FAM_V6) {
		memcpy(&v6.sin6_addr, a->b, 16);
		sa = &v6;
		n = sizeof(v6);
	} else {
		memcpy(&v4.sin_addr, a->b, 4);
	}
	if (getnameinfo(sa, n, name, (socklen_t)cap, NULL, 0, NI_NAMEREQD) != 0)
		(void)snprintf(name, cap, "<unknown>");
}

const char *
keyhost_name(const struct addr *a)
{
	static struct {
		struct addr a;
		char name[NI_MAXHOST];
	} known[256];
	static unsigned next;

	if (addr_is_unspec(a))
		return "<unspecified>";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (addr_equal(&known[i].a, a))
			return known[i].name;
	next = (next + 1) % (sizeof(known) / sizeof(known[0]));
	known[next].a = *a;
	look_up(known[next].name, sizeof(known[next].name), a);
	return known[next].name;
}
