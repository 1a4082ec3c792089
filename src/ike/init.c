/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/init.h"

#include <errno.h>

#include "ike/auth.h"
#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/natd.h"
#include "ike/out.h"
#include "ike/proptext.h"
#include "ike/say.h"
#include "ike/suite.h"
#include "wire/ike2name.h"

enum {
	PORT = 500,
	PORT_NATT = 4500,
	ROUNDS = 6, /* of IKE_SA_INIT: RFC 7296 2.6.1 needs three */
	/* ms that an answer is waited for after a refusal that may be forged */
	HINT_WAIT = 4000
};

static const uint16_t hashes[] = { IKE_HASH_SHA256, IKE_HASH_SHA384,
	IKE_HASH_SHA512, IKE_HASH_IDENTITY };

/* RFC 7427 4: what we verify with. */
static void
write_hashes(struct ike2w *w)
{
	uint8_t b[2 * sizeof(hashes) / sizeof(hashes[0])];
	struct wr o = wr_into(b, sizeof(b));

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		wr_be16(&o, hashes[i]);
	ike2w_notify(w, IKE2_N_SIGNATURE_HASH_ALGORITHMS, b, o.len);
}

static void
take_hashes(struct nego *n, const struct ike2_msg *m)
{
	const struct ike2_note *note =
	    ike2_note_find(m, IKE2_N_SIGNATURE_HASH_ALGORITHMS);
	struct rd r;

	n->n_hash = 0;
	if (note == NULL)
		return;
	r = rd_from(note->data.p, note->data.n);
	while (n->n_hash < IKE_ASK_HASHES && rd_more(&r)) {
		uint16_t h = rd_be16(&r);

		if (!r.bad)
			n->hash[n->n_hash++] = h;
	}
}

/* RFC 7296 2.23. */
static void
write_natd(struct ikesa *sa, struct ike2w *w, bool force)
{
	uint8_t h[NATD_LEN];
	struct ike_end lie = sa->local;

	/* what forces UDP: a source that cannot be the one that is seen */
	if (force)
		lie.port = 0;
	natd_hash(h, sa->spi_i, sa->spi_r, &lie.a, lie.port);
	ike2w_notify(w, IKE2_N_NAT_DETECTION_SOURCE_IP, h, sizeof(h));
	natd_hash(h, sa->spi_i, sa->spi_r, &sa->remote.a, sa->remote.port);
	ike2w_notify(w, IKE2_N_NAT_DETECTION_DESTINATION_IP, h, sizeof(h));
}

static bool
is_forced(const struct ikesa *sa)
{
	return ikecfg_value(sa->ike->cfg, sa->rule, IKECFG_UDP_ENCAP) ==
	       IKECFG_YES;
}

/* Which of both ends is behind a NAT? False: the peer does not say. */
static bool
take_natd(struct ikesa *sa, const struct ike2_msg *m)
{
	struct natd n = natd_look(
	    m, &sa->local.a, sa->local.port, &sa->remote.a, sa->remote.port);

	if (!n.asked)
		return false;
	sa->remote_natted = n.remote;
	/* what forces UDP on the peer forces it here */
	sa->local_natted = n.local || is_forced(sa);
	return true;
}

/* ---- initiator ---- */

static bool
send_request(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	struct nego *n = sa->nego;
	struct ike2_sa offer;
	struct wr w = wr_into(ike->build, BUILD_MAX);
	struct ike2w o;
	const struct ikehdr hdr = { .spi_i = sa->spi_i,
		.major = 2,
		.exchange = IKE2_SA_INIT,
		.flags = IKEHDR_INITIATOR };

	if (!ikerule_offer(ike, sa->rule, NULL, &offer))
		return false;
	ike2w_begin(&o, &w, &hdr);
	/* RFC 7296 2.6: first of all, and the rest as it was */
	if (n->cookie.n != 0)
		ike2w_notify(&o, IKE2_N_COOKIE, n->cookie.b, n->cookie.n);
	ike2w_sa(&o, &offer);
	ike2w_ke(&o, n->group->id, ke_value(n->ke), n->group->len);
	ike2w_nonce(&o, n->ni.b, n->ni.n);
	write_natd(sa, &o,
	    ikecfg_value(ike->cfg, sa->rule, IKECFG_UDP_ENCAP) == IKECFG_YES);
	if (ikerule_flag(ike, sa->rule, IKECFG_FRAGMENTATION))
		ike2w_notify(&o, IKE2_N_FRAGMENTATION_SUPPORTED, NULL, 0);
	write_hashes(&o);
	return ike2w_end(&o) && blob_set(&n->init_i, w.base, w.len) &&
	       out_request_plain(sa, w.base, w.len);
}

