/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsonsa - what JSON says of SAs and packets, in the fields of the vector files
 * (man/solipsec.8). Nothing is believed: what is of a wrong kind or out of
 * range is an error with its reason, never a guess.
 */
#ifndef CMD_SOLIPSEC_JSONSA_H
#define CMD_SOLIPSEC_JSONSA_H

#include <jansson.h>

#include "model/saspec.h"
#include "wire/ip.h"

#define JSONSA_WHY  200
#define JSONSA_ROOM 66560 /* bytes of the longest packet, and some */

/* The first thing wrong; sticky. */
struct jsonsa_err {
	bool bad;
	char why[JSONSA_WHY];
};

__attribute__((format(printf, 2, 3))) void jsonsa_fail(
    struct jsonsa_err *e, const char *fmt, ...);

/* A file's document, of standard input for "-". NULL: it was told why not. */
json_t *jsonsa_load(const char *path);

struct jsonsa_bytes {
	size_t n;
	uint8_t b[JSONSA_ROOM];
};

/* A member of o; missing: the default, unless it is must. */
const char *jsonsa_text(struct jsonsa_err *e, const json_t *o, const char *key,
    const char *missing);
bool jsonsa_bool(
    struct jsonsa_err *e, const json_t *o, const char *key, bool missing);
/* 5, "5" or "0x5"; at most max. */
uint64_t jsonsa_number(struct jsonsa_err *e, const json_t *o, const char *key,
    uint64_t max, uint64_t missing);
/* Hex digits. False without an error: there is no such member. */
bool jsonsa_hex(struct jsonsa_err *e, const json_t *o, const char *key,
    struct jsonsa_bytes *out);
/* One that must be there. */
void jsonsa_hex_must(struct jsonsa_err *e, const json_t *o, const char *key,
    struct jsonsa_bytes *out);
/* An array of hex or of numbers: the i-th member. */
void jsonsa_hex_at(struct jsonsa_err *e, const json_t *array, size_t i,
    const char *what, struct jsonsa_bytes *out);
uint64_t jsonsa_number_at(struct jsonsa_err *e, const json_t *array, size_t i,
    const char *what, uint64_t max);

/* The object sa as a spec; its owner calls saspec_fini(), also on an error. */
void jsonsa_spec(struct jsonsa_err *e, const json_t *sa, struct sa_spec *s);
/* Its tunnel header. False without an error: none is given. */
bool jsonsa_outer(struct jsonsa_err *e, const json_t *sa, struct ip_new *h);

#endif /* CMD_SOLIPSEC_JSONSA_H */
