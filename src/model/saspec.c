/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/saspec.h"

void
saspec_fini(struct sa_spec *s)
{
	secret_wipe(s, sizeof(*s));
}

static bool
is_one_of(const struct addr *list, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&list[i], a))
			return true;
	return false;
}

bool
saspec_has_dst(const struct sa_spec *s, const struct addr *a)
{
	return addr_equal(&s->dst, a) ||
	       (s->more != NULL && is_one_of(s->more->dst, s->more->n_dst, a));
}

bool
saspec_has_src(const struct sa_spec *s, const struct addr *a)
{
	return addr_is_unspec(&s->src) || addr_equal(&s->src, a) ||
	       (s->more != NULL && is_one_of(s->more->src, s->more->n_src, a));
}
