/* SPDX-License-Identifier: BSD-2-Clause */
/* A selector's text. What is read means no identity that is not one. */
#include <stdlib.h>

#include "pki/certsel.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct ikeid none = { .type = IKEID_NONE };
	char text[1024], why[CERT_WHY];
	struct certsel s, t;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (!certsel_read(&s, text, why)) {
		if (why[0] == '\0' || strlen(why) >= sizeof(why))
			abort();
		return 0;
	}
	if (strlen(s.text) >= sizeof(s.text))
		abort();
	/* the same text gives the same */
	if (!certsel_read(&t, text, why) || t.by != s.by ||
	    t.negated != s.negated || strcmp(t.text, s.text) != 0)
		abort();
	if (certsel_match_id(&s, &none) && s.by != CERTSEL_ANY)
		abort();
	return 0;
}
