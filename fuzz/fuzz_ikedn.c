/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikedn on any bytes, once as DER and once as text: a name is the same as itself,
 * and text that is a name prints as text of the same bytes.
 */
#include <stdlib.h>

#include "model/ikedn.h"

#define ROOM (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
as_text(const uint8_t *p, size_t n)
{
	static char text[ROOM];
	static uint8_t one[ROOM], two[ROOM];
	struct wr a = wr_into(one, ROOM), t, b = wr_into(two, ROOM);

	if (n >= ROOM)
		return;
	memcpy(text, p, n);
	text[n] = '\0';
	if (!ikedn_read(&a, text))
		return;
	t = wr_into(text, ROOM - 1);
	if (!ikedn_print(&t, one, a.len))
		abort();
	text[t.len] = '\0';
	if (!ikedn_read(&b, text) || a.len != b.len ||
	    memcmp(one, two, a.len) != 0 || !ikedn_same(one, a.len, two, b.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char text[ROOM];
	struct wr t = wr_into(text, ROOM);

	if (ikedn_print(&t, p, n) && !ikedn_same(p, n, p, n))
		abort();
	as_text(p, n);
	return 0;
}