static bool
set_group(struct ikesa *sa, const struct ikealg *g)
{
	struct ike *ike = sa->ike;

	if (g == NULL)
		return false;
	ke_free(sa->nego->ke);
	sa->nego->group = g;
	sa->nego->ke = ke_new(ike->env.crypto, g, ike->env.rng);
	return sa->nego->ke != NULL;
}

struct ikesa *
init_begin(struct ike *ike, const struct ikecfg_rule *rule,
    const struct addr *local, const struct addr *remote, const char **why)
{
	const struct ike_end l = { *local, PORT }, r = { *remote, PORT };
	struct ike2_sa offer;
	struct ikesa *sa;

	*why = "the rule proposes nothing that can be computed here";
	if (!ikerule_offer(ike, rule, NULL, &offer))
		return NULL;
	*why = "too many IKE SAs, no memory or no random bytes";
	sa = ikesa_new(ike, IKESA_INIT_I, &l, &r, false);
	if (sa == NULL)
		return NULL;
	sa->rule = rule;
	ike->stats.attempted[0]++;
	if (nonce_make(&sa->nego->ni, ike->env.rng) &&
	    set_group(sa, ikerule_group(ike, &offer)) && send_request(sa))
		return sa;
	ikesa_end(sa, EIO);
	return NULL;
}

/* Again, because of a COOKIE or INVALID_KE_PAYLOAD: RFC 7296 2.6.1. */
static void
again(struct ikesa *sa)
{
	if (++sa->nego->rounds > ROUNDS || !send_request(sa)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "IKE_SA_INIT goes round in circles: given up");
		ikesa_end(sa, ECONNREFUSED);
	}
}

static void
follow_group(struct ikesa *sa, const struct ike2_note *e)
{
	struct ike2_sa offer;
	unsigned id = ike2note_number(e);
	const struct ikealg *g = NULL;

	if (ikerule_offer(sa->ike, sa->rule, NULL, &offer))
		g = ikerule_has_group(sa->ike, &offer, id);
	/* R254: one of those that were offered, and another one than now */
	if (g == NULL || g == sa->nego->group) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_PROP,
		    "the peer wants key exchange %u, which this rule does "
		    "not offer: add a p1_xform with oakley_group %u, or take "
		    "it out there",
		    id, id);
		return;
	}
	say_sa(sa, IKE_LOG_DEBUG, IKE_CAT_P1, "the peer wants key exchange %s",
	    g->name);
	if (set_group(sa, g))
		again(sa);
}

/*
 * Nobody has proved who says so: RFC 7296 2.4, 2.21.1. The request goes on a
 * while; a peer that means it says it again.
 */
static void
hint(struct ikesa *sa, uint16_t type)
{
	char buf[IKE2NAME_TEXT], text[IKE_LOG_TEXT - 128];
	uint64_t until = sa->ike->now + HINT_WAIT;
	struct ike2_sa offer;

	if (sa->nego->hint == type)
		return;
	sa->nego->hint = type;
	if (type == IKE2_N_NO_PROPOSAL_CHOSEN &&
	    ikerule_offer(sa->ike, sa->rule, NULL, &offer))
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_PROP,
		    "the peer takes none of what this rule offers: %s; a "
		    "p1_xform that both have would do",
		    proptext_print(text, sizeof(text), &offer));
	else
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "IKE_SA_INIT was answered with %s",
		    ike2name_text(buf, ike2name_notify(type), type));
	if (until < sa->end_at)
		sa->end_at = until;
	ikesa_due(sa);
}

static void
init_error(struct ikesa *sa, const struct ike2_msg *m)
{
	const struct ike2_note *c = ike2_note_find(m, IKE2_N_COOKIE);
	const struct ike2_note *e = ike2_note_error(m);

	if (c != NULL) {
		/* R251; the size was looked at by ike2note_parse() */
		if (blob_set(&sa->nego->cookie, c->data.p, c->data.n))
			again(sa);
		return;
	}
	if (e == NULL)
		return;
	if (e->type == IKE2_N_INVALID_KE_PAYLOAD)
		follow_group(sa, e);
	else
		hint(sa, e->type);
}

