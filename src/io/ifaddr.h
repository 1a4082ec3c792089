/* SPDX-License-Identifier: BSD-2-Clause */
/* ifaddr - which addresses are the host's own, kept up to date. */
#ifndef IO_IFADDR_H
#define IO_IFADDR_H

#include "io/netaddr.h"

struct ifaddr;

/* NULL: errno says why. */
struct ifaddr *ifaddr_new(void);
void ifaddr_free(struct ifaddr *l);

/* Readable when something changed; then call ifaddr_update(). */
int ifaddr_fd(const struct ifaddr *l);
/* True when the set of addresses is another one now. */
bool ifaddr_update(struct ifaddr *l);

/* Is it the address of a device here? */
MUST_USE bool ifaddr_is_local(const struct ifaddr *l, const struct netaddr *a);
size_t ifaddr_count(const struct ifaddr *l);
/* The i-th of them, in a fixed order; one on several devices is there as often. */
struct netaddr ifaddr_at(const struct ifaddr *l, size_t i);
/* What a comes before (< 0) in that order, is (0), or comes after (> 0). */
int ifaddr_cmp(const struct netaddr *a, const struct netaddr *b);

#endif /* IO_IFADDR_H */
