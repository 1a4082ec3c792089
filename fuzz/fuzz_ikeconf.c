/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeconf_read on any text: what is read prints as text that reads the same, and
 * can be copied, asked and looked through.
 */
#include <stdlib.h>

#include "conf/ikeconf.h"
#include "conf/ikelint.h"
#include "conf/ikeprint.h"

#define ROOM (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
ask(const struct ikecfg *c)
{
	const struct ikelint_env env = { 0 };
	struct addr a = { .fam = FAM_V4 };
	const struct ikecfg_rule *r = NULL;
	struct ikeid id;

	(void)ikelint_config(c, "f", &env);
	while ((r = ikecfg_match(c, r, &a, &a, IKECFG_ANY)) != NULL) {
		(void)!ikecfg_own_id(c, r, &a, &id);
		(void)!ikecfg_takes_id(r, &id);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t one[ROOM], two[ROOM];
	struct wr a = wr_into(one, sizeof(one)), b = wr_into(two, sizeof(two));
	struct ikecfg c, copy, again;

	if (!ikeconf_read(&c, "f", p, n, NULL, NULL, NULL))
		return 0;
	ask(&c);
	if (!ikecfg_copy(&copy, &c))
		abort();
	ikecfg_fini(&c);
	ikeprint_all(&a, &copy);
	ikecfg_fini(&copy);
	if (a.bad || !ikeconf_read(&again, "f", one, a.len, NULL, NULL, NULL))
		abort();
	ikeprint_all(&b, &again);
	if (b.bad || a.len != b.len || memcmp(one, two, a.len) != 0)
		abort();
	ikecfg_fini(&again);
	return 0;
}
