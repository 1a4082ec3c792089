/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/control.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/secret.h"

#include "daemon/ipsecd/admin.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/rundir.h"
#include "io/unixsock.h"

#define CONNECTIONS 256	       /* at a time, of each socket */
#define OF_USER	    32	       /* ... of one user, where anybody may */
#define ANSWERS	    (64 << 20) /* bytes that wait to be read: large policies */
#define NEWS	    (256 << 10)
#define ALL_WAITING (128 << 20) /* bytes, of all connections of a socket */

enum { PFKEY, PFKEY_LINUX, PFPOLICY, STATUS, ADMIN, SOCKET, SOCKETS };

struct control {
	struct control_use use;
	struct unixsock *sock[SOCKETS];
	uint64_t lost;
	struct log_rate rate;
	struct pfpolicy_msg refused;
};

/* One connection of any of them. */
struct peer {
	struct control *c;
	struct unixsock_conn *conn;
	pid_t pid;
	uid_t uid;
	bool privileged, warned;
	const char *why; /* one who would be privileged is not */
	struct pfkeyd_session *pfkey;
	struct pfpolicyd_session *pfpolicy;
};

static struct peer *
peer_any(struct control *c, struct unixsock_conn *conn,
    const struct unixsock_peer *who)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->c = c;
	p->conn = conn;
	p->pid = who->pid;
	p->uid = who->uid;
	p->privileged = who->privileged;
	p->why = who->why;
	return p;
}

/* Of a socket that is not for everybody. */
static struct peer *
peer_new(struct control *c, struct unixsock_conn *conn,
    const struct unixsock_peer *who)
{
	struct peer *p = peer_any(c, conn, who);

	if (p == NULL)
		return NULL;
	if (who->why != NULL)
		log_limit(&c->rate, LOG_LEVEL_WARN,
		    "process %ld of user %lu refused: it %s", (long)who->pid,
		    (unsigned long)who->uid, who->why);
	else if (!who->privileged)
		log_limit(&c->rate, LOG_LEVEL_WARN,
		    "process %ld of user %lu connected without the right to",
		    (long)who->pid, (unsigned long)who->uid);
	return p;
}

static void
closed(void *user)
{
	struct peer *p = user;

	p->c->use.before(p->c->use.ctx);
	p->c->lost += unixsock_lost(p->conn);
	if (p->pfkey != NULL)
		pfkeyd_close(p->pfkey);
	if (p->pfpolicy != NULL)
		pfpolicyd_close(p->pfpolicy);
	free(p);
}

bool
control_send_key(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct peer *p = conn;
	uint64_t lost = unixsock_lost(p->conn);

	(void)ctx;
	if (unixsock_send(p->conn, msg, n))
		return true;
	if (!p->warned && unixsock_lost(p->conn) != lost) {
		p->warned = true;
		log_limit(&p->c->rate, LOG_LEVEL_WARN,
		    "process %ld does not read its messages and loses some",
		    (long)p->pid);
	}
	return false;
}

void
control_send_policy(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct peer *p = conn;

	(void)ctx;
	(void)unixsock_send(p->conn, msg, n);
}

/*
 * uid 0 of a container, and a root without rights over the network, are a
 * shared-IP zone: nothing here is theirs (spec: services 6).
 */
static const char *
vouch(void *ctx, pid_t pid, int pidfd, bool root)
{
	struct control *c = ctx;
	enum doorman_word w =
	    doorman_ask(c->use.doorman, pid, pidfd, root ? CAP_NET_ADMIN : -1);

	return w == DOORMAN_YES ? NULL : doorman_text(w);
}

/* --- PF_KEY --- */

static void *
open_pfkey(struct control *c, struct unixsock_conn *conn,
    const struct unixsock_peer *who, bool is_linux)
{
	struct peer *p = peer_new(c, conn, who);

	if (p == NULL)
		return NULL;
	p->pfkey = (is_linux ? pfkeyd_open_linux : pfkeyd_open)(
	    c->use.pfkeyd, p, who->privileged);
	if (p->pfkey != NULL)
		return p;
	free(p);
	return NULL;
}

