/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keysave.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#define DIRS (SAF_INBOUND | SAF_OUTBOUND)

void
keysave_init(struct keysave *k, const struct addr *own, size_t n)
{
	*k = (struct keysave){ .own = calloc(n + 1, sizeof(*own)) };
	if (k->own == NULL || n == 0)
		return;
	memcpy(k->own, own, n * sizeof(*own));
	k->n_own = n;
}

/* False: not an address of IP. */
static bool
read_own(struct addr *out, const struct sockaddr *sa)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (sa != NULL && sa->sa_family == AF_INET) {
		memcpy(&four, sa, sizeof(four));
		*out = addr_v4((const uint8_t *)&four.sin_addr);
		return true;
	}
	if (sa == NULL || sa->sa_family != AF_INET6)
		return false;
	memcpy(&six, sa, sizeof(six));
	*out = addr_v6((const uint8_t *)&six.sin6_addr);
	return true;
}

void
keysave_here(struct keysave *k)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) != 0)
		all = NULL;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
		n++;
	*k = (struct keysave){ .own = calloc(n + 1, sizeof(*k->own)) };
	for (struct ifaddrs *i = all; i != NULL && k->own != NULL;
	     i = i->ifa_next)
		if (read_own(&k->own[k->n_own], i->ifa_addr))
			k->n_own++;
	if (all != NULL)
		freeifaddrs(all);
}

void
keysave_fini(struct keysave *k)
{
	free(k->own);
	free(k->alone);
	*k = (struct keysave){ 0 };
}

static bool
is_own(const struct keysave *k, const struct addr *a)
{
	/* RFC 1122 3.2.1.3: all of 127/8 is this host */
	if (a->fam == FAM_V4 && a->b[0] == 127)
		return true;
	for (size_t i = 0; i < k->n_own; i++)
		if (addr_equal(&k->own[i], a))
			return true;
	return false;
}

/* What ipsecd makes of it when nothing is said (spec: sa 13). */
static uint32_t
told_by_addresses(const struct keysave *k, const struct sa_spec *s)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (addr_is_multicast(&s->dst) ||
	    (s->dst.fam == FAM_V4 && memcmp(s->dst.b, broadcast, 4) == 0))
		return DIRS;
	if (is_own(k, &s->dst))
		return SAF_INBOUND;
	for (size_t i = 0; s->more != NULL && i < s->more->n_dst; i++)
		if (is_own(k, &s->more->dst[i]))
			return SAF_INBOUND;
	return addr_is_unspec(&s->src) ? DIRS : SAF_OUTBOUND;
}

/* Is its partner saved? Then it need not be remembered any more. */
static bool
take_partner(struct keysave *k, const struct sa_spec *s)
{
	for (size_t i = 0; i < k->n_alone; i++) {
		const struct keysave_name *n = &k->alone[i];

		if (n->satype != s->satype || n->spi != s->pair_spi ||
		    !addr_equal(&n->dst, &s->src))
			continue;
		k->alone[i] = k->alone[--k->n_alone];
		return true;
	}
	return false;
}

static void
remember(struct keysave *k, const struct sa_spec *s)
{
	if (k->n_alone == k->cap_alone) {
		size_t cap = k->cap_alone == 0 ? 16 : 2 * k->cap_alone;
		struct keysave_name *n =
		    reallocarray(k->alone, cap, sizeof(*n));

		if (n == NULL)
			return; /* it will not be paired */
		k->alone = n;
		k->cap_alone = cap;
	}
	k->alone[k->n_alone++] = (struct keysave_name){
		.satype = s->satype, .spi = s->spi, .dst = s->dst
	};
}

void
keysave_fit(struct keysave *k, struct sa_spec *s)
{
	if ((s->flags & DIRS) == told_by_addresses(k, s))
		s->flags &= ~DIRS;
	if (s->pair_spi == 0 || take_partner(k, s))
		return;
	remember(k, s);
	s->pair_spi = 0;
	s->flags &= ~SAF_PAIRED;
}
