/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/clock.h"

#define LOOP_BATCH 32

struct loop {
	int fd;
	bool stop;
	struct link timers;
	struct epoll_event ev[LOOP_BATCH];
	int n_ev; /* of ev, while they are told */
};

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	list_init(&l->timers);
	l->fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->fd < 0) {
		free(l);
		return NULL;
	}
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	(void)close(l->fd);
	free(l);
}

static bool
control(struct loop *l, int op, struct loop_watch *w, unsigned want)
{
	struct epoll_event e = { .data.ptr = w };

	if (want & LOOP_READ)
		e.events |= EPOLLIN;
	if (want & LOOP_WRITE)
		e.events |= EPOLLOUT;
	return epoll_ctl(l->fd, op, w->fd, &e) == 0;
}

bool
loop_add(struct loop *l, struct loop_watch *w, unsigned want)
{
	return control(l, EPOLL_CTL_ADD, w, want);
}

bool
loop_change(struct loop *l, struct loop_watch *w, unsigned want)
{
	return control(l, EPOLL_CTL_MOD, w, want);
}

void
loop_remove(struct loop *l, struct loop_watch *w)
{
	(void)epoll_ctl(l->fd, EPOLL_CTL_DEL, w->fd, NULL);
	/* an event of this round must not reach a watch that is gone */
	for (int i = 0; i < l->n_ev; i++)
		if (l->ev[i].data.ptr == w)
			l->ev[i].data.ptr = NULL;
}

void
loop_timer_start(struct loop *l, struct loop_timer *t)
{
	t->due = clock_mono() + t->every;
	list_push_tail(&l->timers, &t->link);
}

void
loop_timer_stop(struct loop_timer *t)
{
	if (t->link.next != NULL)
		list_remove(&t->link);
}

/* Fire what is due; ms until the next one, -1 without timers. */
static int
run_timers(struct loop *l)
{
	uint64_t now = clock_mono(), next = UINT64_MAX;

	list_each (i, &l->timers) {
		struct loop_timer *t = list_item(i, struct loop_timer, link);

		if (t->due <= now) {
			t->due = now + t->every;
			t->fire(t->ctx);
		}
	}
	list_each (i, &l->timers) {
		struct loop_timer *t = list_item(i, struct loop_timer, link);

		if (t->due < next)
			next = t->due;
	}
	if (next == UINT64_MAX)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

static void
tell(struct loop *l, int i)
{
	const struct loop_watch *w = l->ev[i].data.ptr;
	unsigned is = 0;

	if (w == NULL)
		return;
	if (l->ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
		is |= LOOP_READ;
	if (l->ev[i].events & EPOLLOUT)
		is |= LOOP_WRITE;
	if (l->ev[i].events & (EPOLLERR | EPOLLHUP))
		is |= LOOP_ERROR;
	w->ready(w->ctx, is);
}

bool
loop_run(struct loop *l)
{
	while (!l->stop) {
		int wait = run_timers(l);

		if (l->stop)
			break;
		l->n_ev = epoll_wait(l->fd, l->ev, LOOP_BATCH, wait);
		if (l->n_ev < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < l->n_ev; i++)
			tell(l, i);
		l->n_ev = 0;
	}
	l->stop = false;
	return true;
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}
