/* SPDX-License-Identifier: BSD-2-Clause */
#include "laneload.h"

#include <err.h>
#include <stdlib.h>

#include "ticks.h"

static void
on_send(void *ctx, const struct lane_run *r)
{
	struct laneload *a = ctx;
	uint8_t head[28];
	struct wr w = wr_into(head, sizeof(head));

	if (!a->keep) {
		a->sealed += r->n;
		return;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t at = i * r->stride;
		uint32_t n = r->len - at < r->stride ? r->len - at : r->stride;

		w.len = 0;
		if (r->udp) {
			ip_write(&w, &r->head, 8 + n);
			wr_be16(&w, r->sport);
			wr_be16(&w, r->dport);
			wr_be16(&w, (uint16_t)(8 + n));
			wr_be16(&w, 0);
		}
		pathload_keep(
		    a->load, a->sealed++, head, w.len, r->bytes + at, n);
	}
}

static void
on_slow_out(void *ctx, const char *tun, const struct lane_item *item)
{
	struct laneload *a = ctx;
	struct pathload *l = a->load;
	unsigned n = super_count(&item->s);

	for (unsigned i = 0; i < n; i++) {
		struct wr w = wr_into(l->segment, PATH_ROOM);
		struct path_result r;

		if (n == 1)
			w = (struct wr){ .base = item->pkt,
				.len = item->s.len };
		else
			super_segment(&w, &item->s, item->pkt, i);
		r = path_out(&l->hosts->from.path, l->out, l->work, tun, w.base,
		    w.len, twohosts_now);
		if (r.verdict != VERDICT_PASS || r.to != PATH_WIRE)
			errx(1, "not sealed: %s", verdict_text(r.verdict));
		if (a->keep)
			pathload_keep(l, a->sealed, NULL, 0, l->out, r.len);
		a->sealed++;
	}
}

static void
on_write(void *ctx, const struct lane_write *w)
{
	struct laneload *a = ctx;

	a->opened += w->count;
}

static void
on_slow_in(void *ctx, const struct lane_pkt *k)
{
	struct laneload *a = ctx;
	struct pathload *l = a->load;
	struct wr w = wr_into(l->segment, PATH_ROOM);
	struct path_result r;

	if (!lane_whole(&w, k))
		errx(1, "a packet that is no packet");
	r = path_in(
	    &l->hosts->to.path, l->out, l->work, w.base, w.len, twohosts_now);
	if (r.verdict != VERDICT_PASS || r.to != PATH_HOST)
		errx(1, "not opened: %s", verdict_text(r.verdict));
	a->opened++;
}

void
laneload_init(struct laneload *a, struct twohosts *h)
{
	const struct lane_env env = { on_send, on_slow_out, on_write,
		on_slow_in, a };

	*a = (struct laneload){ .out = lane_new(&h->from.path, &env),
		.in = lane_new(&h->to.path, &env) };
	if (a->out == NULL || a->in == NULL)
		errx(1, "no memory");
}

void
laneload_fini(struct laneload *a)
{
	lane_free(a->out);
	lane_free(a->in);
}

static void
out_chunk(struct laneload *a, bool keep)
{
	struct pathload *l = a->load;
	struct lane_item item[LANE_BATCH];

	a->keep = keep;
	a->sealed = 0;
	for (unsigned i = 0, n; i < l->items; i += n) {
		n = l->items - i < l->batch ? l->items - i : l->batch;
		for (unsigned j = 0; j < n; j++) {
			item[j].pkt = l->plain + (i + j) * l->item_stride;
			pathload_item(l, i + j, &item[j].s);
		}
		lane_out(a->out, l->hosts->tun, item, n, twohosts_now);
	}
	if (a->sealed != l->n)
		errx(1, "%u of %u packets were sealed", a->sealed, l->n);
}

static void
in_chunk(struct laneload *a)
{
	struct pathload *l = a->load;
	struct lane_pkt pkt[LANE_BATCH];
	/* a run of UDP_GRO is as long as what was sent */
	unsigned batch =
	    l->size == PATHLOAD_SUPER ? PATHLOAD_SEGMENTS : l->batch;

	a->opened = 0;
	for (unsigned i = 0, n; i < l->n; i += n) {
		unsigned k = 0;

		n = l->n - i < batch ? l->n - i : batch;
		for (unsigned j = 0; j < n; j++)
			k += lane_split(&pkt[k],
			    l->sealed + (i + j) * l->stride, l->len[i + j]);
		lane_in(a->in, pkt, k, twohosts_now);
		/* what lane_split() does not take */
		for (unsigned j = 0; k != n && j < n; j++) {
			struct path_result r = path_in(&l->hosts->to.path,
			    l->out, l->work, l->sealed + (i + j) * l->stride,
			    l->len[i + j], twohosts_now);

			a->opened += r.verdict == VERDICT_PASS;
		}
	}
	if (a->opened != l->n)
		errx(1, "%u of %u packets were opened", a->opened, l->n);
}

void
laneload_warm(struct laneload *a)
{
	struct pathload *l = a->load;
	unsigned sas = l->hosts->form.sas;

	for (unsigned at = 0; at < sas; at += l->n) {
		for (unsigned i = 0; i < l->items; i++)
			twohosts_aim(
			    l->plain + i * l->item_stride, (at + i) % sas);
		out_chunk(a, true);
		in_chunk(a);
	}
	a->warm = true;
}

/* Since the lane had done this much. */
static double
fast_since(const struct lane_stats *was, const struct lane_stats *is, bool out)
{
	uint64_t fast =
	    out ? is->out_fast - was->out_fast : is->in_fast - was->in_fast;
	uint64_t slow =
	    out ? is->out_slow - was->out_slow : is->in_slow - was->in_slow;

	return fast + slow != 0 ? (double)fast / (double)(fast + slow) : 0;
}

double
laneload_out(struct laneload *a, uint64_t budget, double *fast)
{
	struct lane_stats was = *lane_stats(a->out);
	struct chunks c = { .budget = budget };

	while (chunks_more(&c)) {
		uint64_t from;

		pathload_shuffle(a->load);
		from = ticks();
		out_chunk(a, false);
		chunks_add(&c, ticks() - from, a->load->n);
	}
	*fast = fast_since(&was, lane_stats(a->out), true);
	return chunks_median(&c);
}

double
laneload_in(struct laneload *a, uint64_t budget, double *fast)
{
	struct lane_stats was = *lane_stats(a->in);
	struct chunks c = { .budget = budget };

	while (chunks_more(&c)) {
		uint64_t from;

		pathload_shuffle(a->load);
		out_chunk(a, true);
		from = ticks();
		in_chunk(a);
		chunks_add(&c, ticks() - from, a->load->n);
	}
	*fast = fast_since(&was, lane_stats(a->in), false);
	return chunks_median(&c);
}
