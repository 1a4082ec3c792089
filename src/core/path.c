/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path.h"

#include "core/ah.h"
#include "core/fit.h"
#include "core/flowcache.h"
#include "core/judge.h"
#include "core/larval.h"
#include "core/latch.h"
#include "core/mode.h"
#include "core/pieces.h"
#include "core/reflect.h"
#include "core/selfencap.h"
#include "core/shared.h"
#include "core/tally.h"
#include "core/tunnel.h"
#include "wire/srcroute.h"

enum {
	IKE_PORT = 500, /* RFC 7296 3.1; the other is tune.natt_port */
	IPPROTO_IGMP_ = 2,
	IPPROTO_PIM_ = 103,
	OUT = 0, /* of struct path_stats */
	IN = 1
};

/* Of what lanes of other threads count as well (core/lane.h). */
static void
count(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

/* The one way out: everything is counted here. */
static struct path_result
arrive(struct trip *t, unsigned dir, enum verdict v)
{
	t->r.verdict = v;
	t->p->stats.n[dir][v]++;
	t->r.esp = t->esp;
	t->r.ah = t->ah;
	if (t->e != NULL) {
		if (t->e->rule.priority != CONN_PRIORITY)
			t->r.rule = t->e->rule.index;
		if (verdict_is_drop(v)) {
			count(&t->e->drops, 1);
		} else if (v != VERDICT_HOLD) {
			count(&t->e->packets, 1);
			count(
			    &t->e->bytes, dir == OUT ? t->inner.len : t->v.len);
		}
	}
	if (verdict_is_drop(v) && t->blame != NULL)
		count(&t->blame->rest->drops, 1);
	if (v != VERDICT_PASS && t->r.to != PATH_SENDER && v != VERDICT_IKE) {
		t->r.to = PATH_NOWHERE;
		t->r.len = 0;
	}
	return t->r;
}

/* The packet as it is now is the result. */
static void
take_as_is(struct trip *t, enum path_to to)
{
	if (t->pkt != t->out)
		memcpy(t->out, t->pkt, t->v.len);
	t->r.len = t->v.len;
	t->r.to = to;
}

/*
 * in.iked's messages: they make the SAs that they would wait for (RFC 4301
 * 4.4.1, spec: policy 18.4). in.iked's end is always one of the two ports; the
 * peer's may be any, behind a NAT.
 */
static bool
is_ike(const struct trip *t)
{
	return t->tun[0] == '\0' && t->f.proto == IPPROTO_UDP_ &&
	       t->f.has_ports &&
	       (t->f.lport == IKE_PORT || t->f.lport == t->p->tune.natt_port);
}

/* Outbound. */

static enum verdict
send_clear(struct trip *t)
{
	enum verdict v;

	/* what a tunnel carries goes out only inside its own headers */
	if (t->tun[0] != '\0' && !t->wrapped && !tunnel_wrap(t))
		return VERDICT_SPD_NO_POLICY;
	v = fit_check(t, &t->v.dst, 0, fit_may_split(t));
	if (v != VERDICT_PASS)
		return v;
	take_as_is(t, PATH_WIRE);
	t->r.dst = t->v.dst;
	t->p->stats.clear_out++;
	return VERDICT_PASS;
}

/* Can this alternative's SAs be had? */
static bool
choose_sas(struct trip *t, const struct action *a)
{
	struct sadb *d = t->p->sadb;
	bool tunnel = t->e->rule.tunnel_mode;
	struct sadb_want w = { .tunnel = tunnel, .flow = &t->f, .act = a };
	struct flow outer = { .proto = IPPROTO_ESP_ };

	t->esp = t->ah = NULL;
	if (t->c != NULL)
		(void)conn_ids(t->c, &w.sid, &w.did);
	if (!tunnel) {
		w.src = t->v.src;
		w.dst = t->wrapped ? t->v.dst : t->final;
	} else if (t->iface != NULL) {
		/* several tunnels may carry the same inner addresses */
		w.src = t->iface->src;
		w.dst = t->iface->dst;
	} else {
		w.src = t->e->rule.end_local;
		w.dst = t->e->rule.end_remote;
	}
	if ((a->flags & ACT_ESP) != 0) {
		w.satype = SATYPE_ESP;
		w.reqid = t->e->rule.esp_reqid;
		if ((t->esp = sadb_outbound(d, &w)) == NULL)
			return false;
	}
	if ((a->flags & ACT_AH) == 0)
		return true;
	w.satype = SATYPE_AH;
	w.reqid = t->e->rule.ah_reqid;
	if (tunnel && t->esp != NULL) {
		w.src = t->esp->src;
		w.dst = t->esp->dst;
	}
	if (!tunnel || t->esp == NULL || t->e->rule.key_id == 0)
		t->ah = sadb_outbound(d, &w);
	/* RFC 4301 4.5: or AH between the tunnel's ends, over ESP's tunnel */
	if (t->ah == NULL && tunnel && t->esp != NULL) {
		outer.local = w.src;
		outer.remote = w.dst;
		w.flow = &outer;
		w.tunnel = false;
		t->ah = sadb_outbound(d, &w);
	}
	return t->ah != NULL;
}

/* Count the payload; a hard limit ends the SA and drops the packet. */
static enum verdict
use_sa(struct trip *t, struct sa *sa, size_t bytes)
{
	enum sa_check c = sa_account(sa, bytes, t->now);

	t->blame = sa;
	if (c != SA_OK)
		sadb_reached(t->p->sadb, sa, c);
	if (c != SA_HARD)
		return VERDICT_PASS;
	return sa->satype == SATYPE_AH ? VERDICT_AH_BYTES_EXPIRE
				       : VERDICT_ESP_BYTES_EXPIRE;
}

/* Bytes that the SA protects of the packet. */
static size_t
payload(const struct sa *sa, const struct ip_view *v)
{
	return sa_is_tunnel(sa) ? v->len : v->len - v->ins;
}

/* t->pkt through one SA into the other buffer, which becomes t->pkt. */
static enum verdict
seal(struct trip *t, struct sa *sa, uint8_t *buf)
{
	bool is_ah = sa->satype == SATYPE_AH;
	struct wr w = wr_into(buf, PATH_ROOM);
	struct seal_opts o = { .bundle = is_ah && t->esp != NULL };
	enum verdict v = use_sa(t, sa, payload(sa, &t->v));
	struct ip_new outer;
	uint8_t iv[16];
	uint64_t seq;

	if (v != VERDICT_PASS)
		return v;
	v = sa_next(sa, t->p->rng, &seq, iv);
	if (v != VERDICT_PASS) {
		/* RFC 4303 3.3.3: an SA without numbers is over */
		if (v != VERDICT_ESP_CRYPTO_FAILED)
			sadb_reached(t->p->sadb, sa, SA_HARD);
		return v;
	}
	if (sa_is_tunnel(sa) && !o.bundle)
		o.outer_id = t->p->ip_id++;
	if (sa_is_tunnel(sa) && !o.bundle && t->iface != NULL &&
	    mode_outer(&outer, sa, &t->v)) {
		tunnel_shape(t->iface, &outer, &t->v);
		outer.id = o.outer_id;
		o.outer = &outer;
	}
	v = is_ah ? ah_seal(sa, &w, t->pkt, &t->v, seq, iv, &o)
		  : esp_seal(sa, &w, t->pkt, &t->v, seq, iv, &o);
	if (v != VERDICT_PASS)
		return v;
	if (!ip_parse(&t->v, buf, w.len))
		return is_ah ? VERDICT_AH_BAD_INNER : VERDICT_ESP_BAD_INNER;
	t->r.seq = seq;
	t->pkt = buf;
	return VERDICT_PASS;
}

static size_t
overhead_of(const struct trip *t)
{
	size_t n = 0;

	if (t->esp != NULL)
		n += esp_overhead(t->esp);
	if (t->ah != NULL)
		n += ah_overhead(t->ah);
	/* one outer header, not two */
	if (t->esp != NULL && t->ah != NULL && sa_is_tunnel(t->ah))
		n -= t->ah->dst.fam == FAM_V6 ? 40 : 20;
	return n;
}

/* Figure 19-1: ESP, then AH; then the caller splits what is too long. */
static enum verdict
protect(struct trip *t)
{
	bool tunnel = t->e->rule.tunnel_mode;
	const struct sa *near = t->ah != NULL ? t->ah : t->esp;
	/* two layers from a packet of the caller's end in out without a copy */
	uint8_t *a =
	    t->esp != NULL && t->ah != NULL && !t->wrapped ? t->work : t->out;
	uint8_t *b = a == t->out ? t->work : t->out;
	struct path_stats *st = &t->p->stats;
	enum verdict v;

	v = fit_check(t, tunnel ? &near->dst : &t->v.dst, overhead_of(t),
	    fit_may_split(t) ||
		(tunnel && t->iface == NULL && near->df == DF_CLEAR));
	if (v != VERDICT_PASS)
		return v;
	if (t->esp != NULL) {
		v = tally_sealed(st, t->esp, seal(t, t->esp, a));
		if (v != VERDICT_PASS)
			return v;
		t->p->stats.esp_out++;
	}
	if (t->ah != NULL) {
		v = tally_sealed(
		    st, t->ah, seal(t, t->ah, t->esp != NULL ? b : a));
		if (v != VERDICT_PASS)
			return v;
		t->p->stats.ah_out++;
	}
	take_as_is(t, PATH_WIRE);
	t->r.dst = t->v.dst;
	return VERDICT_PASS;
}

/* s; in Solaris the record is ESP's when ESP is wanted, else AH's. */
static uint32_t
acquire_timeout(const struct path_tune *tune, const struct rule *r)
{
	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_IPSEC &&
		    (r->actions[i].flags & ACT_ESP) != 0)
			return tune->acquire_timeout;
	return tune->ah_acquire_timeout != 0 ? tune->ah_acquire_timeout
					     : tune->acquire_timeout;
}

