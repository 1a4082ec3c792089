/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/kid.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

#include "io/clock.h"
#include "io/log.h"
#include "io/spawn.h"

/* Of all files that a site may have, and what waits of other messages. */
#define QUEUE	(80u << 20)
#define SOON_MS 60000 /* one that ends sooner was not well */
#define WAIT_MS 100   /* before it is started again, doubled each time */
#define MAX_MS	10000

static void
kill_it(const struct kid *k)
{
	if (k->pid > 0)
		(void)kill(k->pid, SIGKILL);
}

static void
heard(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct kid *k = ctx;
	struct ikeipc_msg m;

	if (fd >= 0) /* nobody asked for one */
		(void)close(fd);
	if (!ikeipc_parse(&m, msg, n)) {
		log_say(LOG_LEVEL_ERR, "the %s says what makes no sense: ended",
		    k->name);
		kill_it(k);
		return;
	}
	if (m.type == IKEIPC_READY)
		k->ready = true;
	k->message(k->ctx, k, &m);
}

/* Its end of the channel is closed: it ends, or will do nothing any more. */
static void
cut(void *ctx)
{
	struct kid *k = ctx;

	chan_free(k->chan);
	k->chan = NULL;
	k->ready = false;
	kill_it(k);
}

bool
kid_start(struct kid *k)
{
	const struct chan_use use = { .longest = IKEIPC_MAX,
		.queue = QUEUE,
		.message = heard,
		.ended = cut,
		.ctx = k };
	char title[32];
	int ends[2];

	(void)snprintf(title, sizeof(title), "in.iked: %s", k->name);
	if (!chan_pair(ends)) {
		log_say(LOG_LEVEL_ERR, "a channel: %s", strerror(errno));
		return false;
	}
	k->pid = spawn_self(k->exe, title, k->role, ends[1]);
	k->began = clock_mono();
	k->ready = false;
	(void)close(ends[1]);
	if (k->pid < 0) {
		log_say(LOG_LEVEL_ERR, "starting the %s: %s", k->name,
		    strerror(errno));
		(void)close(ends[0]);
		k->pid = 0;
		return false;
	}
	k->chan = chan_new(k->loop, ends[0], &use);
	if (k->chan != NULL)
		return true;
	log_say(LOG_LEVEL_ERR, "a channel: %s", strerror(errno));
	kill_it(k);
	return false;
}

static void
start_again(void *ctx)
{
	struct kid *k = ctx;

	loop_timer_stop(&k->again);
	if (k->ending || kid_start(k))
		return;
	k->again.every = MAX_MS;
	loop_timer_start(k->loop, &k->again);
}

static void
say_end(const struct kid *k, int status, uint32_t wait)
{
	char how[48];

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    how, sizeof(how), "status %d", WEXITSTATUS(status));
	log_say(LOG_LEVEL_ERR, "the %s ended (%s); started again in %u ms",
	    k->name, how, wait);
}

bool
kid_reaped(struct kid *k, pid_t pid, int status)
{
	uint32_t wait = WAIT_MS;

	if (pid != k->pid || pid == 0)
		return false;
	k->pid = 0;
	k->ready = false;
	chan_free(k->chan);
	k->chan = NULL;
	if (!k->ending) {
		if (clock_mono() - k->began > SOON_MS)
			k->crashes = 0;
		for (unsigned i = 0; i < k->crashes && wait < MAX_MS; i++)
			wait *= 2;
		if (wait > MAX_MS)
			wait = MAX_MS;
		k->crashes++;
		say_end(k, status, wait);
		k->again = (struct loop_timer){
			.fire = start_again, .ctx = k, .every = wait
		};
		loop_timer_start(k->loop, &k->again);
	}
	k->gone(k->ctx, k);
	return true;
}

bool
kid_say(struct kid *k, const struct ikeipc_msg *m, int fd)
{
	uint8_t b[IKEIPC_PIECE + 512];
	struct wr w = wr_into(b, sizeof(b));
	bool ok = k->chan != NULL && ikeipc_write(&w, m) &&
		  chan_send(k->chan, b, w.len, fd);

	secret_wipe(b, w.len);
	return ok;
}

bool
kid_file(
    struct kid *k, uint8_t kind, const char *name, const char *text, size_t n)
{
	struct ikeipc_msg m = { .type = IKEIPC_FILE,
		.kind = kind,
		.size = (uint32_t)n,
		.name = { (const uint8_t *)name, strlen(name) } };

	if (n > IKEIPC_FILE_MAX || !kid_say(k, &m, -1))
		return false;
	for (size_t at = 0; at < n; at += m.data.n) {
		m = (struct ikeipc_msg){ .type = IKEIPC_DATA };
		m.data.p = (const uint8_t *)text + at;
		m.data.n = n - at < IKEIPC_PIECE ? n - at : IKEIPC_PIECE;
		if (!kid_say(k, &m, -1))
			return false;
	}
	return true;
}

void
kid_stop(struct kid *k)
{
	k->ending = true;
	loop_timer_stop(&k->again);
	chan_free(k->chan);
	k->chan = NULL;
	kill_it(k);
}
