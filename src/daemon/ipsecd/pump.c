/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fragcache.h"
#include "core/larval.h"
#include "core/natt.h"
#include "core/super.h"
#include "daemon/ipsecd/pump_inside.h"
#include "io/clock.h"
#include "io/tun.h"

#define BATCH 64 /* packets of one descriptor before others are heard */

struct now
pump_now(void)
{
	return (struct now){ .mono = clock_mono(), .wall = clock_wall() };
}

/* --- results --- */

void
pump_wrote(struct pump *p, bool ok, uint32_t count)
{
	if (ok) {
		p->stats.tun_out += count;
	} else if (errno == EAGAIN || errno == ENOBUFS) {
		p->stats.tun_full += count;
	} else {
		p->stats.tun_error += count;
		log_limit(&p->rate_tun, LOG_LEVEL_WARN,
		    "cannot write to the device: %s", strerror(errno));
	}
}

static void
write_device(struct pump *p, const struct port *o, size_t n)
{
	static const uint8_t plain[TUN_HEAD];
	int fd = o != NULL ? o->watch.fd : -1;

	errno = ENODEV;
	pump_wrote(p,
	    fd >= 0 && tun_write(fd, o->head ? plain : NULL, p->out_buf, n), 1);
}

/* Numbers of datagrams that may be split; 0 would be the kernel's to change. */
uint16_t
pump_next_id(struct pump *p)
{
	uint16_t *id = &p->use.path->ip_id;

	if (*id == 0)
		*id = 1;
	return *id;
}

/* from: the device that the packet came from; it takes errors for its sender. */
void
pump_deliver(
    struct pump *p, const struct path_result *r, const struct port *from)
{
	/* in.iked has its own socket; what came to ours nobody waits for */
	if (r->verdict == VERDICT_IKE)
		return;
	switch (r->to) {
	case PATH_WIRE:
		outbox_packet(&p->outbox, r->len, r->mtu);
		break;
	case PATH_HOST:
		write_device(p, pump_port(p, r->tun), r->len);
		break;
	case PATH_SENDER:
		write_device(p, from, r->len);
		break;
	case PATH_NOWHERE:
		break;
	}
}

/* --- packets --- */

struct path_result
pump_through(struct pump *p, bool inbound, const char *tun, const uint8_t *pkt,
    size_t n, struct now t)
{
	struct path_result r;

	p->out_buf = outbox_room(&p->outbox);
	r = inbound
		? path_in(p->use.path, p->out_buf, p->work, pkt, n, t)
		: path_out(p->use.path, p->out_buf, p->work, tun, pkt, n, t);

	if (verdict_is_drop(r.verdict))
		audit_drop(
		    &p->audit, &r, inbound, pkt, n, p->use.natt_port, t.mono);
	return r;
}

/* Fragments whose datagram the last packet has completed. */
void
pump_pass_pieces(struct pump *p, struct now t)
{
	struct fragcache_piece *f;

	while ((f = fragcache_take(p->use.path->frags)) != NULL) {
		struct path_result r;

		p->out_buf = outbox_room(&p->outbox);
		r = path_piece(p->use.path, p->out_buf, p->work, f, t);
		if (verdict_is_drop(r.verdict))
			audit_drop(&p->audit, &r, f->key.inbound, f->pkt,
			    f->len, p->use.natt_port, t.mono);
		pump_deliver(p, &r, pump_port(p, f->key.tun));
		fragcache_drop(f);
	}
}

static void
read_failed(struct port *o, int err)
{
	struct pump *p = o->p;

	if (err != EBADFD) {
		p->stats.unreadable++;
		log_limit(&p->rate_read, LOG_LEVEL_ERR,
		    "cannot read from the device: %s", strerror(err));
		return;
	}
	/* deleted: the descriptor would be ready, with an error, for ever */
	pace_remove(&p->pace, &o->watch);
	o->lost = true;
}

/* --- the backlog --- */

/*
 * Is the packet put off? Also one that need not be is, while others are: no
 * packet may pass another.
 */
static bool
put_off(struct pump *p, bool wanted, bool inbound, const char *tun,
    const uint8_t *pkt, size_t n)
{
	if (!wanted && p->backlog.n == 0)
		return false;
	if (backlog_put(&p->backlog, inbound, tun, pkt, n))
		p->stats.async++;
	else
		p->stats.async_lost++;
	return true;
}

