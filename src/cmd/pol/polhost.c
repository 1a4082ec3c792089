/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/polhost.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd/host/host.h"

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
	struct addr a[IPSECINIT_ADDRS];
	size_t room = max < IPSECINIT_ADDRS ? max : IPSECINIT_ADDRS;
	size_t n = host_lookup(name, a, room);

	(void)ctx;
	if (n == 0)
		return max > 0 && resolve_net(name, out) ? 1 : 0;
	for (size_t i = 0; i < n && i < room; i++)
		out[i] = prefix_host(&a[i]);
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

#define MAX_KNOWN 20000 /* names of a file */

struct names {
	char **v; /* NULL behind the last */
	size_t n, cap;
};

static void
add_name(struct names *l, const char *name)
{
	if (l->cap - l->n < 2) {
		size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
		char **p = reallocarray(l->v, cap, sizeof(*p));

		if (p == NULL)
			return;
		l->v = p;
		l->cap = cap;
	}
	l->v[l->n] = l->n < MAX_KNOWN ? strdup(name) : NULL;
	if (l->v[l->n] != NULL)
		l->v[++l->n] = NULL;
}

static void
add_names(struct names *l, const char *name, char *const aliases[])
{
	add_name(l, name);
	for (; *aliases != NULL; aliases++)
		add_name(l, *aliases);
}

static void
read_names(struct names *l, enum ipsecinit_names which)
{
	const struct hostent *h;
	const struct servent *s;
	const struct protoent *p;

	switch (which) {
	case IPSECINIT_HOSTS:
		sethostent(0);
		while ((h = gethostent()) != NULL)
			add_names(l, h->h_name, h->h_aliases);
		endhostent();
		break;
	case IPSECINIT_SERVICES:
		setservent(0);
		while ((s = getservent()) != NULL)
			add_names(l, s->s_name, s->s_aliases);
		endservent();
		break;
	case IPSECINIT_PROTOCOLS:
		setprotoent(0);
		while ((p = getprotoent()) != NULL)
			add_names(l, p->p_name, p->p_aliases);
		endprotoent();
		break;
	}
}

const char *const *
polhost_known(void *ctx, enum ipsecinit_names which)
{
	static struct names lists[IPSECINIT_PROTOCOLS + 1];
	struct names *l = &lists[which];

	(void)ctx;
	if (l->v == NULL)
		read_names(l, which);
	return (const char *const *)l->v;
}

/* A listing has NAME/LENGTH, which no name of several addresses may have. */
static bool
is_only(const struct addr *a, const char *name)
{
	struct addr back[2];

	return host_lookup(name, back, 2) == 1 && addr_equal(&back[0], a);
}

const char *
polhost_name(void *ctx, const struct addr *a)
{
	static struct known {
		struct addr a;
		bool only;
	} known[32];
	static unsigned next;
	const char *name = host_name(a);
	struct known *k = known;

	(void)ctx;
	if (name == NULL)
		return NULL;
	while (k < known + 32 && !addr_equal(&k->a, a))
		k++;
	if (k == known + 32) {
		k = &known[next++ % 32];
		*k = (struct known){ *a, is_only(a, name) };
	}
	return k->only ? name : NULL;
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
