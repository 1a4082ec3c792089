/* SPDX-License-Identifier: BSD-2-Clause */
/* many - databases of a given size, and what their operations cost. */
#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "suite.h"

/* How much to do, and where results go. */
struct many {
	unsigned reps;
	uint64_t budget;   /* ticks of each measurement */
	uint64_t patience; /* ticks that filling may take */
	/* One value: what it is, of a database of n, in which unit. */
	void (*say)(const char *what, size_t n, const char *unit, double value);
};

/* Bytes that malloc() has given away and not got back. */
size_t many_bytes(void);

/*
 * Rules of four shapes: lookups by flows that match one of them, and by one flow
 * again and again; adding, deleting, bytes. False: filling took too long; what is
 * larger would not fit either.
 */
bool manyrules_run(const struct many *m, size_t n);
/*
 * A packet of 64 bytes of a flow that has been there before, sealed in batches by
 * the lane of a host with so many rules: all of it, not the lookup alone.
 */
bool manyrules_cached(const struct many *m, size_t n);

/*
 * n SAs, every other one inbound, AES-256-GCM; as above. Lookups: any of them, and
 * nine of ten to a hundredth of them.
 */
bool manysas_run(const struct many *m, size_t n);
/* Bytes of an SA of this suite, when n of them are added to an SADB. */
void manysas_bytes(const struct many *m, const struct suite *s, size_t n);

#endif /* BENCH_MANY_H */
