/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"

#include "io/clock.h"

#define BUFFER (256 << 10) /* bytes that may wait in the kernel */

struct waiting {
	struct link link;
	int fd;
	size_t n;
	uint8_t b[];
};

struct chan {
	struct loop *loop;
	struct loop_watch watch;
	struct chan_use use;
	struct link queue;
	size_t queued;
	bool broken;
	uint8_t in[];
};

bool
chan_pair(int ends[2])
{
	int n = BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, ends) != 0)
		return false;
	/* no more than the system's limit, when it is lower: then more is kept */
	for (int i = 0; i < 2; i++)
		(void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
	return true;
}

/* Messages may have keys in them. */
static void
waiting_free(struct chan *c, struct waiting *w)
{
	c->queued -= w->n;
	list_remove(&w->link);
	if (w->fd >= 0)
		(void)close(w->fd);
	secret_wipe(w->b, w->n);
	free(w);
}

/* 0 or errno. */
static int
put(const struct chan *c, const void *msg, size_t n, int fd)
{
	struct iovec io = { (void *)(uintptr_t)msg, n };
	union {
		struct cmsghdr h;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.b);
		control.h.cmsg_level = SOL_SOCKET;
		control.h.cmsg_type = SCM_RIGHTS;
		control.h.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.h), &fd, sizeof(int));
	}
	do
		sent = sendmsg(c->watch.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

/* Until nothing waits or the other end's buffer is full. */
static void
flush(struct chan *c)
{
	while (!list_empty(&c->queue) && !c->broken) {
		struct waiting *w =
		    list_item(c->queue.next, struct waiting, link);
		int err = put(c, w->b, w->n, w->fd);

		if (err == EAGAIN)
			return;
		if (err != 0)
			c->broken = true;
		else
			waiting_free(c, w);
	}
}

static void
rearm(struct chan *c)
{
	unsigned want = LOOP_READ | (list_empty(&c->queue) ? 0 : LOOP_WRITE);

	if (!loop_change(c->loop, &c->watch, want))
		c->broken = true;
}

/* The loop comes back even when the other end has nothing to say. */
static void
rearm_broken(struct chan *c)
{
	if (!loop_change(c->loop, &c->watch, LOOP_READ | LOOP_WRITE))
		loop_remove(c->loop, &c->watch);
}

/* The descriptor that came; of several all are closed: nobody of ours sends them. */
static int
take_fd(struct msghdr *m)
{
	int fd = -1, n = 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h != NULL;
	     h = CMSG_NXTHDR(m, h)) {
		size_t bytes = h->cmsg_len - CMSG_LEN(0);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes;
		     at += sizeof(int)) {
			if (n++ != 0)
				(void)close(fd);
			memcpy(&fd, CMSG_DATA(h) + at, sizeof(int));
		}
	}
	if (n <= 1)
		return fd;
	(void)close(fd);
	return -1;
}

static void
end(struct chan *c)
{
	c->broken = true;
	loop_remove(c->loop, &c->watch);
	/* the last thing: c may be gone afterwards */
	c->use.ended(c->use.ctx);
}

/* One message; the loop comes back for the next. */
static void
hear(struct chan *c)
{
	struct iovec io = { c->in, c->use.longest };
	union {
		struct cmsghdr h;
		uint8_t b[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.b) };
	ssize_t n = recvmsg(c->watch.fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (m.msg_flags & MSG_TRUNC) != 0) {
		if (n > 0) {
			fd = take_fd(&m);
			if (fd >= 0)
				(void)close(fd);
		}
		end(c);
		return;
	}
	fd = take_fd(&m);
	c->use.message(c->use.ctx, c->in, (size_t)n, fd);
}

static void
ready(void *ctx, unsigned events)
{
	struct chan *c = ctx;

	if ((events & LOOP_WRITE) != 0) {
		flush(c);
		rearm(c);
	}
	if (c->broken)
		end(c);
	else if ((events & (LOOP_READ | LOOP_ERROR)) != 0)
		hear(c);
}

struct chan *
chan_new(struct loop *l, int fd, const struct chan_use *use)
{
	struct chan *c = malloc(sizeof(*c) + use->longest);
	int err = ENOMEM;

	if (c != NULL) {
		*c = (struct chan){ .loop = l, .use = *use };
		c->watch =
		    (struct loop_watch){ .fd = fd, .ready = ready, .ctx = c };
		list_init(&c->queue);
		if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
		    loop_add(l, &c->watch, LOOP_READ))
			return c;
		err = errno;
		free(c);
	}
	(void)close(fd);
	errno = err;
	return NULL;
}

void
chan_free(struct chan *c)
{
	if (c == NULL)
		return;
	loop_remove(c->loop, &c->watch);
	(void)close(c->watch.fd);
	list_each (i, &c->queue)
		waiting_free(c, list_item(i, struct waiting, link));
	secret_wipe(c->in, c->use.longest);
	free(c);
}

bool
chan_send(struct chan *c, const void *msg, size_t n, int fd)
{
	struct waiting *w;

	if (c->broken)
		return false;
	if (list_empty(&c->queue)) {
		int err = put(c, msg, n, fd);

		if (err == 0)
			return true;
		if (err != EAGAIN) {
			/* told by the loop, not within the caller's work */
			c->broken = true;
			rearm_broken(c);
			return false;
		}
	}
	w = n <= c->use.queue && c->queued <= c->use.queue - n
		? malloc(sizeof(*w) + n)
		: NULL;
	if (w == NULL)
		return false;
	w->n = n;
	w->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd >= 0 && w->fd < 0) {
		free(w);
		return false;
	}
	memcpy(w->b, msg, n);
	list_push_tail(&c->queue, &w->link);
	c->queued += n;
	rearm(c);
	return true;
}

size_t
chan_waiting(const struct chan *c)
{
	return c->queued;
}

/* Until the descriptor is ready or the time has come. False: it has. */
static bool
wait_for(const struct chan *c, short events, uint64_t until)
{
	struct pollfd p = { .fd = c->watch.fd, .events = events };
	uint64_t now = clock_mono();

	if (now >= until)
		return false;
	(void)poll(&p, 1, (int)(until - now));
	return true;
}

void
chan_finish(struct chan *c, int ms)
{
	uint64_t until = clock_mono() + (uint64_t)ms;
	ssize_t n;

	for (;;) {
		flush(c);
		if (c->broken)
			return;
		if (list_empty(&c->queue))
			break;
		if (!wait_for(c, POLLOUT, until))
			return;
	}
	if (shutdown(c->watch.fd, SHUT_WR) != 0)
		return;
	do
		n = recv(c->watch.fd, c->in, c->use.longest, MSG_DONTWAIT);
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR) &&
			    wait_for(c, POLLIN, until)));
}
