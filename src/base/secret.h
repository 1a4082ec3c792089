/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret - key bytes. The only type that holds them for longer than a call.
 *
 * A struct secret is wiped by its owner with secret_fini() before its memory
 * goes away. It is never printed but by an explicit, privileged dump.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/rd.h"

/* Room for the longest key of the algorithm table with salt and IV (bytes). */
#define SECRET_MAX 128

struct secret {
	uint16_t bits; /* of the bytes that follow; 0: no key */
	uint8_t b[SECRET_MAX];
};

/* Overwrite n bytes; the compiler may not leave it out. */
void secret_wipe(void *p, size_t n);

/*
 * Overwrite what calls that have returned left on the stack, SECRET_STACK bytes
 * of it: for the end of work with keys, since libraries and registers that were
 * saved leave copies there.
 */
#define SECRET_STACK (64u << 10)
void secret_wipe_stack(void);

/* True when the n bytes are equal; time does not depend on where they differ. */
MUST_USE bool secret_equal(const void *a, const void *b, size_t n);

/* Copy bits (rounded up to bytes) into s; false when they do not fit. */
MUST_USE bool secret_set(struct secret *s, const uint8_t *p, unsigned bits);

void secret_fini(struct secret *s);

/* Bytes that hold this many bits. */
static inline size_t
secret_bytes(unsigned bits)
{
	return (bits + 7u) / 8u;
}

#endif /* BASE_SECRET_H */
