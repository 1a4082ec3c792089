/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/host/host.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define KNOWN 256

/* False: a family that is not IP's. */
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

static bool
is_there(const struct addr *list, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&list[i], a))
			return true;
	return false;
}

size_t
host_lookup(const char *name, struct addr *out, size_t max)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	size_t n = 0;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return 0;
	for (const struct addrinfo *p = list; p != NULL; p = p->ai_next) {
		struct addr a;

		if (!from_sockaddr(&a, p->ai_addr) ||
		    is_there(out, n < max ? n : max, &a))
			continue;
		if (n < max)
			out[n] = a;
		n++;
	}
	freeaddrinfo(list);
	return n;
}

/* As getnameinfo(); name is "" when there is none. */
static int
ask(char *name, size_t cap, const struct addr *a)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v6 = a->fam == FAM_V6;
	int e;

	memcpy(&v4.sin_addr, a->b, 4);
	memcpy(&v6.sin6_addr, a->b, 16);
	e = getnameinfo(is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
	    is_v6 ? sizeof(v6) : sizeof(v4), name, (socklen_t)cap, NULL, 0,
	    NI_NAMEREQD | NI_NOFQDN);
	if (e != 0)
		name[0] = '\0';
	return e;
}

const char *
host_name(const struct addr *a)
{
	static struct {
		struct addr a;
		char name[NI_MAXHOST]; /* "": has none */
	} known[KNOWN];
	static unsigned next;
	static bool silent; /* the name server did not answer */
	size_t i = 0;

	while (i < KNOWN && !addr_equal(&known[i].a, a))
		i++;
	if (i == KNOWN) {
		if (silent)
			return NULL;
		i = next++ % KNOWN;
		known[i].a = *a;
		silent =
		    ask(known[i].name, sizeof(known[i].name), a) == EAI_AGAIN;
	}
	return known[i].name[0] != '\0' ? known[i].name : NULL;
}