/* The answer has all; is it one to our offer? */
static const char *
take_response(struct ikesa *sa, const struct in *in)
{
	struct ike *ike = sa->ike;
	struct nego *n = sa->nego;
	const struct ike2_msg *m = in->m;
	struct ike2_sa offer;
	struct propose got;
	const char *why = "the proposal is none of those that were offered";
	struct ke_secret s;
	enum ke_result res;
	bool ok;

	if (m->hdr.spi_r == 0)
		return "the responder's SPI is zero";
	if (!ikerule_offer(ike, sa->rule, NULL, &offer) ||
	    !propose_accept(&got, &offer, &m->sa, &why) ||
	    !suite_read(&sa->suite, ike, &got))
		return why;
	if (m->ke.group != n->group->id || sa->suite.ke != n->group)
		return "the key exchange is of another group";
	if (!nonce_set(&n->nr, m->nonce))
		return "the nonce is too short";
	res = ke_finish(n->ke, m->ke.data.p, m->ke.data.n, &s);
	if (res != KE_OK)
		return ke_result_text(res);
	sa->spi_r = m->hdr.spi_r;
	ok = suite_keys(sa, &s, NULL);
	ke_secret_fini(&s);
	if (!ok) {
		sa->spi_r = 0;
		return "the keys could not be computed";
	}
	return NULL;
}

void
init_response(struct ikesa *sa, struct in *in)
{
	const struct ike2_msg *m = in->m;
	const struct ike_bytes *d = &in->ev->dgram.msg;
	const char *why;

	/* an answer that is none: cookies, groups, errors */
	if (in->error != NULL || ike2_note_find(m, IKE2_N_COOKIE) != NULL) {
		init_error(sa, m);
		return;
	}
	why = take_response(sa, in);
	if (why != NULL) {
		/* R241: it may be forged */
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "an answer to IKE_SA_INIT is not taken: %s", why);
		return;
	}
	if (!blob_set(&sa->nego->init_r, d->p, d->n)) {
		ikesa_end(sa, ENOMEM);
		return;
	}
	(void)out_answered(sa);
	take_hashes(sa->nego, m);
	auth_take_certreq(sa->nego, m);
	sa->frag = ikerule_flag(sa->ike, sa->rule, IKECFG_FRAGMENTATION) &&
		   ike2_note_find(m, IKE2_N_FRAGMENTATION_SUPPORTED) != NULL;
	sa->childless =
	    ike2_note_find(m, IKE2_N_CHILDLESS_IKEV2_SUPPORTED) != NULL;
	if (take_natd(sa, m) && (sa->local_natted || sa->remote_natted)) {
		/* RFC 7296 2.23: from now on on port 4500 */
		sa->natt = true;
		sa->local.port = PORT_NATT;
		if (sa->remote.port == PORT)
			sa->remote.port = PORT_NATT;
	}
	window_fini(&sa->win);
	window_init(&sa->win, 0, 1, 1);
	sa->state = IKESA_SIGN_I;
	auth_begin(sa);
}

/* ---- responder ---- */

/* An answer that leaves nothing behind here. */
static void
answer_alone(struct ike *ike, const struct ike_event *ev, uint16_t type,
    const void *p, size_t n)
{
	uint8_t buf[128];
	struct wr w = wr_into(buf, sizeof(buf));
	struct ike2w o;
	const struct ikehdr hdr = { .spi_i = ike->msg->hdr.spi_i,
		.major = 2,
		.exchange = IKE2_SA_INIT,
		.flags = IKEHDR_RESPONSE };

	ike2w_begin(&o, &w, &hdr);
	ike2w_notify(&o, type, p, n);
	if (ike2w_end(&o) && w.len <= ev->dgram.msg.n)
		out_send(ike, &ev->dgram.local, &ev->dgram.remote,
		    ev->dgram.natt, w.base, w.len);
}

/*
 * RFC 7296 2.6: nothing is computed for, or kept of, a peer that has not shown
 * that it is where it says, once there are many. True: go on.
 */
