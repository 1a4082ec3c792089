/* SPDX-License-Identifier: BSD-2-Clause */
/* The pump's workers (docs/adr/0023): what the control thread does for them. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/flowcache.h"
#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/pump_inside.h"
#include "daemon/ipsecd/worker.h"
#include "io/tun.h"

enum { TURN = 512 }; /* records of one worker before others are heard */

struct crew {
	size_t n;
	struct worker *w[PUMP_WORKERS];
	int told, answered;
	struct loop_watch watch;
	uint64_t epoch;
	/* gifts were given since the last pump_hold(); conf is to be told */
	bool lent, configured;
};

static void
ring_bell(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void
hush(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}

/* --- words --- */

static struct worker_word *
word(struct worker *w, int what)
{
	struct worker_word *m = ring_room(w->down, sizeof(*m));

	if (m != NULL)
		m->what = (uint8_t)what;
	return m;
}

/* False: there is no room now; it is told later. */
static bool
tell(struct pump *p, struct worker *w)
{
	struct worker_word *m = word(w, WORKER_CONF);
	uint32_t share = p->crew_share / (uint32_t)(p->crew->n + 1);

	if (m == NULL)
		return false;
	m->conf = (struct worker_conf){ .tune = p->use.path->tune,
		.off = *lane_off(p->lane),
		.many = (p->offload & PUMP_MANY) != 0,
		.cut = (p->offload & PUMP_CUT) != 0,
		.head = p->main.head,
		.share = p->crew_share == 100 ? 100
			 : share > 1	      ? share
					      : 1 };
	ring_put(w->down);
	worker_wake(w);
	return true;
}

void
pump_crew_tell(struct pump *p)
{
	struct crew *c = p->crew;

	if (c == NULL)
		return;
	c->configured = true;
	for (size_t i = 0; i < c->n; i++)
		c->configured = tell(p, c->w[i]) && c->configured;
}

/* What the last records had to do with, to the worker that they came from. */
static void
give(struct pump *p, struct worker *w, struct now t)
{
	struct crew *c = p->crew;
	struct lane_gift g;
	bool last = false;

	if (!c->configured)
		pump_crew_tell(p);
	for (size_t i = 0; !last && pump_lane_takes(p) && c->configured; i++) {
		struct worker_word *m;

		if (!lane_give(p->lane, i, &g, t.mono, &last))
			continue;
		m = word(w, WORKER_GIFT);
		if (m == NULL)
			return;
		m->epoch = c->epoch;
		m->gift = g;
		ring_put(w->down);
		c->lent = true;
	}
}

/* --- what workers give back --- */

/* Records that lie one behind the other and are of one kind. */
struct some {
	size_t n, pkts;
	struct lane_item item[LANE_BATCH];
	struct lane_pkt pkt[LANE_BATCH];
};

static void
do_out(struct pump *p, struct some *s, struct now t)
{
	struct port *o = &p->main;

	if (s->n == 0)
		return;
	for (size_t i = 0; p->closed && i < s->n; i++)
		p->stats.closed += super_count(&s->item[i].s);
	p->lane_now = t;
	if (!p->closed && pump_lane_takes(p))
		lane_out(p->lane, "", s->item, s->n, t);
	else
		for (size_t i = 0; !p->closed && i < s->n; i++)
			pump_out_each(p, o, s->item[i].pkt, &s->item[i].s, t);
	outbox_flush(&p->outbox);
	s->n = 0;
}

static void
do_in(struct pump *p, struct some *s, struct now t)
{
	if (s->pkts == 0)
		return;
	p->lane_now = t;
	lane_in(p->lane, s->pkt, s->pkts, t);
	outbox_flush(&p->outbox);
	s->pkts = 0;
}

static void
do_report(struct pump *p, const struct rawip_error *e)
{
	struct addr dst = { .fam = e->dst.fam };

	memcpy(dst.b, e->dst.b, sizeof(dst.b));
	/* NATs carry ESP, in UDP or not */
	if (e->mtu != 0 && p->use.too_big(p->use.ctx, IPPROTO_ESP_, &dst,
			       e->mtu, e->head, e->n_head))
		p->stats.toobig_heard++;
}

static void
do_split(struct pump *p, const struct worker_news *u)
{
	uint32_t mtu = p->use.refused(p->use.ctx, &u->dst);

	if (u->n > PATH_ROOM || mtu == 0)
		return;
	memcpy(outbox_room(&p->outbox), u + 1, u->n);
	outbox_packet(&p->outbox, u->n, mtu);
	outbox_flush(&p->outbox);
}

static void
do_one(struct pump *p, struct some *s, struct worker_news *u, struct now t)
{
	uint8_t *pkt = (uint8_t *)(u + 1);

	switch (u->what) {
	case WORKER_OUT:
		do_in(p, s, t);
		s->item[s->n++] = (struct lane_item){ .pkt = pkt, .s = u->s };
		if (s->n == LANE_BATCH)
			do_out(p, s, t);
		return;
	case WORKER_IN:
		do_out(p, s, t);
		if (pump_lane_takes(p) &&
		    lane_split(&s->pkt[s->pkts], pkt, u->n)) {
			if (++s->pkts == LANE_BATCH)
				do_in(p, s, t);
			return;
		}
		do_in(p, s, t);
		pump_take_in(p, IPPROTO_UDP_, pkt, u->n, t);
		return;
	case WORKER_REPORT:
		do_report(p, &u->report);
		return;
	case WORKER_REFUSED:
		(void)p->use.refused(p->use.ctx, &u->dst);
		return;
	case WORKER_SPLIT:
		do_split(p, u);
		return;
	}
}

static void
from_worker(struct pump *p, struct worker *w, struct now t)
{
	struct some *s = p->crew_some;
	struct worker_news *u;
	size_t n;
	int i;

	s->n = s->pkts = 0;
	lane_notes(p->lane, true);
	for (i = 0; i < TURN && backlog_has_room(&p->backlog) &&
		    (u = ring_next(w->up, &n)) != NULL;
	     i++)
		do_one(p, s, u, t);
	do_out(p, s, t);
	do_in(p, s, t);
	outbox_flush(&p->outbox);
	if (i != 0) {
		give(p, w, t);
		ring_done(w->up);
	}
	lane_notes(p->lane, false);
	if (__atomic_exchange_n(&w->waits, false, __ATOMIC_SEQ_CST) || i != 0)
		worker_wake(w);
	/* there may be more */
	if (i == TURN || !backlog_has_room(&p->backlog))
		ring_bell(p->crew->told);
	if (__atomic_load_n(&w->lost, __ATOMIC_ACQUIRE))
		p->main.lost = true;
}

static void
from_workers(void *ctx, unsigned events)
{
	struct pump *p = ctx;
	uint64_t since = pace_begin(&p->pace);
	struct now t = pump_now();

	(void)events;
	hush(p->crew->told);
	for (size_t i = 0; i < p->crew->n; i++)
		from_worker(p, p->crew->w[i], t);
	pace_end(&p->pace, since);
}

/* --- before something changes --- */

/* Numbers that went up, from what was known of them. */
static void
add(void *to, const void *is, void *was, size_t n)
{
	uint64_t *sum = to, *known = was;
	const uint64_t *now = is;

	for (size_t i = 0; i < n / sizeof(*sum); i++) {
		sum[i] += now[i] - known[i];
		known[i] = now[i];
	}
}

static void
collect(struct pump *p, struct worker *w)
{
	struct worker_counts *k = &w->known, *is = &w->counts;
	struct lane_stats *lane = lane_stats_of(p->lane);

	/* what was given back is counted where it is done */
	is->lane.out_slow = is->lane.in_slow = 0;
	add(&p->use.path->stats, &is->path, &k->path,
	    offsetof(struct path_stats, queued));
	add(&p->stats, &is->pump, &k->pump, sizeof(is->pump));
	add(&p->outbox.stats, &is->out, &k->out, sizeof(is->out));
	add(lane, &is->lane, &k->lane, sizeof(is->lane));
	add(&p->pace.rests, &is->rests, &k->rests, sizeof(is->rests));
}

static void
call_in(struct pump *p)
{
	struct crew *c = p->crew;
	struct pollfd answer = { .fd = c->answered, .events = POLLIN };

	c->epoch++;
	c->lent = c->configured = false;
	for (size_t i = 0; i < c->n; i++) {
		__atomic_store_n(&c->w[i]->epoch, c->epoch, __ATOMIC_RELEASE);
		worker_wake(c->w[i]);
	}
	for (size_t i = 0; i < c->n; i++) {
		struct worker *w = c->w[i];

		while (w->started && __atomic_load_n(&w->seen,
					 __ATOMIC_ACQUIRE) != c->epoch) {
			(void)poll(&answer, 1, -1);
			hush(c->answered);
		}
		collect(p, w);
	}
}

void
pump_hold(struct pump *p)
{
	if (p != NULL && p->crew != NULL && p->crew->lent)
		call_in(p);
}

void
pump_count(struct pump *p)
{
	if (p != NULL && p->crew != NULL)
		call_in(p);
}

size_t
pump_workers(const struct pump *p)
{
	return p->crew != NULL ? p->crew->n : 0;
}

/* --- life --- */

static void
arrange(const struct pump *p, const struct pump_fds *f, struct worker_use *u,
    size_t i)
{
	size_t n = p->use.workers, queues = n > 1 ? n - 1 : 1;

	/* one opens what comes in; the others, if there are, seal what goes out */
	u->udp = i == 0 ? f->udp : -1;
	u->udp_out = f->udp_out[i];
	u->tun = -1;
	if (n == 1 || i != 0)
		u->tun = i <= 1 ? f->tun : f->queues[i - 2];
	u->to[0] = f->tun;
	for (u->n_to = 1; u->n_to < queues && f->queues[u->n_to - 1] >= 0;
	     u->n_to++)
		u->to[u->n_to] = f->queues[u->n_to - 1];
}

bool
pump_crew_new(struct pump *p, const struct pump_fds *f)
{
	struct worker_use use = { .crypto = p->use.crypto,
		.rng = p->use.path->rng,
		.raw = { f->out[0], f->out[1] },
		.natt_port = p->use.natt_port };
	struct crew *c;

	p->crew_share = 100;
	if (p->use.workers == 0)
		return true;
	c = p->crew = calloc(1, sizeof(*c));
	p->crew_some = calloc(1, sizeof(struct some));
	if (c == NULL || p->crew_some == NULL)
		return false;
	c->told = use.told = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->answered = use.answered = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->watch = (struct loop_watch){
		.fd = c->told, .ready = from_workers, .ctx = p
	};
	if (c->told < 0 || c->answered < 0)
		return false;
	for (; c->n < p->use.workers; c->n++) {
		arrange(p, f, &use, c->n);
		c->w[c->n] = worker_new(&use);
		if (c->w[c->n] == NULL)
			return false;
	}
	lane_crowd(p->lane, NULL);
	return pace_add(&p->pace, &c->watch);
}

int
pump_crew_renew(struct pump *p, const char *name)
{
	bool head = p->main.head;
	int err = 0;

	for (size_t i = 0; err == 0 && i < PUMP_WORKERS; i++)
		if (p->queues[i] >= 0)
			err = tun_attach_more(p->queues[i], name, &head);
	for (size_t i = 0; p->crew != NULL && i < p->crew->n; i++) {
		__atomic_store_n(&p->crew->w[i]->lost, false, __ATOMIC_RELEASE);
		worker_wake(p->crew->w[i]);
	}
	return err;
}

int
pump_start(struct pump *p)
{
	int err = 0;

	for (size_t i = 0; p->crew != NULL && err == 0 && i < p->crew->n; i++)
		err = worker_start(p->crew->w[i]);
	pump_crew_tell(p);
	/* they have begun when they have answered */
	if (err == 0)
		pump_count(p);
	return err;
}

void
pump_crew_free(struct pump *p)
{
	struct crew *c = p->crew;

	if (c != NULL) {
		for (size_t i = 0; i < c->n; i++)
			worker_free(c->w[i]);
		pace_remove(&p->pace, &c->watch);
		if (c->told >= 0)
			(void)close(c->told);
		if (c->answered >= 0)
			(void)close(c->answered);
	}
	free(c);
	free(p->crew_some);
	p->crew = NULL;
}
