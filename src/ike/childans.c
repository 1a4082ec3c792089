/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "ike/auth.h"
#include "ike/childin.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/input.h"
#include "ike/kern.h"
#include "ike/proptext.h"
#include "ike/rekey.h"
#include "ike/say.h"
#include "ike/task.h"
#include "ike/ts.h"
#include "wire/ike2name.h"

static uint8_t
proto_of(uint8_t satype)
{
	return satype == SATYPE_AH ? IKE2_PROTO_AH : IKE2_PROTO_ESP;
}

/* Does the peer offer that protocol? */
static bool
offers(const struct ike2_sa *sa, uint8_t satype)
{
	for (unsigned i = 0; i < sa->n; i++)
		if (sa->p[i].proto == proto_of(satype))
			return true;
	return false;
}

static bool
is_own_host(const struct ike2_tslist *l)
{
	return l->n != 0 && addr_equal(&l->t[0].lo, &l->t[0].hi);
}

/*
 * RFC 7296 2.23.1: of transport mode through a NAT the selectors have the
 * addresses that their sender knows; policy here is about those that packets
 * arrive with.
 */
static void
sample_ts(struct child *c, const struct ike2_msg *m, bool tunnel)
{
	const struct ikesa *sa = c->sa;

	c->ts_own = m->tsr.t[0];
	c->ts_peer = m->tsi.t[0];
	if (tunnel)
		return;
	if (sa->remote_natted && is_own_host(&m->tsi))
		c->ts_peer.lo = c->ts_peer.hi = sa->remote.a;
	if (sa->local_natted && is_own_host(&m->tsr))
		c->ts_own.lo = c->ts_own.hi = sa->local.a;
}

uint16_t
child_begin(struct ikesa *sa, const struct ike2_msg *m, struct job *job,
    bool in_auth, struct child **out)
{
	uint8_t satype = offers(&m->sa, SATYPE_ESP) ? SATYPE_ESP : SATYPE_AH;
	struct child *c;

	if (!ike2_has(m, IKE2_P_TSI) || !ike2_has(m, IKE2_P_TSR))
		return IKE2_N_INVALID_SYNTAX;
	if (!offers(&m->sa, satype))
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	if (m->tsi.n == 0 || m->tsr.n == 0)
		return IKE2_N_TS_UNACCEPTABLE;
	c = child_new(sa, satype);
	if (c == NULL)
		return IKE2_N_NO_ADDITIONAL_SAS;
	c->state = CHILD_POLICY;
	c->n->in_auth = in_auth;
	c->n->job = *job;
	*job = (struct job){ 0 };
	c->n->want_transport =
	    ike2_note_find(m, IKE2_N_USE_TRANSPORT_MODE) != NULL;
	sample_ts(c, m, !c->n->want_transport);
	kern_policy(c, !c->n->want_transport);
	*out = c;
	return 0;
}

/* ---- refusing ---- */

static void
refuse(struct child *c, uint16_t type, uint16_t data)
{
	struct ikesa *sa = c->sa;
	struct job j = c->n->job;
	bool in_auth = c->n->in_auth;

	c->n->job = (struct job){ 0 };
	if (c->old != NULL)
		c->old->rekeying = child_mine(c->old) != NULL;
	child_end(c, 0);
	if (in_auth)
		auth_child_done(sa, NULL, type, &j);
	else
		out_response_error(sa, &j, type, data);
	input_forget(&j);
}

static void
explain_policy(struct child *c, const struct ike2_msg *m)
{
	char a[ADDR_TEXT], b[ADDR_TEXT], d[ADDR_TEXT], e[ADDR_TEXT];

	say_sa(c->sa, IKE_LOG_WARN, IKE_CAT_POL,
	    "TS_UNACCEPTABLE: policy here protects no traffic between %s-%s "
	    "(here) and %s-%s (peer) in %s mode; a rule of ipsecinit.conf "
	    "for these addresses would",
	    addr_print(a, &m->tsr.t[0].lo), addr_print(b, &m->tsr.t[0].hi),
	    addr_print(d, &m->tsi.t[0].lo), addr_print(e, &m->tsi.t[0].hi),
	    c->n->want_transport ? "transport" : "tunnel");
}

