/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/keyproc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

#include "crypto/be/be.h"
#include "daemon/iked/keyring.h"
#include "daemon/iked/servant.h"
#include "io/log.h"
#include "io/loop.h"

#define QUEUE (4u << 20) /* bytes of answers that wait for the engine */

/* What may still be done when everything is there, and no more. */
static const char *const calls[] = {
	/* the two channels, the log */
	"recvmsg", "sendmsg", "write", "close", "fcntl",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_ctl", "poll", "ppoll",
	"clock_gettime", "gettimeofday", "time", "restart_syscall",
	/* memory, random numbers */
	"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "getrandom",
	"futex",
	/* signals, the end */
	"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigreturn", "getpid",
	"gettid", "tgkill", "exit", "exit_group", NULL
};

struct keyproc {
	struct servant s;
	struct loop *loop;
	struct crypto *crypto;
	struct keyring *ring; /* NULL: no files came yet */
	struct chan *engine;
	uint8_t out[IKEIPC_MAX];
};

static void
tell(struct keyproc *k, uint32_t id, const struct ikeipc_told *told)
{
	const struct ikeipc_msg m = {
		.type = IKEIPC_TOLD, .id = id, .told = *told
	};
	struct wr w = wr_into(k->out, sizeof(k->out));

	if (!ikeipc_write(&w, &m) || !chan_send(k->engine, k->out, w.len, -1))
		log_say(LOG_LEVEL_ERR, "the engine does not take an answer");
}

/* What the engine says to peers that it trusts (RFC 7296 3.7). */
static void
tell_authorities(struct keyproc *k)
{
	uint8_t names[IKEIPC_PIECE];
	const struct ikeipc_told told = {
		.data = { names,
		    keyring_authorities(k->ring, names, sizeof(names)) }
	};

	if (k->engine != NULL && k->ring != NULL)
		tell(k, 0, &told);
}

static void
asked(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct keyproc *k = ctx;
	struct ikeipc_told told;
	struct keyring_work work;
	struct ikeipc_msg m;

	if (fd >= 0)
		(void)close(fd);
	if (!ikeipc_parse(&m, msg, n) || m.type != IKEIPC_ASK) {
		log_say(LOG_LEVEL_ERR, "the engine says what makes no sense");
		return;
	}
	/* every question is answered at once: there is none to drop */
	if (m.ask.op == IKEIPC_DROP)
		return;
	keyring_answer(k->ring, &m.ask, &told, &work);
	tell(k, m.id, &told);
	secret_wipe(&work, sizeof(work));
}

static void
engine_ended(void *ctx)
{
	struct keyproc *k = ctx;

	chan_free(k->engine);
	k->engine = NULL;
}

/* --- what the parent says --- */

static void
take(void *ctx, enum ikeipc_which which, int fd)
{
	struct keyproc *k = ctx;
	const struct chan_use use = { .longest = IKEIPC_MAX,
		.queue = QUEUE,
		.message = asked,
		.ended = engine_ended,
		.ctx = k };

	if (which != IKEIPC_PEER) {
		(void)close(fd);
		return;
	}
	chan_free(k->engine);
	k->engine = chan_new(k->loop, fd, &use);
	tell_authorities(k);
}

static bool
use_files(void *ctx, const struct intake *files, char why[IKEIPC_TEXT])
{
	struct keyproc *k = ctx;
	struct keyring *ring = keyring_read(k->crypto, files, why);

	if (ring == NULL)
		return false;
	keyring_free(k->ring);
	k->ring = ring;
	tell_authorities(k);
	return true;
}

static void
debug(void *ctx, uint32_t level)
{
	(void)ctx;
	log_set_debug(level != 0);
}

static void
stop(void *ctx)
{
	struct keyproc *k = ctx;

	loop_stop(k->loop);
}

/* --- the process --- */

static void
crypto_says(void *ctx, const char *line)
{
	(void)ctx;
	log_say(LOG_LEVEL_WARN, "%s", line);
}

int
keyproc_main(void)
{
	struct servant_use use = { .calls = calls,
		.take = take,
		.use = use_files,
		.debug = debug,
		.stop = stop };
	struct keyproc *k = calloc(1, sizeof(*k));
	int status = 1;

	log_init("in.iked keystore", false);
	if (k == NULL)
		return 1;
	use.ctx = k;
	k->loop = k->s.loop = loop_new();
	k->crypto = crypto_new(be_ossl, crypto_says, NULL);
	if (k->loop == NULL || k->crypto == NULL)
		log_say(LOG_LEVEL_ERR, "start: %s", strerror(errno));
	else if (servant_begin(&k->s, &use))
		status = loop_run(k->loop) ? 0 : 1;
	if (k->loop != NULL) {
		servant_end(&k->s);
		chan_free(k->engine);
		keyring_free(k->ring);
		loop_free(k->loop);
	}
	crypto_free(k->crypto);
	secret_wipe(k, sizeof(*k));
	free(k);
	return status;
}
