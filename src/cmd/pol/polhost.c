/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/polhost.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

/* False: a family that is not IP's. */
static bool
from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		*out = addr_v4((const uint8_t *)&in.sin_addr);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		*out = addr_v6(in6.sin6_addr.s6_addr);
		*out = addr_unmap(out);
		return true;
	}
	return false;
}

static bool
is_there(const struct prefix *list, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&list[i].a, a))
			return true;
	return false;
}

/*
 * A network of /etc/networks. Its number comes without the zeros at its end
 * (10.5.5 is 0x0a0505), so the bytes that are there give the prefix.
 */
static bool
resolve_net(const char *name, struct prefix *out)
{
	const struct netent *ne = getnetbyname(name);
	uint32_t net;

	if (ne == NULL || ne->n_addrtype != AF_INET || ne->n_net == 0)
		return false;
	net = ne->n_net;
	while ((net & 0xff000000) == 0)
		net <<= 8;

	uint8_t b[4] = { (uint8_t)(net >> 24), (uint8_t)(net >> 16),
		(uint8_t)(net >> 8), (uint8_t)net };

	*out = (struct prefix){ .a = addr_v4(b), .len = 32 };
	while (out->len > 8 && b[out->len / 8 - 1] == 0)
		out->len = (uint8_t)(out->len - 8);
	return true;
}

size_t
polhost_resolve(void *ctx, const char *name, struct prefix *out, size_t max)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	size_t n = 0;

	(void)ctx;
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return max > 0 && resolve_net(name, out) ? 1 : 0;
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		struct addr a;

		if (!from_sockaddr(&a, ai->ai_addr) ||
		    is_there(out, n < max ? n : max, &a))
			continue;
		if (n < max)
			out[n] = prefix_host(&a);
		n++;
	}
	freeaddrinfo(list);
	return n;
}

bool
polhost_service(void *ctx, const char *name, uint16_t *port)
{
	const struct servent *se = getservbyname(name, NULL);

	(void)ctx;
	if (se == NULL)
		return false;
	*port = ntohs((uint16_t)se->s_port);
	return true;
}

bool
polhost_protocol(void *ctx, const char *name, uint8_t *proto)
{
	const struct protoent *pe = getprotobyname(name);

	(void)ctx;
	if (pe == NULL || pe->p_proto < 0 || pe->p_proto > 255)
		return false;
	*proto = (uint8_t)pe->p_proto;
	return true;
}

const char *
polhost_name(void *ctx, const struct addr *a)
{
	/* a listing names the same few hosts again and again */
	static struct {
		struct addr a;
		char name[NI_MAXHOST]; /* "": has none */
	} known[32];
	static unsigned next;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const size_t n_known = sizeof(known) / sizeof(known[0]);
	size_t i = 0;
	int e;

	(void)ctx;
	while (i < n_known && !addr_equal(&known[i].a, a))
		i++;
	if (i < n_known)
		return known[i].name[0] != '\0' ? known[i].name : NULL;
	i = next++ % n_known;
	known[i].a = *a;
	memcpy(&in.sin_addr, a->b, 4);
	memcpy(&in6.sin6_addr, a->b, 16);
	e = getnameinfo(
	    a->fam == FAM_V4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
	    a->fam == FAM_V4 ? sizeof(in) : sizeof(in6), known[i].name,
	    sizeof(known[i].name), NULL, 0, NI_NAMEREQD | NI_NOFQDN);
	if (e != 0)
		known[i].name[0] = '\0';
	return known[i].name[0] != '\0' ? known[i].name : NULL;
}

const char *
polhost_service_name(void *ctx, uint16_t port)
{
	static char name[64];
	const struct servent *se = getservbyport(htons(port), NULL);
	uint16_t back;

	if (se == NULL)
		return NULL;
	(void)snprintf(name, sizeof(name), "%s", se->s_name);
	return polhost_service(ctx, name, &back) && back == port ? name : NULL;
}

const char *
polhost_protocol_name(void *ctx, uint8_t proto)
{
	static char name[64];
	const struct protoent *pe = getprotobynumber(proto);
	uint8_t back;

	if (pe == NULL)
		return NULL;
	(void)snprintf(name, sizeof(name), "%s", pe->p_name);
	return polhost_protocol(ctx, name, &back) && back == proto ? name
								   : NULL;
}
