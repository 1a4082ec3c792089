/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "crypto/keycache.h"
#include "io/clock.h"
#include "io/tun.h"

enum {
	READ_AHEAD = 96 * 1024, /* as pump_lane.c */
	UP = 4 << 20,		/* bytes of packets on their way up */
	DOWN = 256 << 10,
	/* what one look at the descriptors may put up, at most */
	UP_ROOM = 2 << 20,
	KEYS = 1024,
	STACK = 512 << 10
};

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

static void
ring_bell(int fd)
{
	uint64_t one = 1;

	/* full: it rings */
	(void)!write(fd, &one, sizeof(one));
}

void
worker_wake(const struct worker *w)
{
	ring_bell(w->wake);
}

/* --- up --- */

/* A record with room for n bytes behind it; NULL: it is lost. */
static struct worker_news *
news(struct worker *w, int what, size_t n)
{
	struct worker_news *u = ring_room(w->up, sizeof(*u) + n);

	if (u == NULL) {
		w->now_counts.pump.async_lost++;
		return NULL;
	}
	*u = (struct worker_news){ .what = (uint8_t)what, .n = (uint32_t)n };
	return u;
}

static void
slow_out(void *ctx, const char *tun, const struct lane_item *item)
{
	struct worker *w = ctx;
	struct worker_news *u = news(w, WORKER_OUT, item->s.len + LANE_TAIL);

	(void)tun;
	if (u == NULL)
		return;
	u->s = item->s;
	memcpy(u + 1, item->pkt, item->s.len);
	ring_put(w->up);
}

static void
slow_in(void *ctx, const struct lane_pkt *pkt)
{
	struct worker *w = ctx;
	size_t n = (size_t)pkt->n_head + pkt->n_esp;
	struct worker_news *u = news(w, WORKER_IN, n);
	struct wr to;

	if (u == NULL)
		return;
	to = wr_into((uint8_t *)(u + 1), n);
	if (lane_whole(&to, pkt))
		ring_put(w->up);
	else
		w->now_counts.pump.unreadable++;
}

static uint32_t
refused(void *ctx, const struct addr *dst)
{
	struct worker *w = ctx;
	struct worker_news *u = news(w, WORKER_REFUSED, 0);

	if (u != NULL) {
		u->dst = *dst;
		ring_put(w->up);
	}
	return 0;
}

/* For struct outbox_use: the control thread knows by how much it is too large. */
static void
split(void *ctx, const struct rawip_out *p)
{
	struct worker *w = ctx;
	struct worker_news *u = news(w, WORKER_SPLIT, p->n);

	if (u == NULL)
		return;
	u->dst.fam = p->dst.fam;
	memcpy(u->dst.b, p->dst.b, sizeof(u->dst.b));
	memcpy(u + 1, p->pkt, p->n);
	ring_put(w->up);
}

static void
reports(struct worker *w)
{
	struct worker_news *u;
	struct rawip_error e;

	for (int i = 0; i < LANE_BATCH && rawip_error(w->udp, &e); i++)
		if ((u = news(w, WORKER_REPORT, 0)) != NULL) {
			u->report = e;
			ring_put(w->up);
		}
}

/* --- what its lane asks --- */

static void
send_run(void *ctx, const struct lane_run *r)
{
	struct worker *w = ctx;
	struct udpencap_way way = { .src = to_net(&r->head.src),
		.dst = to_net(&r->head.dst),
		.sport = r->sport,
		.dport = r->dport,
		.tos = r->head.tos,
		.ttl = r->head.ttl,
		.df = r->head.df };

	if (r->udp)
		outbox_run(&w->outbox, &way, r->bytes, r->len, r->stride);
	else
		outbox_packets(&w->outbox, &way.src, &way.dst, r->bytes, r->len,
		    r->stride);
}

/*
 * The device sends what answers a flow by the queue that the flow came by: each
 * flow has its own, and so the threads that send share them.
 */
static int
queue_for(const struct worker *w, const struct lane_write *r)
{
	const uint8_t *p = r->piece[1].p;
	size_t n = r->piece[1].n;
	uint32_t a = 0, h = 0;

	/* addresses and ports of IPv4, or most of them of IPv6 */
	for (size_t i = 12; w->n_to > 1 && i + 4 <= 24 && i + 4 <= n; i += 4) {
		memcpy(&a, p + i, sizeof(a));
		h ^= a * UINT32_C(2654435761);
	}
	return w->to[(h >> 16) % w->n_to];
}

static void
write_run(void *ctx, const struct lane_write *r)
{
	struct worker *w = ctx;
	struct pump_stats *st = &w->now_counts.pump;
	struct iovec io[LANE_PIECES];

	for (size_t i = 0; i < r->n; i++)
		io[i] = (struct iovec){ (void *)(uintptr_t)r->piece[i].p,
			r->piece[i].n };
	io[0].iov_len = w->conf.head ? TUN_HEAD : 0;
	errno = ENODEV;
	if (w->n_to != 0 && (w->conf.head || r->count == 1) &&
	    tun_write_pieces(queue_for(w, r), io, r->n))
		st->tun_out += r->count;
	else if (errno == EAGAIN || errno == ENOBUFS)
		st->tun_full += r->count;
	else
		st->tun_error += r->count;
}

