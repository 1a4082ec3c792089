/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/info.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/childin.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/input.h"
#include "ike/kern.h"
#include "ike/out.h"
#include "ike/rekey.h"
#include "ike/say.h"
#include "ike/task.h"
#include "wire/ike2name.h"

enum { DELETES_MOST = 64 /* SPIs in one message */ };

/* ---- requests of the peer ---- */

/*
 * An SPI that is not there may be that of the SA which our request under way has
 * made over there; its answer is lost, or slower.
 */
static void
remember_doomed(struct ikesa *sa, uint32_t spi)
{
	struct child *c = sa->req.task != NULL ? sa->req.task->child : NULL;

	if (c != NULL && c->state == CHILD_OFFERED) {
		c->doomed[1] = c->doomed[0];
		c->doomed[0] = spi;
	}
}

/*
 * RFC 7296 1.4.1: the peer's inbound SPI is our outbound one; the answer has the
 * other half. 0: it is not there, or our own DELETE for it is under way.
 */
static uint32_t
delete_pair(struct ikesa *sa, uint8_t satype, uint32_t spi)
{
	struct child *c = child_by_peer_spi(sa, satype, spi), *mine;
	uint32_t in;

	if (c == NULL || c->gone) {
		remember_doomed(sa, spi);
		return 0;
	}
	in = c->spi_in;
	/* both ask at once: each answers without the SPI (2.25.1) */
	if (c->state == CHILD_DELETING && task_has(sa, TASK_DELETE_CHILD, c))
		in = 0;
	/* the new one is at work over there now: RFC 7296 2.8 */
	if (c->theirs != NULL)
		child_go_out(c->theirs);
	mine = child_mine(c);
	if (mine != NULL && mine->state == CHILD_OFFERED) {
		/* our own rekey of it is out: its answer decides */
		c->gone = true;
		kern_delete_later(c);
		return in;
	}
	say_sa(
	    sa, IKE_LOG_INFO, IKE_CAT_P2, "the peer deletes SPI 0x%08x", spi);
	if (mine != NULL)
		child_drop_new(mine);
	if (c->theirs != NULL || c->was_replaced)
		child_end_later(c);
	else
		child_end(c, ECONNRESET);
	return in;
}

static void
delete_pairs(struct ikesa *sa, const struct ike2_delete *d, struct out *o)
{
	uint8_t satype = d->proto == IKE2_PROTO_AH ? SATYPE_AH : SATYPE_ESP;
	uint32_t in[DELETES_MOST];
	unsigned n = 0;

	for (unsigned i = 0; i < d->n; i++) {
		uint32_t spi = delete_pair(sa, satype, ike2_delete_spi(d, i));

		if (spi != 0 && n < DELETES_MOST)
			in[n++] = spi;
	}
	if (n != 0)
		ike2w_delete_sas(&o->w, d->proto, in, n);
}

static bool
deletes_ike(const struct ike2_msg *m)
{
	for (unsigned i = 0; i < m->ndel; i++)
		if (m->del[i].proto == IKE2_PROTO_IKE)
			return true;
	return false;
}

void
info_request(struct ikesa *sa, struct in *in)
{
	const struct job j = { .id = in->m->hdr.msgid,
		.exchange = in->m->hdr.exchange,
		.local = in->ev->dgram.local,
		.remote = in->ev->dgram.remote,
		.natt = in->ev->dgram.natt };
	const struct ike2_msg *m = in->m;
	struct out o;

	if (!deletes_ike(m))
		rekey_is_used(sa);
	out_begin(&o, sa->ike);
	if (ike2_note_find(m, IKE2_N_AUTHENTICATION_FAILED) != NULL) {
		/* RFC 7296 2.21.2: of an initiator that does not believe us */
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the peer says that we are not who we should be");
		out_response(sa, &o, &j);
		ikesa_end(sa, EACCES);
		return;
	}
	if (deletes_ike(m)) {
		/* RFC 7296 1.4.1: the answer is empty */
		out_response(sa, &o, &j);
		say_sa(
		    sa, IKE_LOG_INFO, IKE_CAT_P1, "the peer ends the IKE SA");
		(void)rekey_adopt(sa);
		ikesa_end(sa, ECONNRESET);
		return;
	}
	for (unsigned i = 0; i < m->ndel; i++)
		delete_pairs(sa, &m->del[i], &o);
	out_response(sa, &o, &j);
	if (ike2_note_find(m, IKE2_N_INVALID_SPI) != NULL)
		say_sa(sa, IKE_LOG_INFO, IKE_CAT_P2,
		    "the peer got packets of an SPI that it does not know");
	task_run(sa);
}

/* ---- answers ---- */

static void
is_alive(struct ikesa *sa)
{
	sa->dpd = 2;
}

void
info_response(struct ikesa *sa, struct in *in)
{
	struct task *t = out_answered(sa);

	(void)in;
	is_alive(sa);
	if (t == NULL)
		return;
	switch (t->type) {
	case TASK_DELETE_IKE:
		free(t);
		ikesa_end(sa, 0);
		return;
	case TASK_DELETE_CHILD:
		if (t->child != NULL) {
			struct child *c = t->child;

			t->child = NULL;
			if (c->was_replaced)
				child_end_later(c);
			else
				child_end(c, 0);
		}
		break;
	default:
		break;
	}
	free(t);
	ikesa_due(sa);
}