/* Of what sockets ask for, beside versions of the SPD. */
#define OWN_VERSION UINT64_MAX

/* No SA: ask for it, once for all packets that want the same (RFC 2367 3.1.6). */
static enum verdict
acquire(struct trip *t)
{
	struct path *p = t->p;
	struct rule one = t->e->rule;
	const struct rule *r = &one;
	struct larval_key k = { .version = spd_version(p->spd),
		.rule = r->index,
		.via = p->via,
		.by_key = t->e->rule.key_id != 0 };
	struct addr src = t->v.src, dst = t->wrapped ? t->v.dst : t->final;
	unsigned from, to;
	enum verdict v;
	uint32_t seq;

	memcpy(k.tun, t->from, strnlen(t->from, sizeof(k.tun) - 1));
	latch_range(t, RULE_OUT, &from, &to);
	one.actions += from;
	one.n_actions = (uint16_t)(to - from);
	if (r->priority == CONN_PRIORITY)
		k.version = OWN_VERSION;
	if (r->tunnel_mode) {
		src = r->end_local;
		dst = r->end_remote;
		if (t->iface != NULL) {
			src = t->iface->src;
			dst = t->iface->dst;
		}
	}
	k.src = src;
	k.dst = dst;
	for (unsigned i = 0; i < r->n_actions; i++)
		if ((r->actions[i].flags & ACT_UNIQUE) != 0) {
			k.proto = t->f.proto;
			k.sport = t->f.lport;
			k.dport = t->f.rport;
		}
	v = larval_hold(p->larval, &k, t->inner_pkt, t->inner.len, t->now.mono,
	    acquire_timeout(&p->tune, r), &seq, &p->stats);
	if (v != VERDICT_HOLD || seq == 0)
		return v;
	tally_acquire(&p->stats, r);
	if (p->env.acquire(p->env.ctx, seq, r, &t->f, &src, &dst))
		return VERDICT_HOLD;
	larval_cancel(p->larval, seq);
	return VERDICT_SADB_NO_KM;
}

