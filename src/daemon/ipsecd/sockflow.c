/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/sockflow.h"

#include <stdlib.h>

#include "daemon/ipsecd/sockets_inside.h"
#include "io/clock.h"

/*
 * A connection that was in the clear goes on so, and one that was protected as
 * well, whatever the new policy says; the kernel is told of those where the two
 * differ.
 */

/* Clear ones beyond this come under the new policy. */
#define CLEAR_MAX 16384

enum { IKE_PORT = 500, NATT_PORT = 4500 };

static struct addr
from_net(const struct netaddr *n)
{
	struct addr a = { .fam = n->fam };

	memcpy(a.b, n->b, sizeof(a.b));
	return a;
}

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

bool
sockflow_key(struct conn_key *k, const struct sockdiag_socket *from)
{
	*k = (struct conn_key){ .local = from_net(&from->local),
		.remote = from_net(&from->remote),
		.proto = from->proto,
		.lport = from->lport,
		.rport = from->rport };
	return k->lport != 0 && k->rport != 0 &&
	       k->local.fam == k->remote.fam && !addr_is_unspec(&k->local) &&
	       !addr_is_unspec(&k->remote);
}

static struct flow
flow_of(const struct conn_key *k)
{
	return (struct flow){ .local = k->local,
		.remote = k->remote,
		.proto = k->proto,
		.has_ports = true,
		.lport = k->lport,
		.rport = k->rport };
}

/* --- connections of before --- */

static int
cookie_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool
note_stranger(void *ctx, const struct sockdiag_socket *k)
{
	struct sockets *s = ctx;

	if (!k->connected)
		return true;
	if ((s->n_strangers & (s->n_strangers - 1)) == 0) {
		size_t cap = s->n_strangers == 0 ? 1 : s->n_strangers * 2;
		uint64_t *v = reallocarray(s->stranger, cap, sizeof(*v));

		if (v == NULL) {
			s->no_memory = true;
			return false;
		}
		s->stranger = v;
	}
	s->stranger[s->n_strangers++] = k->cookie;
	return true;
}

/*
 * An earlier ipsecd may have protected them, and have been stopped since. None
 * of them is ever latched in the clear.
 */
void
sockflow_strangers(struct sockets *s)
{
	if (sockdiag_each(s->diag, note_stranger, s) != 0)
		s->no_memory = true;
	if (s->n_strangers != 0)
		qsort(
		    s->stranger, s->n_strangers, sizeof(uint64_t), cookie_cmp);
}

static bool
is_stranger(const struct sockets *s, uint64_t cookie)
{
	/* not known who is one: all may be */
	return s->no_memory || (s->n_strangers != 0 &&
				   bsearch(&cookie, s->stranger, s->n_strangers,
				       sizeof(uint64_t), cookie_cmp) != NULL);
}

/* --- what the kernel is told --- */

static bool
passes(const struct spd_entry *e)
{
	return e == NULL || e->rule.actions[0].type == ACT_PASS;
}

/* Inbound, "or pass" accepts what is in the clear as well. */
static bool
takes_clear(const struct spd_entry *e)
{
	if (passes(e))
		return true;
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_PASS)
			return e->rule.actions[0].type != ACT_DROP;
	return false;
}

static uint8_t
kind_of(const struct conn *c, uint64_t version)
{
	if (!takes_clear(conn_entry(c, RULE_IN, version)))
		return STEER_FLOW_HELD;
	if (conn_is_clear(c) && c->k.proto == IPPROTO_TCP_)
		return STEER_FLOW_CLEAR;
	return STEER_FLOW_ASKED;
}

static struct steer_flow
steer_flow_of(const struct conn *c, uint64_t version)
{
	return (struct steer_flow){ .kind = kind_of(c, version),
		.proto = c->k.proto,
		.local = to_net(&c->k.local),
		.remote = to_net(&c->k.remote),
		.lport = c->k.lport,
		.rport = c->k.rport };
}

/* Does the new policy, by its lines, what was latched? */
static bool
is_served(struct sockets *s, const struct conn *c, int new)
{
	uint64_t version = spd_version(s->d->spd);
	struct flow f = flow_of(&c->k);
	const struct spd_entry *out, *in;

	out = spd_lookup_in(s->d->spd, new, "", RULE_OUT, &f);
	in = spd_lookup_in(s->d->spd, new, "", RULE_IN, &f);
	if (takes_clear(in) != takes_clear(conn_entry(c, RULE_IN, version)))
		return false;
	if (passes(conn_entry(c, RULE_OUT, version)))
		return passes(out);
	return out != NULL && out->rule.actions[0].type == ACT_IPSEC &&
	       (in == NULL || in->rule.actions[0].type != ACT_DROP);
}

