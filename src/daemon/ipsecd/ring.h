/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring - a queue of records from one thread to one other, of bounded size, without
 * a lock (docs/adr/0023). A record lies in one piece, at a cache line, and both ends work
 * on it where it lies.
 */
#ifndef DAEMON_RING_H
#define DAEMON_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct ring;

/* Room for `bytes` of records and their ends: a power of two, 4096 at least. */
struct ring *ring_new(size_t bytes);
/* NULL is harmless. */
void ring_free(struct ring *r);

/* --- the one who puts --- */

/*
 * Room for the next record, of n bytes; it is not there before ring_put(). NULL:
 * there is none now. Called again, without ring_put(), it gives another room.
 */
void *ring_room(struct ring *r, size_t n);
/* The record is in its room, whole. */
void ring_put(struct ring *r);
/* Is there room for n bytes of records, whatever their number and sizes? */
MUST_USE bool ring_has_room(struct ring *r, size_t n);
/* How much was ever put. */
uint64_t ring_count(const struct ring *r);
/* Has the other one done with all that was put? */
MUST_USE bool ring_is_done(const struct ring *r);

/* --- the one who takes --- */

/* The next record, *n bytes, until ring_done(). NULL: there is none. */
void *ring_next(struct ring *r, size_t *n);
/* Those that ring_next() gave since the last ring_done() come again. */
void ring_again(struct ring *r);
/* They may be written over. */
void ring_done(struct ring *r);

#endif /* DAEMON_RING_H */
