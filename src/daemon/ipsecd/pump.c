/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/frag.h"
#include "core/fragcache.h"
#include "core/join.h"
#include "core/larval.h"
#include "core/natt.h"
#include "crypto/provider.h"
#include "daemon/ipsecd/audit.h"
#include "daemon/ipsecd/backlog.h"
#include "daemon/ipsecd/pace.h"
#include "daemon/ipsecd/queue.h"
#include "io/clock.h"
#include "io/netaddr.h"
#include "io/nfqueue.h"
#include "io/rawip.h"
#include "io/tun.h"
#include "io/udpencap.h"
#include "wire/ip.h"

#define BATCH 64 /* packets of one descriptor before others are heard */

/* A device that gives packets to be sent. */
struct port {
	struct pump *p;
	struct loop_watch watch; /* fd -1: not there */
	char name[RULE_TUN_NAME];
	bool lost; /* the device is gone; fd can be attached to a new one */
};

/* A socket that gives packets from the wire. */
struct source {
	struct pump *p;
	struct loop_watch watch;
	uint8_t fam, proto; /* proto 17: UDP encapsulation */
	uint8_t renamed;    /* 0, or what proto is called by the socket */
};

enum { SOURCES = 13 };

struct pump {
	struct pump_use use;
	struct port main, own, tunnel[PUMP_TUNNELS];
	size_t n_tunnels;
	int spare[PUMP_TUNNELS];
	struct source source[SOURCES];
	struct loop_watch queue;
	struct fragcache *parts; /* IPv6 fragments of the queue */
	int out[2];
	bool closed;
	/* docs/adr/0013 */
	bool async[2]; /* [0] ESP, [1] AH */
	struct backlog backlog;
	struct pace pace;
	struct pump_stats stats;
	struct log_rate rate_wire, rate_tun, rate_read;
	struct audit audit;
	uint8_t in_buf[PATH_ROOM], out_buf[PATH_ROOM], work[PATH_ROOM],
	    frag[PATH_ROOM];
};

static struct now
now(void)
{
	return (struct now){ .mono = clock_mono(), .wall = clock_wall() };
}

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

/* --- results --- */

/* 0 or errno; everything but EMSGSIZE is counted here. */
static int
send_one(struct pump *p, const struct ip_view *v, const uint8_t *pkt, size_t n)
{
	struct netaddr src = to_net(&v->src), dst = to_net(&v->dst);
	char text[ADDR_TEXT];
	int fd = p->out[v->ver == 6], err;

	err = fd < 0 ? EAFNOSUPPORT
		     : rawip_send(fd, &src, &dst, p->use.path->via, pkt, n);
	if (err == 0) {
		p->stats.wire_out++;
	} else if (err == EAGAIN || err == ENOBUFS) {
		p->stats.wire_full++;
	} else if (err != EMSGSIZE) {
		p->stats.wire_error++;
		log_limit(&p->rate_wire, LOG_LEVEL_WARN,
		    "cannot send to %s: %s", addr_print(text, &v->dst),
		    strerror(err));
	}
	return err;
}

/* False: a piece is larger than the way there is now. */
static bool
send_split(struct pump *p, const struct ip_view *v, uint32_t mtu)
{
	uint32_t ident = 0;
	struct wr w;

	if (mtu == 0 || v->len <= mtu)
		return send_one(p, v, p->out_buf, v->len) != EMSGSIZE;
	/* RFC 7739: not to be guessed */
	(void)p->use.path->rng->fill(
	    p->use.path->rng->ctx, (uint8_t *)&ident, sizeof(ident));
	for (unsigned i = 0;; i++) {
		w = wr_into(p->frag, sizeof(p->frag));
		if (!frag_write(&w, p->out_buf, v->len, mtu, ident, i))
			return i != 0;
		if (send_one(p, v, p->frag, w.len) == EMSGSIZE)
			return false;
	}
}

