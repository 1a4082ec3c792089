/* SPDX-License-Identifier: BSD-2-Clause */
/* laneload - the same packets as pathload's, by core/lane: batches at a time. */
#ifndef BENCH_LANELOAD_H
#define BENCH_LANELOAD_H

#include "core/lane.h"
#include "pathload.h"

/* Lanes at both hosts, from laneload_init() to laneload_fini(). */
struct laneload {
	struct pathload *load; /* the chunk at hand */
	struct lane *out, *in;
	bool keep;	 /* what is sealed is to be opened */
	unsigned sealed; /* of the chunk */
	unsigned opened;
	bool warm;
};

void laneload_init(struct laneload *a, struct twohosts *h);
void laneload_fini(struct laneload *a);

/* A packet by each SA, there and back. */
void laneload_warm(struct laneload *a);
/* As those of pathload. *fast: which part, of 1, did not go slow. */
double laneload_out(struct laneload *a, uint64_t budget, double *fast);
double laneload_in(struct laneload *a, uint64_t budget, double *fast);

#endif /* BENCH_LANELOAD_H */
