/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tunnel.h"

#include "core/judge.h"
#include "core/mode.h"
#include "core/pieces.h"
#include "wire/pfpolicy.h"

enum { TTL = 64 }; /* services 7: thoplimit */

static bool
ends_of(
    const struct trip *t, const char *tun, struct addr *src, struct addr *dst)
{
	const struct path_env *env = &t->p->env;

	return env->ends != NULL && env->ends(env->ctx, tun, src, dst);
}

bool
tunnel_wrap(struct trip *t)
{
	struct wr w = wr_into(t->work, PATH_ROOM);
	struct ip_new h = { .tos = t->v.tos,
		.ttl = TTL,
		.proto = t->v.ver == 4 ? IPPROTO_IPIP_ : IPPROTO_IPV6_,
		.df = t->v.df };

	if (!ends_of(t, t->tun, &h.src, &h.dst))
		return false;
	h.id = t->p->ip_id++;
	ip_write(&w, &h, t->v.len);
	wr_bytes(&w, t->pkt, t->v.len);
	if (w.bad || !ip_parse(&t->v, t->work, w.len))
		return false;
	t->pkt = t->work;
	t->wrapped = true;
	ip_flow(&t->f, &t->v, t->pkt, true);
	return true;
}

/* Does the interface, when it is known, have the ends of this header? */
static bool
ends_fit(const struct trip *t, const char *tun, const struct ip_view *outer)
{
	struct addr src, dst;

	return ends_of(t, tun, &src, &dst) && addr_equal(&src, &outer->dst) &&
	       addr_equal(&dst, &outer->src);
}

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

/* Is it a fragment that a tunnel with these ends wants to see the whole of? */
static bool
is_awaited(const struct trip *t)
{
	const char *tun;

	for (size_t i = 0; (tun = spd_tunnel(t->p->spd, i)) != NULL; i++)
		if (pieces_wanted(t, tun, RULE_IN) &&
		    (t->p->env.ends == NULL || ends_fit(t, tun, &t->outer)))
			return true;
	return false;
}

enum verdict
tunnel_judge(struct trip *t)
{
	struct judge_case c = { t->ah, t->esp, &t->f };
	enum verdict why, v;
	const char *tun;

	if (is_awaited(t)) {
		why = judge_addresses(&c);
		return why == VERDICT_PASS ? pieces_hold(t, true) : why;
	}
	why = judge_selectors(&c);
	/* an SA is enough where there is no policy at all (policy 19) */
	if (why != VERDICT_PASS || spd_count(t->p->spd, SPD_ACTIVE) == 0)
		return why;
	why = VERDICT_SPD_NO_POLICY;
	for (size_t i = 0; (tun = spd_tunnel(t->p->spd, i)) != NULL; i++) {
		if (t->p->env.ends != NULL && !ends_fit(t, tun, &t->outer))
			continue;
		t->tun = tun;
		v = ask_head(t, &c, true);
		if (v == VERDICT_PASS)
			return v;
		if (v != VERDICT_SPD_NO_POLICY)
			why = v;
	}
	return why;
}

/* The packet inside t->pkt, into the buffer that t->pkt is not in. */
static bool
take_inner(struct trip *t)
{
	uint8_t *buf = t->pkt == t->out ? t->work : t->out;
	size_t n = t->v.len - t->v.upper, len;
	uint8_t next = t->v.proto;
	struct ip_view inner;

	memmove(buf, t->pkt + t->v.upper, n);
	if (!mode_inner(buf, n, next, &t->v, &len) ||
	    !ip_parse(&inner, buf, len))
		return false;
	t->outer = t->v;
	t->v = inner;
	t->pkt = buf;
	ip_flow(&t->f, &t->v, buf, false);
	return true;
}

bool
tunnel_unwrap(struct trip *t, enum verdict *v)
{
	struct flow outer = t->f;
	struct judge_case c = { t->ah, t->esp, &outer };
	const char *tun;
	size_t i = 0;

	if ((t->v.proto != IPPROTO_IPIP_ && t->v.proto != IPPROTO_IPV6_) ||
	    t->v.frag || t->p->env.ends == NULL)
		return false;
	while ((tun = spd_tunnel(t->p->spd, i)) != NULL &&
	       !ends_fit(t, tun, &t->v))
		i++;
	if (tun == NULL)
		return false;
	t->tun = tun;
	/* the SAs are of the outer packet, the rules of the inner one */
	*v = judge_selectors(&c);
	if (*v != VERDICT_PASS)
		return true;
	*v = VERDICT_SPD_MALFORMED_PACKET;
	if (!take_inner(t))
		return true;
	c.f = &t->f;
	/* policy 23: who may send these is not known, so none is waited for */
	if (t->ah == NULL && t->esp == NULL &&
	    pieces_wanted(t, t->tun, RULE_IN)) {
		*v = VERDICT_SPD_MALFORMED_FRAG;
		return true;
	}
	*v = ask_head(t, &c, false);
	return true;
}
