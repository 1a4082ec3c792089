/* SPDX-License-Identifier: BSD-2-Clause */
/* chunks - pieces of work, timed one by one. */
#ifndef BENCH_CHUNKS_H
#define BENCH_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Chunks until budget ticks are used, and some at least. The result is the
 * median of the chunks: another process that got the core during one of them
 * does not count.
 */
struct chunks {
	uint64_t budget, used;
	unsigned n;
	double each[512]; /* ticks for one thing */
};
/* Again? */
bool chunks_more(const struct chunks *c);
void chunks_add(struct chunks *c, uint64_t took, unsigned things);
double chunks_median(struct chunks *c);

#endif /* BENCH_CHUNKS_H */
