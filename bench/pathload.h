/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pathload - packets through the whole of path_out() and path_in(), timed. What is
 * timed is chunks of packets that lie ready in memory; making them is not.
 */
#ifndef BENCH_PATHLOAD_H
#define BENCH_PATHLOAD_H

#include "twohosts.h"

struct pathload {
	struct twohosts *hosts;
	size_t size, stride;
	unsigned n, batch; /* packets of a chunk, buffers for results */
	uint32_t *sa;	   /* which SA each takes */
	uint8_t *plain, *sealed, *out, *work;
	size_t *len; /* of what is sealed */
	uint64_t random;
	bool aimed; /* of one SA, for good */
};

/* batch: after how many packets a buffer is used again. Exits without memory. */
void pathload_init(
    struct pathload *l, struct twohosts *h, size_t size, unsigned batch);
void pathload_fini(struct pathload *l);

/* Other SAs for all packets of the chunk. */
void pathload_shuffle(struct pathload *l);

/*
 * Until budget ticks are used; ticks for one packet. Exits when one was not sealed or did not open to what it
 * was.
 */
double pathload_out(struct pathload *l, uint64_t budget);
double pathload_in(struct pathload *l, uint64_t budget);

#endif /* BENCH_PATHLOAD_H */