/* One that was put off. */
static void
do_late(void *ctx, const struct backlog_item *b)
{
	struct pump *p = ctx;
	struct now t = pump_now();
	struct path_result r;

	if (p->closed && !b->inbound) {
		p->stats.closed++;
		return;
	}
	p->use.path->stats.queued = true;
	r = pump_through(p, b->inbound, b->tun, b->pkt, b->n, t);
	pump_deliver(p, &r, pump_port(p, b->tun));
	pump_pass_pieces(p, t);
	outbox_flush(&p->outbox);
	p->use.path->stats.queued = false;
}

/* --- from devices --- */

void
pump_give_id(struct pump *p, uint8_t *pkt, size_t n, uint32_t count)
{
	/* the path counts up when it uses one itself */
	if (ip_give_id(pkt, n, pump_next_id(p)))
		p->use.path->ip_id = (uint16_t)(p->use.path->ip_id + count);
	(void)pump_next_id(p);
}

static void
take_out(struct pump *p, const struct port *o, const uint8_t *pkt, size_t n,
    struct now t)
{
	struct path_result r;

	if (put_off(p, p->async[0] || p->async[1], false, o->name, pkt, n))
		return;
	r = pump_through(p, false, o->name, pkt, n, t);
	pump_deliver(p, &r, o);
	pump_pass_pieces(p, t);
}

void
pump_out_each(struct pump *p, const struct port *o, uint8_t *pkt,
    const struct super *s, struct now t)
{
	uint32_t n = super_count(s);

	if (s->gso == 0) {
		super_finish_csum(s, pkt);
		take_out(p, o, pkt, s->len, t);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct wr w = wr_into(p->cut, sizeof(p->cut));

		super_segment(&w, s, pkt, i);
		if (w.bad)
			p->stats.unreadable++;
		else
			take_out(p, o, p->cut, w.len, t);
	}
}

int
pump_read(struct port *o, uint8_t *buf, size_t cap, struct super *s)
{
	struct pump *p = o->p;
	uint8_t head[TUN_HEAD];
	ssize_t n = tun_read(o->watch.fd, o->head ? head : NULL, buf, cap);

	if (n < 0) {
		read_failed(o, errno);
		return -1;
	}
	if (n == 0)
		return 0;
	*s = (struct super){ .kind = SUPER_NONE, .len = (uint32_t)n };
	if (o->head && !super_from_vnet(s, head, buf, (size_t)n)) {
		p->stats.tun_in++;
		p->stats.unreadable++;
		s->len = 0;
		return 1;
	}
	p->stats.tun_in += super_count(s);
	p->stats.tun_super += s->gso != 0;
	return 1;
}

/* One packet, or what it stands for: how many; 0: there is none. */
static int
take_device(struct port *o, struct now t)
{
	struct pump *p = o->p;
	struct super s;
	uint32_t count;

	if (pump_read(o, p->in_buf, sizeof(p->in_buf), &s) <= 0)
		return 0;
	if (s.len == 0)
		return 1;
	count = super_count(&s);
	if (p->closed) {
		p->stats.closed += count;
		return (int)count;
	}
	pump_give_id(p, p->in_buf, s.len, count);
	pump_out_each(p, o, p->in_buf, &s, t);
	return (int)count;
}

void
pump_from_device(void *ctx, unsigned events)
{
	struct port *o = ctx;
	struct pump *p = o->p;
	uint64_t since = pace_begin(&p->pace);
	struct now t = pump_now();
	bool more = true;
	int n;

	(void)events;
	for (int done = 0;
	     more && done < BATCH && backlog_has_room(&p->backlog); done += n) {
		if (pump_lane_takes(p))
			n = pump_lane_device(o, t, &more);
		else if ((n = take_device(o, t)) == 0)
			more = false;
	}
	outbox_flush(&p->outbox);
	pace_end(&p->pace, since);
}

/* --- from the wire --- */

static void
drain_errors(struct pump *p, const struct source *s)
{
	struct rawip_error e;

	for (int i = 0; i < BATCH && rawip_error(s->watch.fd, &e); i++) {
		struct addr dst = { .fam = e.dst.fam };
		/* NATs carry ESP, in UDP or not */
		uint8_t proto =
		    s->proto == IPPROTO_UDP_ ? IPPROTO_ESP_ : s->proto;

		memcpy(dst.b, e.dst.b, sizeof(dst.b));
		if (e.mtu != 0 && p->use.too_big(p->use.ctx, proto, &dst, e.mtu,
				      e.head, e.n_head))
			p->stats.toobig_heard++;
	}
}

static bool
is_async(const struct pump *p, uint8_t proto)
{
	if (proto == IPPROTO_AH_)
		return p->async[1];
	return p->async[0] && (proto == IPPROTO_ESP_ || proto == IPPROTO_UDP_);
}

