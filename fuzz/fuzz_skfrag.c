/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments in any order, with any numbers and sizes: memory stays within bounds,
 * and a message that is whole is what its fragments were, first come. Each
 * fragment is six bytes of input: message, number, total, first, length.
 */
#include <stdlib.h>

#include "ike/skfrag.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t text[4096], whole[SKFRAG_BYTES];
static struct {
	bool there;
	uint8_t byte;
	size_t n;
} model[256];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check(const struct skfrag *f, unsigned total)
{
	uint8_t first;
	struct ike_view v = skfrag_text(f, &first);
	size_t len = 0;

	for (unsigned i = 1; i <= total; i++) {
		demand(model[i].there && len + model[i].n <= sizeof(whole));
		memset(whole + len, model[i].byte, model[i].n);
		len += model[i].n;
	}
	demand(v.n == len && memcmp(v.p, whole, len) == 0);
	demand(first == model[1].byte);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_from(p, n);
	struct skfrag *f = NULL;
	unsigned total = 0, id = 0;

	memset(model, 0, sizeof(model));
	while (rd_left(&r) >= 6) {
		uint32_t msgid = rd_u8(&r);
		struct ike2_sk sk = { .num = rd_u8(&r), .total = rd_u8(&r) };
		size_t len;
		enum skfrag_result res;

		sk.first = rd_u8(&r);
		len = rd_be16(&r) % sizeof(text);
		memset(text, sk.first, len);
		/* what skfrag_add() is to do with the ones before */
		bool anew = f == NULL || msgid != id || sk.total > total;

		res = skfrag_add(&f, msgid, &sk, text, len);
		demand(skfrag_size(f) < 3 * SKFRAG_BYTES);
		demand(res != SKFRAG_NOMEM);
		if (res == SKFRAG_DROP)
			continue;
		if (anew)
			memset(model, 0, sizeof(model));
		total = sk.total;
		id = msgid;
		if (!model[sk.num].there) {
			model[sk.num].there = true;
			model[sk.num].byte = sk.first;
			model[sk.num].n = len;
		}
		demand(skfrag_is_whole(f, id) == (res == SKFRAG_WHOLE));
		if (res == SKFRAG_WHOLE)
			check(f, total);
	}
	skfrag_free(f);
	return 0;
}
