/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tunnel.h"

#include "core/judge.h"
#include "core/mode.h"
#include "core/pieces.h"
#include "wire/encaplimit.h"
#include "wire/pfpolicy.h"

enum {
	TTL = 64,	/* services 7: thoplimit */
	V6_LEAST = 1280 /* RFC 8200 5 */
};

/* --- outbound --- */

static const struct path_tunnel *
find(const struct trip *t, const char *name)
{
	const struct path_env *env = &t->p->env;

	return env->tunnel != NULL ? env->tunnel(env->ctx, name) : NULL;
}

static bool
has_ends(const struct path_tunnel *i)
{
	return i != NULL && !addr_is_unspec(&i->src) &&
	       !addr_is_unspec(&i->dst);
}

/*
 * RFC 2473 4.1.1: a packet that may go into no further tunnel is dropped, and
 * the tunnel it is in already told so; else the outer header has one less.
 */
static enum verdict
check_limit(struct trip *t)
{
	const struct ip_view *v = &t->v;
	struct wr w = wr_into(t->out, PATH_ROOM);
	size_t at;

	t->limit = t->iface != NULL ? t->iface->limit : 0;
	if (!encaplimit_find(v, t->pkt, &at))
		return VERDICT_PASS;
	if (t->pkt[at] != 0) {
		t->limit = (uint8_t)(t->pkt[at] - 1);
		t->has_limit = true;
		return VERDICT_PASS;
	}
	/* RFC 4443 2.4: not about what nobody sent, and not to a group */
	if (!addr_is_unspec(&v->src) && !addr_is_multicast(&v->src) &&
	    !addr_is_multicast(&v->dst)) {
		ip_write_paramprob(&w, &v->dst, v, t->pkt, (uint32_t)at);
		if (!w.bad) {
			t->r.to = PATH_SENDER;
			t->r.len = w.len;
			t->r.tun = t->from;
		}
	}
	return VERDICT_TUN_LIMIT;
}

void
tunnel_shape(
    const struct path_tunnel *i, struct ip_new *h, const struct ip_view *v)
{
	h->ttl = i->ttl != 0 ? i->ttl : TTL;
	/*
	 * RFC 4301 8.1. An IPv6 packet of the least size every way has to carry:
	 * where it does not fit, the outer one is split (RFC 4213 3.2.2).
	 */
	h->df =
	    i->df == DF_SET ||
	    (i->df == DF_COPY && (v->df || (v->ver == 6 && v->len > V6_LEAST)));
}

bool
tunnel_wrap(struct trip *t)
{
	struct wr w = wr_into(t->work, PATH_ROOM);
	struct ip_new h = {
		/* RFC 6040 4.1, normal mode: DSCP and ECN are copied */
		.tos = t->v.tos,
		.proto = t->v.ver == 4 ? IPPROTO_IPIP_ : IPPROTO_IPV6_
	};
	uint8_t inner = h.proto;
	size_t opts = 0;

	if (!has_ends(t->iface))
		return false;
	h.src = t->iface->src;
	h.dst = t->iface->dst;
	tunnel_shape(t->iface, &h, &t->v);
	if (h.dst.fam == FAM_V6 && (t->limit != 0 || t->has_limit)) {
		opts = ENCAPLIMIT_BYTES;
		h.proto = 60; /* RFC 8200 4.6 */
	}
	h.id = t->p->ip_id++;
	ip_write(&w, &h, opts + t->v.len);
	if (opts != 0)
		encaplimit_write(&w, inner, t->limit);
	wr_bytes(&w, t->pkt, t->v.len);
	if (w.bad || !ip_parse(&t->v, t->work, w.len))
		return false;
	t->pkt = t->work;
	t->wrapped = true;
	ip_flow(&t->f, &t->v, t->pkt, true);
	return true;
}

static bool
has_rules(const struct trip *t, const char *tun)
{
	return spd_has(t->p->spd, tun, RULE_IN, FAM_NONE) ||
	       spd_has(t->p->spd, tun, RULE_OUT, FAM_NONE);
}

