/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/auth.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/authask.h"
#include "ike/child.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/info.h"
#include "ike/input.h"
#include "ike/kern.h"
#include "ike/say.h"
#include "model/ikeid.h"
#include "wire/ike2name.h"

/* Somebody's identity for a log line. */
static const char *
id_text(char buf[IKEID_TEXT], const struct blob *b)
{
	struct ikeid id;

	if (b->n < 2 || !ikeid_set(&id, b->b[0], b->b + 1, b->n - 1)) {
		buf[0] = '?';
		buf[1] = '\0';
		return buf;
	}
	return ikeid_print(buf, &id);
}

/* A peer's message is refused: the IKE SA ends with an answer that says so. */
static void
fail_answer(struct ikesa *sa, const char *why)
{
	struct job j = sa->nego->job;

	sa->nego->job = (struct job){ 0 };
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1, "AUTHENTICATION_FAILED: %s", why);
	out_response_error(sa, &j, IKE2_N_AUTHENTICATION_FAILED, 0);
	input_forget(&j);
	sa->ike->stats.failed[1]++;
	ikesa_end(sa, EACCES);
}

/* RFC 7296 2.21.2: the responder hears that it is not believed, once. */
static void
fail_request(struct ikesa *sa, const char *why)
{
	struct out o;

	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
	    "the peer is not who it should be: %s", why);
	out_begin(&o, sa->ike);
	ike2w_notify(&o.w, IKE2_N_AUTHENTICATION_FAILED, NULL, 0);
	out_last_word(sa, &o);
	sa->ike->stats.failed[0]++;
	ikesa_end(sa, EACCES);
}

static void
fail(struct ikesa *sa, const char *why)
{
	if (sa->initiator)
		fail_request(sa, why);
	else
		fail_answer(sa, why);
}

static bool
set_id(struct blob *b, const struct ike2_id *id)
{
	uint8_t buf[1 + IKEID_MAX];

	if (id->data.n == 0 || id->data.n > IKEID_MAX)
		return false;
	buf[0] = id->type;
	memcpy(buf + 1, id->data.p, id->data.n);
	return blob_set(b, buf, 1 + id->data.n);
}

/* ---- what both send of themselves ---- */

static void
write_self(struct ikesa *sa, struct out *o)
{
	const struct nego *n = sa->nego;
	const struct ike2_id id = { .type = sa->id_own.b[0],
		.data = { sa->id_own.b + 1, sa->id_own.n - 1 } };

	ike2w_id(&o->w, sa->initiator ? IKE2_P_IDI : IKE2_P_IDR, &id);
	for (unsigned i = 0; i < n->n_cert; i++) {
		const struct ike2_cert c = { .enc = IKE2_CERT_X509,
			.data = { n->cert[i].b, n->cert[i].n } };

		ike2w_cert(&o->w, &c);
	}
}

static void
write_auth(struct ikesa *sa, struct out *o)
{
	const struct nego *n = sa->nego;
	struct ike2_authdata a = { .method = n->method,
		.data = { n->auth.b, n->auth.n } };

	if (n->method == IKE2_AUTH_SIGNATURE && n->auth.n != 0 &&
	    n->auth.b[0] < n->auth.n) {
		a.alg = (struct ike_view){ n->auth.b + 1, n->auth.b[0] };
		a.data.p += 1 + n->auth.b[0];
		a.data.n -= 1u + n->auth.b[0];
	}
	ike2w_auth(&o->w, &a);
}

/* R300: the authorities that we trust; no PSK needs them. */
void
auth_write_certreq(const struct ikesa *sa, struct ike2w *w)
{
	const struct blob *a = &sa->ike->authorities;
	const struct ike2_cert c = { .enc = IKE2_CERT_X509,
		.data = { a->b, a->n } };

	if (a->n != 0 && !ikerule_is_psk(sa->ike, sa->rule))
		ike2w_certreq(w, &c);
}

/* ---- initiator ---- */

static void
sign(struct ikesa *sa)
{
	if (!authask_sign(sa)) {
		say_sa(sa, IKE_LOG_ERROR, IKE_CAT_P1,
		    "no memory, or the prf failed: no authentication");
		ikesa_end(sa, EIO);
	}
}

