/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netaddr - an address as this room passes it on: a family (4, 6, or 0 for
 * none) and bytes in network order, the unused tail zero.
 */
#ifndef IO_NETADDR_H
#define IO_NETADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/rd.h"

struct netaddr {
	uint8_t fam;
	uint8_t b[16];
};

/* Bytes of an address of this family. */
static inline size_t
netaddr_bytes(uint8_t fam)
{
	return fam == 4 ? 4 : fam == 6 ? 16 : 0;
}

static inline int
netaddr_af(uint8_t fam)
{
	return fam == 4 ? AF_INET : fam == 6 ? AF_INET6 : AF_UNSPEC;
}

/* af: AF_INET or AF_INET6; anything else gives no address. */
static inline struct netaddr
netaddr_from(int af, const void *bytes)
{
	struct netaddr a = { .fam = af == AF_INET    ? 4
				    : af == AF_INET6 ? 6
						     : 0 };

	memcpy(a.b, bytes, netaddr_bytes(a.fam));
	return a;
}

MUST_USE static inline bool
netaddr_equal(const struct netaddr *a, const struct netaddr *b)
{
	return a->fam == b->fam && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* Into ss; its length, or 0 for no address. */
static inline socklen_t
netaddr_sock(struct sockaddr_storage *ss, const struct netaddr *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(ss, 0, sizeof(*ss));
	if (a->fam == 4) {
		memcpy(&in.sin_addr, a->b, 4);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	if (a->fam == 6) {
		memcpy(&in6.sin6_addr, a->b, 16);
		memcpy(ss, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

/* Of an AF_INET or AF_INET6 socket address of n bytes; else no address. */
static inline struct netaddr
netaddr_peer(const struct sockaddr_storage *ss, size_t n)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (n >= sizeof(in) && ss->ss_family == AF_INET) {
		memcpy(&in, ss, sizeof(in));
		return netaddr_from(AF_INET, &in.sin_addr);
	}
	if (n >= sizeof(in6) && ss->ss_family == AF_INET6) {
		memcpy(&in6, ss, sizeof(in6));
		return netaddr_from(AF_INET6, &in6.sin6_addr);
	}
	return (struct netaddr){ 0 };
}

#endif /* IO_NETADDR_H */