/* ---- policy is known: choose ---- */

/* The part of the peer's selectors that policy's own pair has in it. */
static bool
narrow(struct child *c, const struct ike2_msg *m)
{
	const struct ikesa *sa = c->sa;
	struct ike2_ts own = c->ts_own, peer = c->ts_peer;
	const struct ts_policy policy = { .local = &own,
		.remote = &peer,
		.n_local = 1,
		.n_remote = 1,
		.one_pair = true };
	struct ts_choice got;

	if (!c->tunnel) {
		if (sa->remote_natted && is_own_host(&m->tsi))
			peer.lo = peer.hi = m->tsi.t[0].lo;
		if (sa->local_natted && is_own_host(&m->tsr))
			own.lo = own.hi = m->tsr.t[0].lo;
	}
	if (ts_narrow(&got, &m->tsi, &m->tsr, &policy) != TS_OK ||
	    got.i.n == 0 || got.r.n == 0)
		return false;
	c->ts_own = got.r.t[0];
	c->ts_peer = got.i.t[0];
	return true;
}

/* PFS: what the rule says; else what the peer likes, if it can be computed. */
static const struct ikealg *
group_for(const struct child *c, const struct ike2_msg *m)
{
	const struct ikealg *g = ikerule_pfs(c->sa->ike, c->sa->rule);

	if (c->n->in_auth)
		return NULL;
	if (g == NULL && ike2_has(m, IKE2_P_KE)) {
		g = ikealg_by_id(IKEALG_KE, m->ke.group);
		if (g != NULL && (g->status == IKEALG_NEVER ||
				     !ke_usable(c->sa->ike->env.crypto, g)))
			g = NULL;
	}
	return g;
}

static uint16_t
choose(struct child *c, const struct ike2_msg *m, uint16_t *data)
{
	struct ike *ike = c->sa->ike;
	struct ike2_sa mine;
	const struct ikealg *g = group_for(c, m);
	const uint8_t none[4] = { 0 };
	struct propose *got = &c->n->chosen;
	char why[IKE_LOG_TEXT - 64];

	if (!offer_write(&mine, c->satype, c->n->ecomb, c->n->n_ecombs, none, g,
		ikerule_esn(ike, c->sa->rule)))
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	if (!propose_choose(
		got, &mine, &m->sa, ike2_has(m, IKE2_P_KE) ? m->ke.group : 0)) {
		say_sa(c->sa, IKE_LOG_WARN, IKE_CAT_PROP,
		    "NO_PROPOSAL_CHOSEN for a Child SA: %s",
		    proptext_explain(why, sizeof(why), &mine, &m->sa));
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	}
	if (g != NULL && (!ike2_has(m, IKE2_P_KE) || m->ke.group != g->id)) {
		/* R254 */
		*data = g->id;
		return IKE2_N_INVALID_KE_PAYLOAD;
	}
	c->n->group = g;
	for (unsigned i = 0; i < 4; i++)
		c->spi_out = c->spi_out << 8 | got->spi[i];
	/* RFC 4303 2.1 */
	return c->spi_out < 256 ? IKE2_N_NO_PROPOSAL_CHOSEN : 0;
}

static void
heard_policy(struct child *c, const struct pfkey_msg *m)
{
	struct ike *ike = c->sa->ike;
	const struct ike2_msg *req = input_again(ike, &c->n->job);
	uint16_t type, data = 0;

	if (m->errnum != 0 && c->n->want_transport && !c->n->asked_again) {
		/* RFC 7296 1.3.1: transport mode may be declined */
		c->n->asked_again = true;
		sample_ts(c, req, true);
		kern_policy(c, true);
		return;
	}
	if (m->errnum != 0) {
		explain_policy(c, req);
		refuse(c, IKE2_N_TS_UNACCEPTABLE, 0);
		return;
	}
	child_set_policy(c, m);
	if (!offer_has(c->satype, m->ecomb, m->n_ecombs) &&
	    offers(&req->sa, SATYPE_AH))
		c->satype = SATYPE_AH;
	if (!child_set_combs(c, m)) {
		refuse(c, IKE2_N_NO_PROPOSAL_CHOSEN, 0);
		return;
	}
	if (!narrow(c, req)) {
		explain_policy(c, req);
		refuse(c, IKE2_N_TS_UNACCEPTABLE, 0);
		return;
	}
	type = choose(c, req, &data);
	if (type != 0) {
		refuse(c, type, data);
		return;
	}
	c->state = CHILD_SPI_R;
	kern_getspi(c);
}

