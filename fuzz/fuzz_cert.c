/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a peer says is its certificate: read, printed, compared with identities and
 * selectors, and judged by a store that believes nobody.
 */
#include <stdlib.h>

#include "pki/certstore.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
look(const struct cert *c)
{
	static const char *const texts[] = { "a.example", "O=Test, CN=a",
		"EMAIL=u@a.example", "IP=192.0.2.1", "URI=x", "RID=1.2.3",
		"ISSUER=CN=a", "DN=CN=a" };
	struct ikeid id = cert_subject_id(c);
	char name[CERT_TEXT], date[CERT_DATE], why[CERT_WHY];
	struct certsel s;
	uint8_t hash[20];

	if (strlen(cert_subject(name, c)) >= sizeof(name) ||
	    strlen(cert_issuer(name, c)) >= sizeof(name) ||
	    strlen(cert_date(date, c, true)) >= sizeof(date))
		abort();
	if (id.type != IKEID_NONE && id.type != IKEID_DN)
		abort();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!certsel_read(&s, texts[i], why))
			abort();
		else
			(void)!certsel_match(&s, c);
	(void)!cert_key_hash(c, hash);
	(void)cert_usage(c);
	(void)cert_when(c, 1800000000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct certstore *store;
	char why[CERT_WHY], reason[CERTSTORE_WHY];
	struct certstore_bytes ocsp = { p, n };
	struct cert *c;

	if (store == NULL && (store = certstore_new()) == NULL)
		abort();
	for (int raw = 0; raw < 2; raw++) {
		c = cert_new(certstore_ctx(store), raw != 0, p, n, why);
		if (c == NULL) {
			if (why[0] == '\0')
				abort();
			continue;
		}
		look(c);
		if (certstore_verify(
			store, c, &c, 1, &ocsp, 1, 1800000000, reason) ||
		    reason[0] == '\0')
			abort();
		cert_free(c);
	}
	return 0;
}
