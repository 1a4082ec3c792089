/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/unixsock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/secret.h"

#define PER_TURN 16  /* messages of one connection before others are heard */
#define REST_MS	 500 /* without a descriptor for one more connection */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

#define MAX_GROUPS 512 /* supplementary groups of a peer that are looked at */

struct waiting {
	struct link link;
	size_t n, sent;
	uint8_t b[];
};

struct unixsock_conn {
	struct link link;
	struct unixsock *of;
	struct loop_watch watch;
	void *user;
	uid_t uid;
	struct link queue;
	size_t queued; /* bytes */
	uint64_t lost;
	bool in_message, finish, broken, more;
};

struct unixsock {
	struct loop *loop;
	struct loop_watch watch;
	struct unixsock_use use;
	struct link conns;
	unsigned n;
	size_t queued; /* bytes, of all connections */
	struct loop_timer rest;
	bool resting;
	uint8_t *in;
	char path[];
};

/* Messages may have keys in them. */
static void
waiting_free(struct unixsock_conn *c, struct waiting *w)
{
	c->queued -= w->n;
	c->of->queued -= w->n;
	list_remove(&w->link);
	secret_wipe(w->b, w->n);
	free(w);
}

static void
conn_free(struct unixsock_conn *c)
{
	struct unixsock *s = c->of;

	loop_remove(s->loop, &c->watch);
	(void)close(c->watch.fd);
	list_remove(&c->link);
	s->n--;
	list_each (i, &c->queue)
		waiting_free(c, list_item(i, struct waiting, link));
	if (c->user != NULL && s->use.closed != NULL)
		s->use.closed(c->user);
	free(c);
}

/* Until the queue is empty or the other end's buffer is full. */
static void
flush(struct unixsock_conn *c)
{
	while (!list_empty(&c->queue) && !c->broken) {
		struct waiting *w =
		    list_item(c->queue.next, struct waiting, link);
		ssize_t n = send(c->watch.fd, w->b + w->sent, w->n - w->sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			c->broken = true;
			return;
		}
		w->sent += (size_t)n;
		if (w->sent < w->n)
			continue;
		waiting_free(c, w);
	}
}

/*
 * While answers wait, no further question is read: a peer that asks and does
 * not read holds up itself alone.
 */
static void
rearm(struct unixsock_conn *c)
{
	bool busy = !list_empty(&c->queue) || c->more;

	if (!loop_change(c->of->loop, &c->watch, busy ? LOOP_WRITE : LOOP_READ))
		c->broken = true;
}

bool
unixsock_send(struct unixsock_conn *c, const void *msg, size_t n)
{
	size_t limit = c->in_message ? c->of->use.answers : c->of->use.news;
	struct waiting *w;

	if (c->broken || c->finish)
		return false;
	if (list_empty(&c->queue)) {
		ssize_t sent =
		    send(c->watch.fd, msg, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent == (ssize_t)n)
			return true;
		if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			c->broken = true;
			return false;
		}
		if (sent > 0) { /* SOCK_STREAM */
			msg = (const uint8_t *)msg + sent;
			n -= (size_t)sent;
		}
	}
	w = c->queued + n <= limit && c->of->queued + n <= c->of->use.total
		? malloc(sizeof(*w) + n)
		: NULL;
	if (w == NULL) {
		/* half an answer would mislead: the end of the connection tells */
		if (c->in_message && c->of->use.drained == NULL)
			c->broken = true;
		c->lost += !c->in_message;
		return false;
	}
	w->n = n;
	w->sent = 0;
	memcpy(w->b, msg, n);
	list_push_tail(&c->queue, &w->link);
	c->queued += n;
	c->of->queued += n;
	if (!c->in_message)
		rearm(c);
	return true;
}

void
unixsock_more(struct unixsock_conn *c)
{
	c->more = true;
	if (!c->in_message)
		rearm(c);
}

void
unixsock_set_news(struct unixsock *s, size_t bytes)
{
	s->use.news = bytes;
}

void
unixsock_finish(struct unixsock_conn *c)
{
	c->finish = true;
}

uint64_t
unixsock_lost(const struct unixsock_conn *c)
{
	return c->lost;
}

