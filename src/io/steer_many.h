/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer_many - lists of many lines for the kernel. Lines that follow each other
 * and decide the same may be asked in any order. Those of one form (which
 * addresses and ports, how many bits of them) become one rule with a set, so that
 * a packet is compared once for each form and not once for each line. For
 * steer*.c only.
 */
#ifndef IO_STEER_MANY_H
#define IO_STEER_MANY_H

#include "io/nft_many.h"
#include "io/steer.h"

/* Lists that are shorter have a rule for each line. */
enum { STEER_MANY_LINES = 64 };

/*
 * Lines of one form. A range of ports is several keys: blocks of ports that share
 * their leading bits. Borrowed for the call.
 */
struct steer_many {
	uint8_t src_len, dst_len, sport_len, dport_len; /* 0: no part */
	size_t size, n;					/* of a key; keys */
	const uint8_t *keys;	     /* src, dst, sport, dport */
	const char *const *counters; /* count[1] of the lines, or NULL */
};

/*
 * l: a line; or, with m, what the lines of m have in common: everything but
 * addresses, ports and count[1].
 */
typedef void steer_many_fn(
    void *ctx, const struct steer_line *l, const struct steer_many *m);

/*
 * Hand over all lines in such an order that the first one that matches decides as
 * in the list. False: no memory.
 */
MUST_USE bool steer_many_each(
    const struct steer_line *v, size_t n, steer_many_fn *f, void *ctx);

/* Where things stand that a line compares. Ports are in the upper layer. */
struct steer_place {
	enum nft_base base;
	uint32_t src, dst, sport, dport;
};
/* Of a packet's own headers. */
struct steer_place steer_place_of(uint8_t fam);

/* Before the rule begins: the set. m NULL: there is none. */
uint32_t steer_many_put(struct nft *b, const struct steer_many *m);
/* In the rule, as its last comparison. */
void steer_many_in(struct nft *b, uint32_t set, const struct steer_place *at,
    uint8_t fam, const struct steer_many *m);

#endif /* IO_STEER_MANY_H */
