/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyhost.h"

#include "cmd/host/host.h"

size_t
keyhost_lookup(void *ctx, const char *name, struct addr *out, size_t max)
{
	size_t n = host_lookup(name, out, max);

	(void)ctx;
	return n < max ? n : max;
}

const char *
keyhost_name(const struct addr *a)
{
	const char *name;

	if (addr_is_unspec(a))
		return "<unspecified>";
	name = host_name(a);
	return name != NULL ? name : "<unknown>";
}
