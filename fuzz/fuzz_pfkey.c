/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that parses is written, and what was written reads and writes the
 * same. What it says about an SA survives the way through another message.
 */
#include <stdlib.h>

#include "wire/pfkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct pfkey_msg m, back;
static uint8_t first[PFKEY_MAX], second[PFKEY_MAX];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* Write what a spec says as an ADD, and read it. */
static size_t
through(struct sa_spec *s, uint8_t *buf)
{
	struct wr w = wr_into(buf, PFKEY_MAX);
	struct sa_more more;
	uint16_t diag;

	if (s->more != NULL) { /* it may be back's */
		more = *s->more;
		s->more = &more;
	}
	back = (struct pfkey_msg){ .type = PFKEY_ADD };
	pfkey_from_spec(&back, s, true);
	demand(pfkey_write(&w, &back));
	saspec_fini(s);
	demand(pfkey_parse(&back, &diag, buf, w.len) == 0);
	demand(pfkey_to_spec(s, &back));
	return w.len;
}

static void
carry_spec(void)
{
	struct sa_spec s;
	size_t n;

	if (!pfkey_has(&m, PFKEY_EXT_ADDRESS_DST) || !pfkey_to_spec(&s, &m))
		return;
	n = through(&s, first);
	demand(through(&s, second) == n && memcmp(first, second, n) == 0);
	saspec_fini(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct wr a = wr_into(first, sizeof(first));
	struct wr b = wr_into(second, sizeof(second));
	uint16_t diag;
	int err = pfkey_parse(&m, &diag, p, n);

	demand(diag < PFKEY_DIAG_N && (diag == 0 || err != 0));
	if (err != 0)
		return 0;
	demand(pfkey_write(&a, &m));
	demand(pfkey_parse(&back, &diag, first, a.len) == 0);
	demand(back.has == m.has);
	demand(pfkey_write(&b, &back));
	demand(a.len == b.len && memcmp(first, second, a.len) == 0);
	carry_spec();
	return 0;
}
