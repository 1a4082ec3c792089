/* SPDX-License-Identifier: BSD-2-Clause */
/* A message between the processes of in.iked that parses is written as it was. */
#include <stdlib.h>

#include "wire/ikeipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ikeipc_msg m;
	uint8_t *b;
	struct wr w;

	if (!ikeipc_parse(&m, p, n))
		return 0;
	b = malloc(n);
	demand(b != NULL);
	w = wr_into(b, n);
	demand(ikeipc_write(&w, &m));
	demand(w.len == n && memcmp(b, p, n) == 0);
	free(b);
	return 0;
}
