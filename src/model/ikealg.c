/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikealg.h"

#include <strings.h>

#include "model/alg.h"

enum {
	ALL = IKEALG_FOR_IKE | IKEALG_FOR_ESP,
	AEAD = ALL | IKEALG_COMBINED,
	KEYED_AEAD = AEAD | IKEALG_KEYLEN,
	MACS = ALL | IKEALG_FOR_AH,
	ANY = ALL | IKEALG_FOR_AH
};

/* AES: 128, 192 and 256 bits. */
#define AES_KEYS .bits = 128, .key_min = 128, .key_max = 256, .key_incr = 64
#define FIXED(n) .bits = (n), .key_min = (n), .key_max = (n)

static const struct ikealg rows[] = {
	{ IKEALG_ENCR, IKE_ENCR_AES_GCM_16, AES_KEYS, .salt = 4,
	    .alg = EALG_AES_GCM_16, .status = IKEALG_SHOULD,
	    .flags = KEYED_AEAD, .name = "aes-gcm-16",
	    .aliases = "aes-gcm,aes-gcm16" },
	{ IKEALG_ENCR, IKE_ENCR_CHACHA20_POLY1305, FIXED(256), .salt = 4,
	    .alg = EALG_CHACHA20_POLY1305, .status = IKEALG_SHOULD,
	    .flags = AEAD, .name = "chacha20-poly1305",
	    .aliases = "chachapoly,chacha20poly1305" },
	{ IKEALG_ENCR, IKE_ENCR_AES_CBC, AES_KEYS, .alg = EALG_AES,
	    .status = IKEALG_MUST, .flags = ALL | IKEALG_KEYLEN,
	    .name = "aes-cbc", .aliases = "aes" },
	{ IKEALG_ENCR, IKE_ENCR_AES_CCM_16, AES_KEYS, .salt = 3,
	    .alg = EALG_AES_CCM_16, .status = IKEALG_MAY, .flags = KEYED_AEAD,
	    .name = "aes-ccm-16", .aliases = "aes-ccm,aes-ccm16" },
	{ IKEALG_ENCR, IKE_ENCR_AES_GCM_12, AES_KEYS, .salt = 4,
	    .alg = EALG_AES_GCM_12, .status = IKEALG_MAY, .flags = KEYED_AEAD,
	    .name = "aes-gcm-12", .aliases = "aes-gcm12" },
	{ IKEALG_ENCR, IKE_ENCR_AES_GCM_8, AES_KEYS, .salt = 4,
	    .alg = EALG_AES_GCM_8, .status = IKEALG_MAY, .flags = KEYED_AEAD,
	    .name = "aes-gcm-8", .aliases = "aes-gcm8" },
	{ IKEALG_ENCR, IKE_ENCR_AES_CCM_12, AES_KEYS, .salt = 3,
	    .alg = EALG_AES_CCM_12, .status = IKEALG_MAY, .flags = KEYED_AEAD,
	    .name = "aes-ccm-12", .aliases = "aes-ccm12" },
	{ IKEALG_ENCR, IKE_ENCR_AES_CCM_8, AES_KEYS, .salt = 3,
	    .alg = EALG_AES_CCM_8, .status = IKEALG_SHOULD, .flags = KEYED_AEAD,
	    .name = "aes-ccm-8", .aliases = "aes-ccm8" },
	{ IKEALG_ENCR, IKE_ENCR_AES_CTR, AES_KEYS, .salt = 4,
	    .alg = EALG_AES_CTR, .status = IKEALG_MAY,
	    .flags = ALL | IKEALG_KEYLEN, .name = "aes-ctr", .aliases = "" },
	{ IKEALG_ENCR, IKE_ENCR_CAMELLIA_CBC, AES_KEYS, .alg = EALG_CAMELLIA,
	    .status = IKEALG_MAY, .flags = ALL | IKEALG_KEYLEN,
	    .name = "camellia-cbc", .aliases = "camellia" },
	{ IKEALG_ENCR, IKE_ENCR_3DES, FIXED(192), .alg = EALG_3DESCBC,
	    .status = IKEALG_LEGACY, .flags = ALL, .name = "3des-cbc",
	    .aliases = "3des" },
	/* RFC 9395 5 deprecates these; ESP has them for those who ask */
	{ IKEALG_ENCR, IKE_ENCR_BLOWFISH, .bits = 128, .key_min = 40,
	    .key_max = 448, .key_incr = 8, .alg = EALG_BLOWFISH,
	    .status = IKEALG_LEGACY, .flags = IKEALG_FOR_ESP | IKEALG_KEYLEN,
	    .name = "blowfish-cbc", .aliases = "blowfish,blowfish-cdc" },
	{ IKEALG_ENCR, IKE_ENCR_CAST, .bits = 128, .key_min = 40,
	    .key_max = 128, .key_incr = 8, .alg = EALG_CAST,
	    .status = IKEALG_LEGACY, .flags = IKEALG_FOR_ESP | IKEALG_KEYLEN,
	    .name = "cast-cbc", .aliases = "cast,cast128-cbc" },
	{ IKEALG_ENCR, IKE_ENCR_DES, FIXED(64), .alg = EALG_DESCBC,
	    .status = IKEALG_LEGACY, .flags = IKEALG_FOR_ESP, .name = "des-cbc",
	    .aliases = "des" },
	{ IKEALG_ENCR, IKE_ENCR_AES_GMAC, AES_KEYS, .salt = 4,
	    .alg = EALG_AES_GMAC, .status = IKEALG_MAY,
	    .flags = IKEALG_FOR_ESP | IKEALG_COMBINED | IKEALG_KEYLEN,
	    .name = "aes-gmac", .aliases = "null-aes-gmac" },
	{ IKEALG_ENCR, IKE_ENCR_NULL, .alg = EALG_NULL, .status = IKEALG_MUST,
	    .flags = IKEALG_FOR_ESP, .name = "null", .aliases = "" },

	{ IKEALG_PRF, IKE_PRF_HMAC_SHA256, .bits = 256, .alg = AALG_SHA256HMAC,
	    .status = IKEALG_MUST, .flags = IKEALG_FOR_IKE, .name = "sha256",
	    .aliases = "hmac-sha256,sha-256,sha2-256,hmac-sha2-256" },
	{ IKEALG_PRF, IKE_PRF_HMAC_SHA384, .bits = 384, .alg = AALG_SHA384HMAC,
	    .status = IKEALG_MAY, .flags = IKEALG_FOR_IKE, .name = "sha384",
	    .aliases = "hmac-sha384,sha-384,sha2-384,hmac-sha2-384" },
	{ IKEALG_PRF, IKE_PRF_HMAC_SHA512, .bits = 512, .alg = AALG_SHA512HMAC,
	    .status = IKEALG_SHOULD, .flags = IKEALG_FOR_IKE, .name = "sha512",
	    .aliases = "hmac-sha512,sha-512,sha2-512,hmac-sha2-512" },
	{ IKEALG_PRF, IKE_PRF_AES_XCBC, .bits = 128, .alg = AALG_AES_XCBC,
	    .status = IKEALG_SHOULD,
	    .flags = IKEALG_FOR_IKE | IKEALG_SHORT_NONCES, .name = "aes-xcbc",
	    .aliases = "aes128-xcbc,aesxcbc" },
	{ IKEALG_PRF, IKE_PRF_AES_CMAC, .bits = 128, .alg = AALG_AES_CMAC,
	    .status = IKEALG_MAY, .flags = IKEALG_FOR_IKE | IKEALG_SHORT_NONCES,
	    .name = "aes-cmac", .aliases = "aes128-cmac,aescmac" },
	{ IKEALG_PRF, IKE_PRF_HMAC_SHA1, .bits = 160, .alg = AALG_SHA1HMAC,
	    .status = IKEALG_MUST, .flags = IKEALG_FOR_IKE, .name = "sha1",
	    .aliases = "sha,hmac-sha1,sha-1,hmac-sha" },
	{ IKEALG_PRF, IKE_PRF_HMAC_MD5, .bits = 128, .alg = AALG_MD5HMAC,
	    .status = IKEALG_LEGACY, .flags = IKEALG_FOR_IKE, .name = "md5",
	    .aliases = "hmac-md5" },

	{ IKEALG_INTEG, IKE_INTEG_HMAC_SHA256_128, .bits = 256, .len = 16,
	    .alg = AALG_SHA256HMAC, .status = IKEALG_MUST, .flags = MACS,
	    .name = "sha256",
	    .aliases = "hmac-sha256,sha-256,sha2-256,hmac-sha2-256" },
	{ IKEALG_INTEG, IKE_INTEG_HMAC_SHA384_192, .bits = 384, .len = 24,
	    .alg = AALG_SHA384HMAC, .status = IKEALG_MAY, .flags = MACS,
	    .name = "sha384",
	    .aliases = "hmac-sha384,sha-384,sha2-384,hmac-sha2-384" },
	{ IKEALG_INTEG, IKE_INTEG_HMAC_SHA512_256, .bits = 512, .len = 32,
	    .alg = AALG_SHA512HMAC, .status = IKEALG_SHOULD, .flags = MACS,
	    .name = "sha512",
	    .aliases = "hmac-sha512,sha-512,sha2-512,hmac-sha2-512" },
	{ IKEALG_INTEG, IKE_INTEG_AES_XCBC_96, .bits = 128, .len = 12,
	    .alg = AALG_AES_XCBC, .status = IKEALG_SHOULD, .flags = MACS,
	    .name = "aes-xcbc", .aliases = "aes-xcbc-96,aesxcbc" },
	{ IKEALG_INTEG, IKE_INTEG_AES_CMAC_96, .bits = 128, .len = 12,
	    .alg = AALG_AES_CMAC, .status = IKEALG_MAY, .flags = MACS,
	    .name = "aes-cmac", .aliases = "aes-cmac-96,aescmac" },
	{ IKEALG_INTEG, IKE_INTEG_AES_128_GMAC, .bits = 128, .len = 16,
	    .salt = 4, .alg = AALG_AES_GMAC, .status = IKEALG_MAY,
	    .flags = IKEALG_FOR_AH, .name = "aes-128-gmac", .aliases = "" },
	{ IKEALG_INTEG, IKE_INTEG_AES_192_GMAC, .bits = 192, .len = 16,
	    .salt = 4, .alg = AALG_AES_GMAC, .status = IKEALG_MAY,
	    .flags = IKEALG_FOR_AH, .name = "aes-192-gmac", .aliases = "" },
	{ IKEALG_INTEG, IKE_INTEG_AES_256_GMAC, .bits = 256, .len = 16,
	    .salt = 4, .alg = AALG_AES_GMAC, .status = IKEALG_MAY,
	    .flags = IKEALG_FOR_AH, .name = "aes-256-gmac", .aliases = "" },
	{ IKEALG_INTEG, IKE_INTEG_HMAC_SHA1_96, .bits = 160, .len = 12,
	    .alg = AALG_SHA1HMAC, .status = IKEALG_MUST, .flags = MACS,
	    .name = "sha1", .aliases = "sha,hmac-sha1,sha-1,hmac-sha" },
	{ IKEALG_INTEG, IKE_INTEG_HMAC_MD5_96, .bits = 128, .len = 12,
	    .alg = AALG_MD5HMAC, .status = IKEALG_LEGACY, .flags = MACS,
	    .name = "md5", .aliases = "hmac-md5" },
	{ IKEALG_INTEG, IKE_INTEG_NONE, .status = IKEALG_MAY, .flags = ALL,
	    .name = "none", .aliases = "" },

	{ IKEALG_KE, IKE_KE_CURVE25519, .bits = 128, .len = 32, .len2 = 32,
	    .secret_len = 32, .status = IKEALG_SHOULD, .flags = ANY,
	    .name = "curve25519", .aliases = "x25519" },
	{ IKEALG_KE, IKE_KE_ECP_256, .bits = 128, .len = 64, .len2 = 64,
	    .secret_len = 32, .status = IKEALG_SHOULD, .flags = ANY,
	    .name = "ecp256", .aliases = "p256,secp256r1" },
	{ IKEALG_KE, IKE_KE_ECP_384, .bits = 192, .len = 96, .len2 = 96,
	    .secret_len = 48, .status = IKEALG_MAY, .flags = ANY,
	    .name = "ecp384", .aliases = "p384,secp384r1" },
	{ IKEALG_KE, IKE_KE_CURVE448, .bits = 224, .len = 56, .len2 = 56,
	    .secret_len = 56, .status = IKEALG_MAY, .flags = ANY,
	    .name = "curve448", .aliases = "x448" },
	{ IKEALG_KE, IKE_KE_ECP_521, .bits = 256, .len = 132, .len2 = 132,
	    .secret_len = 66, .status = IKEALG_MAY, .flags = ANY,
	    .name = "ecp521", .aliases = "p521,secp521r1" },
	/* RFC 3526 8: estimates of strength */
	{ IKEALG_KE, IKE_KE_MODP_3072, .bits = 128, .len = 384, .len2 = 384,
	    .secret_len = 384, .status = IKEALG_MAY, .flags = ANY,
	    .name = "modp3072", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_2048, .bits = 112, .len = 256, .len2 = 256,
	    .secret_len = 256, .status = IKEALG_MUST, .flags = ANY,
	    .name = "modp2048", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_4096, .bits = 150, .len = 512, .len2 = 512,
	    .secret_len = 512, .status = IKEALG_MAY, .flags = ANY,
	    .name = "modp4096", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_6144, .bits = 170, .len = 768, .len2 = 768,
	    .secret_len = 768, .status = IKEALG_MAY, .flags = ANY,
	    .name = "modp6144", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_8192, .bits = 190, .len = 1024, .len2 = 1024,
	    .secret_len = 1024, .status = IKEALG_MAY, .flags = ANY,
	    .name = "modp8192", .aliases = "" },
	{ IKEALG_KE, IKE_KE_BRAINPOOL_256, .bits = 128, .len = 64, .len2 = 64,
	    .secret_len = 32, .status = IKEALG_MAY, .flags = ANY,
	    .name = "brainpool256", .aliases = "ecp256bp,brainpoolp256r1" },
	{ IKEALG_KE, IKE_KE_BRAINPOOL_384, .bits = 192, .len = 96, .len2 = 96,
	    .secret_len = 48, .status = IKEALG_MAY, .flags = ANY,
	    .name = "brainpool384", .aliases = "ecp384bp,brainpoolp384r1" },
	{ IKEALG_KE, IKE_KE_BRAINPOOL_512, .bits = 256, .len = 128, .len2 = 128,
	    .secret_len = 64, .status = IKEALG_MAY, .flags = ANY,
	    .name = "brainpool512", .aliases = "ecp512bp,brainpoolp512r1" },
	{ IKEALG_KE, IKE_KE_ML_KEM_768, .bits = 192, .len = 1184, .len2 = 1088,
	    .secret_len = 32, .status = IKEALG_MAY, .flags = ANY | IKEALG_KEM,
	    .name = "mlkem768", .aliases = "ml-kem-768" },
	{ IKEALG_KE, IKE_KE_ML_KEM_1024, .bits = 256, .len = 1568, .len2 = 1568,
	    .secret_len = 32, .status = IKEALG_MAY, .flags = ANY | IKEALG_KEM,
	    .name = "mlkem1024", .aliases = "ml-kem-1024" },
	{ IKEALG_KE, IKE_KE_ML_KEM_512, .bits = 128, .len = 800, .len2 = 768,
	    .secret_len = 32, .status = IKEALG_MAY, .flags = ANY | IKEALG_KEM,
	    .name = "mlkem512", .aliases = "ml-kem-512" },
	{ IKEALG_KE, IKE_KE_MODP_1536, .bits = 90, .len = 192, .len2 = 192,
	    .secret_len = 192, .status = IKEALG_LEGACY, .flags = ANY,
	    .name = "modp1536", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_1024, .bits = 73, .len = 128, .len2 = 128,
	    .secret_len = 128, .status = IKEALG_LEGACY, .flags = ANY,
	    .name = "modp1024", .aliases = "" },
	{ IKEALG_KE, IKE_KE_MODP_768, .bits = 60, .len = 96, .len2 = 96,
	    .secret_len = 96, .status = IKEALG_LEGACY, .flags = ANY,
	    .name = "modp768", .aliases = "" },
	/* RFC 8247 2.4: where their primes come from nobody can tell */
	{ IKEALG_KE, 22, .status = IKEALG_NEVER, .name = "modp1024-160",
	    .aliases = "modp1024s160" },
	{ IKEALG_KE, 23, .status = IKEALG_NEVER, .name = "modp2048-224",
	    .aliases = "modp2048s224" },
	{ IKEALG_KE, 24, .status = IKEALG_NEVER, .name = "modp2048-256",
	    .aliases = "modp2048s256" },
	{ IKEALG_KE, 25, .status = IKEALG_NEVER, .name = "ecp192",
	    .aliases = "p192" },
	{ IKEALG_KE, 26, .status = IKEALG_NEVER, .name = "ecp224",
	    .aliases = "p224" },
	{ IKEALG_KE, 27, .status = IKEALG_NEVER, .name = "brainpool224",
	    .aliases = "ecp224bp" },
	{ IKEALG_KE, IKE_KE_NONE, .status = IKEALG_MAY,
	    .flags = IKEALG_FOR_ESP | IKEALG_FOR_AH, .name = "none",
	    .aliases = "" },

	{ IKEALG_ESN, IKE_ESN_YES, .status = IKEALG_MUST,
	    .flags = IKEALG_FOR_ESP | IKEALG_FOR_AH, .name = "esn",
	    .aliases = "yes" },
	{ IKEALG_ESN, IKE_ESN_NO, .status = IKEALG_MUST,
	    .flags = IKEALG_FOR_ESP | IKEALG_FOR_AH, .name = "no-esn",
	    .aliases = "no" },
};

