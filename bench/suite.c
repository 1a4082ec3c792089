/* SPDX-License-Identifier: BSD-2-Clause */
#include "suite.h"

const struct suite suites[] = {
	{ "aes-256-gcm", EALG_AES_GCM_16, 0, 0, 256, RAW_GCM },
	{ "aes-128-gcm", EALG_AES_GCM_16, 0, 0, 128, RAW_GCM },
	{ "chacha20-poly1305", EALG_CHACHA20_POLY1305, 0, 0, 256, RAW_CHACHA },
	{ "aes-256-cbc hmac-sha2-256", EALG_AES, AALG_SHA256HMAC, 0, 256,
	    RAW_CBC_HMAC },
	{ "ah hmac-sha2-256", 0, 0, AALG_SHA256HMAC, 0, RAW_HMAC },
};
const unsigned n_suites = sizeof(suites) / sizeof(suites[0]);

const struct suite *
suite_find(const char *name)
{
	for (unsigned i = 0; i < n_suites; i++)
		if (strcmp(suites[i].name, name) == 0)
			return &suites[i];
	return NULL;
}

void
suite_key(uint8_t *key, unsigned n, unsigned number)
{
	for (unsigned i = 0; i < n; i++)
		key[i] = (uint8_t)(i * 5 + number + (number >> 8) * 3 +
				   (number >> 16) * 7);
}
