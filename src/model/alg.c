/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/alg.h"

#include <strings.h>

/* Order within a table is the order of preference of "any". */
static const struct alg rows[] = {
	/* table, id, name, aliases, mech, def, min, max, incr, block, align, iv,
	   icv, salt, flags, does, keys */
	{ ALG_AUTH, AALG_SHA256HMAC, "hmac-sha256",
	    "sha256,sha-256,hmac-sha-256", "CKM_SHA256_HMAC_GENERAL", 256, 256,
	    256, 0, 16, 1, 0, 16, 0, ALG_VALID, 0, NULL },
	{ ALG_AUTH, AALG_SHA384HMAC, "hmac-sha384",
	    "sha384,sha-384,hmac-sha-384", "CKM_SHA384_HMAC_GENERAL", 384, 384,
	    384, 0, 24, 1, 0, 24, 0, ALG_VALID, 0, NULL },
	{ ALG_AUTH, AALG_SHA512HMAC, "hmac-sha512",
	    "sha512,sha-512,hmac-sha-512", "CKM_SHA512_HMAC_GENERAL", 512, 512,
	    512, 0, 32, 1, 0, 32, 0, ALG_VALID, 0, NULL },
	{ ALG_AUTH, AALG_SHA1HMAC, "hmac-sha1",
	    "sha,sha1,sha-1,hmac-sha,hmac-sha-1", "CKM_SHA_1_HMAC_GENERAL", 160,
	    160, 160, 0, 12, 1, 0, 12, 0, ALG_VALID, 0, NULL },
	{ ALG_AUTH, AALG_MD5HMAC, "hmac-md5", "md5", "CKM_MD5_HMAC_GENERAL",
	    128, 128, 128, 0, 12, 1, 0, 12, 0, ALG_VALID | ALG_LEGACY, 0,
	    NULL },
	{ ALG_AUTH, AALG_AES_XCBC, "aes-xcbc", "aes-xcbc-96,aes-xcbc-mac",
	    "CKM_AES_XCBC_MAC_96", 128, 128, 128, 0, 12, 1, 0, 12, 0, ALG_VALID,
	    0, NULL },
	{ ALG_AUTH, AALG_AES_CMAC, "aes-cmac", "aes-cmac-96",
	    "CKM_AES_CMAC_GENERAL", 128, 128, 128, 0, 12, 1, 0, 12, 0,
	    ALG_VALID, 0, NULL },
	{ ALG_AUTH, AALG_AES_GMAC, "aes-gmac", "", "CKM_AES_GMAC", 128, 128,
	    256, 64, 16, 1, 8, 16, 4, ALG_VALID | ALG_COUNTER, 0, NULL },
	{ ALG_ENCR, EALG_AES_GCM_16, "aes-gcm", "aes-gcm16", "CKM_AES_GCM", 128,
	    128, 256, 64, 16, 1, 8, 16, 4,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_GCM, 0, NULL },
	{ ALG_ENCR, EALG_CHACHA20_POLY1305, "chacha20-poly1305", "chachapoly",
	    "CKM_CHACHA20_POLY1305", 256, 256, 256, 0, 1, 1, 8, 16, 4,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED, 0, NULL },
	{ ALG_ENCR, EALG_AES, "aes-cbc", "aes", "CKM_AES_CBC", 128, 128, 256,
	    64, 16, 16, 16, 0, 0, ALG_VALID, 0, NULL },
	{ ALG_ENCR, EALG_AES_CCM_16, "aes-ccm", "aes-ccm16", "CKM_AES_CCM", 128,
	    128, 256, 64, 16, 1, 8, 16, 3,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_CCM, 0, NULL },
	{ ALG_ENCR, EALG_AES_GCM_12, "aes-gcm12", "", "CKM_AES_GCM", 128, 128,
	    256, 64, 16, 1, 8, 12, 4,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_GCM, 0, NULL },
	{ ALG_ENCR, EALG_AES_GCM_8, "aes-gcm8", "", "CKM_AES_GCM", 128, 128,
	    256, 64, 16, 1, 8, 8, 4,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_GCM, 0, NULL },
	{ ALG_ENCR, EALG_AES_CCM_12, "aes-ccm12", "", "CKM_AES_CCM", 128, 128,
	    256, 64, 16, 1, 8, 12, 3,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_CCM, 0, NULL },
	{ ALG_ENCR, EALG_AES_CCM_8, "aes-ccm8", "", "CKM_AES_CCM", 128, 128,
	    256, 64, 16, 1, 8, 8, 3,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_CCM, 0, NULL },
	{ ALG_ENCR, EALG_AES_CTR, "aes-ctr", "", "CKM_AES_CTR", 128, 128, 256,
	    64, 16, 1, 8, 0, 4, ALG_VALID | ALG_COUNTER, 0, NULL },
	{ ALG_ENCR, EALG_CAMELLIA, "camellia-cbc", "camellia",
	    "CKM_CAMELLIA_CBC", 128, 128, 256, 64, 16, 16, 16, 0, 0, ALG_VALID,
	    0, NULL },
	{ ALG_ENCR, EALG_3DESCBC, "3des-cbc", "3des", "CKM_DES3_CBC", 192, 192,
	    192, 0, 8, 8, 8, 0, 0, ALG_VALID | ALG_LEGACY, 0, NULL },
	{ ALG_ENCR, EALG_BLOWFISH, "blowfish-cbc", "blowfish",
	    "CKM_BLOWFISH_CBC", 128, 32, 448, 8, 8, 8, 8, 0, 0,
	    ALG_VALID | ALG_LEGACY, 0, NULL },
	{ ALG_ENCR, EALG_CAST, "cast-cbc", "cast,cast128-cbc",
	    "CKM_CAST128_CBC", 128, 40, 128, 8, 8, 8, 8, 0, 0,
	    ALG_VALID | ALG_LEGACY, 0, NULL },
	{ ALG_ENCR, EALG_DESCBC, "des-cbc", "des", "CKM_DES_CBC", 64, 64, 64, 0,
	    8, 8, 8, 0, 0, ALG_VALID | ALG_LEGACY, 0, NULL },
	{ ALG_ENCR, EALG_AES_GMAC, "aes-gmac", "null-aes-gmac", "CKM_AES_GMAC",
	    128, 128, 256, 64, 16, 1, 8, 16, 4,
	    ALG_VALID | ALG_COUNTER | ALG_COMBINED, 0, NULL },
	{ ALG_ENCR, EALG_NULL, "null", "", "-", 0, 0, 0, 0, 0, 1, 0, 0, 0,
	    ALG_VALID, 0, NULL },
};