/* ---- own requests ---- */

void
info_delete_child(struct ikesa *sa, struct task *t)
{
	struct child *c = t->child;
	struct out o;

	if (c == NULL || c->gone) {
		free(t);
		return;
	}
	out_begin(&o, sa->ike);
	ike2w_delete_sas(&o.w,
	    c->satype == SATYPE_AH ? IKE2_PROTO_AH : IKE2_PROTO_ESP, &c->spi_in,
	    1);
	c->state = CHILD_DELETING;
	if (!out_request(sa, &o, IKE2_INFORMATIONAL, t))
		ikesa_end(sa, EIO);
}

void
info_delete_ike(struct ikesa *sa, struct task *t)
{
	struct out o;

	out_begin(&o, sa->ike);
	ike2w_delete_ike(&o.w);
	sa->state = IKESA_DELETING;
	sa->end_at = UINT64_MAX;
	sa->rekey_at = UINT64_MAX;
	if (!out_request(sa, &o, IKE2_INFORMATIONAL, t))
		ikesa_end(sa, EIO);
}

void
info_probe(struct ikesa *sa, struct task *t)
{
	struct out o;

	sa->dpd = 1;
	out_begin(&o, sa->ike);
	if (!out_request(sa, &o, IKE2_INFORMATIONAL, t))
		ikesa_end(sa, EIO);
}

void
info_after_auth(struct ikesa *sa)
{
	list_each (l, &sa->children) {
		struct child *c = list_item(l, struct child, link);

		if (c->state == CHILD_READY)
			task_add(sa, TASK_CHILD, c, 0);
	}
	task_run(sa);
}

void
info_moved(struct ikesa *sa, const struct ike_end *to)
{
	char buf[ADDR_TEXT];

	say_sa(sa, IKE_LOG_INFO, IKE_CAT_P1,
	    "the peer is at %s port %u now, behind its NAT",
	    addr_print(buf, &to->a), to->port);
	sa->remote = *to;
}

bool
info_fragment(struct ikesa *sa, struct in *in)
{
	struct ike_view whole;

	switch (skfrag_add(
	    &sa->frags, in->m->hdr.msgid, &in->m->sk, in->text, in->n)) {
	case SKFRAG_WHOLE:
		break;
	default:
		return false;
	}
	whole = skfrag_text(sa->frags, &in->first);
	if (whole.n > BUILD_MAX)
		return false;
	memcpy(sa->ike->plain, whole.p, whole.n);
	in->text = sa->ike->plain;
	in->n = whole.n;
	skfrag_free(sa->frags);
	sa->frags = NULL;
	return true;
}

/* ---- time ---- */

/* The peer does not answer: RFC 7296 2.4. */
static void
is_dead(struct ikesa *sa)
{
	struct ikesa *theirs = sa->theirs;

	sa->ike->stats.timeouts += sa->initiator;
	if (sa->state < IKESA_UP)
		sa->ike->stats.failed[!sa->initiator]++;
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
	    "no answer after %u tries: the IKE SA ends", sa->req.tries + 1);
	ikesa_end(sa, ETIMEDOUT);
	if (theirs != NULL)
		ikesa_end(theirs, ETIMEDOUT);
}

static void
is_over(struct ikesa *sa)
{
	if (sa->state == IKESA_UP) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the IKE SA's lifetime is over, and no new one is there");
		sa->end_at = UINT64_MAX;
		task_add_first(sa, TASK_DELETE_IKE, NULL);
		return;
	}
	if (sa->state == IKESA_REKEYED) {
		/* the peer should have: no more than that */
		sa->end_at = UINT64_MAX;
		task_add_first(sa, TASK_DELETE_IKE, NULL);
		return;
	}
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
	    "the IKE SA did not get done in time%s",
	    sa->state == IKESA_INIT_R ? ": no IKE_AUTH came" : "");
	sa->ike->stats.failed[!sa->initiator]++;
	ikesa_end(sa, ETIMEDOUT);
}

void
info_tick(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	uint64_t dpd = ikerule_dpd(ike, sa->rule);

	if (!out_tick(sa)) {
		is_dead(sa);
		return;
	}
	if (sa->end_at <= ike->now) {
		is_over(sa);
		if (sa->state == IKESA_DEAD)
			return;
	}
	if (sa->rekey_at <= ike->now) {
		sa->rekey_at = UINT64_MAX;
		task_add(sa, TASK_REKEY_IKE, NULL, 0);
	}
	if (sa->state == IKESA_UP && dpd != 0 && !sa->req.out &&
	    ike->now - sa->heard_at >= dpd)
		task_add(sa, TASK_PROBE, NULL, 0);
	child_tick(sa);
	task_run(sa);
	if (sa->state != IKESA_DEAD)
		ikesa_due(sa);
}
