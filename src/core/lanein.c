/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/lanein.h"

#include "core/coalesce.h"
#include "core/mode.h"
#include "core/natt.h"

enum { ESP_HEAD = 8, ESP_TRAILER = 2, ECN_MASK = 3, ECT_1 = 1, ECN_CE = 3 };

/* What packets with one head have in common. */
struct origin {
	const uint8_t *head; /* NULL: not for the fast path */
	bool plain;	     /* a head of 20 bytes, of native ESP */
	uint64_t w[3];	     /* of that: what the next one may have as well */
	uint16_t ip;	     /* bytes of the IP header */
	bool udp;
	uint16_t sport;
	uint8_t tos;
	uint32_t spi; /* of the SA below, when there is one */
	struct sa *sa;
	const struct aead_info *ai;
};

/* --- whose it is --- */

/* IPv4: a header but for length, identification, TTL and checksum. */
static void
words(uint64_t w[3], const uint8_t *h)
{
	w[0] = laneip_be64(h) & UINT64_C(0xffff00000000ffff);
	w[1] = laneip_be64(h + 8) & UINT64_C(0x00ff0000ffffffff);
	w[2] = laneip_be64(h + 12) & UINT64_C(0xffffffff);
}

/* Is the header that of the packet before, in all that matters? */
static bool
is_again(const struct origin *o, const struct lane_pkt *k)
{
	uint64_t w[3];

	if (k->head == o->head)
		return o->head != NULL;
	if (!o->plain || k->n_head != 20)
		return false;
	words(w, k->head);
	return w[0] == o->w[0] && w[1] == o->w[1] && w[2] == o->w[2];
}

static bool
read_head(struct lane *l, struct origin *o, const struct lane_pkt *k)
{
	const uint8_t *h = k->head;
	uint8_t proto;

	*o = (struct origin){ .tos = laneip_tos(h) };
	if (h[0] == 0x45) {
		o->ip = 20;
		proto = h[9];
		if ((laneip_get16(h + 6) & 0x3fff) != 0)
			return false;
	} else if (h[0] >> 4 == 6) {
		o->ip = 40;
		proto = h[6];
	} else {
		return false;
	}
	o->udp = proto == IPPROTO_UDP_;
	if (k->n_head != o->ip + (o->udp ? NATT_HEAD : 0) ||
	    (!o->udp && proto != IPPROTO_ESP_))
		return false;
	if (o->udp) {
		o->sport = laneip_get16(h + o->ip);
		if (laneip_get16(h + o->ip + 2) != l->p->tune.natt_port)
			return false;
	}
	o->plain = o->ip == 20 && !o->udp;
	if (o->plain)
		words(o->w, h);
	o->head = h;
	return true;
}

static struct lane_sad *
slot_of(const struct lane *l, uint32_t spi)
{
	return &l->sad[(spi * UINT32_C(2654435761) >> 20) & (LANE_SADS - 1)];
}

static struct sa *
find_sa(struct lane *l, const uint8_t *h, bool v6, uint32_t spi)
{
	uint64_t src[2] = { 0 }, dst[2] = { 0 }, epoch;
	struct addr from, to;
	struct lane_sad *s;

	if (v6) {
		memcpy(src, h + 8, 16);
		memcpy(dst, h + 24, 16);
	} else {
		memcpy(src, h + 12, 4);
		memcpy(dst, h + 16, 4);
	}
	s = slot_of(l, spi);
	epoch = flowcache_epoch(l->fc);
	if (s->epoch == epoch && s->spi == spi && s->src[0] == src[0] &&
	    s->src[1] == src[1] && s->dst[0] == dst[0] && s->dst[1] == dst[1] &&
	    s->fam == (v6 ? 6 : 4))
		return s->sa;
	from = v6 ? addr_v6(h + 8) : addr_v4(h + 12);
	to = v6 ? addr_v6(h + 24) : addr_v4(h + 16);
	*s = (struct lane_sad){ .epoch = epoch,
		.sa = sadb_inbound(l->p->sadb, SATYPE_ESP, spi, &from, &to),
		.src = { src[0], src[1] },
		.dst = { dst[0], dst[1] },
		.spi = spi,
		.fam = v6 ? 6 : 4 };
	return s->sa;
}

/* Does it come from where its answers go? Else the path follows it (RFC 7296 2.23). */
static bool
is_from_port(const struct lane *l, const struct sa *sa, bool udp, uint16_t port)
{
	uint16_t is = sa->spec.natt_rport;

	return !udp || (sa->spec.flags & SAF_NATT_REM) == 0 ||
	       port == (is != 0 ? is : l->p->tune.natt_port);
}