static void *
pfkey_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	return open_pfkey(ctx, conn, who, false);
}

static void *
pfkey_linux_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	return open_pfkey(ctx, conn, who, true);
}

static void
pfkey_message(void *user, const uint8_t *msg, size_t n)
{
	struct peer *p = user;
	struct control *c = p->c;

	c->use.before(c->use.ctx);
	pfkeyd_input(p->pfkey, msg, n,
	    (struct now){ .mono = clock_mono(), .wall = clock_wall() });
	secret_wipe_stack();
	/* a dump goes in turns, also to one who reads fast */
	if (pfkeyd_is_waiting(p->pfkey))
		unixsock_more(p->conn);
	c->use.after(c->use.ctx);
}

static void
pfkey_drained(void *user)
{
	struct peer *p = user;

	p->c->use.before(p->c->use.ctx);
	pfkeyd_writable(p->pfkey,
	    (struct now){ .mono = clock_mono(), .wall = clock_wall() });
	secret_wipe_stack();
	if (pfkeyd_is_waiting(p->pfkey))
		unixsock_more(p->conn);
}

/* --- PF_POLICY --- */

static void *
pfpolicy_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	struct control *c = ctx;
	struct peer *p = peer_new(c, conn, who);

	if (p == NULL || !who->privileged)
		return p;
	p->pfpolicy = pfpolicyd_open(c->use.pfpolicyd, p);
	if (p->pfpolicy != NULL)
		return p;
	free(p);
	return NULL;
}

/* EPERM to whoever may not even look at policy. */
static void
refuse(struct peer *p, const uint8_t *msg, size_t n)
{
	struct pfpolicy_msg *m = &p->c->refused;
	uint8_t buf[PFPOLICY_HEADER];
	struct wr w = wr_into(buf, sizeof(buf));
	uint16_t diag;
	int err = pfpolicy_parse(m, &diag, msg, n);

	(void)err; /* good or bad, the answer is the same */
	m->has = 0;
	m->rule.sel.has = 0;
	m->errnum = EPERM;
	m->diag = 0;
	if (pfpolicy_write(&w, m))
		control_send_policy(p->c, p, buf, w.len);
	pfpolicy_fini(m);
}

static void
pfpolicy_message(void *user, const uint8_t *msg, size_t n)
{
	struct peer *p = user;
	struct control *c = p->c;

	if (p->pfpolicy == NULL) {
		refuse(p, msg, n);
		return;
	}
	c->use.before(c->use.ctx);
	pfpolicyd_input(p->pfpolicy, msg, n);
	c->use.after(c->use.ctx);
}

/* --- status --- */

static void *
status_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	struct control *c = ctx;
	struct peer *p = peer_new(c, conn, who);
	char *text;

	if (p == NULL || !who->privileged) {
		free(p);
		return NULL;
	}
	text = c->use.status(c->use.ctx);
	if (text != NULL)
		(void)unixsock_send(conn, text, strlen(text));
	free(text);
	unixsock_finish(conn);
	return p;
}

/* --- admin --- */

static void
send_answer(struct peer *p, char *text)
{
	size_t n = text != NULL ? strlen(text) : 0, part;
	bool ok = n != 0;

	/* in place of its '\0': the end of the answer */
	if (ok)
		text[n++] = '\n';
	for (size_t at = 0; ok && at < n; at += part) {
		part = n - at < ADMIN_PIECE ? n - at : ADMIN_PIECE;
		ok = unixsock_send(p->conn, text + at, part);
	}
	free(text);
	/* half an answer would be worse than none */
	if (!ok)
		unixsock_finish(p->conn);
}

static void *
admin_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	return peer_any(ctx, conn, who);
}