/* --- from the descriptors --- */

static void
read_failed(struct worker *w)
{
	if (errno == EBADFD)
		__atomic_store_n(&w->lost, true, __ATOMIC_RELEASE);
	else
		w->now_counts.pump.unreadable++;
	ring_bell(w->told);
}

/* The next packet at buf. 1; 0: none; -1: no more. s->len 0: of no use. */
static int
read_one(struct worker *w, uint8_t *buf, struct super *s)
{
	struct pump_stats *st = &w->now_counts.pump;
	uint8_t head[TUN_HEAD];
	bool has = w->conf.head;
	ssize_t n =
	    tun_read(w->tun, has ? head : NULL, buf, PATH_ROOM - LANE_TAIL);

	if (n < 0)
		read_failed(w);
	if (n <= 0)
		return (int)n;
	*s = (struct super){ .kind = SUPER_NONE, .len = (uint32_t)n };
	if (has && !super_from_vnet(s, head, buf, (size_t)n)) {
		st->tun_in++;
		st->unreadable++;
		s->len = 0;
		return 1;
	}
	st->tun_in += super_count(s);
	st->tun_super += s->gso != 0;
	return 1;
}

static void
give_id(struct path *p, uint8_t *pkt, const struct super *s)
{
	if (p->ip_id == 0)
		p->ip_id = 1;
	if (ip_give_id(pkt, s->len, p->ip_id))
		p->ip_id = (uint16_t)(p->ip_id + super_count(s));
}

static void
from_device(struct worker *w, struct now t)
{
	size_t used = 0, n = 0;

	while (n < LANE_BATCH && used < READ_AHEAD) {
		struct lane_item *item = &w->items[n];

		item->pkt = w->ahead + used;
		if (read_one(w, item->pkt, &item->s) <= 0)
			break;
		if (item->s.len == 0)
			continue;
		give_id(&w->path, item->pkt, &item->s);
		used += (item->s.len + LANE_TAIL + 63) & ~(size_t)63;
		n++;
	}
	lane_out(w->lane, "", w->items, n, t);
	outbox_flush(&w->outbox);
}

static size_t
add_run(struct worker *w, const struct udpencap_run *r, size_t n)
{
	size_t k, most = sizeof(w->pkts) / sizeof(w->pkts[0]);
	uint8_t *head = udpencap_packet(r, w->outbox.use.natt_port, 0, &k);

	w->now_counts.pump.wire_joined += r->n > r->each;
	for (size_t at = 0; (at == 0 || at < r->n) && n < most; at += r->each) {
		k = r->n - at < r->each ? r->n - at : r->each;
		w->pkts[n++] = (struct lane_pkt){ .head = head,
			.n_head = UDPENCAP_HEAD,
			.esp = r->p + at,
			.n_esp = (uint32_t)k };
	}
	return n;
}

static void
from_wire(struct worker *w, struct now t)
{
	int k = udpencap_batch_recv(w->datagrams, w->udp, UDPENCAP_BATCH);
	size_t n = 0;

	for (int i = 0; i < k; i++) {
		struct udpencap_run r;

		if (udpencap_batch_at(w->datagrams, (unsigned)i, &r))
			n = add_run(w, &r, n);
		else
			w->now_counts.pump.unreadable +=
			    errno == EMSGSIZE || errno == EBADMSG;
	}
	w->now_counts.pump.wire_in += n;
	lane_in(w->lane, w->pkts, n, t);
	outbox_flush(&w->outbox);
}

/* --- the thread --- */

/* Who changes something waits until no gift of before is in use. */
static void
answer(struct worker *w)
{
	uint64_t epoch = __atomic_load_n(&w->epoch, __ATOMIC_ACQUIRE);

	if (epoch == w->seen)
		return;
	lane_forget(w->lane);
	w->counts = w->now_counts;
	w->counts.path = w->path.stats;
	w->counts.out = w->outbox.stats;
	w->counts.lane = *lane_stats(w->lane);
	__atomic_store_n(&w->seen, epoch, __ATOMIC_RELEASE);
	ring_bell(w->answered);
}

static void
configure(struct worker *w, const struct worker_conf *c)
{
	w->path.tune = c->tune;
	*lane_off(w->lane) = c->off;
	lane_off(w->lane)->udp_send4 = w->outbox.use.udp < 0;
	w->outbox.many = c->many;
	w->outbox.cut = c->cut;
	if (c->share != w->conf.share)
		governor_set(&w->governor, c->share, clock_mono());
	w->conf = *c;
}

/*
 * Flows that it now knows. Only when all it has given back is done: a packet may
 * not pass another one of its flow.
 */
