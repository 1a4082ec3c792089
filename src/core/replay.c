/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/replay.h"

/* How many times 2^32 packets may be lost and found again. */
#define RESYNC_SPAN 8u

/*
 * The window is a ring of 64-bit words, a power of two of them and at least one
 * more than it fills, so that it moves without a shift (RFC 6479).
 */
static uint32_t
rounded(uint32_t size)
{
	return size > REPLAY_MAX ? REPLAY_MAX : (size + 31) & ~UINT32_C(31);
}

static uint32_t
ring_words(uint32_t size)
{
	uint32_t want = (rounded(size) + 63) / 64 + 1, n = 2;

	while (n < want)
		n *= 2;
	return size == 0 ? 0 : n;
}

size_t
replay_room(uint32_t size)
{
	uint32_t n = ring_words(size);

	return n <= REPLAY_SMALL ? 0 : n * sizeof(uint64_t);
}

void
replay_init(struct replay *r, uint32_t size, bool esn, uint64_t top, void *mem)
{
	size_t room = replay_room(size);
	uint32_t words;
	uint64_t *ring;

	if (room != 0 && mem == NULL)
		size = 0;
	*r = (struct replay){
		.size = rounded(size) & 0x1ffff, .esn = esn, .top = top
	};
	if (room != 0)
		r->bits = mem;
	if (r->size == 0)
		return;
	for (words = ring_words(r->size); words > 1; words /= 2)
		r->log++;
	ring = replay_ring(r);
	memset(ring, 0, replay_words(r) * sizeof(*ring));
	ring[(top / 64) & (replay_words(r) - 1)] = UINT64_C(1) << (top % 64);
}

/*
 * RFC 4303 A2.2: the high half that puts low into the window or right of it.
 * Without a window there is still a nearest number; half the space each way.
 */
static bool
guess(const struct replay *r, uint32_t low, uint64_t *seq)
{
	uint32_t w = r->size != 0 ? r->size : UINT32_C(1) << 31;
	uint32_t tl = (uint32_t)r->top, th = (uint32_t)(r->top >> 32);
	uint32_t bottom = tl - w + 1; /* modulo 2^32 */

	if (tl >= w - 1) { /* case A: the window is in one subspace */
		if (low < bottom) {
			if (th == UINT32_MAX)
				return false;
			th++;
		}
	} else if (low >= bottom) { /* case B: it spans two */
		if (th == 0)
			return false;
		th--;
	}
	*seq = (uint64_t)th << 32 | low;
	return true;
}

static const uint64_t *
ring_of(const struct replay *r)
{
	return replay_words(r) <= REPLAY_SMALL ? r->small : r->bits;
}

/* Not behind the window and not seen. */
static bool
fresh(const struct replay *r, uint64_t seq)
{
	if (seq == 0) /* RFC 4303 3.4.3: the first number is 1 */
		return false;
	if (r->size == 0 || seq > r->top)
		return true;
	if (r->top - seq >= r->size)
		return false;
	return (ring_of(r)[(seq / 64) & (replay_words(r) - 1)] >> (seq % 64) &
		   1) == 0;
}

bool
replay_check(const struct replay *r, uint32_t low, uint64_t *seq)
{
	*seq = low;
	if (r->esn && !guess(r, low, seq))
		return false;
	if (r->size == 0 && !r->esn) /* off: 0 comes when the sender wraps */
		return true;
	return fresh(r, *seq);
}

bool
replay_missed(struct replay *r, uint32_t after, uint64_t *seq)
{
	uint64_t halves;

	if (!r->esn)
		return false;
	if (r->misses < UINT32_MAX)
		r->misses++;
	if (after == 0 || r->misses <= after)
		return false;
	halves = (r->misses - after - 1) % RESYNC_SPAN + 1;
	if (*seq >> 32 > UINT32_MAX - halves)
		return false;
	*seq += halves << 32;
	return true;
}

/* The words between the top and a number right of it are of new numbers. */
static void
move_to(struct replay *r, uint64_t seq)
{
	uint64_t *ring = replay_ring(r), words = replay_words(r);
	uint64_t n = seq / 64 - r->top / 64;

	if (n > words)
		n = words;
	for (uint64_t i = 0; i < n; i++)
		ring[(seq / 64 - i) & (words - 1)] = 0;
	r->top = seq;
}

bool
replay_commit(struct replay *r, uint64_t seq)
{
	uint64_t *ring = replay_ring(r), words = replay_words(r);

	r->misses = 0;
	if (r->size == 0) {
		if (seq > r->top)
			r->top = seq;
		return true;
	}
	if (!fresh(r, seq))
		return false;
	if (seq > r->top)
		move_to(r, seq);
	ring[(seq / 64) & (words - 1)] |= UINT64_C(1) << (seq % 64);
	return true;
}

void
replay_commit_run(struct replay *r, uint64_t first, uint32_t n)
{
	uint64_t *ring = replay_ring(r), words = replay_words(r);
	uint64_t last = first + n - 1;

	r->misses = 0;
	move_to(r, last);
	/* what the ring has come round since is of no interest */
	if (last / 64 - first / 64 >= words)
		first = (last / 64 - words + 1) * 64;
	for (uint64_t at = first, k; at <= last; at += k) {
		k = 64 - at % 64 < last - at + 1 ? 64 - at % 64 : last - at + 1;
		ring[(at / 64) & (words - 1)] |= (UINT64_MAX >> (64 - k))
						 << (at % 64);
	}
}