static bool
add_flow(struct sockets *s, const struct steer_flow *f)
{
	if (s->n_flows == s->cap_flows) {
		size_t cap = s->cap_flows == 0 ? 64 : s->cap_flows * 2;
		struct steer_flow *v = reallocarray(s->flow, cap, sizeof(*v));

		if (v == NULL)
			return false;
		s->flow = v;
		s->cap_flows = cap;
	}
	s->flow[s->n_flows++] = *f;
	return true;
}

struct change {
	struct sockets *s;
	int old, new;
	size_t n_clear;
	uint64_t version; /* of the entries of `old` */
	bool failed;
};

/* A connection that is latched: does the kernel have to know of it? */
static bool
tell(void *ctx, struct conn *c)
{
	struct change *g = ctx;
	struct sockets *s = g->s;
	struct steer_flow f;

	if (!c->latched || c->own != NULL)
		return true;
	/* a flow that is clear without our doing is left to itself */
	c->wanted = !is_served(s, c, g->new);
	if (!c->wanted)
		return true;
	if (conn_is_clear(c) && g->n_clear++ >= CLEAR_MAX) {
		c->wanted = false;
		return true;
	}
	f = steer_flow_of(c, spd_version(s->d->spd));
	if (!add_flow(s, &f))
		g->failed = true;
	return !g->failed;
}

/* --- latching what there is --- */

static bool
is_own(const struct sockdiag_socket *k)
{
	return (k->mark & ipsecd_steer.mask) != 0;
}

static bool
is_ike(const struct conn_key *k)
{
	return k->proto == IPPROTO_UDP_ &&
	       (k->lport == IKE_PORT || k->lport == NATT_PORT);
}

static bool
drops(const struct spd_entry *e)
{
	return e != NULL && e->rule.actions[0].type == ACT_DROP;
}

static bool
is_key_policy(const struct sockets *s, const struct flow *f)
{
	struct kspd *k = s->d->kspd;

	return k != NULL && (!passes(kspd_lookup(k, KAME_DIR_OUT, f)) ||
				!passes(kspd_lookup(k, KAME_DIR_IN, f)));
}

static void
latch(struct change *g, const struct conn_key *k, uint64_t cookie)
{
	struct sockets *s = g->s;
	struct spd *spd = s->d->spd;
	struct flow f = flow_of(k);
	struct spd_entry *out, *in;
	struct conn *c;
	bool clear;

	out = spd_lookup_in(spd, g->old, "", RULE_OUT, &f);
	in = spd_lookup_in(spd, g->old, "", RULE_IN, &f);
	/* what only PF_KEY's policy protects is not clear: docs/adr/0009 */
	if (out == NULL && in == NULL && is_key_policy(s, &f))
		return;
	clear = passes(out) && passes(in);
	if (drops(out) || drops(in) || (clear && is_stranger(s, cookie)))
		return;
	/* what is clear before and after is nobody's concern */
	if (clear && passes(spd_lookup_in(spd, g->new, "", RULE_OUT, &f)) &&
	    passes(spd_lookup_in(spd, g->new, "", RULE_IN, &f)))
		return;
	c = conn_add(s->conns, k, clock_mono());
	if (c == NULL || !conn_latch(s->conns, c, out, in, g->version)) {
		if (c != NULL)
			conn_drop(s->conns, c);
		g->failed = g->failed || !clear;
		return;
	}
	conn_set_cookie(s->conns, c, cookie);
}

static bool
latch_one(void *ctx, const struct sockdiag_socket *k)
{
	struct change *g = ctx;
	struct sockets *s = g->s;
	struct sockets_entry *e = sockets_look(s, k->cookie);
	struct conn_key key;
	struct conn *c;

	if (e != NULL) {
		e->bound = true;
		e->seen = s->sweep;
	}
	if (!k->connected || !sockflow_key(&key, k))
		return true;
	conn_sweep_seen(s->conns, &key, k->cookie);
	if (!k->established || is_own(k) || is_ike(&key))
		return true;
	c = conn_find(s->conns, &key, clock_mono());
	if (c == NULL || !c->latched ||
	    (c->cookie != 0 && c->cookie != k->cookie))
		latch(g, &key, k->cookie);
	return !g->failed;
}

