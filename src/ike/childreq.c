/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "ike/auth.h"
#include "ike/childin.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/kern.h"
#include "ike/proptext.h"
#include "ike/rekey.h"
#include "ike/say.h"
#include "ike/task.h"
#include "ike/ts.h"
#include "wire/ike2name.h"

static bool
own_offer(struct child *c, struct ike2_sa *sa, const uint8_t spi[4],
    const struct ikealg *ke)
{
	return offer_write(sa, c->satype, c->n->ecomb, c->n->n_ecombs, spi, ke,
	    ikerule_esn(c->sa->ike, c->sa->rule));
}

/* RFC 7296 1.3.1: what kind of Child SA, its proposals. */
static void
write_sa(struct child *c, struct out *o, const struct ikealg *ke)
{
	struct ike2_sa sa;
	uint8_t spi[4];

	child_spi_bytes(spi, c->spi_in);
	if (!c->tunnel)
		ike2w_notify(&o->w, IKE2_N_USE_TRANSPORT_MODE, NULL, 0);
	/* RFC 7296 1.3.1: ipsecd pads as it likes, but takes no dummy apart */
	if (!own_offer(c, &sa, spi, ke))
		o->wr.bad = true; /* child_wanted() has seen to that */
	else
		ike2w_sa(&o->w, &sa);
}

static void
write_ts(struct child *c, struct out *o)
{
	ike2w_ts(&o->w, IKE2_P_TSI, &c->ts_own, 1);
	ike2w_ts(&o->w, IKE2_P_TSR, &c->ts_peer, 1);
}

void
child_write_offer(struct child *c, struct out *o)
{
	write_sa(c, o, NULL);
	write_ts(c, o);
	c->state = CHILD_OFFERED;
}

/* Not in the way of an IKE SA that is being replaced, nor without its old one. */
static bool
is_pointless(const struct ikesa *sa, const struct task *t)
{
	const struct child *c = t->child;

	if (c == NULL)
		return true;
	if (t->type == TASK_CHILD)
		return false;
	/* it went meanwhile, or the peer has replaced it */
	(void)sa;
	return c->old == NULL || c->old->gone || c->old->state != CHILD_UP ||
	       c->old->had_theirs;
}

static bool
prepare(struct child *c)
{
	struct ike *ike = c->sa->ike;
	struct child_nego *n = c->n;

	if (!nonce_make(&n->ni, ike->env.rng))
		return false;
	if (n->group == NULL && c->pfs)
		n->group = ikerule_pfs(c->sa->ike, c->sa->rule);
	ke_free(n->ke);
	n->ke = NULL;
	if (n->group == NULL)
		return true;
	n->ke = ke_new(ike->env.crypto, n->group, ike->env.rng);
	return n->ke != NULL;
}

void
child_request(struct ikesa *sa, struct task *t)
{
	struct child *c = t->child;
	struct child_nego *n;
	struct out o;

	if (is_pointless(sa, t)) {
		free(t);
		if (c != NULL)
			child_drop_new(c);
		return;
	}
	n = c->n;
	if (!prepare(c)) {
		say_sa(sa, IKE_LOG_ERROR, IKE_CAT_P2,
		    "no random bytes or no memory for a Child SA");
		task_again(sa, t);
		return;
	}
	out_begin(&o, sa->ike);
	/* RFC 7296 1.3.3: the SPI that we receive with */
	if (c->old != NULL)
		ike2w_notify_sa(&o.w, IKE2_N_REKEY_SA,
		    c->satype == SATYPE_AH ? IKE2_PROTO_AH : IKE2_PROTO_ESP,
		    c->old->spi_in);
	write_sa(c, &o, n->group);
	ike2w_nonce(&o.w, n->ni.b, n->ni.n);
	if (n->ke != NULL)
		ike2w_ke(&o.w, n->group->id, ke_value(n->ke), n->group->len);
	write_ts(c, &o);
	c->state = CHILD_OFFERED;
	if (!out_request(sa, &o, IKE2_CREATE_CHILD_SA, t))
		ikesa_end(sa, EIO);
}

/* ---- the answer ---- */

