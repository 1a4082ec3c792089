/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kid - one of the processes that the parent starts: its channel, its end, and
 * when it is started again.
 */
#ifndef DAEMON_KID_H
#define DAEMON_KID_H

#include <sys/types.h>

#include "io/chan.h"
#include "io/loop.h"
#include "wire/ikeipc.h"

struct kid {
	/* set before kid_start() */
	struct loop *loop;
	const char *name; /* for people */
	const char *role; /* argument */
	int exe;	  /* io/spawn.h */
	/* What it says; a message that does not parse ends it. */
	void (*message)(void *ctx, struct kid *k, const struct ikeipc_msg *m);
	/* It has ended, and is started again. */
	void (*gone)(void *ctx, struct kid *k);
	void *ctx;
	/* the kid's own */
	pid_t pid; /* 0: none */
	struct chan *chan;
	bool ready;  /* it has said so */
	bool ending; /* it is not started again */
	uint64_t began;
	unsigned crashes; /* one soon after the other */
	struct loop_timer again;
};

/* False: it could not be started; the log has why. */
MUST_USE bool kid_start(struct kid *k);
/* Process pid has ended, with this status of waitpid(2). True: it was this one. */
bool kid_reaped(struct kid *k, pid_t pid, int status);
/* False: it is not there, or does not listen. */
bool kid_say(struct kid *k, const struct ikeipc_msg *m, int fd);
/* A file in pieces. */
MUST_USE bool kid_file(
    struct kid *k, uint8_t kind, const char *name, const char *text, size_t n);
/* Ends it without a word, for good. */
void kid_stop(struct kid *k);

#endif /* DAEMON_KID_H */