/* Policy 18.3: the first alternative that can be had. */
static enum verdict
apply_rule(struct trip *t)
{
	const struct rule *r = &t->e->rule;
	unsigned i, to;

	if (r->actions[0].type == ACT_DROP)
		return VERDICT_SPD_EXPLICIT;
	/* policy 26: in transport mode the SA is between the tunnel's ends */
	if (t->tun[0] != '\0' && !r->tunnel_mode && !tunnel_wrap(t))
		return VERDICT_SPD_NO_POLICY;
	for (latch_range(t, RULE_OUT, &i, &to); i < to; i++) {
		const struct action *a = &r->actions[i];

		if (a->type == ACT_PASS) {
			/* one of two SAs may have been there */
			t->esp = t->ah = NULL;
			return send_clear(t);
		}
		if (a->type != ACT_IPSEC)
			break;
		/* RFC 4301 7: transport mode is for whole datagrams */
		if (t->v.frag && !r->tunnel_mode)
			return VERDICT_SPD_MALFORMED_FRAG;
		if (choose_sas(t, a)) {
			if ((a->flags & ACT_SELFENCAP) != 0 &&
			    !selfencap_wrap(t))
				return VERDICT_SPD_MALFORMED_PACKET;
			latch_sent(t, i);
			return protect(t);
		}
	}
	t->esp = t->ah = NULL;
	return acquire(t);
}

