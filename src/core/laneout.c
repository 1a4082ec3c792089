/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/laneout.h"

#include "core/esp.h"
#include "core/laneah.h"
#include "core/natt.h"
#include "core/shared.h"
#include "core/tunnel.h"

enum {
	ESP_HEAD = 8,
	ESP_TRAILER = 2,
	UDP_MOST = 64,	   /* packets of one UDP_SEGMENT */
	UDP_BYTES = 65000, /* and bytes; 65,507 with IPv4's header */
	MIN_V4 = 68,	   /* as fit.c */
	MIN_V6 = 1280,
	ECN_MASK = 3,
	OUTER_TTL = 64
};

/* --- sealing and sending --- */

static void
count_failure(struct lane *l, const struct lane_job *j)
{
	struct path_stats *st = &l->p->stats;

	st->n[0][VERDICT_ESP_CRYPTO_FAILED]++;
	st->proto[0].out_discards++;
	lanework_add(l, &j->sa->rest->drops, 1);
	if (j->f->e != NULL)
		lanework_add(l, &j->f->e->drops, 1);
}

static void
count_success(struct lane *l, size_t n)
{
	l->p->stats.n[0][VERDICT_PASS] += n;
	l->p->stats.esp_out += n;
	l->stats.out_fast += n;
}

/*
 * May job j, which lies right behind the one before and is of its flow, go with it
 * in one piece? The run that the last one will be in is kept count of.
 */
static bool
joins(struct lane *l, const struct lane_job *j, bool like)
{
	struct lane_tail *t = &l->tail;

	if (like && t->n != 0 && t->n < UDP_MOST && t->last == t->stride &&
	    j->len <= t->stride && t->len + j->len <= UDP_BYTES) {
		t->n++;
		t->len += j->len;
		t->last = j->len;
		return true;
	}
	*t = (struct lane_tail){ 1, j->len, j->len, j->len };
	return false;
}

static void
describe(const struct lane *l, struct lane_run *r, const struct lane_job *j)
{
	const struct sa *s = j->sa;
	bool tunnel = sa_is_tunnel(j->sa);

	*r = (struct lane_run){ .bytes = l->out + j->at,
		.len = j->len,
		.stride = j->len,
		.n = 1,
		.udp = j->udp,
		.mtu = j->f->mtu,
		.head = { .src = tunnel ? s->src : j->f->src,
		    .dst = tunnel ? s->dst : j->f->dst,
		    .tos = j->tos,
		    .ttl = j->ttl,
		    .df = j->df,
		    .flow = tunnel ? sa_extra(s)->flow_label : 0,
		    .proto = j->udp ? IPPROTO_UDP_ : IPPROTO_ESP_ } };
	if (j->udp) {
		r->sport = sa_extra(s)->natt_lport != 0
			       ? sa_extra(s)->natt_lport
			       : NATT_PORT;
		r->dport = s->natt_rport != 0 ? s->natt_rport : NATT_PORT;
	}
}

static void
send_run(struct lane *l, const struct lane_run *r, const struct lane_job *j,
    uint64_t inner)
{
	if (j->f->e != NULL) {
		lanework_add(l, &j->f->e->packets, r->n);
		lanework_add(l, &j->f->e->bytes, inner);
	}
	l->stats.runs_out++;
	l->env.send(l->env.ctx, r);
}

/* Seal what is pending, and send it. */
static void
flush(struct lane *l)
{
	struct path_proto *c = &l->p->stats.proto[0];
	const struct lane_job *last = NULL;
	struct lane_run r;
	size_t n = l->n_jobs, good = 0;
	uint64_t inner = 0;

	if (n == 0)
		return;
	lanework_seal(l, n);
	c->out_requests += n;
	c->crypto += n;
	c->crypto_async += l->p->stats.queued ? n : 0;
	for (size_t i = 0; i < n; i++) {
		const struct lane_job *j = &l->job[i];

		if (l->op[i].ok && last != NULL && j->joins) {
			r.len += j->len;
			r.n++;
			inner += j->inner;
			last = j;
			good++;
			continue;
		}
		if (last != NULL)
			send_run(l, &r, last, inner);
		last = NULL;
		if (!l->op[i].ok) {
			count_failure(l, j);
			secret_wipe(l->out + j->at, j->len);
			continue;
		}
		good++;
		last = j;
		inner = j->inner;
		describe(l, &r, j);
	}
	if (last != NULL)
		send_run(l, &r, last, inner);
	count_success(l, good);
	l->n_jobs = 0;
	l->tail.n = 0;
}