static bool
is_welcome(struct ike *ike, const struct ike_event *ev)
{
	const struct ike2_msg *m = ike->msg;
	const struct ike2_note *n = ike2_note_find(m, IKE2_N_COOKIE);
	const struct addr *r = &ev->dgram.remote.a;
	const struct crypto *crypto = ike->env.crypto;
	uint8_t c[COOKIE_LEN];
	bool good;

	if (!cookie_turn(&ike->cookies, ike->env.rng, ike->now))
		return false;
	good = n != NULL && cookie_check(&ike->cookies, crypto, m->hdr.spi_i,
				m->nonce, r, n->data);
	switch (halfopen_ask(&ike->half, r, good)) {
	case HALFOPEN_TAKE:
		return true;
	case HALFOPEN_COOKIE:
		if (!cookie_make(
			&ike->cookies, crypto, m->hdr.spi_i, m->nonce, r, c))
			return false;
		ike->stats.cookies_sent++;
		answer_alone(ike, ev, IKE2_N_COOKIE, c, sizeof(c));
		return false;
	default:
		say_stranger(
		    ike, ev, "IKE_SA_INIT dropped: too many half-open IKE SAs");
		return false;
	}
}

/* The rule whose proposals fit, and what was chosen. */
static const struct ikecfg_rule *
choose(struct ike *ike, const struct ike_event *ev, struct propose *got)
{
	const struct ike2_msg *m = ike->msg;
	const struct ikecfg_rule *r = NULL, *first = NULL;
	struct ike2_sa mine;
	char why[IKE_LOG_TEXT - 128];

	while ((r = ikerule_for(
		    ike, r, &ev->dgram.local.a, &ev->dgram.remote.a)) != NULL) {
		if (first == NULL)
			first = r;
		if (ikerule_offer(ike, r, NULL, &mine) &&
		    propose_choose(got, &mine, &m->sa, m->ke.group))
			return r;
	}
	if (first == NULL)
		say_stranger(ike, ev,
		    "IKE_SA_INIT refused: no rule of ike/config is for "
		    "these addresses and IKEv2");
	else if (ikerule_offer(ike, first, NULL, &mine))
		say_stranger(ike, ev, "NO_PROPOSAL_CHOSEN by rule \"%s\": %s",
		    ikerule_label(first),
		    proptext_explain(why, sizeof(why), &mine, &m->sa));
	return NULL;
}