/* The only descriptor of a message, or -1; the others are closed. */
static int
take_fds(struct msghdr *m)
{
	int fd = -1, v;
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(v) <= c->cmsg_len;
		     at += sizeof(v)) {
			memcpy(&v, (uint8_t *)c + at, sizeof(v));
			if (n++ != 0)
				(void)close(v);
			else
				fd = v;
		}
	}
	if (fd >= 0 && (n != 1 || (m->msg_flags & MSG_CTRUNC) != 0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* One message, as recv() with MSG_TRUNC; *fd: what came with it, or -1. */
static ssize_t
take(struct unixsock_conn *c, int *fd)
{
	struct unixsock *s = c->of;
	/* room for one more than there may be, so that it is seen */
	_Alignas(struct cmsghdr) uint8_t with[CMSG_SPACE(2 * sizeof(int))];
	struct iovec v = { .iov_base = s->in, .iov_len = s->use.message };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = with,
		.msg_controllen = sizeof(with) };
	ssize_t n;

	*fd = -1;
	if (s->use.message_fd == NULL)
		return recv(c->watch.fd, s->in, s->use.message,
		    MSG_DONTWAIT | MSG_TRUNC);
	n = recvmsg(
	    c->watch.fd, &m, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	if (n >= 0)
		*fd = take_fds(&m);
	return n;
}

static void
hand_over(struct unixsock_conn *c, size_t n, int fd)
{
	struct unixsock *s = c->of;

	c->in_message = true;
	if (s->use.message_fd != NULL)
		s->use.message_fd(c->user, s->in, n, fd);
	else
		s->use.message_in(c->user, s->in, n);
	c->in_message = false;
	if (fd >= 0)
		(void)close(fd);
	secret_wipe(s->in, n);
}

/* False: the other end has closed, or something is wrong. */
static bool
read_some(struct unixsock_conn *c)
{
	struct unixsock *s = c->of;

	for (int i = 0; i < PER_TURN && list_empty(&c->queue) && !c->more;
	     i++) {
		int fd;
		ssize_t n = take(c, &fd);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0) {
			if (fd >= 0) /* with an empty message */
				(void)close(fd);
			return false;
		}
		if (s->use.message_in == NULL && s->use.message_fd == NULL)
			continue;
		/* what is too long is cut; its own length field tells */
		if ((size_t)n > s->use.message)
			n = (ssize_t)s->use.message;
		hand_over(c, (size_t)n, fd);
		if (c->broken)
			return false;
	}
	return true;
}

static void
go_on(struct unixsock_conn *c)
{
	if (c->of->use.drained == NULL || !list_empty(&c->queue) || c->broken)
		return;
	c->more = false;
	c->in_message = true;
	c->of->use.drained(c->user);
	c->in_message = false;
}

static void
conn_ready(void *ctx, unsigned events)
{
	struct unixsock_conn *c = ctx;
	bool gone = (events & LOOP_ERROR) != 0 && (events & LOOP_READ) == 0;

	if (events & LOOP_WRITE) {
		flush(c);
		go_on(c);
	}
	if (!gone && (events & LOOP_READ))
		gone = !read_some(c);
	if (gone || c->broken || (c->finish && list_empty(&c->queue))) {
		conn_free(c);
		return;
	}
	rearm(c);
}

/* Is the peer of this group, by its own or its further group ids? */
static bool
in_group(int fd, gid_t own, gid_t group)
{
	gid_t g[MAX_GROUPS];
	socklen_t n = sizeof(g);

	if (group == 0)
		return false;
	if (own == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, g, &n) != 0)
		return false;
	for (size_t i = 0; i < n / sizeof(g[0]); i++)
		if (g[i] == group)
			return true;
	return false;
}

/* The peer's process, so that its number cannot become another's; or -1. */
static int
pidfd_of(int fd)
{
	int pidfd = -1;
	socklen_t n = sizeof(pidfd);

	return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &n) == 0 ? pidfd
									 : -1;
}

static bool
who_is(int fd, const struct unixsock_use *use, struct unixsock_peer *who)
{
	struct ucred u;
	socklen_t n = sizeof(u);
	int pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n) != 0)
		return false;
	*who = (struct unixsock_peer){ .pid = u.pid,
		.uid = u.uid,
		.privileged = u.uid == 0 || in_group(fd, u.gid, use->group) };
	if (!who->privileged || use->vouch == NULL)
		return true;
	pidfd = pidfd_of(fd);
	who->why = use->vouch(use->ctx, u.pid, pidfd, u.uid == 0);
	who->privileged = who->why == NULL;
	if (pidfd >= 0)
		(void)close(pidfd);
	return true;
}

/* One who is not root and has as many connections as one may have. */
static bool
has_enough(const struct unixsock *s, const struct unixsock_peer *who)
{
	unsigned n = 0;

	if (s->use.anybody == 0 || who->uid == 0)
		return false;
	for (struct link *l = s->conns.next; l != &s->conns; l = l->next)
		n += list_item(l, struct unixsock_conn, link)->uid == who->uid;
	return n >= s->use.anybody;
}

