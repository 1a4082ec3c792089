/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/addrdiff.h"

#include <stdlib.h>

/* Every one of a that b has not; both are in order. */
static void
missing(const struct netaddr *a, size_t n_a, const struct netaddr *b,
    size_t n_b, void (*f)(void *ctx, const struct netaddr *a, bool there),
    void *ctx, bool there)
{
	size_t j = 0;

	for (size_t i = 0; i < n_a; i++) {
		while (j < n_b && ifaddr_cmp(&b[j], &a[i]) < 0)
			j++;
		if (j == n_b || ifaddr_cmp(&b[j], &a[i]) != 0)
			f(ctx, &a[i], there);
	}
}

void
addrdiff_look(struct addrdiff *d, const struct ifaddr *now,
    void (*f)(void *ctx, const struct netaddr *a, bool there), void *ctx)
{
	size_t all = ifaddr_count(now), n = 0;
	struct netaddr *a = calloc(all + 1, sizeof(*a)), *old = d->a;
	size_t n_old = d->n;

	if (a == NULL)
		return;
	for (size_t i = 0; i < all; i++) {
		struct netaddr x = ifaddr_at(now, i);

		if (n == 0 || ifaddr_cmp(&a[n - 1], &x) != 0)
			a[n++] = x;
	}
	d->a = a;
	d->n = n;
	missing(a, n, old, n_old, f, ctx, true);
	missing(old, n_old, a, n, f, ctx, false);
	free(old);
}

void
addrdiff_fini(struct addrdiff *d)
{
	free(d->a);
	*d = (struct addrdiff){ 0 };
}