/* --- the outer header --- */

/* Apart, and not inlined: a view is large, and is cleared each time it is made. */
static __attribute__((noinline)) void
shape_tunnel(struct lane_shape *s, bool df, size_t len)
{
	struct ip_view v = { .ver = s->ver, .df = df, .len = len };
	struct ip_new h = { .ttl = 0 };

	tunnel_shape(s->f->iface, &h, &v);
	s->ttl = h.ttl;
	s->df = h.df;
}

/* As mode_outer() and tunnel_shape() have it. */
static __attribute__((noinline)) void
shape_outer(struct lane_shape *s, const uint8_t *inner, size_t len)
{
	const struct sa *sa = s->sa;
	uint8_t tos = laneip_tos(inner);
	bool df = s->ver == 4 && (inner[6] & 0x40) != 0;
	uint32_t src, dst;

	s->tos = sa->tos_fixed
		     ? (uint8_t)((sa->tos & ~ECN_MASK) | (tos & ECN_MASK))
		     : tos;
	s->ttl = sa->ttl != 0 ? sa->ttl : OUTER_TTL;
	s->df = sa->df == DF_SET || (sa->df == DF_COPY && (df || s->ver == 6));
	if (s->f->iface != NULL)
		shape_tunnel(s, df, len);
	if (s->outer != 20)
		return;
	memcpy(&src, sa->src.b, 4);
	memcpy(&dst, sa->dst.b, 4);
	s->a = UINT64_C(0x45) << 56 | (uint64_t)s->tos << 48 |
	       (s->df ? 0x4000u : 0);
	s->b = (uint64_t)s->ttl << 56 | (uint64_t)IPPROTO_ESP_ << 48 |
	       be32toh(src);
	s->c = be32toh(dst);
}

/*
 * Is the outer header that of the packet before, but for length and number? If
 * not, what is in it is found out.
 */
static bool
same_outer(struct lane_shape *s, const uint8_t *inner, size_t len)
{
	uint32_t is = laneip_get16(inner);

	/* all that it is made of */
	if (s->ver == 4)
		is |= (uint32_t)(inner[6] & 0x40) << 16 |
		      (s->tunnel ? 0 : (uint32_t)inner[8] << 24);
	else
		is |= s->tunnel ? (uint32_t)(len > MIN_V6) << 16
				: (uint32_t)inner[7] << 24;
	if (s->known && s->was == is)
		return true;
	s->known = true;
	s->was = is;
	if (s->tunnel) {
		shape_outer(s, inner, len);
	} else {
		s->tos = laneip_tos(inner);
		s->ttl = inner[s->ver == 4 ? 8 : 7];
		s->df = s->ver == 4 && (inner[6] & 0x40) != 0;
	}
	return false;
}

/* The header before ESP, of `total` bytes in all. inner: the packet's header. */
static void
write_outer(struct lane *l, uint8_t *o, const struct lane_shape *s,
    const uint8_t *inner, size_t total)
{
	const struct sa *sa = s->sa;
	uint16_t id = 0;

	if (s->tunnel)
		id = l->p->ip_id++;
	if (s->outer == 0)
		return;
	if (!s->tunnel) {
		if (s->ver == 4) {
			laneip_rehead20(
			    o, inner, (uint16_t)total, IPPROTO_ESP_);
			return;
		}
		laneip_copy(o, inner, s->ip);
		laneip_put16(o + 4, (uint16_t)(total - s->ip));
		o[6] = IPPROTO_ESP_;
		return;
	}
	if (s->outer == 40) {
		laneip_put32(o, UINT32_C(6) << 28 | (uint32_t)s->tos << 20 |
				    (sa_extra(sa)->flow_label & 0xfffff));
		laneip_put16(o + 4, (uint16_t)(total - 40));
		o[6] = IPPROTO_ESP_;
		o[7] = s->ttl;
		memcpy(o + 8, sa->src.b, 16);
		memcpy(o + 24, sa->dst.b, 16);
		return;
	}
	laneip_head20(
	    o, s->a | (uint64_t)total << 32 | (uint64_t)id << 16, s->b, s->c);
}

/* --- one packet --- */

static size_t
padding(const struct lane_shape *s, size_t n)
{
	return (size_t) - (n + ESP_TRAILER) & s->mask;
}