static void
hear(struct worker *w)
{
	const struct worker_word *m;
	size_t n;

	w->held = false;
	while ((m = ring_next(w->down, &n)) != NULL) {
		if (m->what == WORKER_GIFT && !ring_is_done(w->up)) {
			w->held = true;
			ring_again(w->down);
			return;
		}
		if (m->what == WORKER_CONF)
			configure(w, &m->conf);
		else if (m->epoch == w->seen)
			lane_take(w->lane, &m->gift);
		ring_done(w->down);
	}
}

static void
wait_for(struct worker *w, int ms)
{
	bool closed = w->held || ms >= 0 || !ring_has_room(w->up, UP_ROOM);
	bool lost = __atomic_load_n(&w->lost, __ATOMIC_ACQUIRE);
	struct pollfd p[3] = { { .fd = w->wake, .events = POLLIN },
		{ .fd = lost || closed ? -1 : w->tun, .events = POLLIN },
		{ .fd = closed ? -1 : w->udp, .events = POLLIN } };
	uint64_t count, before = ring_count(w->up), since;
	struct now t;

	if (closed && ms < 0) {
		/* the control thread looks at this when it is done */
		(void)__atomic_exchange_n(&w->waits, true, __ATOMIC_SEQ_CST);
		if (ring_is_done(w->up))
			return;
	}
	if (poll(p, 3, ms) < 0)
		return;
	if (p[0].revents != 0)
		(void)!read(w->wake, &count, sizeof(count));
	/* what was asked for comes first */
	if (__atomic_load_n(&w->epoch, __ATOMIC_ACQUIRE) != w->seen)
		return;
	since = w->conf.share < 100 ? clock_cpu() : 0;
	t = (struct now){ .mono = clock_mono(), .wall = clock_wall() };
	if ((p[2].revents & POLLERR) != 0)
		reports(w);
	if (p[2].revents != 0)
		from_wire(w, t);
	if (p[1].revents != 0)
		from_device(w, t);
	if (ring_count(w->up) != before)
		ring_bell(w->told);
	if (since != 0)
		w->rest =
		    governor_spend(&w->governor, clock_cpu() - since, t.mono);
}

static void *
run(void *ctx)
{
	struct worker *w = ctx;

	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		int rest = w->rest != 0 ? (int)w->rest : -1;

		answer(w);
		hear(w);
		w->now_counts.rests += w->rest != 0;
		w->rest = 0;
		wait_for(w, rest);
	}
	return NULL;
}

/* --- life --- */

static bool
make(struct worker *w, const struct worker_use *use)
{
	struct lane_env env = { .send = send_run,
		.slow_out = slow_out,
		.write = write_run,
		.slow_in = slow_in,
		.ctx = w };
	struct outbox_use out = { .raw = { use->raw[0], use->raw[1] },
		.udp = use->udp_out,
		.natt_port = use->natt_port,
		.path = &w->path,
		.refused = refused,
		.split = split,
		.ctx = w };
	const struct rng *rng = use->rng;

	w->path.rng = rng;
	w->path.tune.natt_port = use->natt_port;
	w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->up = ring_new(UP);
	w->down = ring_new(DOWN);
	w->kc = keycache_new(use->crypto, KEYS);
	w->lane = lane_new(&w->path, &env);
	w->datagrams = udpencap_batch_new();
	if (w->wake < 0 || w->up == NULL || w->down == NULL || w->kc == NULL ||
	    w->lane == NULL || w->datagrams == NULL ||
	    outbox_init(&w->outbox, &out) != 0)
		return false;
	lane_crowd(w->lane, w->kc);
	return rng->fill(
	    rng->ctx, (uint8_t *)&w->path.ip_id, sizeof(w->path.ip_id));
}

struct worker *
worker_new(const struct worker_use *use)
{
	struct worker *w = NULL;

	if (posix_memalign((void **)&w, 64, sizeof(*w)) != 0)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->wake = -1;
	w->tun = use->tun;
	w->udp = use->udp;
	memcpy(w->to, use->to, sizeof(w->to));
	w->n_to = use->n_to;
	w->told = use->told;
	w->answered = use->answered;
	w->conf.share = 100;
	if (make(w, use))
		return w;
	worker_free(w);
	errno = ENOMEM;
	return NULL;
}

int
worker_start(struct worker *w)
{
	pthread_attr_t a;
	int err = pthread_attr_init(&a);

	if (err != 0)
		return err;
	/* all of it is locked into memory */
	(void)pthread_attr_setstacksize(&a, STACK);
	err = pthread_create(&w->thread, &a, run, w);
	(void)pthread_attr_destroy(&a);
	w->started = err == 0;
	return err;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->started) {
		__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
		worker_wake(w);
		(void)pthread_join(w->thread, NULL);
	}
	lane_free(w->lane);
	keycache_free(w->kc);
	outbox_fini(&w->outbox);
	udpencap_batch_free(w->datagrams);
	ring_free(w->up);
	ring_free(w->down);
	if (w->wake >= 0)
		(void)close(w->wake);
	free(w);
}