/* ---- the SPI is there: answer ---- */

/* RFC 7296 3.3: the proposal that was chosen, with its number and our SPI. */
static bool
write_sa(const struct child *c, struct out *o, struct offer_algs *g)
{
	struct ike2_sa answer;
	uint8_t spi[4];

	child_spi_bytes(spi, c->spi_in);
	if (!propose_answer(&answer, &c->n->chosen, spi, sizeof(spi)) ||
	    !offer_read(g, &c->n->chosen))
		return false;
	ike2w_sa(&o->w, &answer);
	return true;
}

uint16_t
child_answer(struct child *c, const struct job *j, const struct nonce *ni,
    const struct nonce *nr, struct out *o)
{
	struct ike *ike = c->sa->ike;
	const struct ike2_msg *m = input_again(ike, j);
	bool in_auth = c->n->in_auth;
	struct ke_secret s = { .n = 0 };
	uint8_t value[KE_VALUE_MAX];
	struct offer_algs g;
	const struct ikealg *group = c->n->group;
	struct ike2_ts own = c->ts_own, peer = c->ts_peer;
	bool transport = !c->tunnel, ok;

	if (group != NULL &&
	    ke_respond(ike->env.crypto, group, ike->env.rng, m->ke.data.p,
		m->ke.data.n, value, &s) != KE_OK)
		return IKE2_N_INVALID_SYNTAX;
	if (transport)
		ike2w_notify(&o->w, IKE2_N_USE_TRANSPORT_MODE, NULL, 0);
	if (!write_sa(c, o, &g)) {
		ke_secret_fini(&s);
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	}
	if (!in_auth)
		ike2w_nonce(&o->w, nr->b, nr->n);
	if (group != NULL)
		ike2w_ke(&o->w, group->id, value, group->len2);
	ike2w_ts(&o->w, IKE2_P_TSI, &peer, 1);
	ike2w_ts(&o->w, IKE2_P_TSR, &own, 1);
	ok = child_install(
	    c, &g, ni, nr, group != NULL ? &s : NULL, c->old != NULL);
	ke_secret_fini(&s);
	return ok ? 0 : IKE2_N_NO_ADDITIONAL_SAS;
}

static void
answer_create(struct child *c)
{
	struct ikesa *sa = c->sa;
	struct nonce ni, nr;
	struct job j;
	struct out o;
	uint16_t type;

	/*
	 * RFC 7296 2.25.1: meanwhile our own rekey got done, and the old one is
	 * being closed.
	 */
	if (c->is_rekey && (c->old == NULL || c->old->state != CHILD_UP)) {
		refuse(c, IKE2_N_TEMPORARY_FAILURE, 0);
		return;
	}
	if (!nonce_set(&ni, input_again(sa->ike, &c->n->job)->nonce) ||
	    !nonce_make(&nr, sa->ike->env.rng)) {
		refuse(c, IKE2_N_TEMPORARY_FAILURE, 0);
		return;
	}
	c->low = nonce_compare(&ni, &nr) < 0 ? ni : nr;
	j = c->n->job;
	c->n->job = (struct job){ 0 };
	out_begin(&o, sa->ike);
	type = child_answer(c, &j, &ni, &nr, &o);
	if (type != 0) {
		c->n->job = j;
		refuse(c, type, 0);
		return;
	}
	out_response(sa, &o, &j);
	input_forget(&j);
	child_tell(c);
	if (c->old != NULL) {
		struct child *mine = child_mine(c->old);

		c->old->theirs = c;
		c->old->had_theirs = true;
		c->old->theirs_low = c->low;
		if (mine != NULL && mine->state != CHILD_OFFERED)
			child_drop_new(mine); /* it was not asked for yet */
	}
}

