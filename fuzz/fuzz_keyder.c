/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identities in DER, as another program may send them to ipseckey's monitor: the
 * first byte is the type. What comes out is text for a terminal.
 */
#include <stdlib.h>

#include "cmd/ipseckey/keyder.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sa_ident id = { 0 };
	char text[KEYDER_TEXT];

	if (n == 0 || n > SA_IDENT_MAX)
		return 0;
	id.type = p[0] % 8;
	id.len = (uint16_t)(n - 1);
	memcpy(id.id, p + 1, n - 1);
	if (!keyder_print(text, &id))
		return 0;
	if (strlen(text) >= sizeof(text) || (id.type != 4 && id.type != 5))
		abort();
	for (const char *t = text; *t != '\0'; t++)
		if (*t < ' ' || *t > '~')
			abort();
	return 0;
}