static enum verdict
out_packet(struct trip *t, size_t n)
{
	enum verdict v;

	if (!ip_parse(&t->v, t->pkt, n) ||
	    !srcroute_final(&t->final, &t->v, t->pkt))
		return VERDICT_SPD_MALFORMED_PACKET;
	t->inner = t->v;
	ip_flow(&t->f, &t->v, t->pkt, true);
	t->f.remote = t->final;
	if (t->tun[0] != '\0') {
		v = tunnel_enter(t);
		if (v != VERDICT_PASS)
			return v;
	}
	if (!t->p->tune.ike_is_judged && is_ike(t))
		return send_clear(t);
	pieces_flow(t);
	if (pieces_wanted(t, t->tun, RULE_OUT))
		return pieces_hold(t, false);
	if (trip_is_undecidable(t, RULE_OUT))
		return VERDICT_SPD_MALFORMED_FRAG;
	v = reflect_out(t);
	if (v != VERDICT_PASS)
		return v;
	if (t->e != NULL)
		return reflect_held(t, apply_rule(t));
	return t->tun[0] == '\0' ? send_clear(t) : VERDICT_SPD_NO_POLICY;
}

struct path_result
path_out(struct path *p, uint8_t *out, uint8_t *work, const char *tun,
    const uint8_t *pkt, size_t n, struct now now)
{
	bool own = strcmp(tun, PATH_OWN) == 0;
	struct trip t = { .p = p,
		.r = { .tun = "" },
		.now = now,
		.out = out,
		.work = work,
		.tun = own ? "" : tun,
		.own = own,
		.from = tun,
		.pkt = pkt,
		.inner_pkt = pkt };

	(void)arrive(&t, OUT, out_packet(&t, n));
	flowcache_learn_out(&t);
	return t.r;
}

struct path_result
path_out_known(struct path *p, uint8_t *out, uint8_t *work,
    const struct flowcache_entry *f, const char *tun, const uint8_t *pkt,
    size_t n, struct now now)
{
	enum verdict v = VERDICT_SPD_MALFORMED_PACKET;
	struct trip t = { .p = p,
		.r = { .tun = "" },
		.now = now,
		.out = out,
		.work = work,
		.tun = tun,
		.from = tun,
		.pkt = pkt,
		.inner_pkt = pkt,
		.e = f->e,
		.c = f->c,
		.esp = f->esp,
		.ah = f->ah,
		.iface = f->iface };

	if (ip_parse(&t.v, pkt, n)) {
		t.inner = t.v;
		t.final = t.v.dst;
		if (t.c != NULL)
			conn_touch(p->conns, t.c, now.mono);
		v = protect(&t);
	}
	return arrive(&t, OUT, v);
}

