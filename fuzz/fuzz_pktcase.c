/* SPDX-License-Identifier: BSD-2-Clause */
/* Any JSON as a file of test vectors: told about, never believed. */
#include <stdlib.h>

#include "cmd/solipsec/pktcase.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct crypto *crypto;
	static FILE *out;
	struct pktcase c = { .directions = PKTCASE_IN | PKTCASE_OUT };
	json_t *doc = json_loadb((const char *)p, n, 0, NULL);

	if (crypto == NULL) {
		crypto = crypto_new(be_ossl, NULL, NULL);
		out = fopen("/dev/null", "w");
	}
	if (doc == NULL)
		return 0;
	c.crypto = crypto;
	c.out = out;
	if (pktcase_all(&c, doc) && c.failed != 0)
		abort();
	/* each case is told of */
	if (c.passed + c.failed < c.cases || c.lost)
		abort();
	json_decref(doc);
	return 0;
}
