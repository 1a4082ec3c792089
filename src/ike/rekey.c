/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/rekey.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/child.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/out.h"
#include "ike/proptext.h"
#include "ike/say.h"
#include "ike/suite.h"
#include "ike/task.h"
#include "wire/ike2name.h"

enum {
	/* ms that the old one waits for the peer's DELETE */
	OLD_WAIT = 60000
};

/* What the new one has of the old one: the peer is the same. */
static struct ikesa *
successor(struct ikesa *sa, enum ikesa_state state)
{
	struct ikesa *n =
	    ikesa_new(sa->ike, state, &sa->local, &sa->remote, sa->natt);

	if (n == NULL)
		return NULL;
	n->is_rekey = true;
	n->rule = sa->rule;
	n->local_natted = sa->local_natted;
	n->remote_natted = sa->remote_natted;
	n->frag = sa->frag;
	n->own_method = sa->own_method;
	n->peer_method = sa->peer_method;
	n->nego->old = sa;
	/* its fate is the old one's: it does not end by its own time */
	n->end_at = UINT64_MAX;
	if (!blob_set(&n->id_own, sa->id_own.b, sa->id_own.n) ||
	    !blob_set(&n->id_peer, sa->id_peer.b, sa->id_peer.n)) {
		ikesa_end(n, 0);
		return NULL;
	}
	return n;
}

static void
spi_bytes(uint8_t out[8], uint64_t spi)
{
	struct wr w = wr_into(out, 8);

	wr_be64(&w, spi);
}

static uint64_t
spi_of(const uint8_t b[8])
{
	struct rd r = rd_from(b, 8);

	return rd_be64(&r);
}

/* The children of sa, and what is wanted for them, go over to n. */
static void
inherit(struct ikesa *n, struct ikesa *sa)
{
	list_each (l, &sa->children)
		child_move(list_item(l, struct child, link), n);
	list_each (l, &sa->tasks) {
		struct task *t = list_item(l, struct task, link);

		list_remove(l);
		if (t->type == TASK_REKEY_IKE || t->type == TASK_DELETE_IKE ||
		    t->type == TASK_PROBE)
			free(t);
		else
			list_push_tail(&n->tasks, l);
	}
	ikesa_due(n);
}

/* sa has no children any more. It goes when the peer, or (ours) we, delete it. */
static void
retire(struct ikesa *sa, bool ours)
{
	sa->state = IKESA_REKEYED;
	sa->rekey_at = UINT64_MAX;
	sa->end_at = sa->ike->now + OLD_WAIT;
	if (ours)
		task_add_first(sa, TASK_DELETE_IKE, NULL);
	ikesa_due(sa);
}

static void
take_over(struct ikesa *n, struct ikesa *sa, bool we_delete)
{
	inherit(n, sa);
	if (sa->theirs != NULL) {
		sa->theirs->of = NULL;
		ikesa_due(sa->theirs);
	}
	sa->theirs = NULL;
	if (sa->mine == n)
		sa->mine = NULL;
	say_sa(n, IKE_LOG_INFO, IKE_CAT_P1,
	    "the IKE SA %016llx %016llx has new keys",
	    (unsigned long long)sa->spi_i, (unsigned long long)sa->spi_r);
	retire(sa, we_delete);
}

static void
end_mine(struct ikesa *sa)
{
	struct ikesa *mine = sa->mine;

	sa->mine = NULL;
	if (mine != NULL)
		ikesa_end(mine, 0);
}

bool
rekey_adopt(struct ikesa *sa)
{
	struct ikesa *theirs = sa->theirs;

	if (theirs == NULL)
		return false;
	take_over(theirs, sa, false);
	/* ours may be answered yet: rekey_late_response() */
	if (sa->mine != NULL && !sa->req.out)
		end_mine(sa);
	return true;
}

/* ---- initiator ---- */

static void
give_up(struct ikesa *sa, struct task *t)
{
	free(t);
	(void)rekey_adopt(sa);
	end_mine(sa);
}

static bool
make_mine(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	struct ikesa *n = sa->mine;
	struct ike2_sa offer;

	if (n == NULL) {
		/* a state in which no message is taken */
		n = successor(sa, IKESA_INIT_I);
		if (n == NULL)
			return false;
		n->state = IKESA_SIGN_I;
		sa->mine = n;
	}
	if (!ikerule_offer(ike, sa->rule, NULL, &offer))
		return false;
	if (n->nego->group == NULL)
		n->nego->group = ikerule_group(ike, &offer);
	if (n->nego->group == NULL)
		return false;
	ke_free(n->nego->ke);
	n->nego->ke = ke_new(ike->env.crypto, n->nego->group, ike->env.rng);
	return n->nego->ke != NULL && nonce_make(&n->nego->ni, ike->env.rng);
}