/* The keystore is asked for our identity, or right away for our AUTH. */
static void
show_self(struct ikesa *sa)
{
	if (sa->id_own.n != 0 ||
	    ikerule_own_id(sa->ike, sa->rule, &sa->local.a, &sa->id_own))
		sign(sa);
	else
		authask_id(sa);
}

void
auth_begin(struct ikesa *sa)
{
	show_self(sa);
}

static bool
is_first_contact(const struct ikesa *sa)
{
	if (!ikerule_flag(sa->ike, sa->rule, IKECFG_INITIAL_CONTACT))
		return false;
	list_each (l, &sa->ike->sas) {
		const struct ikesa *o = list_item(l, struct ikesa, all);

		if (o != sa && o->state >= IKESA_UP &&
		    addr_equal(&o->remote.a, &sa->remote.a))
			return false;
	}
	return true;
}

void
auth_child_ready(struct ikesa *sa)
{
	struct nego *n = sa->nego;
	struct out o;

	if (sa->state != IKESA_SIGN_I || n == NULL || n->auth.n == 0 ||
	    (n->child != NULL && n->child->state != CHILD_READY))
		return;
	out_begin(&o, sa->ike);
	write_self(sa, &o);
	/* RFC 7296 2.4: here, and nowhere else */
	if (is_first_contact(sa))
		ike2w_notify(&o.w, IKE2_N_INITIAL_CONTACT, NULL, 0);
	auth_write_certreq(sa, &o.w);
	write_auth(sa, &o);
	if (n->child != NULL)
		child_write_offer(n->child, &o);
	sa->state = IKESA_AUTH_I;
	if (!out_request(sa, &o, IKE2_AUTH, NULL))
		ikesa_end(sa, EIO);
}

void
auth_response(struct ikesa *sa, struct in *in)
{
	char buf[IKE2NAME_TEXT];

	free(out_answered(sa));
	if (in->error != NULL) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the peer refuses us: %s; its log says why",
		    ike2name_text(buf, ike2name_notify(in->error->type),
			in->error->type));
		sa->ike->stats.failed[0]++;
		ikesa_end(sa, EACCES);
		return;
	}
	/* nothing is kept but what the AUTH payload covers or goes with */
	if (!input_keep(&sa->nego->job, in) ||
	    !set_id(&sa->id_peer, &in->m->idr)) {
		fail(sa, "its identity cannot be used");
		return;
	}
	if (!ikerule_takes(sa->rule, in->m->idr.type, in->m->idr.data.p,
		in->m->idr.data.n)) {
		char id[IKEID_TEXT];

		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "the peer says it is %s, which is no remote_id of the rule",
		    id_text(id, &sa->id_peer));
		fail(sa, "another identity");
		return;
	}
	sa->peer_method = in->m->auth.method;
	sa->state = IKESA_VERIFY_I;
	if (!authask_verify(sa, in->m))
		fail(sa, "no memory");
}

static void
log_up(struct ikesa *sa)
{
	char id[IKEID_TEXT];

	say_sa(sa, IKE_LOG_INFO, IKE_CAT_P1, "IKE SA with %s is there",
	    id_text(id, &sa->id_peer));
}

/* The peer is who it says: the answer's Child SA may be. */
static void
finish_initiator(struct ikesa *sa)
{
	struct nego *n = sa->nego;
	struct job j = n->job;
	const struct ike2_msg *m = input_again(sa->ike, &j);
	const struct ike2_note *e = ike2_note_error(m);
	struct child *c = n->child;
	const char *why = "it has no SA payload";
	struct nonce ni = n->ni, nr = n->nr;
	char buf[IKE2NAME_TEXT];

	n->job = (struct job){ 0 };
	n->child = NULL;
	ikesa_up(sa);
	log_up(sa);
	if (c != NULL && e != NULL) {
		/* R284: the IKE SA stays */
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P2,
		    "the peer refuses the Child SA: %s",
		    ike2name_text(buf, ike2name_notify(e->type), e->type));
		child_end(c, ECONNREFUSED);
	} else if (c != NULL) {
		if (ike2_has(m, IKE2_P_SA) && ike2_has(m, IKE2_P_TSI) &&
		    ike2_has(m, IKE2_P_TSR) &&
		    child_take(c, m, &ni, &nr, NULL, &why)) {
			child_tell(c);
		} else {
			say_sa(sa, IKE_LOG_WARN, IKE_CAT_P2,
			    "the peer's Child SA cannot be taken: %s", why);
			child_delete_peers(sa, m);
			child_end(c, ECONNREFUSED);
		}
	}
	input_forget(&j);
	ikesa_end_nego(sa);
	info_after_auth(sa);
}