/* Padding and trailer behind n bytes at text. */
static void
trail(const struct lane_shape *s, uint8_t *text, size_t n)
{
	/* RFC 4303 2.4; align is at most 16, and more than pad may be written */
	static const uint8_t bytes[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15, 16 };
	size_t pad = padding(s, n);

	memcpy(text + n, bytes, sizeof(bytes));
	text[n + pad] = (uint8_t)pad;
	text[n + pad + 1] = s->next;
}

/* What is taken from an SA for a run of packets: the i-th has the i-th of each. */
struct taken {
	uint64_t seq, iv;
};

/*
 * A place for a packet of which ESP carries n bytes, and all that stands before
 * them; *text: where they go. inner: its IP header, whatever length it says. It is
 * the i-th of those that t was taken for.
 */
static inline struct aead_op *
begin(struct lane *l, struct lane_shape *s, const uint8_t *inner, size_t n,
    const struct taken *t, uint32_t i, uint8_t **text)
{
	struct lane_job *j = &l->job[l->n_jobs];
	struct aead_op *op = &l->op[l->n_jobs];
	size_t len = n + padding(s, n) + ESP_TRAILER;
	uint8_t *o = l->out + l->at, *e = o + s->outer;
	uint64_t seq = t->seq + i, w;

	j->f = s->f;
	j->sa = s->sa;
	j->at = (uint32_t)l->at;
	j->len = (uint32_t)(s->outer + s->front + len + s->ai->icv_len);
	j->inner = (uint32_t)(n + s->ip);
	j->udp = s->udp;
	j->joins = joins(l, j,
	    same_outer(s, inner, n) && l->n_jobs != 0 && j[-1].f == s->f &&
		j[-1].sa == s->sa);
	j->tos = s->tos;
	j->ttl = s->ttl;
	j->df = s->df;
	l->n_jobs++;
	l->at += j->len;
	write_outer(l, o, s, inner, j->len);
	w = htobe64((uint64_t)s->sa->spi << 32 | (uint32_t)seq);
	memcpy(e, &w, 8);
	if (s->counter) {
		w = htobe64(t->iv + i);
		memcpy(e + ESP_HEAD, &w, 8);
	} else {
		laneip_copy(e + ESP_HEAD, l->iv[i], s->ai->iv_len);
	}
	*text = e + s->front;
	op->key = s->sa->aead;
	op->hdr = e;
	op->esn = s->esn;
	op->seq_hi = (uint32_t)(seq >> 32);
	op->iv = e + ESP_HEAD;
	op->out = *text;
	op->len = len;
	op->icv = *text + len;
	op->ok = false;
	return op;
}

static bool
is_far(const struct lane_shape *s, size_t k, uint64_t bytes)
{
	return sa_is_far(s->sa, k, bytes) && sa_has_next(s->sa, k);
}

static bool
may_take(const struct lane_shape *s, size_t k, uint64_t bytes)
{
	bool ok;

	shared_enter(s->sa);
	ok = is_far(s, k, bytes);
	shared_leave(s->sa);
	return ok;
}

static bool
has_random_iv(const struct lane_shape *s)
{
	return !s->counter && s->ai->iv_len != 0;
}

/* RFC 3602 2.1: unpredictable ones; a run has them piece by piece */
static bool
make_ivs(struct lane *l, const struct lane_shape *s, size_t k)
{
	const struct rng *rng = l->p->rng;

	for (size_t i = 0; i < k; i++)
		if (!rng->fill(rng->ctx, l->iv[i], s->ai->iv_len))
			return false;
	return true;
}

/*
 * Numbers and IVs for k packets of so many payload bytes together. False: the
 * slow path has to see them one by one.
 */
static bool
take(struct lane *l, const struct lane_shape *s, size_t k, uint64_t bytes,
    struct taken *t)
{
	bool ok;

	if (has_random_iv(s) && !(may_take(s, k, bytes) && make_ivs(l, s, k)))
		return false;
	shared_enter(s->sa);
	ok = is_far(s, k, bytes);
	if (ok) {
		sa_account_run(s->sa, k, bytes, l->now);
		sa_next_run(s->sa, s->counter, k, &t->seq, &t->iv);
	}
	shared_leave(s->sa);
	return ok;
}

/*
 * Packets as they are, of one flow: encrypted from the caller's memory into the
 * lane's. How many of the n, which begin with one that is none of the others'; 0:
 * the first has to go slow.
 */