void
rekey_request(struct ikesa *sa, struct task *t)
{
	struct ike *ike = sa->ike;
	struct ike2_sa offer;
	struct ikesa *n;
	uint8_t spi[8];
	struct out o;

	if (sa->theirs != NULL || !make_mine(sa)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the IKE SA cannot be given new keys now");
		give_up(sa, t);
		return;
	}
	n = sa->mine;
	spi_bytes(spi, n->spi_i);
	if (!ikerule_offer(ike, sa->rule, spi, &offer)) {
		give_up(sa, t);
		return;
	}
	out_begin(&o, ike);
	ike2w_sa(&o.w, &offer);
	ike2w_nonce(&o.w, n->nego->ni.b, n->nego->ni.n);
	ike2w_ke(&o.w, n->nego->group->id, ke_value(n->nego->ke),
	    n->nego->group->len);
	if (!out_request(sa, &o, IKE2_CREATE_CHILD_SA, t))
		ikesa_end(sa, EIO);
}

static void
refused(struct ikesa *sa, const struct ike2_note *e, struct task *t)
{
	struct ike2_sa offer;
	struct nego *n = sa->mine != NULL ? sa->mine->nego : NULL;
	char buf[IKE2NAME_TEXT];

	if (sa->theirs != NULL || n == NULL) {
		/* RFC 7296 2.25.2: the peer's own one goes on */
		give_up(sa, t);
		return;
	}
	if (e->type == IKE2_N_TEMPORARY_FAILURE) {
		/* meanwhile the peer may begin its own */
		end_mine(sa);
		task_again(sa, t);
		return;
	}
	if (e->type == IKE2_N_INVALID_KE_PAYLOAD && n->groups++ < 3 &&
	    ikerule_offer(sa->ike, sa->rule, NULL, &offer)) {
		const struct ikealg *g =
		    ikerule_has_group(sa->ike, &offer, ike2note_number(e));

		if (g != NULL && g != n->group) {
			n->group = g;
			rekey_request(sa, t);
			return;
		}
	}
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
	    "the peer refuses new IKE keys: %s",
	    ike2name_text(buf, ike2name_notify(e->type), e->type));
	give_up(sa, t);
}

static const char *
take_response(struct ikesa *sa, const struct ike2_msg *m)
{
	struct ikesa *n = sa->mine;
	struct ike2_sa offer;
	struct propose got;
	const char *why = "the proposal is none of those that were offered";
	struct ke_secret s;
	uint8_t spi[8];
	enum ke_result res;
	bool ok;

	spi_bytes(spi, n->spi_i);
	if (!ikerule_offer(sa->ike, sa->rule, spi, &offer) ||
	    !propose_accept(&got, &offer, &m->sa, &why) ||
	    !suite_read(&n->suite, sa->ike, &got))
		return why;
	n->spi_r = got.spi_len == 8 ? spi_of(got.spi) : 0;
	if (n->spi_r == 0)
		return "its SPI is zero";
	if (!ike2_has(m, IKE2_P_KE) || m->ke.group != n->nego->group->id ||
	    n->suite.ke != n->nego->group)
		return "the key exchange is of another group";
	if (!nonce_set(&n->nego->nr, m->nonce))
		return "the nonce is too short";
	res = ke_finish(n->nego->ke, m->ke.data.p, m->ke.data.n, &s);
	if (res != KE_OK)
		return ke_result_text(res);
	ok = suite_keys(n, &s, sa);
	ke_secret_fini(&s);
	return ok ? NULL : "the keys could not be computed";
}

static const struct nonce *
lower(const struct nego *n)
{
	return nonce_compare(&n->ni, &n->nr) < 0 ? &n->ni : &n->nr;
}

/* n is at work: its ids begin at 0 on both sides (R264). */
static void
begin_work(struct ikesa *n)
{
	n->rekey_low = *lower(n->nego);
	ikesa_end_nego(n);
	ikesa_up(n);
}

void
rekey_response(struct ikesa *sa, struct in *in, struct task *t)
{
	const struct ike2_note *e = ike2_note_error(in->m);
	struct ikesa *n = sa->mine, *theirs = sa->theirs;
	const char *why;

	if (n == NULL) {
		free(t);
		return;
	}
	if (e != NULL) {
		refused(sa, e, t);
		return;
	}
	why = take_response(sa, in->m);
	if (why != NULL) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the answer with new IKE keys is not taken: %s", why);
		give_up(sa, t);
		return;
	}
	free(t);
	begin_work(n);
	if (theirs == NULL) {
		take_over(n, sa, true);
		return;
	}
	/* RFC 7296 2.8.2: the lowest of four nonces is the loser's */
	if (nonce_compare(&n->rekey_low, &theirs->rekey_low) < 0) {
		take_over(theirs, sa, false);
		sa->mine = NULL;
		retire(n, true);
	} else {
		take_over(n, sa, true);
		retire(theirs, false);
	}
}

/* ---- responder ---- */