/* ---- responder ---- */

/* The rule for these addresses whose remote_id the peer is. */
static bool
find_rule(struct ikesa *sa, const struct ike2_id *id)
{
	const struct ikecfg_rule *r = NULL;

	/* the peer's address may be another one than in IKE_SA_INIT */
	while (
	    (r = ikerule_for(sa->ike, r, &sa->local.a, &sa->remote.a)) != NULL)
		if (r == sa->rule &&
		    ikerule_takes(r, id->type, id->data.p, id->data.n))
			return true;
	while (
	    (r = ikerule_for(sa->ike, r, &sa->local.a, &sa->remote.a)) != NULL)
		if (ikerule_takes(r, id->type, id->data.p, id->data.n) &&
		    ikerule_allows(sa->ike, r, &sa->suite)) {
			sa->rule = r;
			return true;
		}
	return false;
}

void
auth_take_certreq(struct nego *n, const struct ike2_msg *m)
{
	size_t size = 0, at = 0;
	uint8_t *all;

	for (unsigned i = 0; i < m->ncertreq; i++)
		if (m->certreq[i].enc == IKE2_CERT_X509)
			size += m->certreq[i].data.n;
	if (size == 0 || size % 20 != 0 || size > 20 * 256)
		return;
	all = malloc(size);
	if (all == NULL)
		return;
	for (unsigned i = 0; i < m->ncertreq; i++) {
		if (m->certreq[i].enc != IKE2_CERT_X509)
			continue;
		memcpy(all + at, m->certreq[i].data.p, m->certreq[i].data.n);
		at += m->certreq[i].data.n;
	}
	blob_fini(&n->certreq);
	n->certreq = (struct blob){ all, size };
}

void
auth_request(struct ikesa *sa, struct in *in)
{
	const struct ike2_msg *m = in->m;
	struct nego *n = sa->nego;
	char id[IKEID_TEXT];

	if (!input_keep(&n->job, in)) {
		window_forget(&sa->win, m->hdr.msgid);
		return;
	}
	/* RFC 7296 2.23: the initiator has gone over to another port */
	sa->remote = in->ev->dgram.remote;
	sa->local = in->ev->dgram.local;
	sa->natt = in->ev->dgram.natt;
	if (!set_id(&sa->id_peer, &m->idi)) {
		fail(sa, "its identity cannot be used");
		return;
	}
	if (!ike2_has(m, IKE2_P_AUTH)) {
		fail(sa, "the peer wants EAP, which no rule for it allows");
		return;
	}
	if (!find_rule(sa, &m->idi)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "no rule for these addresses has the remote_id %s",
		    id_text(id, &sa->id_peer));
		fail(sa, "an unknown identity");
		return;
	}
	auth_take_certreq(n, m);
	sa->peer_method = m->auth.method;
	sa->state = IKESA_VERIFY_R;
	if (!authask_verify(sa, m))
		fail(sa, "no memory");
}

/* R242: what the peer had before is gone there. */
static void
first_contact(struct ikesa *sa)
{
	struct link *l = sa->ike->sas.next;

	while (l != &sa->ike->sas) {
		struct ikesa *o = list_item(l, struct ikesa, all);

		l = l->next;
		if (o == sa || o->state < IKESA_UP ||
		    o->id_peer.n != sa->id_peer.n || sa->id_peer.n == 0 ||
		    memcmp(o->id_peer.b, sa->id_peer.b, o->id_peer.n) != 0)
			continue;
		say_sa(o, IKE_LOG_INFO, IKE_CAT_P1,
		    "the peer has begun anew: this IKE SA ends");
		ikesa_end(o, 0);
		/* which may have taken the next one with it: its rekeying */
		l = sa->ike->sas.next;
	}
}

