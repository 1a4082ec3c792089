/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vec - test vectors in JSON: one object a file, cases in its array "vectors".
 * A file that cannot be read or a value of the wrong kind ends the program with
 * a message: a test may not pass for want of cases.
 */
#ifndef VEC_H
#define VEC_H

#include <jansson.h>

#include "core/sa.h"
#include "wire/ip.h"

#define VEC_ROOM 66560

struct vec_bytes {
	size_t n;
	uint8_t b[VEC_ROOM];
};

/* The array "vectors" of dir/name; owned by whoever called. */
json_t *vec_load(const char *dir, const char *name);
/* "" when there is none. */
const char *vec_text(const json_t *o, const char *key);
uint64_t vec_number(
    const json_t *o, const char *key); /* "123", "0x12" or 123 */
MUST_USE bool vec_true(const json_t *o, const char *key);
/* The bytes of a hex string that must be there, ... */
void vec_hex(struct vec_bytes *out, const json_t *o, const char *key);
/* ... or may be: false when there is no such key. */
MUST_USE bool vec_hex_if(
    struct vec_bytes *out, const json_t *o, const char *key);

/* What "sa" says. */
void vec_sa_spec(struct sa_spec *s, const json_t *sa);
/* The outer header of a tunnel. False: none is given. */
MUST_USE bool vec_outer(struct ip_new *h, const json_t *sa);

/* A generator for SAs whose IVs are forced anyway. */
extern const struct rng vec_rng;

#endif /* VEC_H */