static uint32_t
seal_single(struct lane *l, struct lane_shape *s, const struct lane_item *it,
    const struct lane_look *k, size_t n)
{
	uint32_t count = 0, most = LANE_BATCH - (uint32_t)l->n_jobs;
	uint64_t bytes = 0;
	struct taken t;

	if (it->s.len > s->fits)
		return 0;
	do {
		bytes += it[count].s.len - s->ip;
		count++;
	} while (count < n && count < most && k[count].plain && k[count].same &&
		 it[count].s.kind == SUPER_NONE && it[count].s.len <= s->fits);
	if (!take(l, s, count, bytes, &t)) {
		count = 1;
		if (!take(l, s, 1, it->s.len - s->ip, &t))
			return 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *data = it[i].pkt + s->ip, *text;
		size_t len = it[i].s.len - s->ip;

		trail(s, data, len);
		begin(l, s, it[i].pkt, len, &t, i, &text)->in = data;
	}
	return count;
}

/* One segment: copied and summed into its place, and encrypted there. */
static void
cut_one(struct lane *l, struct lane_shape *s, const struct super *sp,
    const struct super_base *b, const uint8_t *pkt, const struct taken *t,
    uint32_t i)
{
	uint8_t head[160], *text;
	size_t part, at = super_part(sp, i, &part);
	size_t n = sp->head - s->ip + part;
	struct aead_op *op;
	uint32_t sum;

	/* its IP header has to be known before what is behind it is copied */
	laneip_copy(head, pkt, s->ip);
	if (s->ver == 4)
		laneip_put16(head + 4, (uint16_t)(laneip_get16(pkt + 4) + i));
	op = begin(l, s, s->ip != 0 ? head : pkt, n, t, i, &text);
	sum = ip_csum_copy(0, text + sp->head - s->ip, pkt + at, part);
	if (s->ip == 0) {
		super_head(text, sp, b, pkt, i, part, sum);
	} else {
		super_head(head, sp, b, pkt, i, part, sum);
		memcpy(text, head + s->ip, sp->head - s->ip);
	}
	trail(s, text, n);
	op->in = text;
}

/*
 * A super-packet that can go in one piece, but not beside what waits, begins a
 * new one; and is sealed by itself when there is no room for all of it.
 */
static void
start_super(
    struct lane *l, const struct lane_shape *s, uint32_t k, uint64_t bytes)
{
	const struct lane_tail *t = &l->tail;
	uint64_t all = bytes + (uint64_t)k * (s->outer + s->front + s->mask +
						 ESP_TRAILER + s->ai->icv_len);

	if (k > UDP_MOST || all > UDP_BYTES)
		return;
	if (l->n_jobs + k > LANE_BATCH)
		flush(l);
	else if (t->n + k > UDP_MOST || t->len + all > UDP_BYTES)
		l->tail.n = 0;
}

static bool
seal_super(struct lane *l, struct lane_shape *s, const struct lane_item *it)
{
	struct super sp = it->s;
	struct super_base b;
	struct taken t;
	uint64_t bytes;
	uint32_t k;

	if (sp.head >= s->fits || sp.head > 160)
		return false;
	if (sp.len > s->fits && sp.head + sp.gso > s->fits &&
	    !super_shrink(&sp, s->fits - sp.head))
		return false;
	k = super_count(&sp);
	bytes = sp.len - sp.head + (uint64_t)k * (sp.head - s->ip);
	if (k > LANE_SEGMENTS || (!s->counter && k > LANE_BATCH) ||
	    !take(l, s, k, bytes, &t))
		return false;
	start_super(l, s, k, bytes);
	super_base(&b, &sp, it->pkt);
	for (uint32_t i = 0; i < k; i++) {
		if (l->n_jobs == LANE_BATCH)
			flush(l);
		cut_one(l, s, &sp, &b, it->pkt, &t, i);
	}
	return true;
}

/* --- one item --- */

static uint32_t
way_mtu(struct lane *l, struct flowcache_entry *f, const struct addr *dst)
{
	/* a gift says it */
	if (l->guest)
		return f->mtu;
	if (f->mtu_turn != l->turn) {
		f->mtu = l->p->env.mtu(l->p->env.ctx, dst);
		f->mtu_turn = l->turn;
	}
	return f->mtu;
}

/* May the payloads of such an SA's datagrams be sent, fam being the outer family? */
static bool
can_send_udp(const struct lane *l, const struct sa *sa, uint8_t fam)
{
	uint16_t port = sa_extra(sa)->natt_lport != 0 ? sa_extra(sa)->natt_lport
						      : NATT_PORT;

	return !(fam == FAM_V4 ? l->off.udp_send4 : l->off.udp_send6) &&
	       port == l->p->tune.natt_port;
}

