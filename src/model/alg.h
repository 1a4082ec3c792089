/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alg - the table of algorithms: one constant row each.
 *
 * Numbers are those of PF_KEY (SADB_AALG_, SADB_EALG_), which are also those of
 * /etc/inet/ipsecalgs. Where Solaris has none, the number is that of the IPsec
 * DOI or IKEv2 registry, or of the private range (249-255): see alg.c.
 */
#ifndef MODEL_ALG_H
#define MODEL_ALG_H

#include "base/rd.h"

/* The two tables, by their protocol number in /etc/inet/ipsecalgs. */
enum alg_table { ALG_AUTH = 2, ALG_ENCR = 3 };

/* Authentication algorithms (ALG_AUTH): AH, and ESP authentication. */
enum {
	AALG_NONE = 0,
	AALG_MD5HMAC = 2,
	AALG_SHA1HMAC = 3,
	AALG_SHA256HMAC = 5,
	AALG_SHA384HMAC = 6,
	AALG_SHA512HMAC = 7,
	AALG_AES_XCBC = 9,  /* IPsec DOI AH transform, RFC 3566 */
	AALG_AES_GMAC = 11, /* IPsec DOI AH transform, RFC 4543; AH only */
	AALG_AES_CMAC = 249 /* RFC 4494; no number in the DOI: private range */
};

/* Encryption algorithms (ALG_ENCR). */
enum {
	EALG_NONE = 0,
	EALG_DESCBC = 2,
	EALG_3DESCBC = 3,
	EALG_CAST = 6, /* IPsec DOI ESP transform, RFC 2451 */
	EALG_BLOWFISH = 7,
	EALG_NULL = 11,
	EALG_AES = 12,
	EALG_AES_CTR = 13,
	EALG_AES_CCM_8 = 14,
	EALG_AES_CCM_12 = 15,
	EALG_AES_CCM_16 = 16,
	EALG_AES_GCM_8 = 18,
	EALG_AES_GCM_12 = 19,
	EALG_AES_GCM_16 = 20,
	EALG_CAMELLIA = 22,	    /* IPsec DOI ESP transform, RFC 4312 */
	EALG_AES_GMAC = 23,	    /* ENCR_NULL_AUTH_AES_GMAC, RFC 4543 */
	EALG_CHACHA20_POLY1305 = 28 /* IKEv2 ENCR transform, RFC 7634 */
};

/* Flags; the first five are those of /etc/inet/ipsecalgs. */
enum {
	ALG_VALID = 1,
	ALG_COUNTER = 2,  /* the IV must never repeat under one key */
	ALG_COMBINED = 4, /* encrypts and authenticates */
	ALG_CCM = 8,
	ALG_GCM = 16,
	ALG_LEGACY = 0x100,  /* works, but a warning is due (RFC 8221) */
	ALG_NOMANUAL = 0x200 /* reserved for algorithms without manual keys */
};

struct alg {
	uint8_t table; /* enum alg_table */
	uint8_t id;
	const char *name;    /* primary name, as listings print it */
	const char *aliases; /* comma separated, without the primary; "" */
	const char *mech;    /* PKCS#11 mechanism name, or "-" */
	uint16_t key_def;    /* bits, salt not counted */
	uint16_t key_min, key_max, key_incr; /* bits; incr 0: min == max */
	uint8_t block;	  /* bytes: cipher block, or MAC size for ALG_AUTH */
	uint8_t align;	  /* bytes: the ciphertext is a multiple; 1 for none */
	uint8_t iv_len;	  /* bytes on the wire */
	uint8_t icv_len;  /* bytes on the wire; 0 for a plain cipher */
	uint8_t salt_len; /* bytes behind the key */
	uint16_t flags;
	/*
	 * 0, or of a row that a table of /etc/inet/ipsecalgs made: the number of
	 * the row here that computes it.
	 */
	uint8_t does;
	/* Of such a row: exactly these key lengths, 0 at the end; NULL: the range. */
	const uint16_t *keys;
};

/* The row of this table that computes it: itself, unless it says another. */
const struct alg *alg_impl(const struct alg *a);
/* Does it compute what the number of this table stands for? */
static inline bool
alg_is(const struct alg *a, uint8_t id)
{
	return (a->does != 0 ? a->does : a->id) == id;
}

/* NULL when there is none. */
const struct alg *alg_by_id(enum alg_table t, unsigned id);
/* Case-insensitive, primary name or alias; n bytes of name. NULL if unknown. */
const struct alg *alg_by_name(enum alg_table t, const char *name, size_t n);
/* The i-th row in order of preference (table order), NULL past the end. */
const struct alg *alg_row(size_t i);
/* True when the algorithm takes a key of this many bits (salt not counted). */
MUST_USE bool alg_keybits_ok(const struct alg *a, unsigned bits);
/* True for a DES/3DES key that RFC 2405 4 or RFC 2451 2.3 refuses. */
MUST_USE bool alg_key_is_weak(
    const struct alg *a, const uint8_t *key, size_t n);

#endif /* MODEL_ALG_H */
