/* SPDX-License-Identifier: BSD-2-Clause */
/* A request or an answer that parses is written as it was read. */
#include <stdlib.h>

#include "wire/sockreq.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
again(const struct sockreq *m, size_t n, bool answer)
{
	uint8_t b[SOCKREQ_MAX];
	struct wr w = wr_into(b, sizeof(b));
	struct sockreq back;

	if (answer)
		sockreq_write_answer(&w, m);
	else
		sockreq_write(&w, m);
	demand(!w.bad && w.len == n);
	demand((answer ? sockreq_parse_answer(&back, b, w.len)
		       : sockreq_parse(&back, b, w.len)) == 0);
	demand(back.op == m->op && back.err == m->err &&
	       back.has_bits == m->has_bits &&
	       back.want.espa_min == m->want.espa_min &&
	       back.want.esp == m->want.esp &&
	       back.want.espa_alg == m->want.espa_alg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sockreq m;

	if (sockreq_parse(&m, p, n) == 0)
		again(&m, n, false);
	if (sockreq_parse_answer(&m, p, n) == 0)
		again(&m, n, true);
	return 0;
}
