/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikealg - the transforms of IKEv2 (RFC 7296 3.3.2): one constant row each.
 *
 * Numbers are those of IANA's registry "Internet Key Exchange Version 2
 * Parameters". A row says what an algorithm is; whether it can be computed here
 * is asked of the crypto room (ike*_usable() of prf.h, ke.h, ikeseal.h).
 */
#ifndef MODEL_IKEALG_H
#define MODEL_IKEALG_H

#include "base/rd.h"

/* Transform types. 6 to 12 (RFC 9370) have the numbers of IKEALG_KE. */
enum ikealg_type {
	IKEALG_ENCR = 1,
	IKEALG_PRF = 2,
	IKEALG_INTEG = 3,
	IKEALG_KE = 4,
	IKEALG_ESN = 5,
	IKEALG_ADDKE1 = 6,
	IKEALG_ADDKE7 = 12
};

enum {
	IKE_ENCR_DES = 2,
	IKE_ENCR_3DES = 3,
	IKE_ENCR_CAST = 6,
	IKE_ENCR_BLOWFISH = 7,
	IKE_ENCR_NULL = 11,
	IKE_ENCR_AES_CBC = 12,
	IKE_ENCR_AES_CTR = 13,
	IKE_ENCR_AES_CCM_8 = 14,
	IKE_ENCR_AES_CCM_12 = 15,
	IKE_ENCR_AES_CCM_16 = 16,
	IKE_ENCR_AES_GCM_8 = 18,
	IKE_ENCR_AES_GCM_12 = 19,
	IKE_ENCR_AES_GCM_16 = 20,
	IKE_ENCR_AES_GMAC = 21, /* ENCR_NULL_AUTH_AES_GMAC */
	IKE_ENCR_CAMELLIA_CBC = 23,
	IKE_ENCR_CHACHA20_POLY1305 = 28
};

enum {
	IKE_PRF_HMAC_MD5 = 1,
	IKE_PRF_HMAC_SHA1 = 2,
	IKE_PRF_AES_XCBC = 4,
	IKE_PRF_HMAC_SHA256 = 5,
	IKE_PRF_HMAC_SHA384 = 6,
	IKE_PRF_HMAC_SHA512 = 7,
	IKE_PRF_AES_CMAC = 8
};

enum {
	IKE_INTEG_NONE = 0,
	IKE_INTEG_HMAC_MD5_96 = 1,
	IKE_INTEG_HMAC_SHA1_96 = 2,
	IKE_INTEG_AES_XCBC_96 = 5,
	IKE_INTEG_AES_CMAC_96 = 8,
	IKE_INTEG_AES_128_GMAC = 9, /* AH only (RFC 4543) */
	IKE_INTEG_AES_192_GMAC = 10,
	IKE_INTEG_AES_256_GMAC = 11,
	IKE_INTEG_HMAC_SHA256_128 = 12,
	IKE_INTEG_HMAC_SHA384_192 = 13,
	IKE_INTEG_HMAC_SHA512_256 = 14
};

enum {
	IKE_KE_NONE = 0,
	IKE_KE_MODP_768 = 1,
	IKE_KE_MODP_1024 = 2,
	IKE_KE_MODP_1536 = 5,
	IKE_KE_MODP_2048 = 14,
	IKE_KE_MODP_3072 = 15,
	IKE_KE_MODP_4096 = 16,
	IKE_KE_MODP_6144 = 17,
	IKE_KE_MODP_8192 = 18,
	IKE_KE_ECP_256 = 19,
	IKE_KE_ECP_384 = 20,
	IKE_KE_ECP_521 = 21,
	IKE_KE_BRAINPOOL_256 = 28,
	IKE_KE_BRAINPOOL_384 = 29,
	IKE_KE_BRAINPOOL_512 = 30,
	IKE_KE_CURVE25519 = 31,
	IKE_KE_CURVE448 = 32,
	IKE_KE_ML_KEM_512 = 35,
	IKE_KE_ML_KEM_768 = 36,
	IKE_KE_ML_KEM_1024 = 37
};

enum { IKE_ESN_NO = 0, IKE_ESN_YES = 1 };

/* RFC 8247, as changed by RFC 9395 5 and by what has come after it. */
enum ikealg_status {
	IKEALG_MUST,
	IKEALG_SHOULD,
	IKEALG_MAY,    /* no word against it */
	IKEALG_LEGACY, /* for those who ask for it by name: warn */
	IKEALG_NEVER   /* known by name only: never proposed, never accepted */
};