void
pump_in(struct pump *p, const uint8_t *pkt, size_t n, struct now t)
{
	struct path_result r = pump_through(p, true, "", pkt, n, t);

	pump_deliver(p, &r, &p->main);
	pump_pass_pieces(p, t);
}

void
pump_take_in(
    struct pump *p, uint8_t proto, const uint8_t *pkt, size_t n, struct now t)
{
	if (!put_off(p, is_async(p, proto), true, "", pkt, n))
		pump_in(p, pkt, n, t);
}

static void
take_in(struct pump *p, const struct source *s, const uint8_t *pkt, size_t n,
    struct now t)
{
	p->stats.wire_in++;
	pump_take_in(p, s->proto, pkt, n, t);
}

/* One packet that is lost. */
static void
lose(struct pump *p)
{
	/* or the report that drain_errors() took */
	p->stats.unreadable += errno == EMSGSIZE || errno == EBADMSG;
}

/* The packet has its own protocol again. */
static bool
name_again(const struct source *s, uint8_t *pkt, size_t n)
{
	struct ip_view v;

	if (s->renamed == 0)
		return true;
	if (ip_parse(&v, pkt, n) && v.proto == s->renamed) {
		ip_set_proto(pkt, &v, s->proto);
		return true;
	}
	errno = EBADMSG;
	return false;
}

/* How many came; 0: there was none; -1: one is lost. */
static int
take_packets(struct pump *p, const struct source *s, struct now t)
{
	uint8_t proto = s->renamed != 0 ? s->renamed : s->proto;
	int k = rawip_batch_recv(p->packets, s->watch.fd, s->fam, proto,
	    p->outbox.many ? RAWIP_BATCH : 1);
	bool lane = s->proto == IPPROTO_ESP_ && pump_lane_takes(p);
	size_t many = 0;

	for (int i = 0; i < k; i++) {
		uint8_t *pkt;
		ssize_t n = rawip_batch_at(p->packets, (unsigned)i, &pkt);

		if (n < 0 || !name_again(s, pkt, (size_t)n)) {
			lose(p);
			continue;
		}
		if (lane && lane_split(&p->pkts[many], pkt, (size_t)n)) {
			many++;
			continue;
		}
		/* none overtakes another */
		pump_lane_wire(p, p->pkts, many, t);
		many = 0;
		take_in(p, s, pkt, (size_t)n, t);
	}
	pump_lane_wire(p, p->pkts, many, t);
	return k;
}

/* All that came in one piece; into p->pkts behind `many` of them, if lane. */
static size_t
take_run(struct pump *p, const struct source *s, const struct udpencap_run *r,
    bool lane, size_t *many, struct now t)
{
	enum { MOST = sizeof(p->pkts) / sizeof(p->pkts[0]) };
	uint8_t *pkt, *head = NULL;
	size_t i, n;

	p->stats.wire_joined += r->n > r->each;
	if (!lane) {
		for (i = 0; (pkt = udpencap_packet(
				 r, p->use.natt_port, i, &n)) != NULL;
		     i++)
			take_in(p, s, pkt, n, t);
		return i;
	}
	head = udpencap_packet(r, p->use.natt_port, 0, &n);
	for (i = 0; i == 0 || i * r->each < r->n; i++) {
		size_t at = i * r->each;

		if (*many == MOST) {
			pump_lane_wire(p, p->pkts, *many, t);
			*many = 0;
		}
		n = r->n - at < r->each ? r->n - at : r->each;
		p->pkts[(*many)++] = (struct lane_pkt){ .head = head,
			.n_head = UDPENCAP_HEAD,
			.esp = r->p + at,
			.n_esp = (uint32_t)n };
	}
	return i;
}

static int
take_datagrams(struct pump *p, const struct source *s, struct now t)
{
	int k = udpencap_batch_recv(
		p->datagrams, s->watch.fd, p->outbox.many ? UDPENCAP_BATCH : 1),
	    all = 0;
	bool lane = pump_lane_takes(p);
	size_t many = 0;

	for (int i = 0; i < k; i++) {
		struct udpencap_run r;

		if (udpencap_batch_at(p->datagrams, (unsigned)i, &r)) {
			all += (int)take_run(p, s, &r, lane, &many, t);
		} else {
			lose(p);
			all++;
		}
	}
	pump_lane_wire(p, p->pkts, many, t);
	return k <= 0 ? k : all;
}