/* False: this SA's packets are not made here. */
static bool
plan(struct lane *l, struct lane_shape *s, struct flowcache_entry *f,
    const uint8_t *pkt)
{
	struct sa *sa = f->esp;
	uint32_t mtu, over, least;
	uint8_t fam;

	s->f = f;
	s->sa = sa;
	if (f->ah != NULL || sa == NULL || sa->aead == NULL)
		return false; /* laneah.h */
	s->ai = aead_info(sa->aead);
	s->tunnel = sa_is_tunnel(sa);
	s->udp = sa_is_natt(sa);
	s->esn = sa_is_esn(sa);
	s->counter = s->ai->counter_iv;
	s->ver = pkt[0] >> 4;
	fam = s->tunnel ? sa->dst.fam : s->ver;
	s->ip = s->tunnel ? 0 : s->ver == 4 ? 20 : 40;
	s->next = s->tunnel	? (s->ver == 4 ? IPPROTO_IPIP_ : IPPROTO_IPV6_)
		  : s->ver == 4 ? pkt[9]
				: pkt[6];
	s->outer = s->udp ? 0 : fam == FAM_V4 ? 20 : 40;
	if (s->tunnel && (sa->src.fam != fam || addr_is_unspec(&sa->src)))
		return false;
	if (s->udp && !can_send_udp(l, sa, fam))
		return false;
	mtu = way_mtu(l, f, s->tunnel ? &sa->dst : &f->dst);
	over = (uint32_t)esp_overhead(sa);
	least = s->ver == 6 ? MIN_V6 : MIN_V4;
	/* below that a packet goes anyway, and is split */
	if (mtu <= over + least || (s->ai->align & (s->ai->align - 1)) != 0 ||
	    s->ai->align > 16)
		return false;
	s->fits = (mtu < UINT16_MAX ? mtu : UINT16_MAX) - over;
	s->front = (uint8_t)(ESP_HEAD + s->ai->iv_len);
	s->mask = (uint8_t)(s->ai->align - 1u);
	s->known = false;
	return true;
}

static bool
may_go(const struct lane *l, const struct lane_item *it, size_t upper)
{
	uint8_t proto = it->pkt[upper == 20 ? 9 : 6];

	if (l->off.fast || l->p->via != 0)
		return false;
	/* the first packet of a connection may be another's (latch.c), and a
	   reset may be an answer (reflect.c) */
	return proto != IPPROTO_TCP_ ||
	       (it->pkt[upper + LANEIP_TCP_FLAGS] &
		   (LANEIP_TCP_SYN | LANEIP_TCP_RST)) == 0;
}

/*
 * Is the checksum that is to be completed the packet's own? What a header from a
 * device says else may be addresses, ports or flags, which are looked at before.
 */
static bool
is_own_csum(const struct lane_item *it, size_t upper)
{
	enum { TCP_CSUM = 16, UDP_CSUM = 6 };
	uint8_t proto = it->pkt[upper == 20 ? 9 : 6];

	return !it->s.csum ||
	       (it->s.csum_start == upper &&
		   it->s.csum_off ==
		       (proto == IPPROTO_TCP_ ? TCP_CSUM : UDP_CSUM));
}

/*
 * Which flow each is of; then where that is kept, then what is kept there: each
 * step has the memory of the next one on its way.
 */
static void
look_up(struct lane *l, const char *tun, struct lane_item *items, size_t n)
{
	uint16_t device = flowcache_device(l->fc, tun);
	struct lane_look *k = l->look;

	for (size_t i = 0; i < n; i++) {
		struct lane_item *it = &items[i];
		size_t at = laneip_plain(it->pkt, it->s.len);

		k[i].spot = NULL;
		k[i].plain = at != 0 && device != 0 && may_go(l, it, at) &&
			     is_own_csum(it, at);
		if (!k[i].plain)
			continue;
		k[i].upper = (uint8_t)at;
		k[i].same = i != 0 && k[i - 1].plain && k[i - 1].upper == at &&
			    laneip_same_flow(it->pkt, it[-1].pkt, at);
		if (k[i].same) {
			k[i].key = k[i - 1].key;
			k[i].hash = k[i - 1].hash;
			continue;
		}
		flowcache_key(&k[i].own, it->pkt, it->pkt + at,
		    it->pkt[at == 20 ? 9 : 6], device);
		k[i].key = &k[i].own;
		k[i].hash = flowcache_hash(l->fc, FLOWCACHE_OUT, k[i].key);
	}
	for (size_t i = 0; i < n; i++)
		if (k[i].plain)
			k[i].spot = k[i].same ? k[i - 1].spot
					      : flowcache_spot(l->fc,
						    FLOWCACHE_OUT, k[i].hash);
	if (n > 1)
		for (size_t i = 0; i < n; i++)
			if (k[i].spot != NULL && !k[i].same &&
			    k[i].spot->esp != NULL)
				__builtin_prefetch(k[i].spot->gen);
}

