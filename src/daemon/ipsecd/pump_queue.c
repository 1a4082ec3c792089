/* SPDX-License-Identifier: BSD-2-Clause */
/* The pump's queue: packets that no route brings to the device. */
#include <errno.h>

#include "core/join.h"
#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/pump_inside.h"
#include "daemon/ipsecd/queue.h"
#include "io/nfqueue.h"

enum { BATCH = 64 }; /* packets before others are heard */

static void
send_aside(struct pump *p, uint32_t via, size_t n, struct now t)
{
	struct path_result r;

	p->stats.queue_out++;
	if (p->closed) {
		p->stats.closed++;
		return;
	}
	if (queue_may_split(p->in_buf, n, pump_next_id(p)))
		p->use.path->ip_id++;
	p->use.path->via = via;
	r = pump_through(p, false, "", p->in_buf, n, t);
	pump_deliver(p, &r, &p->main);
	p->use.path->via = 0;
}

/* A fragment in in_buf becomes its datagram; false: not all of it is there. */
static bool
take_part(struct pump *p, size_t *n, struct now t)
{
	struct path_stats *st = &p->use.path->stats;
	enum verdict v;

	v = join_fragment(
	    p->parts, p->in_buf, sizeof(p->in_buf), n, t.mono, st);
	if (v != VERDICT_PASS)
		st->n[1][v]++;
	return v == VERDICT_PASS;
}

static void
take_aside(struct pump *p, uint32_t id, size_t n, struct now t)
{
	struct path_result r;

	p->stats.queue_in++;
	if (!take_part(p, &n, t)) {
		nfqueue_drop(p->queue.fd, p->use.queue, id);
		return;
	}
	r = pump_through(p, true, "", p->in_buf, n, t);
	if (r.verdict == VERDICT_PASS && r.to == PATH_HOST &&
	    (r.tun == NULL || r.tun[0] == '\0') &&
	    queue_in_place(p->in_buf, n, p->out_buf, r.len)) {
		nfqueue_pass(p->queue.fd, p->use.queue, id, p->out_buf, r.len);
		return;
	}
	nfqueue_drop(p->queue.fd, p->use.queue, id);
	pump_deliver(p, &r, &p->main);
	pump_pass_pieces(p, t);
}

void
pump_from_queue(void *ctx, unsigned events)
{
	struct pump *p = ctx;
	uint64_t since = pace_begin(&p->pace);
	struct nfqueue_packet q;
	struct now t = pump_now();

	(void)events;
	for (int i = 0; i < BATCH; i++) {
		ssize_t n = nfqueue_recv(p->queue.fd, p->use.queue, &q,
		    p->in_buf, sizeof(p->in_buf));

		if (n == 0)
			break;
		if (n < 0) {
			p->stats.unreadable +=
			    errno == EMSGSIZE || errno == ENOBUFS;
			continue;
		}
		if (!q.outbound) {
			take_aside(p, q.id, (size_t)n, t);
			continue;
		}
		nfqueue_drop(p->queue.fd, p->use.queue, q.id);
		send_aside(p, q.index, (size_t)n, t);
	}
	outbox_flush(&p->outbox);
	pace_end(&p->pace, since);
}