static bool
respond(struct ikesa *sa, const struct ike_event *ev, const struct propose *got)
{
	struct ike *ike = sa->ike;
	struct nego *n = sa->nego;
	const struct ike2_msg *m = ike->msg;
	struct ike2_sa answer;
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;
	struct wr w = wr_into(ike->build, BUILD_MAX);
	struct ike2w o;
	struct packets p = { 0 };
	const struct packets *kept;
	struct ikehdr hdr = {
		.major = 2, .exchange = IKE2_SA_INIT, .flags = IKEHDR_RESPONSE
	};

	if (!propose_answer(&answer, got, NULL, 0) ||
	    !nonce_set(&n->ni, m->nonce) || !nonce_make(&n->nr, ike->env.rng) ||
	    ke_respond(ike->env.crypto, sa->suite.ke, ike->env.rng,
		m->ke.data.p, m->ke.data.n, value, &s) != KE_OK)
		return false;
	(void)take_natd(sa, m);
	hdr.spi_i = sa->spi_i;
	hdr.spi_r = sa->spi_r;
	ike2w_begin(&o, &w, &hdr);
	ike2w_sa(&o, &answer);
	ike2w_ke(&o, sa->suite.ke->id, value, sa->suite.ke->len2);
	ike2w_nonce(&o, n->nr.b, n->nr.n);
	write_natd(sa, &o,
	    ikecfg_value(ike->cfg, sa->rule, IKECFG_UDP_ENCAP) == IKECFG_YES);
	if (sa->frag)
		ike2w_notify(&o, IKE2_N_FRAGMENTATION_SUPPORTED, NULL, 0);
	if (ikecfg_value(ike->cfg, sa->rule, IKECFG_CHILDLESS) != IKECFG_NO)
		ike2w_notify(&o, IKE2_N_CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
	if (n->n_hash != 0)
		write_hashes(&o);
	auth_write_certreq(sa, &o);
	if (!ike2w_end(&o) || !suite_keys(sa, &s, NULL) ||
	    !blob_set(&n->init_i, ev->dgram.msg.p, ev->dgram.msg.n) ||
	    !blob_set(&n->init_r, w.base, w.len) ||
	    !packets_add(&p, w.base, w.len)) {
		ke_secret_fini(&s);
		return false;
	}
	ke_secret_fini(&s);
	if (window_request(&sa->win, 0, &kept) != WINDOW_NEW ||
	    !window_answer(&sa->win, 0, &p)) {
		packets_fini(&p);
		return false;
	}
	out_send(ike, &ev->dgram.local, &ev->dgram.remote, ev->dgram.natt,
	    w.base, w.len);
	return true;
}

static void
accept_peer(struct ike *ike, const struct ike_event *ev,
    const struct ikecfg_rule *rule, const struct propose *got)
{
	const struct ike2_msg *m = ike->msg;
	struct ikesa *sa = ikesa_new(ike, IKESA_INIT_R, &ev->dgram.local,
	    &ev->dgram.remote, ev->dgram.natt);

	if (sa == NULL)
		return;
	ike->stats.attempted[1]++;
	sa->rule = rule;
	sa->spi_i = m->hdr.spi_i;
	/* IKE_AUTH may come from another one */
	sa->half_at = ev->dgram.remote.a;
	sa->half_counted = halfopen_add(&ike->half, &sa->half_at);
	ikesa_index_peer(sa);
	take_hashes(sa->nego, m);
	sa->frag = ikerule_flag(ike, rule, IKECFG_FRAGMENTATION) &&
		   ike2_note_find(m, IKE2_N_FRAGMENTATION_SUPPORTED) != NULL;
	if (!sa->half_counted || !suite_read(&sa->suite, ike, got) ||
	    !respond(sa, ev, got))
		ikesa_end(sa, EIO);
	else
		ikesa_due(sa);
}

/* Sent again, or another one with that SPI: true, it is treated. */
static bool
is_known(struct ike *ike, const struct ike_event *ev)
{
	const struct ike_bytes *d = &ev->dgram.msg;
	struct ikesa *sa =
	    ikesa_find_peer(ike, ike->msg->hdr.spi_i, &ev->dgram.remote);
	const struct packets *kept;

	if (sa == NULL)
		return false;
	if (sa->nego != NULL && sa->nego->init_i.n == d->n &&
	    memcmp(sa->nego->init_i.b, d->p, d->n) == 0 &&
	    window_peek(&sa->win, 0, &kept) == WINDOW_REPEAT)
		out_send_all(ike, &ev->dgram.local, &ev->dgram.remote,
		    ev->dgram.natt, kept);
	return true;
}

#define MUST \
	(IKE2_SET(IKE2_P_SA) | IKE2_SET(IKE2_P_KE) | IKE2_SET(IKE2_P_NONCE))

void
init_request(struct ike *ike, const struct ike_event *ev)
{
	const struct ike_bytes *d = &ev->dgram.msg;
	const struct ike2_msg *m = ike->msg;
	const struct ikecfg_rule *rule;
	struct ike2_bad bad;
	struct propose got;
	enum ike2_result res;

	if (ike->cfg == NULL || ike->stopping || m->hdr.spi_i == 0 ||
	    m->hdr.spi_r != 0 || m->hdr.msgid != 0 ||
	    (m->hdr.flags & IKEHDR_INITIATOR) == 0) {
		say_stranger(ike, ev, "an IKE_SA_INIT that cannot be one");
		return;
	}
	if (is_known(ike, ev))
		return;
	res = ike2_parse(ike->msg, &bad, d->p, d->n);
	if (res == IKE2_CRITICAL) {
		answer_alone(ike, ev, IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD,
		    &bad.payload, 1);
		return;
	}
	if (res != IKE2_OK || (m->has & MUST) != MUST) {
		char why[IKE2_BAD_TEXT];

		say_stranger(ike, ev, "IKE_SA_INIT refused: %s",
		    res != IKE2_OK ? ike2_bad_print(why, &bad)
				   : "it lacks SA, KE or NONCE");
		answer_alone(ike, ev, IKE2_N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	if (!is_welcome(ike, ev))
		return;
	rule = choose(ike, ev, &got);
	if (rule == NULL) {
		answer_alone(ike, ev, IKE2_N_NO_PROPOSAL_CHOSEN, NULL, 0);
		return;
	}
	if (propose_id(&got, IKE2_T_KE) != m->ke.group) {
		/* R254, and nothing is computed or kept */
		uint16_t g = propose_id(&got, IKE2_T_KE);
		const uint8_t be[2] = { (uint8_t)(g >> 8), (uint8_t)g };

		answer_alone(ike, ev, IKE2_N_INVALID_KE_PAYLOAD, be, 2);
		return;
	}
	accept_peer(ike, ev, rule, &got);
}