/* Inbound. */

/* Where a protected packet is in its opening. */
struct layer {
	struct sa *sa;
	bool is_ah;
	struct ah_head ah;
	struct esp_head esp;
	uint64_t seq;
};

/* The SA that the packet names, in a state to be used, and its window's word. */
static enum verdict
find_sa(struct trip *t, struct layer *l)
{
	uint8_t type = l->is_ah ? SATYPE_AH : SATYPE_ESP;
	uint32_t spi = l->is_ah ? l->ah.spi : l->esp.spi;
	uint32_t low = l->is_ah ? l->ah.seq_low : l->esp.seq_low;
	struct sa *sa =
	    sadb_inbound(t->p->sadb, type, spi, &t->v.src, &t->v.dst);

	if (sa == NULL)
		return l->is_ah ? VERDICT_AH_NO_SA : VERDICT_ESP_NO_SA;
	t->blame = sa;
	/* a layer that is off has used its number: it cannot come again */
	if (sa->state == SA_LARVAL && t->ah == NULL && t->esp == NULL)
		return larval_hold_in(t->p->larval, sa, t->pkt, t->v.len,
		    t->now.mono, sadb_tuning(t->p->sadb, type)->larval_timeout,
		    &t->p->stats);
	if (!sa_is_live(sa))
		return l->is_ah ? VERDICT_AH_NO_SA : VERDICT_ESP_NO_SA;
	if (!l->is_ah && l->esp.udp != sa_is_natt(sa))
		return VERDICT_ESP_NAT_T_IPSEC;
	l->sa = sa;
	if (!shared_is_fresh(sa, low, &l->seq))
		return l->is_ah ? VERDICT_AH_EARLY_REPLAY
				: VERDICT_ESP_EARLY_REPLAY;
	return VERDICT_PASS;
}

/*
 * RFC 7296 2.23: an authentic packet from another port of the peer's NAT: that
 * is where it is to be answered. Both SAs of the pair follow.
 */
static void
follow_port(struct trip *t, const struct layer *l)
{
	struct sa *sa = l->sa, *other;
	uint16_t port = sa->natt_rport;

	if (l->is_ah || !l->esp.udp || (sa->flags & SAF_NATT_REM) == 0)
		return;
	if (l->esp.sport == (port != 0 ? port : t->p->tune.natt_port))
		return;
	sadb_changing(sadb_hook(t->p->sadb));
	sa->natt_rport = l->esp.sport;
	if ((other = sadb_pair(t->p->sadb, sa)) != NULL)
		other->natt_rport = l->esp.sport;
	t->p->stats.natt_renumbers++;
}

/* The packet was authentic: window, lifetimes, counters. */
static enum verdict
commit(struct trip *t, const struct layer *l, enum verdict opened)
{
	struct sa *sa = l->sa;
	enum verdict v;

	/* RFC 4303 3.4.3: not before the ICV held */
	if (!shared_commit(sa, l->seq))
		return l->is_ah ? VERDICT_AH_REPLAY : VERDICT_ESP_REPLAY;
	follow_port(t, l);
	v = use_sa(t, sa, opened == VERDICT_PASS ? payload(sa, &t->v) : 0);
	/* sa 21: the last number; the SA takes no more */
	if (sa->replay.size != 0 && !sa_is_esn(sa) && l->seq == UINT32_MAX)
		sadb_reached(t->p->sadb, sa, SA_HARD);
	if (v != VERDICT_PASS)
		return v;
	if (l->is_ah)
		t->p->stats.ah_in++;
	else
		t->p->stats.esp_in++;
	return opened;
}

static enum verdict
peek(struct trip *t, struct layer *l)
{
	if (l->is_ah)
		return ah_peek(&l->ah, t->pkt, &t->v);
	return esp_peek(&l->esp, t->pkt, &t->v, t->p->tune.natt_port);
}

