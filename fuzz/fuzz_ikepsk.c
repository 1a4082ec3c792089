/* SPDX-License-Identifier: BSD-2-Clause */
/* ikepsk_read on any text: what is read prints as text that reads the same. */
#include <stdlib.h>

#include "conf/ikepsk.h"

#define ROOM (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static size_t
print(uint8_t *buf, const struct ikekeys *k)
{
	struct wr w = wr_into(buf, ROOM);

	for (unsigned i = 0; i < k->n; i++)
		ikepsk_print(&w, &k->key[i], true);
	if (w.bad)
		abort();
	return w.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t one[ROOM], two[ROOM];
	struct ikekeys k, again;
	size_t len;

	if (!ikepsk_read(&k, "f", p, n, NULL, NULL, NULL))
		return 0;
	len = print(one, &k);
	if (!ikepsk_read(&again, "f", one, len, NULL, NULL, NULL) ||
	    again.n != k.n)
		abort();
	if (print(two, &again) != len || memcmp(one, two, len) != 0)
		abort();
	ikekeys_fini(&k);
	ikekeys_fini(&again);
	return 0;
}