static void
peer_is_good(struct ikesa *sa)
{
	const struct ike2_msg *m = input_again(sa->ike, &sa->nego->job);

	if (sa->initiator) {
		finish_initiator(sa);
		return;
	}
	ikesa_not_half(sa);
	if (ike2_note_find(m, IKE2_N_INITIAL_CONTACT) != NULL)
		first_contact(sa);
	sa->state = IKESA_SIGN_R;
	show_self(sa);
}

/* Our AUTH is there; the Child SA, if one is wanted, comes before the answer. */
static void
begin_child(struct ikesa *sa)
{
	struct nego *n = sa->nego;
	const struct ike2_msg *m = input_again(sa->ike, &n->job);
	struct job j = n->job;
	uint16_t type;

	if (!ike2_has(m, IKE2_P_SA)) {
		/* RFC 6023 */
		n->job = (struct job){ 0 };
		auth_child_done(sa, NULL, 0, &j);
		input_forget(&j);
		return;
	}
	type = child_begin(sa, m, &n->job, true, &n->child);
	if (type != 0) {
		j = n->job;
		n->job = (struct job){ 0 };
		auth_child_done(sa, NULL, type, &j);
		input_forget(&j);
	}
}

void
auth_child_done(struct ikesa *sa, struct child *c, uint16_t type, struct job *j)
{
	struct nego *n = sa->nego;
	struct nonce ni = n->ni, nr = n->nr;
	struct out o;

	if (sa->state == IKESA_DEAD)
		return;
	n->child = NULL;
	out_begin(&o, sa->ike);
	write_self(sa, &o);
	write_auth(sa, &o);
	ikesa_up(sa);
	if (c != NULL)
		type = child_answer(c, j, &ni, &nr, &o);
	if (c != NULL && type != 0)
		child_end(c, 0);
	if (type != 0) /* R284: the IKE SA stays */
		ike2w_notify(&o.w, type, NULL, 0);
	out_response(sa, &o, j);
	log_up(sa);
	if (c != NULL && type == 0)
		child_tell(c);
	ikesa_end_nego(sa);
	info_after_auth(sa);
}

/* ---- the keystore's answers ---- */

static bool
keep_answer(struct nego *n, const struct ike_event *ev)
{
	n->method = ev->answer.method;
	if (!blob_set(&n->auth, ev->answer.data.p, ev->answer.data.n))
		return false;
	for (unsigned i = 0; i < ev->answer.n_cert && i < IKE_ASK_CERTS; i++) {
		if (!blob_set(&n->cert[i], ev->answer.cert[i].p,
			ev->answer.cert[i].n))
			return false;
		n->n_cert = i + 1;
	}
	return n->auth.n != 0;
}

static void
told_self(struct ikesa *sa, const struct ike_event *ev)
{
	if (sa->id_own.n == 0) {
		if (ev->answer.data.n < 2 ||
		    !blob_set(
			&sa->id_own, ev->answer.data.p, ev->answer.data.n))
			fail(sa, "the keystore knows no identity for the rule");
		else
			sign(sa);
		return;
	}
	if (!keep_answer(sa->nego, ev)) {
		fail(sa, "no memory");
		return;
	}
	sa->own_method = sa->nego->method;
	if (sa->initiator)
		auth_child_ready(sa);
	else
		begin_child(sa);
}

void
auth_told(struct ikesa *sa, const struct ike_event *ev)
{
	if (ev->answer.told != IKE_TOLD_OK) {
		fail(sa, ev->answer.why);
		return;
	}
	switch (sa->state) {
	case IKESA_SIGN_I:
	case IKESA_SIGN_R:
		told_self(sa, ev);
		break;
	case IKESA_VERIFY_I:
	case IKESA_VERIFY_R:
		peer_is_good(sa);
		break;
	default:
		break;
	}
}