/* --- defaults --- */

#define KES(n)                                     \
	{ n, IKEALG_KE, IKE_KE_CURVE25519, 0 },    \
	    { n, IKEALG_KE, IKE_KE_ECP_256, 0 },   \
	    { n, IKEALG_KE, IKE_KE_ECP_384, 0 },   \
	    { n, IKEALG_KE, IKE_KE_ECP_521, 0 },   \
	    { n, IKEALG_KE, IKE_KE_CURVE448, 0 },  \
	    { n, IKEALG_KE, IKE_KE_MODP_3072, 0 }, \
	    { n, IKEALG_KE, IKE_KE_MODP_2048, 0 }, \
	{                                          \
		n, IKEALG_KE, IKE_KE_MODP_4096, 0  \
	}
#define PRFS(n)                                        \
	{ n, IKEALG_PRF, IKE_PRF_HMAC_SHA256, 0 },     \
	    { n, IKEALG_PRF, IKE_PRF_HMAC_SHA384, 0 }, \
	{                                              \
		n, IKEALG_PRF, IKE_PRF_HMAC_SHA512, 0  \
	}

/* RFC 7296 3.3: combined algorithms need a proposal of their own. */
static const struct ikealg_pick picks[] = {
	{ 1, IKEALG_ENCR, IKE_ENCR_AES_GCM_16, 256 },
	{ 1, IKEALG_ENCR, IKE_ENCR_AES_GCM_16, 128 },
	{ 1, IKEALG_ENCR, IKE_ENCR_CHACHA20_POLY1305, 0 },
	PRFS(1),
	KES(1),
	{ 2, IKEALG_ENCR, IKE_ENCR_AES_CBC, 256 },
	{ 2, IKEALG_ENCR, IKE_ENCR_AES_CBC, 128 },
	PRFS(2),
	{ 2, IKEALG_INTEG, IKE_INTEG_HMAC_SHA256_128, 0 },
	{ 2, IKEALG_INTEG, IKE_INTEG_HMAC_SHA384_192, 0 },
	{ 2, IKEALG_INTEG, IKE_INTEG_HMAC_SHA512_256, 0 },
	KES(2),
};

