/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gcmx - AES-GCM for several packets at a time, each with its own key: what no
 * library does. One packet of 64 bytes cannot keep the units of a CPU for AES and
 * carry-less multiplication busy, since each step waits for the one before; four
 * packets side by side can.
 *
 * From NIST SP 800-38D, with GHASH in the form of POLYVAL (RFC 8452, appendix A).
 * No table is looked up by a secret, and no branch depends on one.
 */
#ifndef CRYPTO_BE_GCMX_H
#define CRYPTO_BE_GCMX_H

#include "crypto/backend.h"

/* What the CPU and the system can do. */
enum gcmx_level {
	GCMX_NONE,
	GCMX_NI,   /* AES and PCLMULQDQ instructions of 128 bits */
	GCMX_WIDE, /* VAES and VPCLMULQDQ of 512 bits */
};
enum gcmx_level gcmx_level(void);

/* Both are "gcmx". */
extern const struct crypto_be gcmx_ni_backend, gcmx_wide_backend;

enum { GCMX_POWERS = 16, GCMX_ROUNDS = 14 };

/* A schedule: 512 bytes, eight lines. */
struct gcmx_key {
	/* the dot powers of POLYVAL's H, the highest first, the first one last */
	_Alignas(64) uint8_t pow[GCMX_POWERS][16];
	_Alignas(16) uint8_t rk[GCMX_ROUNDS + 1][16];
	uint8_t salt[4];
	uint8_t rounds; /* 10, 12, 14 */
};

/* One call: operations of one direction that are not too long. */
struct gcmx_call {
	void *const *x; /* struct gcmx_key * */
	struct aead_op *op;
	size_t n;
	uint8_t icv_len;
	bool open;
};

/* be/gcmx_ni.c; the caller has looked at gcmx_level(). */
/* A schedule in three steps: round keys, salt; H; its powers from the second on. */
void gcmx_ni_schedule(struct gcmx_key *k, const uint8_t *key, unsigned bits);
void gcmx_ni_hash_key(struct gcmx_key *k);
void gcmx_ni_powers(struct gcmx_key *k);
void gcmx_ni_run(const struct gcmx_call *c);
/* To icv, 16 bytes. */
void gcmx_ni_text(const struct gcmx_key *k, bool open,
    const struct aead_text *t, uint8_t icv[16]);

/* be/gcmx_wide.c */
void gcmx_wide_powers(struct gcmx_key *k);
void gcmx_wide_run(const struct gcmx_call *c);

#endif /* CRYPTO_BE_GCMX_H */
