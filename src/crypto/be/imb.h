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

/* Memory of the library's alignment, zeroed; freed by imb_free(), which wipes. */
void *imb_alloc(size_t n);
void imb_free(void *p, size_t n);

/* be/imb_gcm.c: GCM and GMAC. mgr is for its functions only. */
struct aead *imb_gcm_aead(const IMB_MGR *mgr, const struct aead_spec *s);
struct mac *imb_gcm_mac(
    const IMB_MGR *mgr, const struct alg *a, const uint8_t *key, unsigned bits);

/* be/imb_job.c: all that goes through jobs. NULL for what it does not do. */
struct aead *imb_job_aead(const IMB_MGR *mgr, const struct aead_spec *s);
struct mac *imb_job_mac(
    const IMB_MGR *mgr, const struct alg *a, const uint8_t *key, unsigned bits);

#endif /* CRYPTO_BE_IMB_H */
