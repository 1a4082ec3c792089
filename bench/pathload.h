/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pathload - packets through the whole of path_out() and path_in(), timed. What is
 * timed is chunks of packets that lie ready in memory; making them is not.
 */
#ifndef BENCH_PATHLOAD_H
#define BENCH_PATHLOAD_H

#include "chunks.h"
#include "core/super.h"
#include "twohosts.h"

enum {
	/* what a program hands to the kernel at once, for segments of 1420 bytes */
	PATHLOAD_SEGMENT = 1420,
	PATHLOAD_SEGMENTS = 47,
	PATHLOAD_SUPER = 40 + PATHLOAD_SEGMENTS * (PATHLOAD_SEGMENT - 40)
};

struct pathload {
	struct twohosts *hosts;
	size_t size;	/* of an item: PATHLOAD_SUPER is a super-packet */
	unsigned items; /* of a chunk */
	unsigned n;	/* packets of a chunk */
	unsigned batch; /* buffers for results */
	uint32_t *sa;	/* which SA each takes */
	/* items at item_stride, sealed packets at stride */
	size_t item_stride, stride;
	uint8_t *plain, *sealed, *out, *work, *segment;
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
/* Item i as a device hands it over. */
void pathload_item(const struct pathload *l, unsigned i, struct super *s);
/* Bytes of a packet of the chunk. */
size_t pathload_packet(const struct pathload *l);
/* Keep a sealed packet as the k-th of the chunk: head, then p. */
void pathload_keep(struct pathload *l, unsigned k, const uint8_t *head,
    size_t n_head, const uint8_t *p, size_t n);

/*
 * Until budget ticks are used; ticks for one packet. Exits when one was not sealed
 * or did not open to what it was.
 */
double pathload_out(struct pathload *l, uint64_t budget);
double pathload_in(struct pathload *l, uint64_t budget);

#endif /* BENCH_PATHLOAD_H */
