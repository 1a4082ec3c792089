/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raw - the library's own calls, without any of ours around them: what the whole
 * path is compared with. intel-ipsec-mb's (direct calls, and jobs in bursts) and
 * libcrypto's EVP.
 */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <stddef.h>

#include "suite.h"

/* n messages of len bytes: message i is at in + i * stride. */
struct raw_text {
	const uint8_t *in;
	uint8_t *out; /* result i at out + (i % batch) * stride */
	size_t stride, len;
	unsigned n, batch;
	const uint32_t *key; /* number of the key of each message */
	uint8_t *tag;	     /* 16 bytes each, batch of them */
};

struct raw;

/* The name of the i-th way to have this suite computed, NULL past the last. */
const char *raw_name(const struct suite *s, unsigned i);
/* keys: how many. NULL: that cannot be had here. */
struct raw *raw_new(const struct suite *s, unsigned i, unsigned keys);
void raw_free(struct raw *r);
/* False: the library failed. Tags are computed, not compared, when opening. */
bool raw_run(struct raw *r, bool seal, const struct raw_text *t);
/* What the library calls itself, "" when there is none. */
const char *raw_version(void);

struct evp;

/* One key only. NULL: libcrypto does not do that. */
struct evp *evp_new(const struct suite *s);
void evp_free(struct evp *e);
bool evp_run(struct evp *e, bool seal, const struct raw_text *t);

struct ours;

/* The same by our own crypto/aead, which takes whatever library it likes. */
struct ours *ours_new(const struct suite *s);
void ours_free(struct ours *o);
bool ours_run(struct ours *o, bool seal, const struct raw_text *t);

#endif /* BENCH_RAW_H */