/* Is it an SA whose packets are opened here, coming in this way? */
static bool
may_open(const struct lane *l, const struct origin *o)
{
	const struct sa *sa = o->sa;

	return sa != NULL && sa_is_live(sa) && sa->aead != NULL &&
	       sa_is_natt(sa) == o->udp &&
	       is_from_port(l, sa, o->udp, o->sport);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)laneip_get16(p) << 16 | laneip_get16(p + 2);
}

/* The packet's place and operation. False: it goes slow. */
static bool
prepare(struct lane *l, struct origin *from, struct lane_open *o,
    const struct lane_pkt *k, size_t *n_ops)
{
	struct aead_op *op = &l->op[*n_ops];
	const uint8_t *e = k->esp;
	const struct aead_info *ai;
	uint32_t spi;
	size_t least, n;

	o->sa = NULL;
	if (l->off.fast || k->n_esp < ESP_HEAD)
		return false;
	if (!is_again(from, k)) {
		if (!read_head(l, from, k))
			return false;
		l->n_heads++;
	}
	spi = get32(e);
	if (from->sa == NULL || spi != from->spi) {
		from->sa = find_sa(l, k->head, from->ip == 40, spi);
		from->spi = spi;
		if (from->sa != NULL && from->sa->aead != NULL)
			from->ai = aead_info(from->sa->aead);
	}
	if (spi == 0 || !may_open(l, from))
		return false;
	ai = from->ai;
	least = ESP_HEAD + (size_t)ai->iv_len + ESP_TRAILER + ai->icv_len;
	if (k->n_esp < least || (ai->align & (ai->align - 1)) != 0)
		return false;
	n = k->n_esp - least + ESP_TRAILER;
	o->low = get32(e + 4);
	if ((n & (ai->align - 1u)) != 0 ||
	    !replay_check(&from->sa->replay, o->low, &o->seq))
		return false;
	o->sa = from->sa;
	o->tos = from->tos;
	o->from = l->n_heads;
	o->sport = from->sport;
	o->udp = from->udp;
	o->authentic = ai->icv_len != 0;
	o->head = sa_is_tunnel(o->sa) ? 0 : from->ip;
	o->pkt = l->in + l->at;
	/* the end of one and the start of the next share no line */
	l->at += (o->head + n + 127) & ~(size_t)63;
	o->op = (uint16_t)(*n_ops)++;
	if (o->head != 0)
		laneip_copy(o->pkt, k->head, o->head);
	laneip_copy(l->icv[o->op], e + k->n_esp - ai->icv_len, ai->icv_len);
	*op = (struct aead_op){ .key = o->sa->aead,
		.hdr = e,
		.esn = sa_is_esn(o->sa),
		.seq_hi = (uint32_t)(o->seq >> 32),
		.iv = e + ESP_HEAD,
		.in = e + ESP_HEAD + ai->iv_len,
		.out = o->pkt + o->head,
		.len = n,
		.icv = l->icv[o->op] };
	return true;
}

/*
 * The SAs of packets that come next, when each has another: first where they are
 * noted, then they, then what they point to. A hint: it may be another's.
 */
static void
foresee(const struct lane *l, const struct lane_pkt *pkts, size_t i, size_t n,
    uint64_t epoch)
{
	enum { FAR = 9, MID = 6, NEAR = 3 };
	const struct lane_sad *s;

	if (i + FAR < n && pkts[i + FAR].n_esp >= ESP_HEAD)
		__builtin_prefetch(slot_of(l, get32(pkts[i + FAR].esp)));
	if (i + MID < n && pkts[i + MID].n_esp >= ESP_HEAD) {
		s = slot_of(l, get32(pkts[i + MID].esp));
		if (s->epoch == epoch && s->sa != NULL)
			lanework_prefetch_sa(s->sa);
	}
	if (i + NEAR < n && pkts[i + NEAR].n_esp >= ESP_HEAD) {
		s = slot_of(l, get32(pkts[i + NEAR].esp));
		if (s->epoch == epoch && s->sa != NULL)
			lanework_prefetch_more(s->sa);
	}
}

/* --- what was inside --- */

/* RFC 4303 2.4. False: something is wrong, or it is a dummy. */
static bool
unpad(const uint8_t *text, size_t n, bool any, size_t *used, uint8_t *next)
{
	size_t pad = text[n - ESP_TRAILER];
	uint8_t diff = 0;

	if (pad + ESP_TRAILER > n)
		return false;
	*used = n - ESP_TRAILER - pad;
	*next = text[n - 1];
	for (size_t i = 0; i < pad && !any; i++)
		diff |= (uint8_t)(text[*used + i] ^ (i + 1));
	return diff == 0 && *next != IPPROTO_NONE_;
}

/* Apart, and not inlined: a view is large, and is cleared each time it is made. */
static __attribute__((noinline)) void
set_tos(uint8_t *p, uint8_t tos)
{
	struct ip_view v = { .ver = p[0] >> 4 };

	ip_set_tos(p, &v, tos);
}

