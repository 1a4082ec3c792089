/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servant - what the engine and the keystore have in common: the channel to the
 * parent, and what they give up before they serve.
 */
#ifndef DAEMON_SERVANT_H
#define DAEMON_SERVANT_H

#include "daemon/iked/intake.h"
#include "io/chan.h"
#include "io/sandbox.h"

struct servant_use {
	/* system calls that stay possible, as sandbox_calls() */
	const char *const *calls;
	const struct sandbox_only *only;
	size_t n_only;
	/* A descriptor; the callee's. */
	void (*take)(void *ctx, enum ikeipc_which which, int fd);
	/*
	 * Use these files, all or none. False: why is one sentence; nothing has
	 * changed.
	 */
	bool (*use)(
	    void *ctx, const struct intake *files, char why[IKEIPC_TEXT]);
	void (*debug)(void *ctx, uint32_t level);
	/* An orderly end; then loop_stop(). */
	void (*stop)(void *ctx);
	void *ctx;
};

struct servant {
	struct loop *loop;
	/* the servant's own */
	struct servant_use use;
	struct chan *parent;
	struct intake files;
};

/*
 * At SPAWN_FD is the channel. Give up everything but these calls, become a user
 * without rights, and say READY. False: the log has why. From here on
 * loop_run(s->loop) ends when the parent does.
 */
MUST_USE bool servant_begin(struct servant *s, const struct servant_use *use);
void servant_want(struct servant *s, enum ikeipc_want want);
/* Closes the channel; wipes what came. */
void servant_end(struct servant *s);

#endif /* DAEMON_SERVANT_H */
