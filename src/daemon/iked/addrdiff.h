/* SPDX-License-Identifier: BSD-2-Clause */
/* addrdiff - which addresses of this host came, and which went. */
#ifndef DAEMON_ADDRDIFF_H
#define DAEMON_ADDRDIFF_H

#include "io/ifaddr.h"

struct addrdiff {
	struct netaddr *a; /* that are known, in order */
	size_t n;
};

/*
 * Compare with what there is now; f is called for each that came or went, those
 * that came first. Without memory nothing is said, and the next time is right.
 */
void addrdiff_look(struct addrdiff *d, const struct ifaddr *now,
    void (*f)(void *ctx, const struct netaddr *a, bool there), void *ctx);
void addrdiff_fini(struct addrdiff *d);

#endif /* DAEMON_ADDRDIFF_H */
