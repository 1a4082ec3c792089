/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer's Key Exchange Data: the first byte is the group's number. A value is
 * refused, or gives a secret of the group's length.
 */
#include <stdlib.h>

#include "crypto/be/be.h"
#include "crypto/ke.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct crypto *c;
	static uint8_t value[KE_VALUE_MAX];
	const struct ikealg *g;
	struct ke_secret s;

	if (c == NULL && (c = crypto_new(be_ossl, NULL, NULL)) == NULL)
		abort();
	if (n == 0 || (g = ikealg_by_id(IKEALG_KE, p[0])) == NULL ||
	    !ke_usable(c, g))
		return 0;
	/* the large ones only take longer */
	if (g->len > 256)
		return 0;
	switch (ke_respond(c, g, &crypto_rng, p + 1, n - 1, value, &s)) {
	case KE_OK:
		if (n - 1 != g->len || s.n != g->secret_len)
			abort();
		break;
	case KE_LENGTH:
		if (n - 1 == g->len || s.n != 0)
			abort();
		break;
	case KE_INVALID:
		if (s.n != 0)
			abort();
		break;
	case KE_FAILED:
		abort();
	}
	ke_secret_fini(&s);
	return 0;
}