static bool
take_ts(struct child *c, const struct ike2_msg *m, const char **why)
{
	/* one pair is offered, so one comes back, or parts of one */
	if (m->tsi.n == 0 || m->tsr.n == 0 ||
	    !ts_within(&m->tsi.t[0], &c->ts_own) ||
	    !ts_within(&m->tsr.t[0], &c->ts_peer)) {
		*why = "the traffic selectors are not inside of those that "
		       "were offered";
		return false;
	}
	c->ts_own = m->tsi.t[0];
	c->ts_peer = m->tsr.t[0];
	return true;
}

static bool
take_mode(struct child *c, const struct ike2_msg *m, const char **why)
{
	bool transport = ike2_note_find(m, IKE2_N_USE_TRANSPORT_MODE) != NULL;

	if (transport == !c->tunnel)
		return true;
	*why = transport ? "transport mode was not asked for"
			 : "the peer wants tunnel mode, policy here says "
			   "transport mode";
	return false;
}

/*
 * RFC 7296 2.8.1: of a rekey that the peer has begun, too, the SA with the lowest
 * of four nonces is superfluous. True: it is this one.
 */
static bool
set_low(struct child *c, const struct nonce *ni, const struct nonce *nr)
{
	if (c->old == NULL)
		return false;
	c->low = nonce_compare(ni, nr) < 0 ? *ni : *nr;
	return c->old->had_theirs &&
	       nonce_compare(&c->low, &c->old->theirs_low) < 0;
}

bool
child_take(struct child *c, const struct ike2_msg *m, const struct nonce *ni,
    const struct nonce *nr, const struct ke_secret *ke, const char **why)
{
	struct ike2_sa mine;
	struct offer_algs g;
	struct propose got;
	uint8_t spi[4];
	const struct ikealg *group = ke != NULL ? c->n->group : NULL;
	bool lost;

	child_spi_bytes(spi, c->spi_in);
	/* R253 */
	*why = "the proposal is none of those that were offered";
	if (!own_offer(c, &mine, spi, group) ||
	    !propose_accept(&got, &mine, &m->sa, why) ||
	    !offer_read(&g, &got) || (g.ke != 0) != (ke != NULL))
		return false;
	if (!take_mode(c, m, why) || !take_ts(c, m, why))
		return false;
	c->spi_out = ike2sa_spi32(&m->sa.p[0]);
	if (c->spi_out < 256) {
		*why = "the SPI is a reserved one";
		return false;
	}
	lost = set_low(c, ni, nr);
	*why = "the keys could not be made";
	return child_install(c, &g, ni, nr, ke, lost);
}

/* What an answer without SAs says. */
static void
refused(struct ikesa *sa, struct task *t, const struct ike2_note *e)
{
	struct child *c = t->child;
	char buf[IKE2NAME_TEXT];

	switch (e->type) {
	case IKE2_N_TEMPORARY_FAILURE:
		/* RFC 7296 2.25; the peer's own rekey may be the reason */
		if (c->old != NULL && (c->old->gone || c->old->had_theirs)) {
			free(t);
			child_drop_new(c);
			return;
		}
		c->state = CHILD_READY;
		task_again(sa, t);
		return;
	case IKE2_N_INVALID_KE_PAYLOAD: {
		const struct ikealg *g =
		    ikealg_by_id(IKEALG_KE, ike2note_number(e));

		/* RFC 7296 1.3.1; one group is offered, so never another */
		if (g != NULL && c->n->groups++ == 0 &&
		    g == ikerule_pfs(sa->ike, sa->rule)) {
			c->n->group = g;
			task_again(sa, t);
			return;
		}
		break;
	}
	case IKE2_N_CHILD_SA_NOT_FOUND:
		/* RFC 7296 2.25.1: the peer does not know the old one */
		if (c->old != NULL) {
			struct child *old = c->old;
			bool stays = old->gone || old->had_theirs;

			free(t);
			child_drop_new(c);
			if (!stays)
				child_end(old, 0);
			return;
		}
		break;
	case IKE2_N_NO_ADDITIONAL_SAS:
		sa->no_more_children = true;
		break;
	default:
		break;
	}
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P2,
	    "the peer refuses the Child SA: %s",
	    ike2name_text(buf, ike2name_notify(e->type), e->type));
	child_explain(c);
	free(t);
	child_drop_new(c);
}