static void
from_wire(void *ctx, unsigned events)
{
	struct source *s = ctx;
	struct pump *p = s->p;
	uint64_t since = pace_begin(&p->pace);
	struct now t = pump_now();

	if (events & LOOP_ERROR)
		drain_errors(p, s);
	for (int done = 0; done < BATCH && backlog_has_room(&p->backlog);) {
		int n = s->proto == IPPROTO_UDP_ ? take_datagrams(p, s, t)
						 : take_packets(p, s, t);

		if (n == 0)
			break;
		if (n < 0)
			lose(p);
		done += n < 0 ? 1 : n;
	}
	outbox_flush(&p->outbox);
	pace_end(&p->pace, since);
}

void
pump_released(struct pump *p)
{
	uint64_t since = pace_begin(&p->pace);
	struct now t = pump_now();
	struct held *h;

	while ((h = larval_take(p->use.path->larval)) != NULL) {
		struct path_result r;

		p->use.path->via = h->via;
		r = pump_through(p, h->inbound, h->tun, h->pkt, h->len, t);
		pump_deliver(p, &r, pump_port(p, h->tun));
		p->use.path->via = 0;
		if (!h->inbound && r.verdict == VERDICT_PASS)
			larval_done(p->use.path->larval, h);
		larval_drop(h);
		pump_pass_pieces(p, t);
	}
	outbox_flush(&p->outbox);
	pace_end(&p->pace, since);
}

static bool
keep_alive(void *ctx, struct sa *sa)
{
	struct pump *p = ctx;
	struct now t = pump_now();
	struct wr w = wr_into(outbox_room(&p->outbox), PATH_ROOM);

	if (!natt_is_quiet(sa, p->use.path->tune.nat_keepalive, t))
		return true;
	/* one with NATT_LOC has that address */
	sa->rest->extra->keepalive = t.mono;
	natt_keepalive(&w, sa);
	if (!w.bad)
		outbox_packet(&p->outbox, w.len, 0);
	return true;
}

void
pump_keepalives(struct pump *p)
{
	sadb_each(p->use.path->sadb, SATYPE_ESP, keep_alive, p);
	outbox_flush(&p->outbox);
}

void
pump_age(struct pump *p, uint64_t mono)
{
	fragcache_age(p->parts, mono, &p->use.path->stats);
	fragcache_age(p->use.path->frags, mono, &p->use.path->stats);
}

/* --- life --- */

static bool
watch_source(
    struct pump *p, int i, int fd, uint8_t fam, uint8_t proto, uint8_t renamed)
{
	struct source *s = &p->source[i];

	*s = (struct source){ .p = p,
		.watch = { .fd = fd, .ready = from_wire, .ctx = s },
		.fam = fam,
		.proto = proto,
		.renamed = renamed };
	if (fd < 0 || (proto == IPPROTO_UDP_ && p->use.workers != 0))
		return true; /* not there, or a worker's */
	return pace_add(&p->pace, &s->watch);
}

static bool
watch_sources(struct pump *p, const struct pump_fds *fds)
{
	static const uint8_t ipsec[] = { IPPROTO_ESP_, IPPROTO_AH_ };
	static const uint8_t inner[] = { IPPROTO_IPIP_, IPPROTO_IPV6_ };
	const uint8_t *renamed = p->use.renamed;
	int i = 0;
	bool ok = watch_source(p, i++, fds->udp, 4, IPPROTO_UDP_, 0);

	for (int six = 0; six < 2; six++)
		for (int k = 0; k < 2; k++) {
			uint8_t fam = six ? 6 : 4;

			ok = watch_source(
				 p, i++, fds->in[six][k], fam, ipsec[k], 0) &&
			     ok;
			ok = watch_source(p, i++, fds->tunnel[six][k], fam,
				 inner[k], renamed[k]) &&
			     ok;
			ok = watch_source(p, i++, fds->report[six][k], fam,
				 inner[k], 0) &&
			     ok;
		}
	return ok;
}

/* What was attached before. */
static bool
watch_device(struct pump *p, struct port *o, int fd, const char *name)
{
	o->head = tun_has_head(fd);
	return pump_watch_port(p, o, fd, name);
}

