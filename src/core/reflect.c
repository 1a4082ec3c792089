/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/reflect.h"

#include "core/latch.h"
#include "wire/quote.h"

/* RFC 792, RFC 4443 4: requests that are answered; codes are 0 */
enum {
	ECHO_REPLY = 0,
	ECHO = 8,
	TIMESTAMP = 13,
	TIMESTAMP_REPLY = 14,
	ECHO6 = 128,
	ECHO6_REPLY = 129
};

/* Identifier and sequence number of ICMP requests and of their answers. */
static bool
icmp_key(struct reply_key *k, const struct ip_view *v, const uint8_t *pkt)
{
	struct rd r = rd_from(pkt, v->len);

	rd_skip(&r, v->upper + 4);
	k->a = rd_be16(&r);
	k->b = rd_be16(&r);
	return !r.bad;
}

static struct reply_key
flow_key(const struct flow *f)
{
	struct reply_key k = {
		.local = f->local, .remote = f->remote, .proto = f->proto
	};

	if (f->has_ports) {
		k.a = f->lport;
		k.b = f->rport;
	}
	return k;
}

static bool
is_icmp(const struct flow *f)
{
	return f->proto == IPPROTO_ICMP_ || f->proto == IPPROTO_ICMPV6_;
}

/* --- inbound --- */

static bool
is_request(const struct flow *f)
{
	if (!f->has_icmp)
		return false;
	return f->local.fam == FAM_V6
		   ? f->icmp_type == ECHO6
		   : f->icmp_type == ECHO || f->icmp_type == TIMESTAMP;
}

/* Does a connection know already how this came? */
static bool
is_connected(const struct conn *c)
{
	return c != NULL && (c->own != NULL || (c->latched && !c->ended));
}

static bool
is_local(const struct trip *t, const struct addr *a)
{
	const struct path_env *env = &t->p->env;

	return env->is_local != NULL ? env->is_local(env->ctx, a)
				     : !addr_is_multicast(a);
}

bool
reflect_key(const struct trip *t, struct reply_key *k)
{
	/* what a tunnel carried is answered by way of the tunnel */
	if (t->p->replies == NULL || is_connected(t->c) || t->tunnel ||
	    t->tun[0] != '\0' || (t->e != NULL && t->e->rule.key_id != 0))
		return false;
	*k = flow_key(&t->f);
	if (is_icmp(&t->f)) {
		if (!is_request(&t->f) || !icmp_key(k, &t->v, t->pkt))
			return false;
		k->type = t->f.icmp_type;
		/* to a group: it is answered from another address */
		if (!is_local(t, &k->local))
			k->local = (struct addr){ .fam = FAM_NONE };
	}
	return true;
}

void
reflect_in(struct trip *t)
{
	struct reply_key k;
	struct action a;

	if (!reflect_key(t, &k))
		return;
	a = reply_action(t->ah, t->esp, t->selfencap);
	reply_put(t->p->replies, &k, &a, t->now.mono);
}

/* --- outbound --- */

/* An answer, and what it is an answer to. */
struct answer {
	struct flow rq; /* of the request: local is this host */
	struct reply_key k;
	bool known; /* k says which request it was */
	bool quotes;
	const struct spd_entry *in; /* by which it came, if that is known */
};

static bool
is_echo(struct answer *a, const struct trip *t)
{
	uint8_t type = t->f.icmp_type;

	if (t->f.local.fam == FAM_V6 && type == ECHO6_REPLY)
		type = ECHO6;
	else if (t->f.local.fam == FAM_V4 && type == ECHO_REPLY)
		type = ECHO;
	else if (t->f.local.fam == FAM_V4 && type == TIMESTAMP_REPLY)
		type = TIMESTAMP;
	else
		return false;
	a->rq = t->f;
	a->rq.icmp_type = type;
	a->k = flow_key(&a->rq);
	a->k.type = type;
	a->known = icmp_key(&a->k, &t->v, t->pkt);
	return true;
}

static bool
is_reset(struct answer *a, const struct trip *t)
{
	/* the connection's own, which knows its policy */
	if ((trip_tcp_flags(t) & TCP_RST) == 0 || is_connected(t->c))
		return false;
	a->rq = t->f;
	a->k = flow_key(&a->rq);
	a->known = true;
	return true;
}