/* Ours is there. What about the old one, and the peer's, if it made one too? */
static void
settle(struct ikesa *sa, struct child *c)
{
	struct child *old = c->old, *theirs;

	if (old == NULL)
		return;
	theirs = old->theirs;
	old->theirs = NULL;
	old->was_replaced = true;
	/* RFC 7296 2.8.1: whoever has made the superfluous one deletes it, and
	   the other one deletes the old one */
	if (old->had_theirs && nonce_compare(&c->low, &old->theirs_low) < 0) {
		if (theirs != NULL)
			child_go_out(theirs);
		c->old = NULL;
		c->was_replaced = true;
		c->state = CHILD_DELETING;
		c->out_at = UINT64_MAX;
		task_add_first(sa, TASK_DELETE_CHILD, c);
		if (old->gone)
			child_end_later(old);
		return;
	}
	if (theirs != NULL) {
		theirs->was_replaced = true;
		theirs->out_at = UINT64_MAX;
	}
	if (old->gone) {
		child_end_later(old);
		return;
	}
	old->state = CHILD_DELETING;
	task_add_first(sa, TASK_DELETE_CHILD, old);
}

static bool
finish(struct child *c, const struct ike2_msg *m, const char **why)
{
	struct child_nego *n = c->n;
	struct ke_secret s = { .n = 0 };
	enum ke_result r = KE_OK;
	bool ok;

	*why = "";
	if (!nonce_set(&n->nr, m->nonce))
		return false;
	if (n->ke != NULL) {
		if (!ike2_has(m, IKE2_P_KE) || m->ke.group != n->group->id) {
			*why = "the key exchange is of another group";
			return false;
		}
		r = ke_finish(n->ke, m->ke.data.p, m->ke.data.n, &s);
		if (r != KE_OK) {
			*why = ke_result_text(r);
			return false;
		}
	}
	ok = child_take(c, m, &n->ni, &n->nr, n->ke != NULL ? &s : NULL, why);
	ke_secret_fini(&s);
	return ok;
}

void
child_response(struct ikesa *sa, struct in *in)
{
	struct task *t = out_answered(sa);
	const struct ike2_note *e = ike2_note_error(in->m);
	const char *why = "it has no traffic selectors";
	struct child *c;

	if (t == NULL)
		return;
	if (t->type == TASK_REKEY_IKE) {
		rekey_response(sa, in, t);
		return;
	}
	c = t->child;
	if (c == NULL) { /* it was given up; what the peer made stays alone */
		free(t);
		if (e == NULL)
			child_delete_peers(sa, in->m);
		return;
	}
	if (e != NULL) {
		refused(sa, t, e);
		return;
	}
	free(t);
	if (!ike2_has(in->m, IKE2_P_TSI) || !ike2_has(in->m, IKE2_P_TSR) ||
	    !finish(c, in->m, &why)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P2,
		    "the peer's answer for a Child SA cannot be taken: %s",
		    why);
		child_delete_peers(sa, in->m);
		child_drop_new(c);
		return;
	}
	child_tell(c);
	settle(sa, c);
	if (c->spi_out == c->doomed[0] || c->spi_out == c->doomed[1])
		child_end(c, ECONNRESET);
}

/* RFC 7296 2.21.3 leaves it to us; an SA of one side alone would be a trap. */
void
child_delete_peers(struct ikesa *sa, const struct ike2_msg *m)
{
	(void)m;
	say_sa(sa, IKE_LOG_DEBUG, IKE_CAT_P2,
	    "the peer may keep a Child SA that is not here");
}

void
child_explain(struct child *c)
{
	struct ike2_sa mine;
	const uint8_t none[4] = { 0 };
	char text[IKE_LOG_TEXT / 2], a[TS_TEXT], b[TS_TEXT];

	if (c->n == NULL || !own_offer(c, &mine, none, c->n->group))
		return;
	say_sa(c->sa, IKE_LOG_INFO, IKE_CAT_P2,
	    "what was offered in %s mode: %s; for %s to %s",
	    c->tunnel ? "tunnel" : "transport",
	    proptext_print(text, sizeof(text), &mine), ts_print(a, &c->ts_own),
	    ts_print(b, &c->ts_peer));
}