static void
sweep_begin(struct sockets *s, uint64_t now)
{
	s->sweep++;
	conn_sweep_begin(s->conns, now);
}

/* After a list without faults: what is not in it is not there. */
static void
sweep_end(struct sockets *s, uint64_t now)
{
	conn_sweep_end(s->conns, now);
	for (size_t i = 0; i < SOCKETS_BUCKETS && s->n != 0; i++)
		list_each (l, &s->bucket[i]) {
			struct sockets_entry *e =
			    list_item(l, struct sockets_entry, link);

			/* one that never was in a list may still come there */
			if (e->bound && s->sweep - e->seen >= 2)
				sockets_forget(s, e);
		}
}

static bool
is_over(void *ctx, struct conn *c)
{
	struct sockets *s = ctx;

	conn_pin(s->conns, c, c->wanted);
	return true;
}

static bool
follow(struct sockets *s, struct change *g)
{
	uint64_t now = clock_mono();
	int err = 0;

	if (g->old != g->new) {
		sweep_begin(s, now);
		err = sockdiag_each(s->diag, latch_one, g);
		if (err == 0 && !g->failed)
			sweep_end(s, now);
	}
	if (err == 0 && !g->failed)
		conn_each(s->conns, tell, g);
	return err == 0 && !g->failed;
}

static bool
unlatch_one(void *ctx, struct conn *c)
{
	(void)ctx;
	c->wanted = false;
	return true;
}

bool
sockflow_plan(struct sockets *s, struct steer_plan *p, int old, int new)
{
	struct change g = { .s = s,
		.old = old,
		.new = new,
		.version = spd_version(s->d->spd) };
	bool ok = true;

	/* entries of another set than ACTIVE never are the SPD's own again */
	if (old != SPD_ACTIVE)
		g.version |= UINT64_C(1) << 63;
	s->n_flows = 0;
	/* the kernel gets all of them at once */
	s->gather = true;
	/* after an earlier process nobody knows what was protected */
	if (s->d->path.tune.latch && !s->d->closed)
		ok = follow(s, &g);
	else
		conn_each(s->conns, unlatch_one, s);
	p->flows = s->flow;
	p->n_flows = s->n_flows;
	p->lines_first = s->d->path.tune.override_sockets;
	memcpy(p->own, s->own, sizeof(p->own));
	return ok;
}

void
sockflow_planned(struct sockets *s, bool applied)
{
	s->gather = false;
	if (!applied) {
		sockflow_flush(s);
		return;
	}
	/* what is over was not in it */
	s->n_over = 0;
	s->stale = false;
	conn_each(s->conns, is_over, s);
}

/* --- the end of flows --- */

void
sockflow_flush(struct sockets *s)
{
	int err = 0;

	if (s->n_over != 0)
		err = steer_forget(s->d->steer, s->over, s->n_over);
	/* a successor would be in the clear: all of the sets anew, and soon */
	s->stale = s->stale || err != 0;
	if (err != 0)
		log_limit(&s->d->rate_steer, LOG_LEVEL_WARN,
		    "flows that are over stay in the kernel's sets: %s",
		    strerror(err));
	s->n_over = 0;
}

void
sockflow_unpinned(void *ctx, const struct conn *c)
{
	struct sockets *s = ctx;

	if (s->n_over == sizeof(s->over) / sizeof(s->over[0]))
		sockflow_flush(s);
	s->over[s->n_over++] = steer_flow_of(c, spd_version(s->d->spd));
	if (!s->gather)
		sockflow_flush(s);
}

static bool
see_one(void *ctx, const struct sockdiag_socket *k)
{
	struct sockets *s = ctx;
	struct sockets_entry *e = sockets_look(s, k->cookie);
	struct conn_key key;

	if (e != NULL) {
		e->bound = true;
		e->seen = s->sweep;
	}
	if (k->connected && sockflow_key(&key, k))
		conn_sweep_seen(s->conns, &key, k->cookie);
	return true;
}

void
sockflow_sweep(struct sockets *s, uint64_t now)
{
	if (s->n == 0 && conn_count(s->conns) == 0)
		return;
	sweep_begin(s, now);
	if (sockdiag_each(s->diag, see_one, s) == 0)
		sweep_end(s, now);
}