/*
 * An SA may have gone, and the entry with it: only one that holds is looked at.
 */
static void
prefetch(const struct lane *l, size_t i, size_t n, bool far)
{
	const struct lane_look *k;
	const struct flowcache_entry *f;

	if (i >= n)
		return;
	k = &l->look[i];
	if (k->spot == NULL || k->same)
		return;
	f = flowcache_pick(l->fc, k->spot, k->key, l->now.mono);
	if (f == NULL || f->esp == NULL)
		return;
	if (far)
		lanework_prefetch_sa(f->esp);
	else
		lanework_prefetch_more(f->esp);
}

/* The flow of this item, planned. False: it is not known, or not for here. */
static bool
find_shape(struct lane *l, const struct lane_look *k, const uint8_t *pkt)
{
	struct lane_shape *s = &l->shape;
	struct flowcache_entry *f;

	if (!k->plain) {
		s->f = NULL;
		return false;
	}
	if (s->f != NULL && k->same)
		return true;
	s->f = NULL;
	f = flowcache_pick(l->fc, k->spot, k->key, l->now.mono);
	if (f == NULL || !plan(l, s, f, pkt)) {
		s->f = NULL;
		return false;
	}
	flowcache_note(l->fc, f);
	if (f->c != NULL)
		conn_touch(l->p->conns, f->c, l->now.mono);
	return true;
}

static bool
seal_with_ah(struct lane *l, const char *tun, const struct lane_look *k,
    const struct lane_item *it)
{
	struct flowcache_entry *f;
	const struct sa *near;

	if (!k->plain)
		return false;
	f = flowcache_pick(l->fc, k->spot, k->key, l->now.mono);
	if (f == NULL || f->ah == NULL)
		return false;
	flush(l);
	near = f->ah;
	return laneah_seal(l, tun, f, it,
	    way_mtu(l, f, f->e->rule.tunnel_mode ? &near->dst : &f->dst));
}

/* Items from the i-th on that are sealed. 0: this one goes slow. */
static uint32_t
seal(struct lane *l, const char *tun, const struct lane_item *items, size_t i,
    size_t n)
{
	const struct lane_item *it = &items[i];
	const struct lane_look *k = &l->look[i];

	if (!find_shape(l, k, it->pkt))
		return seal_with_ah(l, tun, k, it);
	if (it->s.kind != SUPER_NONE)
		return seal_super(l, &l->shape, it);
	if (l->n_jobs == LANE_BATCH)
		flush(l);
	return seal_single(l, &l->shape, it, k, n - i);
}

/* The i-th goes to the path, and none passes another. */
static void
give_back(struct lane *l, const char *tun, const struct lane_item *items,
    size_t i, size_t n)
{
	flush(l);
	l->shape.f = NULL;
	l->stats.out_slow += super_count(&items[i].s);
	l->env.slow_out(l->env.ctx, tun, &items[i]);
	lanework_turn(l);
	/* it may have been the first of its flow */
	for (size_t j = i + 1; j < n; j++)
		if (l->look[j].plain && l->look[j].spot == NULL)
			l->look[j].spot = flowcache_spot(
			    l->fc, FLOWCACHE_OUT, l->look[j].hash);
}

void
laneout_items(
    struct lane *l, const char *tun, struct lane_item *items, size_t n)
{
	uint32_t k;

	l->at = 0;
	l->shape.f = NULL;
	for (size_t i = 0; i < n; i++) {
		struct lane_item *it = &items[i];

		if (it->s.kind == SUPER_NONE && it->s.csum) {
			super_finish_csum(&it->s, it->pkt);
			it->s.csum = false;
		}
	}
	look_up(l, tun, items, n);
	for (size_t i = 0; i < n; i += k) {
		prefetch(l, i + 5, n, true);
		prefetch(l, i + 2, n, false);
		k = seal(l, tun, items, i, n);
		if (k == 0) {
			give_back(l, tun, items, i, n);
			k = 1;
		}
	}
	flush(l);
}
