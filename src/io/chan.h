/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chan - a connection between two processes of one program: whole messages
 * (SOCK_SEQPACKET), descriptors beside them, and nobody ever waits for the other
 * end: what does not go at once is kept, up to a limit.
 */
#ifndef IO_CHAN_H
#define IO_CHAN_H

#include "io/loop.h"

struct chan;

struct chan_use {
	size_t longest; /* bytes of the longest message in */
	size_t queue;	/* bytes that may wait for the other end */
	/* fd: what came with the message, the callee's from now on; or -1 */
	void (*message)(void *ctx, const uint8_t *msg, size_t n, int fd);
	/* The other end is gone. No more is sent or heard. */
	void (*ended)(void *ctx);
	void *ctx;
};

/* Two connected ends, non-blocking, closed on exec. False: errno says why. */
MUST_USE bool chan_pair(int ends[2]);

/*
 * fd is the chan's from now on, also after a failure. Either function of use may
 * free the chan. NULL: errno says why.
 */
struct chan *chan_new(struct loop *l, int fd, const struct chan_use *use);
/* What still waits is lost. Harmless on NULL. */
void chan_free(struct chan *c);

/*
 * Send, or keep for later, a message and a copy of a descriptor (-1: none). False:
 * the queue is full, or the other end is gone (ended() is called, later).
 */
bool chan_send(struct chan *c, const void *msg, size_t n, int fd);
/* Bytes that wait. */
size_t chan_waiting(const struct chan *c);
/*
 * The last word: nothing more is sent, what was kept goes out, and the other end
 * is waited for until it has read all of it and closes, at most so many ms. What
 * it says meanwhile is not heard. Then chan_free().
 */
void chan_finish(struct chan *c, int ms);

#endif /* IO_CHAN_H */