static enum verdict
open_with(
    const struct trip *t, const struct layer *l, uint8_t *buf, struct wr *w)
{
	*w = wr_into(buf, PATH_ROOM);
	return l->is_ah ? ah_open(l->sa, w, t->pkt, &t->v, &l->ah, l->seq)
			: esp_open(l->sa, w, t->pkt, &t->v, &l->esp, l->seq);
}

static bool
is_bad_auth(enum verdict v)
{
	return v == VERDICT_AH_BAD_AUTH || v == VERDICT_ESP_BAD_AUTH;
}

/* One protocol off t->pkt; buf becomes t->pkt. */
static enum verdict
open_layer(struct trip *t, bool is_ah, uint8_t *buf)
{
	struct layer l = { .is_ah = is_ah };
	struct wr w;
	struct ip_view before = t->v;
	enum verdict v = peek(t, &l);

	if (v == VERDICT_PASS)
		v = find_sa(t, &l);
	if (v != VERDICT_PASS)
		return v;
	if (t->ah == NULL && t->esp == NULL)
		t->r.seq = l.seq;
	l.esp.any_padding = t->p->tune.padding_check < 2;
	v = open_with(t, &l, buf, &w);
	if (is_bad_auth(v) &&
	    shared_missed(l.sa, t->p->tune.esn_resync, &l.seq))
		v = open_with(t, &l, buf, &w);
	tally_checked(&t->p->stats, l.sa, v);
	if (is_ah)
		t->ah = l.sa;
	else
		t->esp = l.sa;
	if (v != VERDICT_PASS && v != VERDICT_DUMMY)
		return v;
	if (v == VERDICT_PASS) {
		if (!ip_parse(&t->v, buf, w.len))
			return is_ah ? VERDICT_AH_BAD_INNER
				     : VERDICT_ESP_BAD_INNER;
		t->pkt = buf;
		/* AH over ESP of the same tunnel took no header off */
		if (sa_is_tunnel(l.sa) &&
		    !(is_ah && l.ah.next == IPPROTO_ESP_)) {
			t->tunnel = true;
			t->outer = before;
		}
	}
	return commit(t, &l, v);
}

static bool
is_encapsulated(const struct trip *t)
{
	struct flow f;

	if (t->v.proto != IPPROTO_UDP_ || t->v.frag)
		return false;
	ip_flow(&f, &t->v, t->pkt, false);
	return f.has_ports && f.lport == t->p->tune.natt_port;
}

/*
 * Figure 19-2: AH, then ESP. The other order is opened too; policy then sees
 * that both are there. What a tunnel carried is not opened here: it may not be
 * ours, and comes back when it is.
 */
static enum verdict
open_all(struct trip *t)
{
	uint8_t *buf = t->out, *spare = t->work, *swap;
	bool natt = is_encapsulated(t);

	while (!t->tunnel) {
		bool is_ah = t->v.proto == IPPROTO_AH_ && t->ah == NULL;
		bool is_esp =
		    (t->v.proto == IPPROTO_ESP_ || natt) && t->esp == NULL;
		enum verdict v;

		if (!is_ah && !is_esp)
			break;
		v = tally_opened(
		    &t->p->stats, is_ah, open_layer(t, is_ah, buf));
		if (v != VERDICT_PASS)
			return v;
		natt = false;
		swap = buf;
		buf = spare;
		spare = swap;
	}
	return VERDICT_PASS;
}

/* Policy 19, first row; a packet that no rule speaks of. */
static enum verdict
judge_unruled(const struct trip *t)
{
	bool secure = t->ah != NULL || t->esp != NULL;

	if (secure && spd_has(t->p->spd, t->tun, RULE_IN, t->f.local.fam))
		return VERDICT_SPD_GOT_SECURE;
	return VERDICT_PASS;
}