static void
admin_message(void *user, const uint8_t *msg, size_t n)
{
	struct peer *p = user;
	struct control *c = p->c;

	if (!p->privileged) {
		send_answer(p,
		    admin_refusal(p->why != NULL
				      ? "refused: IPsec of a shared-IP zone is "
					"managed in the global zone"
				      : "only root and the group that may "
					"manage IPsec may ask this"));
		unixsock_finish(p->conn);
		return;
	}
	send_answer(p, c->use.admin(c->use.ctx, msg, n));
	c->use.after(c->use.ctx);
}

/* --- all of them --- */

/* --- policy of single sockets --- */

static void *
socket_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	return peer_new(ctx, conn, who);
}

static void
socket_message(void *user, const uint8_t *msg, size_t n, int fd)
{
	struct peer *p = user;
	struct control *c = p->c;
	struct sockreq a;
	uint8_t buf[SOCKREQ_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	c->use.before(c->use.ctx);
	a = sockets_request(c->use.sockets, p->uid, p->privileged, msg, n, fd);
	sockreq_write_answer(&w, &a);
	(void)unixsock_send(p->conn, buf, w.len);
	c->use.after(c->use.ctx);
}

struct control *
control_new(const struct control_use *use)
{
	static const char *const names[SOCKETS] = { RUNDIR_PFKEY,
		RUNDIR_PFKEY_LINUX, RUNDIR_PFPOLICY, RUNDIR_STATUS,
		RUNDIR_ADMIN, RUNDIR_SOCKET };
	const struct unixsock_use uses[SOCKETS] = {
		{ .type = SOCK_SEQPACKET,
		    .message = PFKEY_MAX,
		    .answers = NEWS,
		    .opened = pfkey_opened,
		    .drained = pfkey_drained,
		    .message_in = pfkey_message },
		{ .type = SOCK_SEQPACKET,
		    .message = PFKEY_MAX,
		    .answers = NEWS,
		    .opened = pfkey_linux_opened,
		    .drained = pfkey_drained,
		    .message_in = pfkey_message },
		{ .type = SOCK_SEQPACKET,
		    .message = PFPOLICY_MAX,
		    .answers = ANSWERS,
		    .opened = pfpolicy_opened,
		    .message_in = pfpolicy_message },
		{ .type = SOCK_STREAM,
		    .message = 64,
		    .answers = ANSWERS,
		    .opened = status_opened },
		{ .type = SOCK_SEQPACKET,
		    .message = ADMIN_MESSAGE + 1,
		    .answers = ANSWERS,
		    .opened = admin_opened,
		    .message_in = admin_message },
		{ .type = SOCK_SEQPACKET,
		    .message = SOCKREQ_MAX + 1,
		    .answers = NEWS,
		    .anybody = OF_USER,
		    .opened = socket_opened,
		    .message_fd = socket_message },
	};
	struct control *c = calloc(1, sizeof(*c));
	char path[PATH_MAX];
	int err;

	if (c == NULL)
		return NULL;
	c->use = *use;
	for (int i = 0; i < SOCKETS; i++) {
		struct unixsock_use u = uses[i];

		u.group = use->group;
		u.max = CONNECTIONS;
		u.news = NEWS;
		u.total = ALL_WAITING;
		u.closed = closed;
		u.vouch = vouch;
		u.ctx = c;
		errno = ENAMETOOLONG;
		if (rundir_socket(path, sizeof(path), names[i]))
			c->sock[i] = unixsock_open(use->loop, path, &u);
		if (c->sock[i] != NULL)
			continue;
		err = errno;
		control_free(c);
		errno = err;
		return NULL;
	}
	return c;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < SOCKETS; i++)
		unixsock_close(c->sock[i]);
	free(c);
}

void
control_key_news(struct control *c, size_t bytes)
{
	unixsock_set_news(c->sock[PFKEY], bytes);
}

uint64_t
control_lost(const struct control *c)
{
	return c->lost;
}
