/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/servant.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "io/landlock.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/spawn.h"

/* Accounts to work under: ours, or where the system has none, anybody's. */
static const char *const accounts[] = { "solipsec-ike", "nobody" };

static void
answer(struct servant *s, const struct ikeipc_msg *m)
{
	uint8_t b[2 * IKEIPC_TEXT];
	struct wr w = wr_into(b, sizeof(b));

	if (ikeipc_write(&w, m))
		(void)chan_send(s->parent, b, w.len, -1);
}

void
servant_want(struct servant *s, enum ikeipc_want want)
{
	const struct ikeipc_msg m = { .type = IKEIPC_WANT,
		.want = (uint8_t)want };

	answer(s, &m);
}

static void
use_files(struct servant *s, uint32_t id)
{
	char why[IKEIPC_TEXT] = "";
	struct ikeipc_msg m = { .type = IKEIPC_USED, .id = id };

	if (!intake_whole(&s->files)) {
		m.err = EPROTO;
	} else if (!s->use.use(s->use.ctx, &s->files, why)) {
		m.err = EINVAL;
		/* one line */
		for (char *p = why; *p != '\0'; p++)
			if (*p < ' ')
				*p = ' ';
		m.text.p = (const uint8_t *)why;
		m.text.n = strlen(why);
	}
	intake_clear(&s->files);
	answer(s, &m);
}

static void
heard(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct servant *s = ctx;
	struct ikeipc_msg m;
	bool ok = ikeipc_parse(&m, msg, n);

	if (ok && m.type == IKEIPC_TAKE && fd >= 0) {
		s->use.take(s->use.ctx, m.which, fd);
		return;
	}
	if (fd >= 0)
		(void)close(fd);
	if (ok && (m.type == IKEIPC_FILE || m.type == IKEIPC_DATA))
		ok = intake_take(&s->files, &m);
	else if (ok && m.type == IKEIPC_USE)
		use_files(s, m.id);
	else if (ok && m.type == IKEIPC_DEBUG)
		s->use.debug(s->use.ctx, m.level);
	else if (ok && m.type == IKEIPC_STOP)
		s->use.stop(s->use.ctx);
	else
		ok = false;
	if (!ok) {
		log_say(LOG_LEVEL_ERR, "the parent says what makes no sense");
		loop_stop(s->loop);
	}
}

/* The parent has ended, and so do we. */
static void
parent_gone(void *ctx)
{
	struct servant *s = ctx;

	loop_stop(s->loop);
}

static bool
give_up(const struct servant_use *use)
{
	static const char *const no_files[] = { NULL };
	const struct passwd *u = NULL;
	int err;

	for (size_t i = 0; u == NULL && i < 2; i++)
		u = getpwnam(accounts[i]);
	/* the kernel's own name for nobody, on a system without that account */
	err = sandbox_drop(u != NULL ? u->pw_uid : 65534,
	    u != NULL ? u->pw_gid : 65534, NULL, 0);
	if (err != 0) {
		log_say(LOG_LEVEL_ERR, "account: %s", strerror(err));
		return false;
	}
	err = landlock_confine(no_files);
	if (err == ENOSYS || err == EOPNOTSUPP) {
		log_say(LOG_LEVEL_DEBUG, "this kernel has no Landlock");
		err = 0;
	}
	if (err == 0)
		err = sandbox_calls(use->calls, use->only, use->n_only);
	if (err != 0)
		log_say(LOG_LEVEL_ERR, "sandbox: %s", strerror(err));
	return err == 0;
}

bool
servant_begin(struct servant *s, const struct servant_use *use)
{
	const struct chan_use c = { .longest = IKEIPC_MAX,
		.queue = IKEIPC_MAX,
		.message = heard,
		.ended = parent_gone,
		.ctx = s };
	const struct ikeipc_msg ready = { .type = IKEIPC_READY };

	s->use = *use;
	intake_init(&s->files);
	s->parent = chan_new(s->loop, SPAWN_FD, &c);
	if (s->parent == NULL) {
		log_say(LOG_LEVEL_ERR,
		    "this is a part of in.iked and not to be started by hand");
		return false;
	}
	/* what it lacks, the parent lacked, too, and has said so */
	(void)!sandbox_memory();
	if (!give_up(use))
		return false;
	answer(s, &ready);
	return true;
}

void
servant_end(struct servant *s)
{
	chan_free(s->parent);
	s->parent = NULL;
	intake_clear(&s->files);
}