const struct ikealg_pick *
ikealg_default(size_t i)
{
	return i < sizeof(picks) / sizeof(picks[0]) ? &picks[i] : NULL;
}

/* --- look-ups --- */

const struct ikealg *
ikealg_row(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

static unsigned
base_type(unsigned type)
{
	return type >= IKEALG_ADDKE1 && type <= IKEALG_ADDKE7 ? IKEALG_KE
							      : type;
}

const struct ikealg *
ikealg_by_id(unsigned type, unsigned id)
{
	const struct ikealg *a;

	type = base_type(type);
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++)
		if (a->type == type && a->id == id)
			return a;
	return NULL;
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

/* A number of one to three digits; false: it is none. */
static bool
number(unsigned *v, const char *s, size_t n)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*v = *v * 10 + (unsigned)(s[i] - '0');
	}
	return n >= 1 && n <= 3 && (n == 1 || s[0] != '0');
}

const struct ikealg *
ikealg_by_name(unsigned type, const char *name, size_t n)
{
	const struct ikealg *a;
	unsigned id;

	type = base_type(type);
	if (type == IKEALG_KE && n <= 3 && number(&id, name, n))
		return ikealg_by_id(type, id);
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++)
		if (a->type == type &&
		    (listed(a->name, name, n) || listed(a->aliases, name, n)))
			return a;
	return NULL;
}

