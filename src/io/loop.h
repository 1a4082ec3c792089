/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop - one thread waits for many descriptors and timers (epoll). Watches and
 * timers are members of their owners' structs; the loop allocates nothing for
 * them.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/list.h"
#include "base/rd.h"

struct loop;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_ERROR = 4 };

struct loop_watch {
	int fd;
	/* events: what is the case now. May remove any watch, and itself. */
	void (*ready)(void *ctx, unsigned events);
	void *ctx;
};

struct loop_timer {
	void (*fire)(void *ctx);
	void *ctx;
	uint32_t every; /* ms */
	/* the loop's own */
	uint64_t due;
	struct link link;
};

/* NULL: errno says why. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/*
 * want: LOOP_READ, LOOP_WRITE; errors are always told. The watch stays where it
 * is until loop_remove(). False: errno says why.
 */
MUST_USE bool loop_add(struct loop *l, struct loop_watch *w, unsigned want);
MUST_USE bool loop_change(struct loop *l, struct loop_watch *w, unsigned want);
/* Before its descriptor is closed. */
void loop_remove(struct loop *l, struct loop_watch *w);

void loop_timer_start(struct loop *l, struct loop_timer *t);
void loop_timer_stop(struct loop_timer *t);

/* Until loop_stop(). False: waiting failed, errno says why. */
MUST_USE bool loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif /* IO_LOOP_H */
