/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window - message ids of one IKE SA: which of the peer's requests are new, which
 * answers are kept for those that come again, and which id our next request has
 * (RFC 7296 2.1-2.3). No message is looked into.
 */
#ifndef IKE_WINDOW_H
#define IKE_WINDOW_H

#include "base/wr.h"

/*
 * One message as it goes over the network: one datagram, or several (RFC 7383).
 * b holds them one after the other, each behind 16 bits of length.
 */
struct packets {
	uint8_t *b; /* owned */
	size_t n, cap;
};

/* Append a copy of one datagram of n bytes. False: too long, or no memory. */
MUST_USE bool packets_add(struct packets *p, const uint8_t *b, size_t n);
/* A reader over all of them for packets_next(). */
struct rd packets_begin(const struct packets *p);
/* The next datagram, or NULL behind the last. */
const uint8_t *packets_next(struct rd *r, size_t *n);
/* Wipes and frees; empty afterwards. */
void packets_fini(struct packets *p);

#define WINDOW_MAX 8 /* of the peer's requests at once */

enum window_is {
	WINDOW_NEW,    /* to be treated; window_answer() is owed */
	WINDOW_BUSY,   /* being treated: nothing to do */
	WINDOW_REPEAT, /* was answered: send the kept answer again */
	WINDOW_OUTSIDE /* too old or too early: drop */
};

struct window {
	uint32_t low;  /* the lowest id of a request that is not answered */
	uint32_t size; /* requests from low on that are taken */
	uint32_t next; /* id of our next request */
	bool used_up;  /* next has gone round: the SA is at its end */
	struct window_slot {
		uint32_t id;
		enum { WINDOW_FREE, WINDOW_AT_WORK, WINDOW_DONE } state;
		struct packets answer;
	} slot[2 * WINDOW_MAX];
};

/*
 * low and next: the first ids of either side (0, or 1 once IKE_SA_INIT is
 * done). size: as announced by SET_WINDOW_SIZE, 1 to WINDOW_MAX.
 */
void window_init(struct window *w, uint32_t low, uint32_t next, uint32_t size);
void window_fini(struct window *w);

/*
 * A request with this id came, with right integrity. *answer: what is kept, of a
 * WINDOW_REPEAT. A WINDOW_NEW one is WINDOW_BUSY from now on.
 */
enum window_is window_request(
    struct window *w, uint32_t id, const struct packets **answer);
/* The same, but nothing changes: for a message that is not opened yet. */
enum window_is window_peek(
    const struct window *w, uint32_t id, const struct packets **answer);
/*
 * The answer to id, which is at work. Takes what p has and empties it. False:
 * id is not at work; p stays.
 */
MUST_USE bool window_answer(struct window *w, uint32_t id, struct packets *p);
/* id is not answered after all, and may come again as new. */
void window_forget(struct window *w, uint32_t id);

/*
 * RFC 7296 2.2: the id of our next request, which is used from now on. False: no
 * id is left; the SA has to be closed.
 */
MUST_USE bool window_take(struct window *w, uint32_t *id);

#endif /* IKE_WINDOW_H */
