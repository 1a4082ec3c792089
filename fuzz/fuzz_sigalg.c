/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An AlgorithmIdentifier that a peer sent: what is understood is written again
 * and understood as the same.
 */
#include <stdlib.h>

#include "crypto/sigalg.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t out[SIGALG_DER];
	struct wr w = wr_into(out, sizeof(out));
	struct sigalg a, b;
	char text[SIGALG_TEXT];

	if (!sigalg_parse(&a, p, n))
		return 0;
	sigalg_write(&w, &a);
	if (w.bad || !sigalg_parse(&b, out, w.len) || a.kind != b.kind ||
	    a.hash != b.hash || a.salt != b.salt)
		abort();
	if (strlen(sigalg_print(text, &a)) >= sizeof(text))
		abort();
	return 0;
}
