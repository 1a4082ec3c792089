/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pace - watches that are heard only while their work keeps to its share of the
 * CPU (daemon/ipsecd/governor.h). While they rest, the loop hears the others.
 */
#ifndef DAEMON_PACE_H
#define DAEMON_PACE_H

#include "daemon/ipsecd/governor.h"
#include "io/loop.h"

#define PACE_WATCHES 320

struct pace {
	struct loop *loop;
	struct governor governor;
	struct loop_timer rest; /* runs while they rest */
	bool resting;
	uint64_t rests; /* how often they did */
	struct loop_watch *watch[PACE_WATCHES];
	size_t n;
	/* They are heard again. */
	void (*woken)(void *ctx);
	void *ctx;
};

void pace_init(
    struct pace *p, struct loop *loop, void (*woken)(void *ctx), void *ctx);
/* The watches are gone from it by then. */
void pace_fini(struct pace *p);
/* For LOOP_READ. False: errno says why. */
MUST_USE bool pace_add(struct pace *p, struct loop_watch *w);
/* Harmless when it is not there. */
void pace_remove(struct pace *p, struct loop_watch *w);

/* Percent of one CPU; 100: no limit, and nothing is measured. */
void pace_set(struct pace *p, uint32_t share);
/* Around each piece of work; what begin returns is for end. */
uint64_t pace_begin(const struct pace *p);
/* May begin a rest. */
void pace_end(struct pace *p, uint64_t since);

#endif /* DAEMON_PACE_H */
