/* SPDX-License-Identifier: BSD-2-Clause */
/* suite - the algorithms that the benchmarks run, and the keys they use. */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include "model/alg.h"

enum raw_kind { RAW_GCM, RAW_CHACHA, RAW_CBC_HMAC, RAW_HMAC };

struct suite {
	const char *name;
	uint8_t encr, espa, ah; /* model/alg.h numbers, 0: none */
	unsigned bits;		/* of the cipher's key */
	enum raw_kind kind;
};

extern const struct suite suites[];
extern const unsigned n_suites;

/* NULL when there is none of that name. */
const struct suite *suite_find(const char *name);

/* Bytes of a key, made from its number. */
void suite_key(uint8_t *key, unsigned n, unsigned number);

#endif /* BENCH_SUITE_H */