static bool
is_error(struct answer *a, const struct trip *t)
{
	struct conn_key ck;
	struct conn *c = NULL;

	/* about what came to this host, and to who sent that */
	if (!quote_flow(&a->rq, &t->v, t->pkt, false) ||
	    !addr_equal(&a->rq.remote, &t->final) || !is_local(t, &a->rq.local))
		return false;
	a->quotes = true;
	a->k = flow_key(&a->rq);
	a->known = !is_icmp(&a->rq) &&
		   (a->rq.has_ports || (a->rq.proto != IPPROTO_TCP_ &&
					   a->rq.proto != IPPROTO_UDP_ &&
					   a->rq.proto != IPPROTO_SCTP_));
	if (t->p->conns != NULL && conn_key(&ck, &a->rq))
		c = conn_find(t->p->conns, &ck, t->now.mono);
	if (c != NULL && c->own != NULL)
		return false;
	if (is_connected(c)) {
		a->in = conn_entry(c, RULE_IN, spd_version(t->p->spd));
		a->known = false;
	}
	return true;
}

static bool
protects(const struct spd_entry *e)
{
	return e != NULL && e->rule.actions[0].type == ACT_IPSEC;
}

static bool
may_pass(const struct spd_entry *e)
{
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_PASS)
			return true;
	return false;
}

static void
add_protection(struct reply_table *replies, const struct spd_entry *e)
{
	if (!protects(e))
		return;
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_IPSEC)
			reply_add(replies, &e->rule.actions[i]);
}

static const struct action *
find(struct reply_table *replies, struct answer *a, uint64_t now)
{
	const struct action *act;

	if (!a->known)
		return NULL;
	act = reply_find(replies, &a->k, now);
	if (act != NULL)
		return act;
	a->k.local = (struct addr){ .fam = FAM_NONE };
	return reply_find(replies, &a->k, now);
}

/*
 * By e: protected as one of these says; as policy would, when there is no such SA.
 */
static void
protect(struct trip *t, const struct answer *a, struct spd_entry *e,
    const struct action *as, const struct spd_entry *in)
{
	struct reply_table *replies = t->p->replies;

	if (as != NULL)
		reply_add(replies, as);
	else
		add_protection(replies, in);
	add_protection(replies, t->e);
	/* RFC 4301 6: by the SAs that an answer to what it quotes would take */
	if (a->quotes)
		t->f = a->rq;
	t->e = e;
	t->once = true;
	t->c = NULL;
}

static void
choose(struct trip *t, struct answer *a)
{
	static const struct action pass = { .type = ACT_PASS };
	struct reply_table *replies = t->p->replies;
	struct spd_entry *e = reply_entry(replies, t->f.local.fam);
	const struct action *as = find(replies, a, t->now.mono);
	const struct spd_entry *in = a->in;
	bool sure = a->known && reply_is_whole(replies, &a->k, t->now.mono);

	if (as != NULL) {
		protect(t, a, e, as, NULL);
		return;
	}
	/* nothing can be wrong with what policy protects without a choice */
	if (protects(t->e) && !may_pass(t->e))
		return;
	if (in == NULL)
		in = spd_lookup(t->p->spd, "", RULE_IN, &a->rq);
	if (protects(in) && (!sure || !may_pass(in))) {
		protect(t, a, e, NULL, in);
	} else if (sure && protects(t->e)) {
		/* the request was in the clear, and policy allows that */
		reply_add(replies, &pass);
		t->e = e;
		t->once = true;
		t->c = NULL;
	}
}

/* error: the packet is one, whatever t->f says by now. */
static void
answer(struct trip *t, bool error)
{
	struct answer a = { .known = false };

	if (t->own || t->tun[0] != '\0' || t->v.frag)
		return;
	/* a drop is one, and PF_KEY's policy is Linux' */
	if (t->e != NULL &&
	    (t->e->rule.key_id != 0 || t->e->rule.actions[0].type == ACT_DROP))
		return;
	if (error	    ? is_error(&a, t)
	    : t->f.has_icmp ? is_echo(&a, t)
			    : is_reset(&a, t))
		choose(t, &a);
}

enum verdict
reflect_out(struct trip *t)
{
	bool error = quote_is_error(&t->f);
	enum verdict v = latch_out(t);

	trip_ask_kspd(t, RULE_OUT);
	if (v == VERDICT_PASS)
		v = latch_guard_quoted(t);
	if (v != VERDICT_PASS || t->p->replies == NULL)
		return v;
	if (error || t->f.has_icmp || (trip_tcp_flags(t) & TCP_RST) != 0)
		answer(t, error);
	return VERDICT_PASS;
}

enum verdict
reflect_held(struct trip *t, enum verdict v)
{
	const struct path_tune *tune = &t->p->tune;
	uint64_t wait = tune->acquire_timeout;

	if (v != VERDICT_HOLD || t->p->replies == NULL ||
	    !reply_is_entry(t->p->replies, t->e))
		return v;
	if (tune->ah_acquire_timeout > wait)
		wait = tune->ah_acquire_timeout;
	reply_keep(t->p->replies, t->now.mono + wait * 1000 + REPLY_LIFE);
	return v;
}
