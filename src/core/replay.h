/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay - anti-replay window of 32 to 65,536 packets, 32-bit or extended
 * sequence numbers (RFC 4303 3.4.3, appendix A2). Two steps: replay_check() is
 * read-only and says the full 64-bit number; replay_commit() moves the window
 * and is called only after the ICV held.
 */
#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

#include "base/rd.h"

#define REPLAY_MAX   65536
#define REPLAY_SMALL 2u /* words inside: windows up to 64 */

struct replay {
	uint64_t top; /* highest number accepted */
	union {
		uint64_t small[REPLAY_SMALL];
		uint64_t *bits; /* owned by whoever called replay_init */
	};
	/* packets, multiple of 32 as given; 0: no window */
	uint32_t size : 17;
	uint32_t esn : 1;
	uint32_t log : 4; /* of the words in the ring, a power of two */
	uint32_t misses;  /* packets in a row with a bad ICV; ESN only */
};

_Static_assert(sizeof(struct replay) == 32, "half a line, small ones whole");

static inline uint32_t
replay_words(const struct replay *r)
{
	return r->size != 0 ? UINT32_C(1) << r->log : 0;
}

static inline uint64_t *
replay_ring(struct replay *r)
{
	return replay_words(r) <= REPLAY_SMALL ? r->small : r->bits;
}

/* Room that replay_init() wants beside for a window of this size: bytes. */
size_t replay_room(uint32_t size);
/*
 * mem: replay_room(size) bytes, or NULL when that is 0. top: the counter to
 * start after, 0 for a fresh SA; it counts as seen, what stands left of it in the
 * window does not. A size that is no multiple of 32 is rounded
 * up, one over REPLAY_MAX is cut.
 */
void replay_init(
    struct replay *r, uint32_t size, bool esn, uint64_t top, void *mem);
/*
 * False: old or seen, 0, or past 2^64. *seq: the number to use for the ICV.
 * Without a window everything is fresh; ESN then takes the number nearest to
 * the top.
 */
MUST_USE bool replay_check(const struct replay *r, uint32_t low, uint64_t *seq);
/*
 * The same in fewer steps for what comes mostly, a number right of the window.
 * False: replay_check() tells.
 */
MUST_USE static inline bool
replay_is_ahead(const struct replay *r, uint32_t low, uint64_t *seq)
{
	uint32_t top = (uint32_t)r->top;

	*seq = (r->top & ~(uint64_t)UINT32_MAX) | low;
	return r->size != 0 && low > top &&
	       (!r->esn || top >= r->size - UINT32_C(1));
}
/*
 * The ICV of a packet with this number, as replay_check() said it, was bad. True:
 * the halves may have lost each other (RFC 4303 A3), since `after` packets in a
 * row were bad (0: never true); then *seq is a later number to try. Each time
 * another one, so that each packet costs one more ICV at most.
 */
MUST_USE bool replay_missed(struct replay *r, uint32_t after, uint64_t *seq);
/* False: seen or old by now. Moves the window. */
MUST_USE bool replay_commit(struct replay *r, uint64_t seq);
/*
 * As replay_commit() of n (1 or more) numbers in a row, from one on that is
 * right of the window, all of which would be true.
 */
void replay_commit_run(struct replay *r, uint64_t first, uint32_t n);

#endif /* CORE_REPLAY_H */