static void
send_wire(struct pump *p, const struct path_result *r)
{
	struct ip_view v;

	if (!ip_parse(&v, p->out_buf, r->len)) {
		p->stats.wire_error++;
		return;
	}
	if (send_split(p, &v, r->mtu))
		return;
	/* a link has become narrower a moment ago; DF: the sender hears next */
	if (!send_split(p, &v, p->use.refused(p->use.ctx, &v.dst)))
		p->stats.wire_error++;
}

static void
write_device(struct pump *p, int fd, size_t n)
{
	if (fd >= 0 && tun_write(fd, p->out_buf, n)) {
		p->stats.tun_out++;
	} else if (fd >= 0 && (errno == EAGAIN || errno == ENOBUFS)) {
		p->stats.tun_full++;
	} else {
		p->stats.tun_error++;
		log_limit(&p->rate_tun, LOG_LEVEL_WARN,
		    "cannot write to the device: %s", strerror(errno));
	}
}

/* Numbers of datagrams that may be split; 0 would be the kernel's to change. */
static uint16_t
next_id(struct pump *p)
{
	uint16_t *id = &p->use.path->ip_id;

	if (*id == 0)
		*id = 1;
	return *id;
}

static int
device_of(const struct pump *p, const char *tun)
{
	if (tun == NULL || tun[0] == '\0')
		return p->main.watch.fd;
	if (strcmp(tun, PATH_OWN) == 0)
		return p->own.watch.fd;
	for (size_t i = 0; i < p->n_tunnels; i++)
		if (strcmp(p->tunnel[i].name, tun) == 0 && !p->tunnel[i].lost)
			return p->tunnel[i].watch.fd;
	return -1;
}

/* from: the device that the packet came from; it takes errors for its sender. */
static void
deliver(struct pump *p, const struct path_result *r, int from)
{
	/* in.iked has its own socket; what came to ours nobody waits for */
	if (r->verdict == VERDICT_IKE)
		return;
	switch (r->to) {
	case PATH_WIRE:
		send_wire(p, r);
		break;
	case PATH_HOST:
		write_device(p, device_of(p, r->tun), r->len);
		break;
	case PATH_SENDER:
		write_device(p, from, r->len);
		break;
	case PATH_NOWHERE:
		break;
	}
}

/* --- packets --- */

static struct path_result
through(struct pump *p, bool inbound, const char *tun, const uint8_t *pkt,
    size_t n, struct now t)
{
	struct path_result r =
	    inbound
		? path_in(p->use.path, p->out_buf, p->work, pkt, n, t)
		: path_out(p->use.path, p->out_buf, p->work, tun, pkt, n, t);

	if (verdict_is_drop(r.verdict))
		audit_drop(
		    &p->audit, &r, inbound, pkt, n, p->use.natt_port, t.mono);
	return r;
}