enum verdict
tunnel_enter(struct trip *t)
{
	enum verdict v;

	t->iface = find(t, t->tun);
	/* the route to the other end leads into the tunnel: it would go round */
	if (has_ends(t->iface) && addr_equal(&t->v.src, &t->iface->src) &&
	    addr_equal(&t->v.dst, &t->iface->dst))
		return VERDICT_TUN_LOOP;
	v = check_limit(t);
	if (v != VERDICT_PASS || has_rules(t, t->tun))
		return v;
	/* policy 17: without rules it is a matter of the host's policy */
	if (t->iface == NULL || t->iface->secure || !tunnel_wrap(t))
		return VERDICT_SPD_NO_POLICY;
	t->final = t->v.dst;
	t->tun = "";
	return VERDICT_PASS;
}

/* --- inbound --- */

/* The head t->tun about a packet that came in one of its mode's ways. */
static enum verdict
ask_head(struct trip *t, const struct judge_case *c, bool tunnel_mode)
{
	struct spd_entry *e;

	if (trip_is_undecidable(t, RULE_IN))
		return VERDICT_SPD_MALFORMED_FRAG;
	e = spd_lookup(t->p->spd, t->tun, RULE_IN, c->f);
	if (e == NULL)
		return VERDICT_SPD_NO_POLICY;
	/* in the clear is neither of the modes */
	if (e->rule.tunnel_mode != tunnel_mode &&
	    (c->ah != NULL || c->esp != NULL))
		return VERDICT_SPD_NO_POLICY;
	t->e = e;
	return judge_rule(&e->rule, c, false);
}

/* May what came between these outer addresses be the interface's? */
static bool
ends_fit(const struct trip *t, const char *tun)
{
	const struct path_tunnel *i;

	if (t->p->env.tunnel == NULL)
		return true;
	i = find(t, tun);
	if (i == NULL)
		return false;
	return !has_ends(i) || (addr_equal(&i->src, &t->outer.dst) &&
				   addr_equal(&i->dst, &t->outer.src));
}

/* Is it a fragment that a tunnel with these ends wants to see the whole of? */
static bool
is_awaited(const struct trip *t)
{
	const char *tun;

	for (size_t i = 0; (tun = spd_tunnel(t->p->spd, i)) != NULL; i++)
		if (pieces_wanted(t, tun, RULE_IN) && ends_fit(t, tun))
			return true;
	return false;
}

static bool
has_kspd(const struct trip *t)
{
	return t->p->kspd != NULL && kspd_count(t->p->kspd) != 0;
}

static bool
end_fits(const struct addr *want, const struct addr *is)
{
	return want->fam == FAM_NONE || addr_equal(want, is);
}

/*
 * PF_KEY's policy has no tunnel interfaces: an entry names the ends, and what
 * comes out belongs to the host (docs/adr/0009).
 */
static enum verdict
judge_kspd(struct trip *t, const struct judge_case *c)
{
	struct spd_entry *e;

	t->tun = "";
	if (trip_is_undecidable(t, RULE_IN))
		return VERDICT_SPD_MALFORMED_FRAG;
	e = kspd_lookup(t->p->kspd, trip_dir(t, RULE_IN), c->f);
	if (e == NULL || !e->rule.tunnel_mode ||
	    !end_fits(&e->rule.end_local, &t->outer.dst) ||
	    !end_fits(&e->rule.end_remote, &t->outer.src))
		return VERDICT_SPD_NO_POLICY;
	t->e = e;
	return judge_rule(&e->rule, c, false);
}

enum verdict
tunnel_judge(struct trip *t)
{
	struct judge_case c = { .ah = t->ah, .esp = t->esp, .f = &t->f };
	enum verdict why, v;
	const char *tun;

	if (is_awaited(t)) {
		why = judge_addresses(&c);
		return why == VERDICT_PASS ? pieces_hold(t, true) : why;
	}
	why = judge_selectors(&c);
	/* an SA is enough where there is no policy at all (policy 19) */
	if (why != VERDICT_PASS ||
	    (spd_count(t->p->spd, SPD_ACTIVE) == 0 && !has_kspd(t)))
		return why;
	why = VERDICT_SPD_NO_POLICY;
	for (size_t i = 0; (tun = spd_tunnel(t->p->spd, i)) != NULL; i++) {
		if (!ends_fit(t, tun))
			continue;
		t->tun = tun;
		v = ask_head(t, &c, true);
		if (v == VERDICT_PASS)
			return v;
		if (v != VERDICT_SPD_NO_POLICY)
			why = v;
	}
	if (!has_kspd(t))
		return why;
	v = judge_kspd(t, &c);
	return v == VERDICT_SPD_NO_POLICY ? why : v;
}