const struct ikealg *
ikealg_by_alg(unsigned type, unsigned alg, unsigned bits)
{
	const struct ikealg *a;

	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++)
		if (a->type == type && a->alg == alg && a->id != 0 &&
		    (type != IKEALG_INTEG || alg != AALG_AES_GMAC ||
			a->bits == bits))
			return a;
	return NULL;
}

/* --- keys --- */

bool
ikealg_keylen_ok(const struct ikealg *a, unsigned attr)
{
	/*
	 * RFC 7296 3.3.5: without a default the attribute has to be there; with
	 * keys of one length it must not, and a peer who sends it is refused.
	 */
	if ((a->flags & IKEALG_KEYLEN) == 0)
		return attr == 0;
	return attr >= a->key_min && attr <= a->key_max &&
	       (attr - a->key_min) % a->key_incr == 0;
}

unsigned
ikealg_keybits(const struct ikealg *a, unsigned attr)
{
	return (a->flags & IKEALG_KEYLEN) != 0 && attr != 0 ? attr : a->bits;
}

size_t
ikealg_keymat(const struct ikealg *a, unsigned attr)
{
	return (ikealg_keybits(a, attr) + 7u) / 8u + a->salt;
}

/* --- words --- */

const char *
ikealg_status_name(unsigned status)
{
	static const char *const names[] = { "must", "should", "may", "legacy",
		"never" };

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "?";
}

const char *
ikealg_type_name(unsigned type)
{
	static const char *const names[] = { "?", "encryption", "prf",
		"integrity", "key exchange", "sequence numbers" };

	if (type >= IKEALG_ADDKE1 && type <= IKEALG_ADDKE7)
		return "additional key exchange";
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}