static __attribute__((noinline)) bool
fix_checksum(uint8_t *p, size_t n, const struct sa *sa)
{
	struct ip_view v;

	if (!ip_parse(&v, p, n))
		return false;
	natt_fix(p, &v, sa);
	return true;
}

/* RFC 6040 4.2, as mode_inner(). False: it may not be delivered. */
static bool
decapsulate_ecn(uint8_t *p, uint8_t outer_tos)
{
	uint8_t tos = laneip_tos(p);
	uint8_t inner = tos & ECN_MASK, outer = outer_tos & ECN_MASK;

	if (outer == inner || outer == 0)
		return true;
	if (inner == 0)
		return outer != ECN_CE;
	if (outer == ECN_CE || (outer == ECT_1 && inner != ECN_CE))
		set_tos(p, (uint8_t)((tos & ~ECN_MASK) | outer));
	return true;
}

static bool
inner_of_tunnel(
    struct lane_open *o, size_t used, uint8_t next, size_t *len, size_t *upper)
{
	uint8_t *p = o->pkt;

	if (used < 20)
		return false;
	if (p[0] >> 4 == 4 && next == IPPROTO_IPIP_)
		*len = laneip_get16(p + 2);
	else if (p[0] >> 4 == 6 && next == IPPROTO_IPV6_)
		*len = laneip_get16(p + 4) + 40u;
	else
		return false;
	/* RFC 4303 2.7: behind it is TFC padding */
	if (*len > used)
		return false;
	*upper = laneip_plain(p, *len);
	return *upper != 0 && decapsulate_ecn(p, o->tos);
}

static bool
rebuild_transport(
    struct lane_open *o, size_t used, uint8_t next, size_t *len, size_t *upper)
{
	bool v4 = o->head == 20;

	*len = o->head + used;
	if (*len - (v4 ? 0 : 40) > UINT16_MAX)
		return false;
	if (v4) {
		laneip_rehead20(o->pkt, o->pkt, (uint16_t)*len, next);
	} else {
		laneip_put16(o->pkt + 4, (uint16_t)(*len - 40));
		o->pkt[6] = next;
	}
	*upper = laneip_plain(o->pkt, *len);
	if (*upper == 0)
		return false;
	return !sa_is_natt(o->sa) || fix_checksum(o->pkt, *len, o->sa);
}

static void
look_inside(struct lane *l, struct lane_open *o, struct lane_inner *in,
    const struct lane_inner *before)
{
	const struct aead_op *op = &l->op[o->op];
	size_t used, len, upper;
	uint8_t next;

	in->upper = 0;
	if (o->sa == NULL || !op->ok ||
	    !unpad(
		op->out, op->len, l->p->tune.padding_check < 2, &used, &next) ||
	    !(o->head == 0 ? inner_of_tunnel(o, used, next, &len, &upper)
			   : rebuild_transport(o, used, next, &len, &upper)))
		return;
	in->upper = (uint16_t)upper;
	in->len = (uint32_t)len;
	flowcache_key(&in->k, o->pkt, o->pkt + upper,
	    o->pkt[upper == 20 ? 9 : 6], flowcache_sas(o->sa, NULL));
	in->same = before != NULL && before->upper != 0 &&
		   flowcache_key_equal(&in->k, &before->k);
	in->hash = in->same ? before->hash
			    : flowcache_hash(l->fc, FLOWCACHE_IN, &in->k);
}

/* --- one packet --- */

static bool
is_syn(const struct lane_open *o, const struct lane_inner *in)
{
	return o->pkt[in->upper == 20 ? 9 : 6] == IPPROTO_TCP_ &&
	       (o->pkt[in->upper + LANEIP_TCP_FLAGS] & LANEIP_TCP_SYN) != 0;
}

static bool
is_between(const struct flowcache_entry *f, const uint8_t *h)
{
	if (h[0] >> 4 == 4)
		return f->src.fam == FAM_V4 &&
		       memcmp(f->src.b, h + 12, 4) == 0 &&
		       memcmp(f->dst.b, h + 16, 4) == 0;
	return f->src.fam == FAM_V6 && memcmp(f->src.b, h + 8, 16) == 0 &&
	       memcmp(f->dst.b, h + 24, 16) == 0;
}

/* What accept() has put off. */
static void
count(struct lane *l)
{
	struct path_stats *st = &l->p->stats;
	struct path_proto *c = &st->proto[0];
	uint64_t n = l->n_accepted;

	c->in_requests += n;
	c->crypto += n;
	c->crypto_async += st->queued ? n : 0;
	c->good_auth += l->n_authentic;
	st->esp_in += n;
	st->n[1][VERDICT_PASS] += n;
	l->stats.in_fast += n;
	l->n_accepted = l->n_authentic = 0;
}