/* RFC 7296 2.25.2: something is under way that has to be done first. */
static bool
is_busy(const struct ikesa *sa)
{
	const struct task *t = sa->req.task;

	if (sa->theirs != NULL)
		return true;
	if (sa->req.out && t != NULL &&
	    (t->type == TASK_CHILD || t->type == TASK_REKEY_CHILD ||
		t->type == TASK_DELETE_CHILD || t->type == TASK_DELETE_IKE))
		return true;
	list_each (l, &sa->children) {
		const struct child *c = list_item(l, struct child, link);

		if (!c->initiator &&
		    (c->state == CHILD_POLICY || c->state == CHILD_SPI_R))
			return true;
	}
	return false;
}

static uint16_t
respond(struct ikesa *sa, struct ikesa *n, const struct ike2_msg *m,
    const struct propose *got, struct job *j)
{
	struct ike *ike = sa->ike;
	struct nego *g = n->nego;
	uint8_t value[KE_VALUE_MAX], spi[8];
	struct ike2_sa answer;
	struct ke_secret s;
	struct out o;
	bool ok;

	n->spi_i = spi_of(got->spi);
	spi_bytes(spi, n->spi_r);
	if (n->spi_i == 0 || !nonce_set(&g->ni, m->nonce) ||
	    ke_respond(ike->env.crypto, n->suite.ke, ike->env.rng, m->ke.data.p,
		m->ke.data.n, value, &s) != KE_OK)
		return IKE2_N_INVALID_SYNTAX;
	ok = nonce_make(&g->nr, ike->env.rng) && suite_keys(n, &s, sa) &&
	     propose_answer(&answer, got, spi, sizeof(spi));
	ke_secret_fini(&s);
	if (!ok)
		return IKE2_N_TEMPORARY_FAILURE;
	out_begin(&o, ike);
	ike2w_sa(&o.w, &answer);
	ike2w_nonce(&o.w, g->nr.b, g->nr.n);
	ike2w_ke(&o.w, n->suite.ke->id, value, n->suite.ke->len2);
	out_response(sa, &o, j);
	return 0;
}

static uint16_t
choose(struct ikesa *sa, const struct ike2_msg *m, struct propose *got,
    uint16_t *data)
{
	struct ike2_sa mine;
	char why[IKE_LOG_TEXT - 64];

	if (!ike2_has(m, IKE2_P_KE))
		return IKE2_N_INVALID_SYNTAX; /* R264 */
	if (!ikerule_offer(sa->ike, sa->rule, NULL, &mine))
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	if (!propose_choose(got, &mine, &m->sa, m->ke.group)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_PROP,
		    "NO_PROPOSAL_CHOSEN for new IKE keys: %s",
		    proptext_explain(why, sizeof(why), &mine, &m->sa));
		return IKE2_N_NO_PROPOSAL_CHOSEN;
	}
	*data = propose_id(got, IKE2_T_KE);
	if (*data != m->ke.group)
		return IKE2_N_INVALID_KE_PAYLOAD;
	return got->spi_len == 8 ? 0 : IKE2_N_INVALID_SYNTAX;
}

void
rekey_asked(struct ikesa *sa, const struct ike2_msg *m, struct job *j)
{
	struct propose got;
	struct ikesa *n = NULL;
	uint16_t type, data = 0;

	type =
	    is_busy(sa) ? IKE2_N_TEMPORARY_FAILURE : choose(sa, m, &got, &data);
	if (type == 0) {
		n = successor(sa, IKESA_INIT_R);
		if (n == NULL || !suite_read(&n->suite, sa->ike, &got))
			type = IKE2_N_TEMPORARY_FAILURE;
	}
	if (type == 0)
		type = respond(sa, n, m, &got, j);
	if (type != 0) {
		if (n != NULL)
			ikesa_end(n, 0);
		out_response_error(sa, j, type, data);
		return;
	}
	begin_work(n);
	if (sa->mine != NULL && sa->req.out) {
		sa->theirs = n; /* until our own answer is there */
		n->of = sa;
		return;
	}
	end_mine(sa); /* waits for another try */
	take_over(n, sa, false);
}

/* ---- too late ---- */

void
rekey_late_request(struct ikesa *sa, struct in *in)
{
	const struct job j = { .id = in->m->hdr.msgid,
		.exchange = in->m->hdr.exchange,
		.local = in->ev->dgram.local,
		.remote = in->ev->dgram.remote,
		.natt = in->ev->dgram.natt };

	out_response_error(sa, &j, IKE2_N_TEMPORARY_FAILURE, 0);
}

void
rekey_late_response(struct ikesa *sa, struct in *in)
{
	struct ikesa *n = sa->mine;

	free(out_answered(sa));
	if (n == NULL)
		return;
	/* the peer's took over; what it has made for us is superfluous */
	if (in->error != NULL || take_response(sa, in->m) != NULL) {
		end_mine(sa);
		return;
	}
	sa->mine = NULL;
	begin_work(n);
	retire(n, true);
}

void
rekey_is_used(struct ikesa *n)
{
	if (n->of != NULL)
		(void)rekey_adopt(n->of);
}