/* The packet inside t->pkt, into the buffer that t->pkt is not in. */
static enum verdict
take_inner(struct trip *t)
{
	uint8_t *buf = t->pkt == t->out ? t->work : t->out;
	size_t n = t->v.len - t->v.upper, len;
	uint8_t next = t->v.proto;
	struct ip_view inner;
	enum mode_result m;

	memmove(buf, t->pkt + t->v.upper, n);
	m = mode_inner(buf, n, next, &t->v, &len);
	if (m == MODE_ECN)
		return VERDICT_TUN_ECN;
	if (m != MODE_OK || !ip_parse(&inner, buf, len))
		return VERDICT_SPD_MALFORMED_PACKET;
	t->outer = t->v;
	t->v = inner;
	t->pkt = buf;
	ip_flow(&t->f, &t->v, buf, false);
	return VERDICT_PASS;
}

/* The interfaces with the packet's ends, in the table's order. */
static const struct path_tunnel *
between(const struct trip *t, const struct ip_view *outer, size_t i)
{
	const struct path_env *env = &t->p->env;

	return env->between(env->ctx, &outer->dst, &outer->src, i);
}

/* One that has no policy, and needs none (policy 17), or NULL. */
static const struct path_tunnel *
find_unruled(const struct trip *t)
{
	const struct path_tunnel *u;

	for (size_t i = 0; (u = between(t, &t->v, i)) != NULL; i++)
		if (!u->secure && !has_rules(t, u->name))
			return u;
	return NULL;
}

/*
 * Of several interfaces between the same ends, the one whose policy accepts what
 * the packet carries. The reason of the last one tried otherwise.
 */
static enum verdict
ask_ruled(struct trip *t, const struct ip_view *outer, const struct flow *of)
{
	struct judge_case c = { .ah = t->ah, .esp = t->esp, .f = of };
	/* the SAs are of the outer packet, the rules of the inner one */
	enum verdict why = judge_selectors(&c), v;
	const struct path_tunnel *u;

	if (why != VERDICT_PASS)
		return why;
	why = VERDICT_SPD_NO_POLICY;
	c.f = &t->f;
	for (size_t i = 0; (u = between(t, outer, i)) != NULL; i++) {
		if (!has_rules(t, u->name))
			continue;
		t->tun = u->name;
		/* policy 23: who may send these is not known, so none is waited
		   for */
		v = t->ah == NULL && t->esp == NULL &&
			    pieces_wanted(t, t->tun, RULE_IN)
			? VERDICT_SPD_MALFORMED_FRAG
			: ask_head(t, &c, false);
		if (v == VERDICT_PASS)
			return v;
		if (v != VERDICT_SPD_NO_POLICY)
			why = v;
	}
	return why;
}

bool
tunnel_unwrap(
    struct trip *t, enum verdict (*host)(struct trip *t), enum verdict *v)
{
	const struct ip_view outer = t->v;
	const struct flow flow = t->f;
	const struct path_tunnel *u;
	enum verdict by_host = VERDICT_SPD_NO_POLICY;
	struct spd_entry *e;

	if ((t->v.proto != IPPROTO_IPIP_ && t->v.proto != IPPROTO_IPV6_) ||
	    t->v.frag || t->p->env.between == NULL ||
	    between(t, &outer, 0) == NULL)
		return false;
	u = find_unruled(t);
	if (u != NULL)
		by_host = host(t);
	e = t->e;
	*v = take_inner(t);
	if (*v != VERDICT_PASS)
		return true;
	*v = ask_ruled(t, &outer, &flow);
	if (*v == VERDICT_PASS || u == NULL)
		return true;
	t->tun = u->name;
	t->e = e;
	*v = by_host;
	return true;
}