static void
adopt(struct unixsock *s, int fd)
{
	struct unixsock_peer who;
	struct unixsock_conn *c = NULL;

	/* whoever else may connect cannot keep root out */
	if (who_is(fd, &s->use, &who) && !has_enough(s, &who) &&
	    s->n < s->use.max -
		       (who.uid == 0 && who.privileged ? 0 : s->use.max / 4))
		c = calloc(1, sizeof(*c));
	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->of = s;
	c->uid = who.uid;
	c->watch =
	    (struct loop_watch){ .fd = fd, .ready = conn_ready, .ctx = c };
	list_init(&c->queue);
	if (!loop_add(s->loop, &c->watch, LOOP_READ)) {
		(void)close(fd);
		free(c);
		return;
	}
	list_push_tail(&s->conns, &c->link);
	s->n++;
	c->in_message = true; /* what is sent now is an answer to connecting */
	c->user = s->use.opened(s->use.ctx, c, &who);
	c->in_message = false;
	if (c->user == NULL || c->broken ||
	    (c->finish && list_empty(&c->queue)))
		conn_free(c);
	else
		rearm(c);
}

/*
 * Who waits to be accepted stays ready; without a descriptor for him the loop
 * would turn at full speed.
 */
static void
rest(struct unixsock *s)
{
	if (!loop_change(s->loop, &s->watch, 0))
		return;
	s->resting = true;
	loop_timer_start(s->loop, &s->rest);
}

static void
rested(void *ctx)
{
	struct unixsock *s = ctx;

	if (!loop_change(s->loop, &s->watch, LOOP_READ))
		return; /* another rest */
	loop_timer_stop(&s->rest);
	s->resting = false;
}

static void
accept_some(void *ctx, unsigned events)
{
	struct unixsock *s = ctx;

	(void)events;
	for (int i = 0; i < PER_TURN; i++) {
		int fd = accept4(
		    s->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				rest(s);
			return;
		}
		adopt(s, fd);
	}
}

int
unixsock_listen(const char *path, const struct unixsock_use *use)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, err;

	if (strlen(path) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, use->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)unlink(path);
	/* by the mask, and no link followed: the folder may be another user's */
	old = umask(use->anybody != 0 ? 0111 : use->group != 0 ? 0117 : 0177);
	err = bind(fd, (struct sockaddr *)&un, sizeof(un));
	(void)umask(old);
	/* nobody connects before listen(), so the group is right in time */
	if (err == 0 &&
	    (use->group == 0 || lchown(path, (uid_t)-1, use->group) == 0) &&
	    listen(fd, 64) == 0)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

/* fd is the socket's from here on; path: of the file to remove, or "" */
static struct unixsock *
serve_at(
    struct loop *l, const char *path, int fd, const struct unixsock_use *use)
{
	struct unixsock *s =
	    fd >= 0 ? calloc(1, sizeof(*s) + strlen(path) + 1) : NULL;
	int err = errno;

	if (s != NULL) {
		s->loop = l;
		s->use = *use;
		list_init(&s->conns);
		memcpy(s->path, path, strlen(path) + 1);
		s->in = malloc(use->message + 1);
		s->watch = (struct loop_watch){
			.fd = fd, .ready = accept_some, .ctx = s
		};
		s->rest = (struct loop_timer){
			.fire = rested, .ctx = s, .every = REST_MS
		};
		if (s->in != NULL && loop_add(l, &s->watch, LOOP_READ))
			return s;
		err = errno;
		free(s->in);
		free(s);
	}
	if (fd >= 0)
		(void)close(fd);
	errno = err;
	return NULL;
}

struct unixsock *
unixsock_open(struct loop *l, const char *path, const struct unixsock_use *use)
{
	return serve_at(l, path, unixsock_listen(path, use), use);
}

struct unixsock *
unixsock_serve(struct loop *l, int fd, const struct unixsock_use *use)
{
	return serve_at(l, "", fd, use);
}

void
unixsock_close(struct unixsock *s)
{
	if (s == NULL)
		return;
	list_each (i, &s->conns)
		conn_free(list_item(i, struct unixsock_conn, link));
	if (s->resting)
		loop_timer_stop(&s->rest);
	loop_remove(s->loop, &s->watch);
	(void)close(s->watch.fd);
	if (s->path[0] != '\0')
		(void)unlink(s->path);
	free(s->in);
	free(s);
}