void
child_heard_responder(struct child *c, const struct pfkey_msg *m)
{
	if (c->state == CHILD_POLICY) {
		heard_policy(c, m);
		return;
	}
	if (m->errnum != 0 || !pfkey_has(m, PFKEY_EXT_SA)) {
		say_sa(c->sa, IKE_LOG_ERROR, IKE_CAT_PFKEY,
		    "ipsecd gives no SPI (errno %u): no Child SA", m->errnum);
		refuse(c, IKE2_N_TEMPORARY_FAILURE, 0);
		return;
	}
	c->spi_in = m->spi;
	if (c->n->in_auth) {
		struct job j = c->n->job;

		c->n->job = (struct job){ 0 };
		auth_child_done(c->sa, c, 0, &j);
		input_forget(&j);
	} else {
		answer_create(c);
	}
}

/* ---- a request of CREATE_CHILD_SA ---- */

static void
answer_not_found(
    struct ikesa *sa, const struct job *j, const struct ike2_note *rekey)
{
	struct out o;

	out_begin(&o, sa->ike);
	ike2w_notify_sa(&o.w, IKE2_N_CHILD_SA_NOT_FOUND, rekey->proto,
	    ike2note_spi32(rekey));
	out_response(sa, &o, j);
}

/*
 * RFC 7296 2.25: which requests come at the wrong time. *old: the one that is to
 * be replaced, or NULL.
 */
static uint16_t
is_untimely(struct ikesa *sa, const struct ike2_note *rekey, struct child **old)
{
	uint8_t satype;

	*old = NULL;
	/* 2.25.2: while the IKE SA is rekeyed */
	if (sa->mine != NULL || sa->theirs != NULL)
		return IKE2_N_TEMPORARY_FAILURE;
	if (rekey == NULL)
		return 0;
	satype = rekey->proto == IKE2_PROTO_AH ? SATYPE_AH : SATYPE_ESP;
	*old = child_by_peer_spi(sa, satype, ike2note_spi32(rekey));
	/* it may be the one that our own request under way has made */
	if (*old == NULL && task_makes_child(sa))
		return IKE2_N_TEMPORARY_FAILURE;
	if (*old == NULL || (*old)->gone)
		return IKE2_N_CHILD_SA_NOT_FOUND;
	/* 2.25.1: it is being closed; or replaced already */
	if ((*old)->state != CHILD_UP || (*old)->had_theirs)
		return IKE2_N_TEMPORARY_FAILURE;
	return 0;
}

static void
create(struct ikesa *sa, const struct ike2_msg *m, struct job *j)
{
	const struct ike2_note *rekey = ike2_note_find(m, IKE2_N_REKEY_SA);
	struct child *old, *c = NULL;
	uint16_t type = is_untimely(sa, rekey, &old);

	if (type == IKE2_N_CHILD_SA_NOT_FOUND) {
		answer_not_found(sa, j, rekey);
		return;
	}
	if (type == 0)
		type = child_begin(sa, m, j, false, &c);
	if (type != 0) {
		out_response_error(sa, j, type, 0);
		if (type == IKE2_N_INVALID_SYNTAX)
			ikesa_end(sa, EPROTO);
		return;
	}
	c->old = old;
	c->is_rekey = old != NULL;
	if (old != NULL)
		old->rekeying = true;
}

void
child_asked(struct ikesa *sa, struct in *in)
{
	struct job j = { 0 };

	rekey_is_used(sa);
	if (!input_keep(&j, in)) {
		window_forget(&sa->win, in->m->hdr.msgid);
		return;
	}
	if (in->m->sa.p[0].proto == IKE2_PROTO_IKE)
		rekey_asked(sa, in->m, &j);
	else
		create(sa, in->m, &j);
	input_forget(&j);
}