/* As reflect_in(). What one flow's packets do at one time they need do once. */
static __attribute__((noinline)) void
reflect(struct lane *l, const struct sa *sa, const struct flowcache_entry *f)
{
	struct action a;

	a = reply_action(NULL, sa, false);
	reply_put(l->p->replies, &f->request, &a, l->now.mono);
	l->reflected = f;
}

/* False: the path has to see it. */
static bool
accept(struct lane *l, struct lane_open *o, const struct lane_inner *in,
    const uint8_t *head)
{
	struct sa *sa = o->sa;
	struct flowcache_entry *f;
	uint64_t seq, bytes = in->len - o->head;

	if (in->upper == 0 || is_syn(o, in))
		return false;
	/* the one before was accepted, and is of the same flow and head */
	f = in->same ? l->accepted : NULL;
	if (f == NULL || o->from != l->accepted_from) {
		f = flowcache_pick(l->fc, in->spot, &in->k, l->now.mono);
		if (f == NULL || f->esp != sa || f->ah != NULL ||
		    !is_between(f, head))
			return false;
	}
	l->accepted = f;
	l->accepted_from = o->from;
	/* others of this batch have moved the window, or the port, since */
	if (!is_from_port(l, sa, o->udp, o->sport) ||
	    !replay_check(&sa->replay, o->low, &seq) || seq != o->seq ||
	    (sa->replay.size != 0 && !sa_is_esn(sa) && seq == UINT32_MAX) ||
	    !sa_is_far(sa, 1, bytes))
		return false;
	/* RFC 4303 3.4.3: not before the ICV held */
	if (!replay_commit(&sa->replay, seq))
		return false;
	sa_account_run(sa, 1, bytes, l->now);
	if (f->c != NULL)
		conn_touch(l->p->conns, f->c, l->now.mono);
	if (f->reflects && f != l->reflected)
		reflect(l, sa, f);
	l->n_accepted++;
	l->n_authentic += o->authentic;
	if (f->e != NULL) {
		f->e->packets++;
		f->e->bytes += in->len;
	}
	coalesce_add(&l->co, f->tun, o->pkt, in->len, in->upper,
	    o->pkt[in->upper == 20 ? 9 : 6] == IPPROTO_TCP_ ? !l->off.tcp_runs
							    : !l->off.udp_runs);
	return true;
}

/* Are they of several SAs? The first and the last tell, mostly. */
static bool
is_many(const struct lane_pkt *pkts, size_t n)
{
	const struct lane_pkt *a = pkts, *b = pkts + n / 2, *c = pkts + n - 1;

	return n > 2 && a->n_esp >= ESP_HEAD && b->n_esp >= ESP_HEAD &&
	       c->n_esp >= ESP_HEAD &&
	       (get32(a->esp) != get32(c->esp) ||
		   get32(a->esp) != get32(b->esp));
}

void
lanein_packets(struct lane *l, const struct lane_pkt *pkts, size_t n)
{
	uint64_t epoch = flowcache_epoch(l->fc);
	struct lane_inner *in = l->inner;
	struct origin from = { .head = NULL };
	size_t n_ops = 0;
	bool many = is_many(pkts, n);

	l->at = 0;
	l->reflected = NULL;
	l->accepted = NULL;
	for (size_t i = 0; i < n; i++) {
		if (many)
			foresee(l, pkts, i, n, epoch);
		(void)prepare(l, &from, &l->open[i], &pkts[i], &n_ops);
	}
	if (n_ops != 0)
		aead_open(l->op, n_ops);
	for (size_t i = 0; i < n; i++)
		look_inside(l, &l->open[i], &in[i], i != 0 ? &in[i - 1] : NULL);
	for (size_t i = 0; i < n; i++)
		if (in[i].upper != 0)
			in[i].spot = in[i].same ? in[i - 1].spot
						: flowcache_spot(l->fc,
						      FLOWCACHE_IN, in[i].hash);
	for (size_t i = 0; i < n; i++) {
		/* what an earlier packet has changed may be what this one needs */
		if (epoch == flowcache_epoch(l->fc) &&
		    accept(l, &l->open[i], &in[i], pkts[i].head))
			continue;
		coalesce_flush(&l->co);
		count(l);
		l->accepted = NULL;
		l->reflected = NULL;
		l->stats.in_slow++;
		l->env.slow_in(l->env.ctx, &pkts[i]);
		lanework_turn(l);
		/* it may have been the first of a flow */
		for (size_t j = i + 1; j < n; j++)
			if (in[j].upper != 0 && in[j].spot == NULL)
				in[j].spot = flowcache_spot(
				    l->fc, FLOWCACHE_IN, in[j].hash);
	}
	coalesce_flush(&l->co);
	count(l);
}
