/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/lanein.h"

#include "core/coalesce.h"
#include "core/mode.h"
#include "core/natt.h"
#include "core/shared.h"

enum { ESP_HEAD = 8, ESP_TRAILER = 2, ECN_MASK = 3, ECT_1 = 1, ECN_CE = 3 };

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
is_again(const struct lane_origin *o, const struct lane_pkt *k)
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
read_head(struct lane *l, struct lane_origin *o, const struct lane_pkt *k)
{
	const uint8_t *h = k->head;
	uint32_t number = o->number + 1;
	uint8_t proto;

	*o = (struct lane_origin){ .tos = laneip_tos(h), .number = number };
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

/* Of a guest: the first of some, in any of which it may be. */
static struct lane_sad *
slot_of(const struct lane *l, uint32_t spi)
{
	uint32_t i = (spi * UINT32_C(2654435761) >> 20) & (LANE_SADS - 1);

	return &l->sad[l->guest ? i & ~(LANE_SAD_WAYS - 1u) : i];
}

static bool
is_sad(const struct lane_sad *s, const struct lane_sad *k)
{
	return s->epoch == k->epoch && s->spi == k->spi &&
	       s->src[0] == k->src[0] && s->src[1] == k->src[1] &&
	       s->dst[0] == k->dst[0] && s->dst[1] == k->dst[1] &&
	       s->fam == k->fam;
}

static struct sa *
find_known(const struct lane *l, const struct lane_sad *k)
{
	const struct lane_sad *s = slot_of(l, k->spi);

	for (int i = 0; i < LANE_SAD_WAYS; i++)
		if (is_sad(&s[i], k))
			return s[i].sa;
	return NULL;
}

static struct sa *
find_sa(struct lane *l, const uint8_t *h, bool v6, uint32_t spi)
{
	struct lane_sad k = {
		.epoch = flowcache_epoch(l->fc), .spi = spi, .fam = v6 ? 6 : 4
	};
	struct addr from, to;
	struct lane_sad *s = slot_of(l, spi);

	if (v6) {
		memcpy(k.src, h + 8, 16);
		memcpy(k.dst, h + 24, 16);
	} else {
		memcpy(k.src, h + 12, 4);
		memcpy(k.dst, h + 16, 4);
	}
	if (l->guest)
		return find_known(l, &k);
	if (is_sad(s, &k))
		return s->sa;
	from = v6 ? addr_v6(h + 8) : addr_v4(h + 12);
	to = v6 ? addr_v6(h + 24) : addr_v4(h + 16);
	k.sa = sadb_inbound(l->p->sadb, SATYPE_ESP, spi, &from, &to);
	*s = k;
	return s->sa;
}

void
lanein_know(struct lane *l, struct sa *sa, const struct addr *src,
    const struct addr *dst)
{
	struct lane_sad k = { .epoch = flowcache_epoch(l->fc),
		.sa = sa,
		.spi = sa->spi,
		.fam = dst->fam == FAM_V6 ? 6 : 4 };
	struct lane_sad *s = slot_of(l, k.spi), *at = NULL;

	memcpy(k.src, src->b, k.fam == 6 ? 16 : 4);
	memcpy(k.dst, dst->b, k.fam == 6 ? 16 : 4);
	for (int i = 0; i < LANE_SAD_WAYS; i++)
		if (s[i].epoch != k.epoch || is_sad(&s[i], &k))
			at = &s[i];
	/* one of them makes room, another one each time */
	if (at == NULL)
		at = &s[l->turn % LANE_SAD_WAYS];
	*at = k;
}

/* Does it come from where its answers go? Else the path follows it (RFC 7296 2.23). */
static bool
is_from_port(const struct lane *l, const struct sa *sa, bool udp, uint16_t port)
{
	uint16_t is = sa->natt_rport;

	return !udp || (sa->flags & SAF_NATT_REM) == 0 ||
	       port == (is != 0 ? is : l->p->tune.natt_port);
}

/* Is it an SA whose packets are opened here, coming in this way? */
static bool
may_open(const struct lane *l, const struct lane_origin *o, const struct sa *sa)
{
	return sa != NULL && sa_is_live(sa) && sa->aead != NULL &&
	       sa_is_natt(sa) == o->udp &&
	       is_from_port(l, sa, o->udp, o->sport);
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return be32toh(v);
}

/* Do checksums of packets with such a header hold for other addresses? */
static bool
is_altered(const struct lane_origin *o, const uint8_t *h, const struct sa *sa)
{
	struct addr src = o->ip == 20 ? addr_v4(h + 12) : addr_v6(h + 8);
	struct addr dst = o->ip == 20 ? addr_v4(h + 16) : addr_v6(h + 24);

	return natt_alters(&src, &dst, sa);
}

/* The packets that follow are of this SPI. */
static void
adopt(struct lane *l, struct lane_origin *o, const uint8_t *h, uint32_t spi)
{
	struct sa *sa = spi != 0 ? find_sa(l, h, o->ip == 40, spi) : NULL;
	const struct aead_info *ai;

	o->spi = spi;
	o->sa = NULL;
	if (!may_open(l, o, sa))
		return;
	ai = aead_info(sa->aead);
	if ((ai->align & (ai->align - 1)) != 0)
		return;
	o->sa = sa;
	o->front = (uint8_t)(ESP_HEAD + ai->iv_len);
	o->icv = ai->icv_len;
	o->mask = (uint8_t)(ai->align - 1u);
	o->esn = sa_is_esn(sa);
	o->authentic = ai->icv_len != 0;
	o->keeps = sa_is_tunnel(sa) ? 0 : o->ip;
	o->alters = o->keeps != 0 && o->udp && is_altered(o, h, sa);
}

/* The packet's place and operation. False: it goes slow. */
static bool
prepare(struct lane *l, struct lane_origin *from, struct lane_open *o,
    const struct lane_pkt *k, size_t *n_ops)
{
	struct aead_op *op = &l->op[*n_ops];
	const uint8_t *e = k->esp;
	struct sa *sa;
	uint32_t spi;
	size_t n;

	o->sa = NULL;
	if (k->n_esp < ESP_HEAD)
		return false;
	if (!is_again(from, k) && !read_head(l, from, k))
		return false;
	spi = get32(e);
	if (spi != from->spi)
		adopt(l, from, k->head, spi);
	sa = from->sa;
	if (sa == NULL)
		return false;
	n = k->n_esp - (size_t)from->front - from->icv;
	o->low = get32(e + 4);
	if (k->n_esp < (size_t)from->front + from->icv + ESP_TRAILER ||
	    (n & from->mask) != 0 || !shared_is_fresh(sa, o->low, &o->seq))
		return false;
	o->sa = sa;
	o->from = from->number;
	o->op = (uint16_t)(*n_ops)++;
	o->sport = from->sport;
	o->head = from->keeps;
	o->tos = from->tos;
	o->udp = from->udp;
	o->authentic = from->authentic;
	o->alters = from->alters;
	o->pkt = l->in[l->turned] + l->at;
	/* the end of one and the start of the next share no line */
	l->at += (o->head + n + 127) & ~(size_t)63;
	if (o->head != 0)
		laneip_copy(o->pkt, k->head, o->head);
	op->key = sa->aead;
	op->hdr = e;
	op->esn = from->esn;
	op->seq_hi = (uint32_t)(o->seq >> 32);
	op->iv = e + ESP_HEAD;
	op->in = e + from->front;
	op->out = o->pkt + o->head;
	op->len = n;
	/* only read, like all of it */
	op->icv = (uint8_t *)(uintptr_t)(e + k->n_esp - from->icv);
	op->ok = false;
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

/* RFC 4303 2.4: the pad bytes, which end at `end`, count from 1. */
static bool
is_padding(const uint8_t *end, size_t pad)
{
	const uint8_t *p = end - pad;
	uint8_t diff = 0;

	for (size_t i = 0; i < pad; i++)
		diff |= (uint8_t)(p[i] ^ (i + 1));
	return diff == 0;
}

/* The same, where 8 bytes before the end may be read. */
static bool
is_short_padding(const uint8_t *end, size_t pad)
{
	uint64_t w;

	if (pad == 0)
		return true;
	memcpy(&w, end - 8, 8);
	return (le64toh(w) ^ UINT64_C(0x0807060504030201) << (64 - 8 * pad)) >>
		   (64 - 8 * pad) ==
	       0;
}

/* RFC 4303 2.4. False: something is wrong, or it is a dummy. */
static bool
unpad(const uint8_t *text, size_t n, bool any, size_t *used, uint8_t *next)
{
	const uint8_t *end = text + n - ESP_TRAILER;
	size_t pad = end[0];

	if (pad + ESP_TRAILER > n)
		return false;
	*used = n - ESP_TRAILER - pad;
	*next = end[1];
	if (!any &&
	    !(pad <= 8 && n >= ESP_TRAILER + 8 ? is_short_padding(end, pad)
					       : is_padding(end, pad)))
		return false;
	return *next != IPPROTO_NONE_;
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
	return !o->alters || fix_checksum(o->pkt, *len, o->sa);
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
	in->syn = o->pkt[upper == 20 ? 9 : 6] == IPPROTO_TCP_ &&
		  (o->pkt[upper + LANEIP_TCP_FLAGS] & LANEIP_TCP_SYN) != 0;
	in->same = before != NULL && before->upper == upper &&
		   o[-1].sa == o->sa &&
		   laneip_same_flow(o->pkt, o[-1].pkt, upper);
	if (in->same) {
		in->key = before->key;
		in->hash = before->hash;
		return;
	}
	flowcache_key(&in->own, o->pkt, o->pkt + upper,
	    o->pkt[upper == 20 ? 9 : 6], flowcache_sas(o->sa, NULL));
	in->key = &in->own;
	in->hash = flowcache_hash(l->fc, FLOWCACHE_IN, in->key);
}

/* --- one packet --- */

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

/* What accept_run() has put off. */
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

/* What the path has decided of packet i. NULL: the path has to see it. */
static struct flowcache_entry *
entry_of(struct lane *l, size_t i, const uint8_t *head)
{
	const struct lane_open *o = &l->open[i];
	struct lane_inner *in = &l->inner[i];
	struct flowcache_entry *f;

	/* the one before was accepted, and is of the same flow and head */
	if (in->same && l->accepted != NULL && o->from == l->accepted_from)
		return l->accepted;
	f = flowcache_pick(l->fc, in->spot, in->key, l->now.mono);
	if (f == NULL || f->esp != o->sa || f->ah != NULL ||
	    !is_between(f, head))
		return NULL;
	flowcache_note(l->fc, f);
	l->accepted = f;
	l->accepted_from = o->from;
	return f;
}

/* How many from packet i on are of one flow and head, with numbers in a row? */
static uint32_t
in_a_row(const struct lane *l, size_t i, size_t n, uint64_t *bytes)
{
	const struct lane_open *o = &l->open[i];
	const struct lane_inner *in = &l->inner[i];
	uint32_t k = 1;

	*bytes = in->len - o->head;
	for (; i + k < n && in[k].upper != 0 && in[k].same && !in[k].syn &&
	       o[k].from == o->from && o[k].seq == o->seq + k;
	     k++)
		*bytes += in[k].len - o->head;
	return k;
}

/* May k packets from o on, with numbers in a row, be accepted at once? */
static bool
may_accept(const struct lane_open *o, uint32_t k, uint64_t bytes)
{
	const struct sa *sa = o->sa;
	uint64_t seq;

	return replay_is_ahead(&sa->replay, o->low, &seq) && seq == o->seq &&
	       (sa_is_esn(sa) || seq + k <= UINT32_MAX) &&
	       sa_is_far(sa, k, bytes);
}

static bool
accept_one(struct sa *sa, const struct lane_open *o, uint64_t bytes)
{
	uint64_t seq;

	return replay_check(&sa->replay, o->low, &seq) && seq == o->seq &&
	       (sa->replay.size == 0 || sa_is_esn(sa) || seq != UINT32_MAX) &&
	       sa_is_far(sa, 1, bytes) && replay_commit(&sa->replay, seq);
}

/* To the device. */
static void
hand_over(struct lane *l, size_t i, uint32_t k, const char *tun)
{
	for (; k != 0; i++, k--) {
		const struct lane_inner *in = &l->inner[i];
		uint8_t *p = l->open[i].pkt;
		bool tcp = p[in->upper == 20 ? 9 : 6] == IPPROTO_TCP_;

		if (in->same && l->waits)
			coalesce_again(&l->co, p, in->len);
		else
			coalesce_add(&l->co, tun, p, in->len, in->upper,
			    tcp ? !l->off.tcp_runs : !l->off.udp_runs);
		l->waits = true;
	}
}

/* Packets from i on that are accepted. 0: the path has to see this one. */
static uint32_t
accept_run(struct lane *l, size_t i, size_t n, const uint8_t *head)
{
	struct lane_open *o = &l->open[i];
	struct sa *sa = o->sa;
	struct flowcache_entry *f;
	uint64_t bytes;
	uint32_t k;

	if (l->inner[i].upper == 0 || l->inner[i].syn ||
	    (f = entry_of(l, i, head)) == NULL ||
	    !is_from_port(l, sa, o->udp, o->sport))
		return 0;
	k = in_a_row(l, i, n, &bytes);
	shared_enter(sa);
	/* others of this batch, or threads, may have moved the window since */
	if (may_accept(o, k, bytes)) {
		/* RFC 4303 3.4.3: not before the ICV held */
		replay_commit_run(&sa->replay, o->seq, k);
	} else {
		bytes = l->inner[i].len - o->head;
		k = accept_one(sa, o, bytes) ? 1 : 0;
	}
	if (k != 0)
		sa_account_run(sa, k, bytes, l->now);
	shared_leave(sa);
	if (k == 0)
		return 0;
	if (f->c != NULL)
		conn_touch(l->p->conns, f->c, l->now.mono);
	if (f->reflects && f != l->reflected)
		reflect(l, sa, f);
	l->n_accepted += k;
	l->n_authentic += o->authentic ? k : 0;
	if (f->e != NULL) {
		lanework_add(l, &f->e->packets, k);
		lanework_add(l, &f->e->bytes, bytes + (uint64_t)k * o->head);
	}
	hand_over(l, i, k, f->tun);
	return k;
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

/* Packet i goes to the path, and has no part in what is known of others. */
static void
give_back(struct lane *l, const struct lane_pkt *pkts, size_t i, size_t n)
{
	struct lane_inner *in = l->inner;

	coalesce_flush(&l->co);
	count(l);
	l->accepted = NULL;
	l->reflected = NULL;
	l->waits = false;
	l->stats.in_slow++;
	l->env.slow_in(l->env.ctx, &pkts[i]);
	lanework_turn(l);
	/* it may have been the first of a flow */
	for (size_t j = i + 1; j < n; j++)
		if (in[j].upper != 0 && in[j].spot == NULL)
			in[j].spot =
			    flowcache_spot(l->fc, FLOWCACHE_IN, in[j].hash);
}

static void
open_all(struct lane *l, const struct lane_pkt *pkts, size_t n, uint64_t epoch)
{
	struct lane_inner *in = l->inner;
	struct lane_origin from = { .head = NULL };
	size_t n_ops = 0;
	bool many = is_many(pkts, n);

	for (size_t i = 0; i < n; i++) {
		if (many)
			foresee(l, pkts, i, n, epoch);
		if (l->off.fast)
			l->open[i].sa = NULL;
		else
			(void)prepare(l, &from, &l->open[i], &pkts[i], &n_ops);
	}
	if (n_ops != 0)
		lanework_open(l, n_ops);
	for (size_t i = 0; i < n; i++)
		look_inside(l, &l->open[i], &in[i], i != 0 ? &in[i - 1] : NULL);
	for (size_t i = 0; i < n; i++)
		if (in[i].upper != 0)
			in[i].spot = in[i].same ? in[i - 1].spot
						: flowcache_spot(l->fc,
						      FLOWCACHE_IN, in[i].hash);
}

void
lanein_packets(struct lane *l, const struct lane_pkt *pkts, size_t n)
{
	uint64_t epoch = flowcache_epoch(l->fc);
	uint32_t k;

	l->at = 0;
	l->turned = !l->turned;
	/* where the packets before the last ones are will be written to */
	coalesce_turn(&l->co);
	l->reflected = NULL;
	l->accepted = NULL;
	l->waits = false;
	open_all(l, pkts, n, epoch);
	for (size_t i = 0; i < n; i += k) {
		/* what an earlier packet has changed may be what this one needs */
		k = epoch == flowcache_epoch(l->fc)
			? accept_run(l, i, n, pkts[i].head)
			: 0;
		if (k == 0) {
			give_back(l, pkts, i, n);
			k = 1;
		}
	}
	count(l);
}

void
lanein_end(struct lane *l)
{
	coalesce_flush(&l->co);
}