/* Fragments whose datagram the last packet has completed. */
static void
pass_pieces(struct pump *p, struct now t)
{
	struct fragcache_piece *f;

	while ((f = fragcache_take(p->use.path->frags)) != NULL) {
		struct path_result r =
		    path_piece(p->use.path, p->out_buf, p->work, f, t);

		if (verdict_is_drop(r.verdict))
			audit_drop(&p->audit, &r, f->key.inbound, f->pkt,
			    f->len, p->use.natt_port, t.mono);
		deliver(p, &r, device_of(p, f->key.tun));
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
put_off(struct pump *p, bool wanted, bool inbound, const char *tun, size_t n)
{
	if (!wanted && p->backlog.n == 0)
		return false;
	if (backlog_put(&p->backlog, inbound, tun, p->in_buf, n))
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
	struct now t = now();
	struct path_result r;

	if (p->closed && !b->inbound) {
		p->stats.closed++;
		return;
	}
	p->use.path->stats.queued = true;
	r = through(p, b->inbound, b->tun, b->pkt, b->n, t);
	deliver(p, &r, device_of(p, b->tun));
	pass_pieces(p, t);
	p->use.path->stats.queued = false;
}

static void
from_device(void *ctx, unsigned events)
{
	struct port *o = ctx;
	struct pump *p = o->p;
	uint64_t since = pace_begin(&p->pace);
	struct now t = now();

	(void)events;
	for (int i = 0; i < BATCH && backlog_has_room(&p->backlog); i++) {
		ssize_t n = tun_read(o->watch.fd, p->in_buf, sizeof(p->in_buf));
		struct path_result r;

		if (n == 0)
			break;
		if (n < 0) {
			read_failed(o, errno);
			break;
		}
		p->stats.tun_in++;
		if (p->closed) {
			p->stats.closed++;
			continue;
		}
		/* the path counts up when it uses one itself */
		if (ip_give_id(p->in_buf, (size_t)n, next_id(p)))
			p->use.path->ip_id++;
		(void)next_id(p);
		if (put_off(p, p->async[0] || p->async[1], false, o->name,
			(size_t)n))
			continue;
		r = through(p, false, o->name, p->in_buf, (size_t)n, t);
		deliver(p, &r, o->watch.fd);
		pass_pieces(p, t);
	}
	pace_end(&p->pace, since);
}

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

static ssize_t
receive(struct pump *p, const struct source *s)
{
	struct ip_view v;
	ssize_t n;

	if (s->proto == IPPROTO_UDP_)
		return udpencap_recv(s->watch.fd, p->use.natt_port, p->in_buf,
		    sizeof(p->in_buf));
	if (s->renamed == 0)
		return rawip_recv(s->watch.fd, s->fam, s->proto, p->in_buf,
		    sizeof(p->in_buf));
	n = rawip_recv(
	    s->watch.fd, s->fam, s->renamed, p->in_buf, sizeof(p->in_buf));
	if (n <= 0)
		return n;
	if (!ip_parse(&v, p->in_buf, (size_t)n) || v.proto != s->renamed) {
		errno = EBADMSG;
		return -1;
	}
	ip_set_proto(p->in_buf, &v, s->proto);
	return n;
}

static bool
is_async(const struct pump *p, uint8_t proto)
{
	if (proto == IPPROTO_AH_)
		return p->async[1];
	return p->async[0] && (proto == IPPROTO_ESP_ || proto == IPPROTO_UDP_);
}

static void
from_wire(void *ctx, unsigned events)
{
	struct source *s = ctx;
	struct pump *p = s->p;
	uint64_t since = pace_begin(&p->pace);
	struct now t = now();

	if (events & LOOP_ERROR)
		drain_errors(p, s);
	for (int i = 0; i < BATCH && backlog_has_room(&p->backlog); i++) {
		ssize_t n = receive(p, s);
		struct path_result r;

		if (n == 0)
			break;
		if (n < 0) {
			/* one packet, or the report that drain_errors() took */
			p->stats.unreadable +=
			    errno == EMSGSIZE || errno == EBADMSG;
			continue;
		}
		p->stats.wire_in++;
		if (put_off(p, is_async(p, s->proto), true, "", (size_t)n))
			continue;
		r = through(p, true, "", p->in_buf, (size_t)n, t);
		deliver(p, &r, p->main.watch.fd);
		pass_pieces(p, t);
	}
	pace_end(&p->pace, since);
}

/* --- the queue: packets that no route brings to the device --- */

static void
send_aside(struct pump *p, uint32_t via, size_t n, struct now t)
{
	struct path_result r;

	p->stats.queue_out++;
	if (p->closed) {
		p->stats.closed++;
		return;
	}
	if (queue_may_split(p->in_buf, n, next_id(p)))
		p->use.path->ip_id++;
	p->use.path->via = via;
	r = through(p, false, "", p->in_buf, n, t);
	deliver(p, &r, p->main.watch.fd);
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
	r = through(p, true, "", p->in_buf, n, t);
	if (r.verdict == VERDICT_PASS && r.to == PATH_HOST &&
	    (r.tun == NULL || r.tun[0] == '\0') &&
	    queue_in_place(p->in_buf, n, p->out_buf, r.len)) {
		nfqueue_pass(p->queue.fd, p->use.queue, id, p->out_buf, r.len);
		return;
	}
	nfqueue_drop(p->queue.fd, p->use.queue, id);
	deliver(p, &r, p->main.watch.fd);
	pass_pieces(p, t);
}

static void
from_queue(void *ctx, unsigned events)
{
	struct pump *p = ctx;
	uint64_t since = pace_begin(&p->pace);
	struct nfqueue_packet q;
	struct now t = now();

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
	pace_end(&p->pace, since);
}

void
pump_released(struct pump *p)
{
	uint64_t since = pace_begin(&p->pace);
	struct now t = now();
	struct held *h;

	while ((h = larval_take(p->use.path->larval)) != NULL) {
		struct path_result r;

		p->use.path->via = h->via;
		r = through(p, h->inbound, h->tun, h->pkt, h->len, t);
		deliver(p, &r, device_of(p, h->tun));
		p->use.path->via = 0;
		if (!h->inbound && r.verdict == VERDICT_PASS)
			larval_done(p->use.path->larval, h);
		larval_drop(h);
		pass_pieces(p, t);
	}
	pace_end(&p->pace, since);
}

static bool
keep_alive(void *ctx, struct sa *sa)
{
	struct pump *p = ctx;
	struct now t = now();
	struct wr w = wr_into(p->out_buf, sizeof(p->out_buf));
	struct ip_view v;

	if (!natt_is_quiet(sa, p->use.path->tune.nat_keepalive, t))
		return true;
	sa->keepalive = t.mono;
	natt_keepalive(&w, sa);
	if (!w.bad && ip_parse(&v, p->out_buf, w.len))
		(void)send_one(p, &v, p->out_buf, w.len);
	return true;
}

void
pump_keepalives(struct pump *p)
{
	sadb_each(p->use.path->sadb, SATYPE_ESP, keep_alive, p);
}

void
pump_age(struct pump *p, uint64_t mono)
{
	fragcache_age(p->parts, mono, &p->use.path->stats);
	fragcache_age(p->use.path->frags, mono, &p->use.path->stats);
}

/* --- devices --- */

static bool
watch_port(struct pump *p, struct port *o, int fd, const char *name)
{
	o->p = p;
	o->lost = false;
	o->watch =
	    (struct loop_watch){ .fd = fd, .ready = from_device, .ctx = o };
	memcpy(o->name, name, strlen(name) + 1);
	return pace_add(&p->pace, &o->watch);
}

/* To the device, which is made when it is not there. 0 or errno. */
static int
attach(struct pump *p, struct port *o, int fd, const char *device,
    const char *name)
{
	int err = tun_attach(fd, device);

	if (err == 0)
		err = tun_persist(fd, true);
	if (err == 0 && !watch_port(p, o, fd, name))
		err = errno;
	return err;
}

int
pump_tunnel(struct pump *p, const char *name)
{
	struct port *o = p->tunnel, *end = o + p->n_tunnels;
	int err;

	if (strlen(name) >= sizeof(o->name))
		return ENAMETOOLONG;
	if (device_of(p, name) >= 0)
		return 0;
	while (o != end && strcmp(o->name, name) != 0)
		o++;
	/* or the place of one that was given up */
	if (o == end)
		for (o = p->tunnel; o != end && o->name[0] != '\0';)
			o++;
	if (o != end)
		return attach(p, o, o->watch.fd, name, name);
	if (p->n_tunnels == PUMP_TUNNELS || p->spare[p->n_tunnels] < 0)
		return EMFILE;
	err = attach(p, o, p->spare[p->n_tunnels], name, name);
	if (err == 0)
		p->spare[p->n_tunnels++] = -1;
	return err;
}

void
pump_drop_tunnel(struct pump *p, const char *name)
{
	for (size_t i = 0; i < p->n_tunnels; i++) {
		struct port *o = &p->tunnel[i];

		if (o->name[0] == '\0' || strcmp(o->name, name) != 0)
			continue;
		if (!o->lost)
			pace_remove(&p->pace, &o->watch);
		o->lost = true;
		o->name[0] = '\0';
	}
}

int
pump_renew(struct pump *p, const char *name, const char *tun)
{
	struct port *o = tun[0] == '\0' ? &p->main : &p->own;

	if (!o->lost)
		pace_remove(&p->pace, &o->watch);
	o->lost = true;
	return attach(p, o, o->watch.fd, name, tun);
}

bool
pump_has_lost(const struct pump *p, const char *tun)
{
	return tun[0] == '\0' ? p->main.lost : p->own.lost;
}

bool
pump_has_lost_tunnel(const struct pump *p)
{
	for (size_t i = 0; i < p->n_tunnels; i++)
		if (p->tunnel[i].lost && p->tunnel[i].name[0] != '\0')
			return true;
	return false;
}

bool
pump_has_tunnel(const struct pump *p, const char *name)
{
	return name[0] != '\0' && device_of(p, name) >= 0;
}

void
pump_unpersist(struct pump *p)
{
	(void)tun_persist(p->main.watch.fd, false);
	(void)tun_persist(p->own.watch.fd, false);
	for (size_t i = 0; i < p->n_tunnels; i++)
		(void)tun_persist(p->tunnel[i].watch.fd, false);
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
	return fd < 0 || pace_add(&p->pace, &s->watch);
}

struct pump *
pump_new(const struct pump_use *use, const struct pump_fds *fds)
{
	struct pump *p = calloc(1, sizeof(*p));
	int i = 0;
	bool ok;

	if (p == NULL)
		return NULL;
	p->use = *use;
	pace_init(&p->pace, use->loop, backlog_wake, &p->backlog);
	backlog_init(&p->backlog, &p->pace, do_late, p);
	p->parts = fragcache_new(use->path->rng);
	memcpy(p->spare, fds->spare, sizeof(p->spare));
	memcpy(p->out, fds->out, sizeof(p->out));
	ok = watch_port(p, &p->main, fds->tun, "");
	ok = watch_port(p, &p->own, fds->own, PATH_OWN) && ok;
	ok = watch_source(p, i++, fds->udp, 4, IPPROTO_UDP_, 0) && ok;
	for (int six = 0; six < 2; six++)
		for (int k = 0; k < 2; k++) {
			static const uint8_t ipsec[] = { IPPROTO_ESP_,
				IPPROTO_AH_ };
			static const uint8_t inner[] = { IPPROTO_IPIP_,
				IPPROTO_IPV6_ };
			uint8_t fam = six ? 6 : 4;

			ok = watch_source(
				 p, i++, fds->in[six][k], fam, ipsec[k], 0) &&
			     ok;
			ok = watch_source(p, i++, fds->tunnel[six][k], fam,
				 inner[k], use->renamed[k]) &&
			     ok;
			ok = watch_source(p, i++, fds->report[six][k], fam,
				 inner[k], 0) &&
			     ok;
		}
	p->queue = (struct loop_watch){
		.fd = fds->queue, .ready = from_queue, .ctx = p
	};
	if (fds->queue >= 0)
		ok = pace_add(&p->pace, &p->queue) && ok;
	if (ok && p->parts != NULL)
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
	for (int i = 0; i < SOURCES; i++)
		end(p, &p->source[i].watch);
	for (int i = 0; i < 2; i++)
		if (p->out[i] >= 0)
			(void)close(p->out[i]);
	free(p);
}

void
pump_discard(struct pump *p)
{
	for (int i = 0; i < BATCH; i++)
		if (tun_read(p->own.watch.fd, p->in_buf, sizeof(p->in_buf)) <=
		    0)
			return;
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
	pace_set(&p->pace, share);
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
