/* SPDX-License-Identifier: BSD-2-Clause */
/* A message that parses is written, and what was written reads the same. */
#include <stdlib.h>

#include "wire/pfpolicy.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t first[PFPOLICY_MAX + 8], second[PFPOLICY_MAX + 8];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pfpolicy_msg m, back;
	struct wr a = wr_into(first, sizeof(first));
	struct wr b = wr_into(second, sizeof(second));
	uint16_t diag;

	if (pfpolicy_parse(&m, &diag, p, n) != 0) {
		demand(diag < PFPOLICY_DIAG_N);
		demand(m.rule.actions == NULL);
		return 0;
	}
	/* short lists of attributes may become longer than one message */
	if (pfpolicy_write(&a, &m)) {
		demand(pfpolicy_parse(&back, &diag, first, a.len) == 0);
		demand(back.rule.n_actions == m.rule.n_actions);
		demand(back.n_algs == m.n_algs);
		demand(sel_equal(&back.rule.sel, &m.rule.sel));
		for (unsigned i = 0; i < m.rule.n_actions; i++)
			demand(action_equal(
			    &back.rule.actions[i], &m.rule.actions[i]));
		demand(pfpolicy_write(&b, &back));
		demand(a.len == b.len && memcmp(first, second, a.len) == 0);
		pfpolicy_fini(&back);
	}
	pfpolicy_fini(&m);
	return 0;
}
