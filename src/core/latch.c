/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/latch.h"

#include "wire/quote.h"

enum {
	NOTE_FRESH = 1000, /* ms that a note of a socket is believed */
	NOTE_GONE = 5000   /* ... of one that has closed since */
};

/* --- the host's word --- */

static const struct path_socket *
ask(struct trip *t)
{
	const struct path_env *env = &t->p->env;

	if (!t->asked && env->socket != NULL)
		env->socket(env->ctx, &t->f, &t->sock);
	t->asked = true;
	return &t->sock;
}

/* The first packet of a TCP connection, of either end. */
static bool
opens(const struct trip *t)
{
	return (trip_tcp_flags(t) & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/*
 * Inbound: a segment that no socket takes, and that will be answered with a
 * reset. It begins nothing.
 */
static bool
is_refused(const struct trip *t)
{
	return t->f.proto == IPPROTO_TCP_ && t->p->env.socket != NULL &&
	       (!t->sock.found || (!t->sock.connected && !opens(t)));
}

/* Is it the socket that this connection was latched by? */
static bool
is_same(const struct conn *c, const struct path_socket *s)
{
	return !c->ended && s->found && s->connected &&
	       (c->cookie == 0 || c->cookie == s->cookie);
}

/* A note may be old, and its socket another one, or connected since. */
static bool
is_noted(struct trip *t, struct conn *c)
{
	const struct path_socket *s;

	if (t->now.mono - c->checked < NOTE_FRESH)
		return true;
	s = ask(t);
	if (s->found && !s->connected && s->own == c->own) {
		c->checked = t->now.mono;
		return true;
	}
	/* it closed with this on the way */
	return !s->found && t->own && c->own != NULL &&
	       t->now.mono - c->checked < NOTE_GONE;
}

/*
 * The connection of this packet, when it still is one. What is in the clear
 * though policy has changed since is asked for each time: a flow may get another
 * socket within a moment, which has latched nothing.
 */
static struct conn *
find(struct trip *t, const struct conn_key *k)
{
	struct conn_table *table = t->p->conns;
	struct conn *c = conn_find(table, k, t->now.mono);
	uint64_t version = spd_version(t->p->spd);
	bool ok = true;

	if (c == NULL)
		return NULL;
	/* datagrams: another socket may have its ends by now */
	if (c->ended && k->proto != IPPROTO_TCP_)
		ok = !ask(t)->found;
	else if (!c->latched)
		ok = is_noted(t, c);
	else if (!t->p->tune.latch && !conn_is_current(c, version))
		ok = false;
	else if (opens(t))
		ok = is_same(c, ask(t));
	else if (conn_is_clear(c) && !conn_is_current(c, version))
		ok = is_same(c, ask(t));
	if (ok)
		return c;
	conn_drop(table, c);
	return NULL;
}

static struct conn *
add(struct trip *t, const struct conn_key *k)
{
	struct conn *c = conn_add(t->p->conns, k, t->now.mono);
	/* of a socket that listens it is not the connection's */
	bool its = t->sock.connected || k->proto != IPPROTO_TCP_;
	uint64_t cookie = its ? t->sock.cookie : 0;

	if (c != NULL)
		conn_set_cookie(t->p->conns, c, cookie);
	return c;
}

static bool
is_connection(const struct trip *t)
{
	return t->f.proto == IPPROTO_TCP_ || t->sock.connected;
}

static bool
protects(const struct spd_entry *e)
{
	return e != NULL && e->rule.actions[0].type == ACT_IPSEC;
}

/* Policy 25: which of the two goes first. */
static struct spd_entry *
entry(struct trip *t, enum rule_dir dir)
{
	const struct conn *c = t->c;
	struct spd_entry *e = NULL;

	if (c == NULL || (!c->latched && c->own == NULL))
		return spd_lookup(t->p->spd, t->tun, dir, &t->f);
	if (c->own != NULL && t->p->tune.override_sockets)
		e = spd_lookup(t->p->spd, t->tun, dir, &t->f);
	return e != NULL ? e : conn_entry(c, dir, spd_version(t->p->spd));
}

/* A connection, or a note, for a flow that had none. */
static void
remember(struct trip *t, const struct conn_key *k, struct spd_entry *out,
    struct spd_entry *in)
{
	struct conn_table *table = t->p->conns;
	struct conn *c = add(t, k);

	if (c == NULL)
		return;
	if (t->sock.own != NULL)
		conn_latch_own(table, c, t->sock.own, is_connection(t));
	else if (is_connection(t) &&
		 !conn_latch(table, c, out, in, spd_version(t->p->spd))) {
		conn_drop(table, c);
		return;
	}
	/* or one socket could fill the table, going from peer to peer */
	if (t->sock.own != NULL && t->sock.connected)
		conn_moved(table, c, t->now.mono);
	t->c = c;
}

/* --- outbound --- */

/*
 * Is it about another packet than this one? What a socket with a bypass sends goes
 * by the kernel's own way: here is its successor, before its end was heard of.
 * And what is in the clear was established before policy: one that opens now is
 * another, of the same socket maybe, which had disconnected.
 */
static bool
is_older(struct trip *t)
{
	const struct conn *c = t->c;

	if (c == NULL)
		return false;
	if (c->own != NULL)
		return c->own->e[0][0].rule.actions[0].type == ACT_PASS &&
		       ask(t)->own != c->own;
	return c->latched && conn_is_clear(c) && opens(t);
}

enum verdict
latch_out(struct trip *t)
{
	struct spd *spd = t->p->spd;
	struct conn_key k;

	if (t->tun[0] != '\0' || t->p->conns == NULL || !conn_key(&k, &t->f)) {
		/* who it came from is known, and not what he has asked for */
		if (t->own)
			return VERDICT_SPD_NO_SOCKET;
		t->e = spd_lookup(spd, t->tun, RULE_OUT, &t->f);
		return VERDICT_PASS;
	}
	t->c = find(t, &k);
	if (is_older(t)) {
		conn_drop(t->p->conns, t->c);
		t->c = NULL;
	}
	if (t->own && (t->c == NULL || t->c->own == NULL)) {
		if (ask(t)->own == NULL)
			return VERDICT_SPD_NO_SOCKET;
		t->c = NULL;
		remember(t, &k, NULL, NULL);
		if (t->c == NULL)
			return VERDICT_SPD_NOMEM;
	}
	t->e = entry(t, RULE_OUT);
	/* what is in the clear is not kept: the kernel does it alone */
	if (t->c == NULL && protects(t->e) &&
	    (trip_tcp_flags(t) & TCP_RST) == 0) {
		(void)ask(t);
		remember(t, &k, t->e, spd_lookup(spd, t->tun, RULE_IN, &t->f));
		t->e = entry(t, RULE_OUT);
	}
	return VERDICT_PASS;
}

void
latch_range(
    const struct trip *t, enum rule_dir dir, unsigned *from, unsigned *to)
{
	const struct conn *c = t->c;
	int alt = c == NULL ? -1 : dir == RULE_IN ? c->alt_in : c->alt_out;

	*from = 0;
	*to = t->e->rule.n_actions;
	/* an entry of the system before the socket's own has not latched */
	if (alt < 0 || (unsigned)alt >= *to ||
	    (c->own != NULL && t->p->tune.override_sockets))
		return;
	*from = (unsigned)alt;
	*to = *from + 1;
}

void
latch_sent(struct trip *t, unsigned alternative)
{
	const struct sa *sa = t->esp != NULL ? t->esp : t->ah;
	struct conn *c = t->c;

	if (c == NULL || !c->latched || sa == NULL)
		return;
	if (c->alt_out < 0)
		c->alt_out = (int16_t)alternative;
	conn_latch_ids(t->p->conns, c, sa_sid(sa), sa_did(sa));
}

/* --- inbound --- */

void
latch_in(struct trip *t)
{
	bool secure = t->ah != NULL || t->esp != NULL;
	struct conn_key k;

	if (t->p->conns == NULL || !conn_key(&k, &t->f)) {
		t->e = spd_lookup(t->p->spd, "", RULE_IN, &t->f);
		return;
	}
	t->c = find(t, &k);
	/* who takes it may have asked for something that nothing sent yet tells */
	if (t->c == NULL && secure && ask(t)->own != NULL) {
		remember(t, &k, NULL, NULL);
		if (t->c == NULL) {
			t->e = &t->sock.own->e[t->f.local.fam == FAM_V6][1];
			return;
		}
	}
	t->e = entry(t, RULE_IN);
}

/* Policy 19: for a latched connection, from the identities latched first. */
static enum verdict
check_ids(const struct trip *t)
{
	const struct conn *c = t->c;

	if (c == NULL || !c->latched)
		return VERDICT_PASS;
	if (t->ah != NULL && !conn_fits_ids(c, sa_did(t->ah), sa_sid(t->ah)))
		return VERDICT_SPD_AH_BADID;
	if (t->esp != NULL && !conn_fits_ids(c, sa_did(t->esp), sa_sid(t->esp)))
		return VERDICT_SPD_ESP_BADID;
	return VERDICT_PASS;
}

static void
latch_received(struct trip *t, unsigned which)
{
	const struct sa *sa = t->esp != NULL ? t->esp : t->ah;
	struct conn_key k;

	/* PF_KEY's policy may go at any time, and no connection keeps it */
	if (sa == NULL || t->e->rule.key_id != 0 || t->p->conns == NULL ||
	    !conn_key(&k, &t->f))
		return;
	/* accept(): both directions, as they are at this moment */
	if (t->c == NULL && protects(t->e)) {
		(void)ask(t);
		if (t->sock.own == NULL && !is_refused(t))
			remember(t, &k,
			    spd_lookup(t->p->spd, "", RULE_OUT, &t->f), t->e);
	}
	if (t->c == NULL || !t->c->latched)
		return;
	if (t->c->alt_in < 0)
		t->c->alt_in = (int16_t)which;
	conn_latch_ids(t->p->conns, t->c, sa_did(sa), sa_sid(sa));
}

enum verdict
latch_judge(struct trip *t, const struct judge_case *c)
{
	struct rule r = t->e->rule;
	unsigned from, to, which = 0;
	enum verdict v;

	latch_range(t, RULE_IN, &from, &to);
	r.actions += from;
	r.n_actions = (uint16_t)(to - from);
	v = judge_which(&r, c, t->p->tune.icmp_accept_clear_messages, &which);
	if (v == VERDICT_PASS)
		v = judge_selectors(c);
	if (v == VERDICT_PASS)
		v = check_ids(t);
	if (v == VERDICT_PASS)
		latch_received(t, from + which);
	return v;
}

/* --- ICMP errors, by what they are about --- */

/* The entry for the flow that one quotes, or NULL. */
static struct spd_entry *
quoted(struct trip *t, enum rule_dir dir, const struct flow *f)
{
	struct conn_key k;
	struct conn *c = NULL;

	if (t->tun[0] == '\0' && t->p->conns != NULL && conn_key(&k, f))
		c = conn_find(t->p->conns, &k, t->now.mono);
	if (c == NULL || (!c->latched && c->own == NULL))
		return spd_lookup(t->p->spd, t->tun, dir, f);
	return conn_entry(c, dir, spd_version(t->p->spd));
}

static bool
passes(const struct spd_entry *e)
{
	return e == NULL || e->rule.actions[0].type == ACT_PASS;
}

enum verdict
latch_guard_quoted(struct trip *t)
{
	struct spd_entry *e;
	struct flow f;

	if (!quote_is_error(&t->f) || !passes(t->e))
		return VERDICT_PASS;
	/* what is quoted came in: its destination is local */
	if (!quote_flow(&f, &t->v, t->pkt, false))
		return spd_has(t->p->spd, t->tun, RULE_OUT, t->v.src.fam)
			   ? VERDICT_SPD_MALFORMED_PACKET
			   : VERDICT_PASS;
	e = quoted(t, RULE_OUT, &f);
	if (!passes(e)) {
		t->e = e;
		t->f = f;
	}
	return VERDICT_PASS;
}

void
latch_accept_quoted(struct trip *t, struct flow *f, struct judge_case *c)
{
	struct spd_entry *e;

	if (!quote_is_error(&t->f) || !passes(t->e) ||
	    !quote_flow(f, &t->v, t->pkt, true) ||
	    !addr_equal(&f->local, &t->f.local) ||
	    !addr_equal(&f->remote, &t->f.remote))
		return;
	e = quoted(t, RULE_IN, f);
	if (!passes(e)) {
		t->e = e;
		c->f = f;
	}
}
