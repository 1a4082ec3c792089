/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * imb - the backend on intel-ipsec-mb (x86-64): direct calls for GCM, and jobs,
 * several at a time over the operations of a batch, for the rest.
 */
#ifndef CRYPTO_BE_IMB_H
#define CRYPTO_BE_IMB_H

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include "crypto/backend.h"

extern const struct crypto_be imb_backend;

/*
 * Jobs queue up in a manager, so each thread has its own, made at its first use
 * and freed when it ends; with room to put packets together that lie in pieces.
 */
enum { IMB_STAGE = 1 << 17 };

struct imb_thread {
	IMB_MGR *wide; /* the most lanes: slow until many of them are filled */
	IMB_MGR *few;  /* fewer lanes, and the SHA instructions */
	bool avx;      /* the registers have upper halves */
	size_t used;   /* of stage */
	uint8_t stage[IMB_STAGE];
};

/* NULL without memory. */
struct imb_thread *imb_here(void);

/*
 * Before few is used, whose code knows no AVX (the SHA instructions have no such
 * form): where upper halves of registers are in use, it would crawl.
 */
void imb_clear_upper(const struct imb_thread *th);

/*
 * How many operations a call must have to be worth it; from how many on, and how
 * many bytes in the first, more lanes are faster.
 */
struct imb_lanes {
	unsigned least, wide_n, wide_len;
};

/* The manager for n operations, ready for use. */
IMB_MGR *imb_manager(const struct imb_thread *th, const struct imb_lanes *l,
    size_t n, size_t len);

/* be/imb_gcm.c: GCM and GMAC. mgr is for its functions only. */
bool imb_gcm_aead(
    const IMB_MGR *mgr, const struct aead_spec *s, struct aead_way *w);
bool imb_gcm_mac(
    const IMB_MGR *mgr, const struct alg *a, unsigned bits, struct mac_way *w);

/* be/imb_job.c: all that goes through jobs. False for what it does not do. */
bool imb_job_aead(
    const IMB_MGR *mgr, const struct aead_spec *s, struct aead_way *w);

/* be/imb_mac.c: MACs by jobs. False for what it does not do. */
bool imb_mac_way(
    const IMB_MGR *mgr, const struct alg *a, unsigned bits, struct mac_way *w);

/* The key of a MAC. */
struct imb_akey {
	union {
		_Alignas(16) uint8_t hmac[2][64]; /* inner, outer */
		_Alignas(16) uint8_t aes[16 * 11 + 32];
	};
};

/* The library's number for it; false: it has none, or not with such keys. */
MUST_USE bool imb_mac_alg(
    const struct alg *a, unsigned bits, IMB_HASH_ALG *alg);
void imb_mac_key(struct imb_akey *k, const IMB_MGR *mgr, IMB_HASH_ALG alg,
    const uint8_t *key, unsigned bits);
/* Into a job, whose hash_alg is set; k has to stay until it is done. */
void imb_mac_job(IMB_JOB *job, const struct imb_akey *k);
/*
 * What was measured on AVX-512 with SHA instructions, 64 to 1424 bytes: one SHA-2
 * of the long kind, or one MD5, is slower in a lane than libcrypto's, and so are
 * SHA-1 and SHA-256 without their instructions. False: not of an HMAC.
 */
bool imb_mac_fast(const IMB_MGR *mgr, IMB_HASH_ALG alg, struct imb_lanes *l);

#endif /* CRYPTO_BE_IMB_H */