struct pump *
pump_new(const struct pump_use *use, const struct pump_fds *fds)
{
	struct pump *p = calloc(1, sizeof(*p));
	struct outbox_use out = { .raw = { fds->out[0], fds->out[1] },
		.udp = fds->udp,
		.natt_port = use->natt_port,
		.path = use->path,
		.refused = use->refused,
		.ctx = use->ctx };
	bool ok;

	if (p == NULL)
		return NULL;
	p->use = *use;
	p->offload = use->offload;
	pace_init(&p->pace, use->loop, backlog_wake, &p->backlog);
	backlog_init(&p->backlog, &p->pace, do_late, p);
	p->parts = fragcache_new(use->path->rng);
	p->packets = rawip_batch_new(PATH_ROOM);
	p->datagrams = udpencap_batch_new();
	memcpy(p->spare, fds->spare, sizeof(p->spare));
	memcpy(p->queues, fds->queues, sizeof(p->queues));
	memcpy(p->udp_out, fds->udp_out, sizeof(p->udp_out));
	ok = outbox_init(&p->outbox, &out) == 0;
	ok = watch_device(p, &p->main, fds->tun, "") && ok;
	ok = watch_device(p, &p->own, fds->own, PATH_OWN) && ok;
	ok = watch_sources(p, fds) && ok;
	ok = pump_lane_new(p) && ok;
	ok = ok && pump_crew_new(p, fds);
	if (ok)
		pump_set_offload(p, use->offload);
	p->queue = (struct loop_watch){
		.fd = fds->queue, .ready = pump_from_queue, .ctx = p
	};
	if (fds->queue >= 0)
		ok = pace_add(&p->pace, &p->queue) && ok;
	if (ok && p->parts != NULL && p->packets != NULL &&
	    p->datagrams != NULL)
		return p;
	pump_free(p);
	return NULL;
}

static void
end(struct pump *p, struct loop_watch *w)
{
	if (w->fd < 0)
		return;
	pace_remove(&p->pace, w);
	(void)close(w->fd);
}

void
pump_free(struct pump *p)
{
	if (p == NULL)
		return;
	pump_crew_free(p);
	backlog_fini(&p->backlog);
	pace_fini(&p->pace);
	end(p, &p->main.watch);
	end(p, &p->own.watch);
	end(p, &p->queue);
	fragcache_free(p->parts);
	for (size_t i = 0; i < p->n_tunnels; i++)
		end(p, &p->tunnel[i].watch);
	for (size_t i = 0; i < PUMP_TUNNELS; i++)
		if (p->spare[i] >= 0)
			(void)close(p->spare[i]);
	for (int i = 0; i < PUMP_SOURCES; i++)
		end(p, &p->source[i].watch);
	for (int i = 0; i < PUMP_WORKERS; i++) {
		if (p->queues[i] >= 0)
			(void)close(p->queues[i]);
		if (p->udp_out[i] >= 0)
			(void)close(p->udp_out[i]);
	}
	for (int i = 0; i < 2; i++)
		if (p->outbox.use.raw[i] >= 0)
			(void)close(p->outbox.use.raw[i]);
	lane_free(p->lane);
	outbox_fini(&p->outbox);
	rawip_batch_free(p->packets);
	udpencap_batch_free(p->datagrams);
	free(p);
}

void
pump_close(struct pump *p, bool closed)
{
	p->closed = closed;
}

void
pump_set_async(struct pump *p, bool esp, bool ah)
{
	p->async[0] = esp;
	p->async[1] = ah;
}

void
pump_set_share(struct pump *p, uint32_t share)
{
	uint32_t threads = (uint32_t)pump_workers(p) + 1,
		 each = share / threads;

	/* all of them have an equal part of it */
	p->crew_share = share;
	pace_set(&p->pace, share == 100 ? 100 : each > 1 ? each : 1);
	pump_crew_tell(p);
}

void
pump_set_offload(struct pump *p, unsigned wanted)
{
	int udp = p->outbox.use.udp;

	p->offload = wanted;
	p->outbox.many = (wanted & PUMP_MANY) != 0;
	p->outbox.cut = (wanted & PUMP_CUT) != 0 && udp >= 0;
	p->joined = udp >= 0 && udpencap_join(udp, (wanted & PUMP_JOIN) != 0);
	pump_ports_offload(p);
	pump_lane_offload(p);
	pump_crew_tell(p);
}

unsigned
pump_offload(const struct pump *p)
{
	unsigned is = 0;

	is |= p->main.head ? PUMP_TUN_HEAD : 0;
	is |= (p->main.gives & TUN_GIVES_TCP) != 0 ? PUMP_TUN_TCP : 0;
	is |= (p->main.gives & TUN_GIVES_UDP) != 0 ? PUMP_TUN_UDP : 0;
	is |= p->outbox.many ? PUMP_MANY : 0;
	is |= p->outbox.cut ? PUMP_CUT : 0;
	is |= p->joined ? PUMP_JOIN : 0;
	is |= p->offload & PUMP_FAST;
	return is;
}

const struct outbox_stats *
pump_out_stats(const struct pump *p)
{
	return &p->outbox.stats;
}

uint64_t
pump_rests(const struct pump *p)
{
	return p->pace.rests;
}

struct audit *
pump_audit(struct pump *p)
{
	return &p->audit;
}

const struct pump_stats *
pump_stats(const struct pump *p)
{
	return &p->stats;
}