/* Flags. */
enum {
	IKEALG_FOR_IKE = 1,  /* may protect IKE itself (SK payload) */
	IKEALG_FOR_ESP = 2,  /* may be of an ESP proposal */
	IKEALG_FOR_AH = 4,   /* may be of an AH proposal */
	IKEALG_COMBINED = 8, /* no integrity transform beside it (RFC 5282 8) */
	/* the Key Length attribute has to be there; without it there is none */
	IKEALG_KEYLEN = 0x10,
	/*
	 * RFC 7296 2.14: only the first 64 bits of each nonce are the key that
	 * SKEYSEED is computed with.
	 */
	IKEALG_SHORT_NONCES = 0x20,
	/*
	 * The two ends do different things: whoever answers needs the other's
	 * value first. Not for transform type 4 where RFC 9370 is not spoken.
	 */
	IKEALG_KEM = 0x40
};

struct ikealg {
	uint8_t type; /* enum ikealg_type, 1 to 5 */
	uint8_t id;
	/*
	 * Of KE: bits of strength, of a group without post-quantum hope too. Of
	 * PRF and INTEG: bits of the key (RFC 7296 2.13), which of a PRF is also
	 * its output. Of ENCR: the key, where no attribute says it; salt not
	 * counted.
	 */
	uint16_t bits;
	uint16_t key_min, key_max,
	    key_incr; /* ENCR: bits; incr 0: min == max */
	uint16_t len; /* KE: bytes of an initiator's value; INTEG: of the ICV */
	uint16_t len2;	     /* KE: bytes of a responder's value */
	uint16_t secret_len; /* KE: bytes of what both know then */
	uint8_t
	    salt;    /* ENCR: bytes behind the key (RFC 5282 7.1, RFC 7634 3) */
	uint8_t alg; /* ENCR: EALG_ number of model/alg.h; INTEG, PRF: AALG_ */
	uint8_t status; /* enum ikealg_status */
	uint8_t flags;
	const char *name;    /* as listings and ike/config have it */
	const char *aliases; /* comma separated, without the name; "" */
};

/* The row of a number; the types of RFC 9370 give those of KE. NULL: none. */
const struct ikealg *ikealg_by_id(unsigned type, unsigned id);
/*
 * Case-insensitive, n bytes of a name or alias. Of KE the number in decimal does
 * as well ("14": oakley_group 14). NULL: unknown.
 */
const struct ikealg *ikealg_by_name(unsigned type, const char *name, size_t n);
/* The i-th row, those of a type together, the best first; NULL past the end. */
const struct ikealg *ikealg_row(size_t i);

/* Which ENCR or INTEG transform is a PF_KEY algorithm of model/alg.h (EALG_ or
   AALG_ number, bits of key for AALG_AES_GMAC)? NULL: IKEv2 has none. */
const struct ikealg *ikealg_by_alg(unsigned type, unsigned alg, unsigned bits);

/*
 * Whether the algorithm takes a key of so many bits, which is what the Key Length
 * attribute said, or 0 where there was none (RFC 7296 3.3.5).
 */
MUST_USE bool ikealg_keylen_ok(const struct ikealg *a, unsigned attr);
/* Bits of key when the attribute says attr; salt not counted. */
unsigned ikealg_keybits(const struct ikealg *a, unsigned attr);
/* Bytes of keying material of that, salt included. */
size_t ikealg_keymat(const struct ikealg *a, unsigned attr);

/* A short word: "must", "should", "may", "legacy", "never". */
const char *ikealg_status_name(unsigned status);
/* "encryption", "prf", "integrity", "key exchange", ... for messages. */
const char *ikealg_type_name(unsigned type);

/*
 * What IKE itself is offered when a rule says nothing: rows in the order of
 * preference, grouped by proposal (1, 2, ...), within one by type. NULL past the
 * end.
 */
struct ikealg_pick {
	uint8_t proposal;
	uint8_t type;
	uint8_t id;
	uint16_t keylen; /* value of the attribute; 0: none */
};
const struct ikealg_pick *ikealg_default(size_t i);

/* Signature hashes of RFC 7427 (SIGNATURE_HASH_ALGORITHMS). */
enum {
	IKE_HASH_SHA1 = 1,
	IKE_HASH_SHA256 = 2,
	IKE_HASH_SHA384 = 3,
	IKE_HASH_SHA512 = 4,
	IKE_HASH_IDENTITY = 5 /* RFC 8420: Ed25519, Ed448 */
};

/* Authentication methods (RFC 7296 3.8). */
enum {
	IKE_AUTH_RSA = 1,
	IKE_AUTH_PSK = 2,
	IKE_AUTH_DSS = 3, /* not done: SHA-1 and 1024 bits */
	IKE_AUTH_ECDSA_256 = 9,
	IKE_AUTH_ECDSA_384 = 10,
	IKE_AUTH_ECDSA_521 = 11,
	IKE_AUTH_NULL = 13,
	IKE_AUTH_SIGNATURE = 14
};

#endif /* MODEL_IKEALG_H */
