/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunconf_read on any text: whatever is read prints as text that reads the same.
 * The first byte: bits 0 and 1 the outer, 2 and 3 the inner family.
 */
#include <stdlib.h>

#include "conf/tunconf.h"

static const uint8_t families[] = { FAM_NONE, FAM_V4, FAM_V6, FAM_V4 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t one[8192], two[8192];
	struct wr a = wr_into(one, sizeof(one)), b = wr_into(two, sizeof(two));
	struct tunconf_env env = { 0 };
	struct tunconf c, again;

	if (n == 0)
		return 0;
	env.type = families[p[0] & 3];
	env.inner = families[p[0] >> 2 & 3];
	if (!tunconf_read(&c, &env, "f", p + 1, n - 1))
		return 0;
	tunconf_print(&a, &c);
	if (a.bad || !tunconf_read(&again, &env, "f", one, a.len))
		abort();
	tunconf_print(&b, &again);
	if (b.bad || a.len != b.len || memcmp(one, two, a.len) != 0)
		abort();
	return 0;
}
