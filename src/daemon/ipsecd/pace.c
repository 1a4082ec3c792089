/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pace.h"

#include <errno.h>
#include <string.h>

#include "io/clock.h"
#include "io/log.h"

static void
wake_up(void *ctx)
{
	struct pace *p = ctx;

	loop_timer_stop(&p->rest);
	p->resting = false;
	for (size_t i = 0; i < p->n; i++)
		if (!loop_add(p->loop, p->watch[i], LOOP_READ))
			log_say(LOG_LEVEL_ERR,
			    "packets are no longer heard of: %s",
			    strerror(errno));
	p->woken(p->ctx);
}

void
pace_init(
    struct pace *p, struct loop *loop, void (*woken)(void *ctx), void *ctx)
{
	*p = (struct pace){ .loop = loop, .woken = woken, .ctx = ctx };
	p->rest = (struct loop_timer){ .fire = wake_up, .ctx = p };
	governor_set(&p->governor, 100, clock_mono());
}

void
pace_fini(struct pace *p)
{
	loop_timer_stop(&p->rest);
}

bool
pace_add(struct pace *p, struct loop_watch *w)
{
	if (p->n == PACE_WATCHES) {
		errno = EMFILE;
		return false;
	}
	if (!p->resting && !loop_add(p->loop, w, LOOP_READ))
		return false;
	p->watch[p->n++] = w;
	return true;
}

void
pace_remove(struct pace *p, struct loop_watch *w)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->watch[i] == w) {
			p->watch[i] = p->watch[--p->n];
			if (!p->resting)
				loop_remove(p->loop, w);
			return;
		}
}

void
pace_set(struct pace *p, uint32_t share)
{
	governor_set(&p->governor, share, clock_mono());
	if (p->resting)
		wake_up(p);
}

uint64_t
pace_begin(const struct pace *p)
{
	return p->governor.share < 100 ? clock_cpu() : 0;
}

void
pace_end(struct pace *p, uint64_t since)
{
	uint32_t ms;

	if (since == 0)
		return;
	ms = governor_spend(&p->governor, clock_cpu() - since, clock_mono());
	if (ms == 0 || p->resting)
		return;
	for (size_t i = 0; i < p->n; i++)
		loop_remove(p->loop, p->watch[i]);
	p->resting = true;
	p->rests++;
	p->rest.every = ms;
	loop_timer_start(p->loop, &p->rest);
}