const struct alg *
alg_row(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct alg *
alg_by_id(enum alg_table t, unsigned id)
{
	const struct alg *a;

	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		if (a->table == t && a->id == id)
			return a;
	return NULL;
}

const struct alg *
alg_impl(const struct alg *a)
{
	return a->does == 0 ? a : alg_by_id((enum alg_table)a->table, a->does);
}

/* Is the word of n bytes one of the comma separated list? */
static bool
listed(const char *list, const char *word, size_t n)
{
	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == n && strncasecmp(list, word, n) == 0)
			return true;
		list += len;
		list += *list == ',';
	}
	return false;
}

const struct alg *
alg_by_name(enum alg_table t, const char *name, size_t n)
{
	const struct alg *a;

	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		if (a->table == t &&
		    (listed(a->name, name, n) || listed(a->aliases, name, n)))
			return a;
	return NULL;
}

bool
alg_keybits_ok(const struct alg *a, unsigned bits)
{
	if (bits < a->key_min || bits > a->key_max)
		return false;
	if (a->keys != NULL) {
		const uint16_t *k = a->keys;

		while (*k != 0 && *k != bits)
			k++;
		return bits != 0 && *k == bits;
	}
	return a->key_incr == 0 || (bits - a->key_min) % a->key_incr == 0;
}

/* The weak and semi-weak keys of DES, without parity bits (FIPS 74). */
static const uint8_t des_weak[][8] = {
	{ 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01 },
	{ 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe },
	{ 0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e },
	{ 0xe0, 0xe0, 0xe0, 0xe0, 0xf1, 0xf1, 0xf1, 0xf1 },
	{ 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe },
	{ 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01 },
	{ 0x1f, 0xe0, 0x1f, 0xe0, 0x0e, 0xf1, 0x0e, 0xf1 },
	{ 0xe0, 0x1f, 0xe0, 0x1f, 0xf1, 0x0e, 0xf1, 0x0e },
	{ 0x01, 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1 },
	{ 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1, 0x01 },
	{ 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe },
	{ 0xfe, 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e },
	{ 0x01, 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e },
	{ 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e, 0x01 },
	{ 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1, 0xfe },
	{ 0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1 },
};

/* Equal but for the parity bit of each byte. */
static bool
des_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t diff = 0;

	for (int i = 0; i < 8; i++)
		diff |= (uint8_t)((a[i] ^ b[i]) & 0xfe);
	return diff == 0;
}

bool
alg_key_is_weak(const struct alg *a, const uint8_t *key, size_t n)
{
	bool weak = false;

	if (a->table != ALG_ENCR)
		return false;
	if (alg_is(a, EALG_DESCBC) && n >= 8) /* RFC 2405 4 */
		for (size_t i = 0; i < sizeof(des_weak) / 8; i++)
			weak |= des_equal(key, des_weak[i]);
	if (alg_is(a, EALG_3DESCBC) && n >= 24) /* RFC 2451 2.3 */
		weak = des_equal(key, key + 8) || des_equal(key + 8, key + 16);
	return weak;
}
