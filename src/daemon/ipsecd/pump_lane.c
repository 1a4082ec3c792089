/* SPDX-License-Identifier: BSD-2-Clause */
/* The pump's way through core/lane: many packets at a time. */
#include <errno.h>

#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/pump_inside.h"
#include "io/tun.h"

/* Bytes of packets that are read before they are worked on: some super-packets. */
enum { READ_AHEAD = 96 * 1024 };

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

/* --- what a lane asks --- */

static void
send_run(void *ctx, const struct lane_run *r)
{
	struct pump *p = ctx;
	struct udpencap_way way = { .src = to_net(&r->head.src),
		.dst = to_net(&r->head.dst),
		.sport = r->sport,
		.dport = r->dport,
		.tos = r->head.tos,
		.ttl = r->head.ttl,
		.df = r->head.df };

	if (r->udp)
		outbox_run(&p->outbox, &way, r->bytes, r->len, r->stride);
	else
		outbox_packets(&p->outbox, &way.src, &way.dst, r->bytes, r->len,
		    r->stride);
}

static void
slow_out(void *ctx, const char *tun, const struct lane_item *item)
{
	struct pump *p = ctx;
	const struct port *o = pump_port(p, tun);

	if (o != NULL)
		pump_out_each(p, o, item->pkt, &item->s, p->lane_now);
}

static void
slow_in(void *ctx, const struct lane_pkt *pkt)
{
	struct pump *p = ctx;
	struct wr w = wr_into(p->cut, sizeof(p->cut));

	if (lane_whole(&w, pkt))
		pump_in(p, p->cut, w.len, p->lane_now);
	else
		p->stats.unreadable++;
}

/* What was joined, for a device that takes single packets only: cut again. */
static void
write_each(struct pump *p, const struct port *o, const struct lane_write *r)
{
	struct wr all = wr_into(p->in_buf, sizeof(p->in_buf));
	struct super s;

	for (size_t i = 1; i < r->n; i++)
		wr_bytes(&all, r->piece[i].p, r->piece[i].n);
	if (all.bad ||
	    !super_from_vnet(&s, r->piece[0].p, p->in_buf, all.len)) {
		p->stats.tun_error += r->count;
		return;
	}
	for (uint32_t i = 0; i < super_count(&s); i++) {
		struct wr w = wr_into(p->cut, sizeof(p->cut));

		super_segment(&w, &s, p->in_buf, i);
		pump_wrote(p,
		    !w.bad && tun_write(o->watch.fd, NULL, p->cut, w.len), 1);
	}
}

static void
write_run(void *ctx, const struct lane_write *r)
{
	struct pump *p = ctx;
	const struct port *o = pump_port(p, r->tun);
	struct iovec io[LANE_PIECES];

	if (o == NULL || o->watch.fd < 0) {
		p->stats.tun_error += r->count;
		return;
	}
	if (!o->head && r->count > 1) {
		write_each(p, o, r);
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		io[i] = (struct iovec){ (void *)(uintptr_t)r->piece[i].p,
			r->piece[i].n };
	io[0].iov_len = o->head ? TUN_HEAD : 0;
	pump_wrote(p, tun_write_pieces(o->watch.fd, io, r->n), r->count);
}

/* --- giving to it --- */

bool
pump_lane_new(struct pump *p)
{
	struct lane_env env = { .send = send_run,
		.slow_out = slow_out,
		.write = write_run,
		.slow_in = slow_in,
		.ctx = p };

	p->lane = lane_new(p->use.path, &env);
	return p->lane != NULL;
}

void
pump_lane_offload(struct pump *p)
{
	struct lane_off *off = lane_off(p->lane);

	off->fast = (p->offload & PUMP_FAST) == 0;
	off->tcp_runs = (p->main.gives & TUN_GIVES_TCP) == 0;
	off->udp_runs = (p->main.gives & TUN_GIVES_UDP) == 0;
	off->udp_send4 = p->outbox.use.udp < 0;
	/* the socket is one of IPv4 */
	off->udp_send6 = true;
}

const struct lane_stats *
pump_lane_stats(const struct pump *p)
{
	return lane_stats(p->lane);
}

bool
pump_lane_takes(const struct pump *p)
{
	return (p->offload & PUMP_FAST) != 0 && !p->closed && !p->async[0] &&
	       !p->async[1] && p->backlog.n == 0;
}

int
pump_lane_device(struct port *o, struct now t, bool *more)
{
	struct pump *p = o->p;
	size_t used = 0, n = 0;
	int all = 0;

	*more = true;
	while (n < LANE_BATCH && used < READ_AHEAD) {
		struct lane_item *item = &p->items[n];
		uint32_t count;
		int got;

		item->pkt = p->ahead + used;
		got = pump_read(o, item->pkt, PATH_ROOM - LANE_TAIL, &item->s);
		if (got <= 0) {
			*more = false;
			break;
		}
		if (item->s.len == 0) {
			all++;
			continue;
		}
		count = super_count(&item->s);
		pump_give_id(p, item->pkt, item->s.len, count);
		used += (item->s.len + LANE_TAIL + 63) & ~(size_t)63;
		all += (int)count;
		n++;
	}
	p->lane_now = t;
	lane_out(p->lane, o->name, p->items, n, t);
	/* what waits may be in the lane's memory */
	outbox_flush(&p->outbox);
	return all;
}

void
pump_lane_wire(
    struct pump *p, const struct lane_pkt *pkts, size_t n, struct now t)
{
	p->stats.wire_in += n;
	p->lane_now = t;
	lane_in(p->lane, pkts, n, t);
}