/* Policy 20, tunables. */
static bool
is_accepted_clear(const struct trip *t)
{
	const struct path_tune *tune = &t->p->tune;

	return (t->f.proto == IPPROTO_IGMP_ &&
		   tune->igmp_accept_clear_messages) ||
	       (t->f.proto == IPPROTO_PIM_ && tune->pim_accept_clear_messages);
}

static enum verdict
judge_host(struct trip *t)
{
	struct judge_case c = { .ah = t->ah, .esp = t->esp, .f = &t->f };
	bool clear = t->ah == NULL && t->esp == NULL;
	struct flow quoted;
	enum verdict v;

	t->tun = "";
	c.selfencap = t->selfencap;
	c.bad_selfencap = t->bad_selfencap;
	if (clear && (is_ike(t) || is_accepted_clear(t)))
		return VERDICT_PASS;
	if (trip_is_undecidable(t, RULE_IN))
		return VERDICT_SPD_MALFORMED_FRAG;
	latch_in(t);
	trip_ask_kspd(t, RULE_IN);
	if (!clear && t->e != NULL && t->e->rule.tunnel_mode)
		return VERDICT_SPD_NO_POLICY;
	if (!clear)
		latch_accept_quoted(t, &quoted, &c);
	if (t->e != NULL)
		return latch_judge(t, &c);
	v = judge_unruled(t);
	return v == VERDICT_PASS ? judge_selectors(&c) : v;
}

static enum verdict
in_packet(struct trip *t, size_t n)
{
	enum verdict v;

	if (!ip_parse(&t->v, t->pkt, n))
		return VERDICT_SPD_MALFORMED_PACKET;
	v = open_all(t);
	if (v == VERDICT_IKE)
		take_as_is(t, PATH_HOST);
	if (v != VERDICT_PASS)
		return v;
	ip_flow(&t->f, &t->v, t->pkt, false);
	if (t->tunnel)
		v = tunnel_judge(t);
	else if (!tunnel_unwrap(t, judge_host, &v)) {
		selfencap_open(t);
		v = judge_host(t);
	}
	if (v != VERDICT_PASS)
		return v;
	if (t->ah == NULL && t->esp == NULL)
		t->p->stats.clear_in++;
	else
		reflect_in(t);
	t->r.tun = t->tun;
	take_as_is(t, PATH_HOST);
	return VERDICT_PASS;
}

struct path_result
path_in(struct path *p, uint8_t *out, uint8_t *work, const uint8_t *pkt,
    size_t n, struct now now)
{
	struct trip t = { .p = p,
		.r = { .tun = "" },
		.now = now,
		.out = out,
		.work = work,
		.tun = "",
		.pkt = pkt };

	(void)arrive(&t, IN, in_packet(&t, n));
	flowcache_learn_in(&t);
	return t.r;
}

/* It was opened when it came; what remains is policy. */
static enum verdict
in_piece(struct trip *t, const struct fragcache_piece *piece)
{
	enum verdict v;

	if (!ip_parse(&t->v, t->pkt, piece->len))
		return VERDICT_SPD_MALFORMED_PACKET;
	v = pieces_resume(t, &piece->key);
	if (v != VERDICT_PASS)
		return v;
	ip_flow(&t->f, &t->v, t->pkt, false);
	pieces_flow(t);
	v = tunnel_judge(t);
	if (v != VERDICT_PASS)
		return v;
	t->r.tun = t->tun;
	take_as_is(t, PATH_HOST);
	return VERDICT_PASS;
}

struct path_result
path_piece(struct path *p, uint8_t *out, uint8_t *work,
    const struct fragcache_piece *piece, struct now now)
{
	struct trip t = { .p = p,
		.r = { .tun = "" },
		.now = now,
		.out = out,
		.work = work,
		.tun = piece->key.tun,
		.from = piece->key.tun,
		.pkt = piece->pkt,
		.inner_pkt = piece->pkt,
		.whole = &piece->flow };

	if (piece->key.inbound)
		return arrive(&t, IN, in_piece(&t, piece));
	return arrive(&t, OUT, out_packet(&t, piece->len));
}
