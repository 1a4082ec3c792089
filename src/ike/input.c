/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/input.h"

#include <errno.h>
#include <stdio.h>

#include "ike/ikesa.h"
#include "ike/info.h"
#include "ike/init.h"
#include "ike/out.h"
#include "ike/say.h"
#include "ike/skfrag.h"
#include "wire/ike2name.h"

bool
input_keep(struct job *j, const struct in *in)
{
	if (!blob_set(&j->text, in->text, in->n))
		return false;
	j->there = true;
	j->id = in->m->hdr.msgid;
	j->exchange = in->m->hdr.exchange;
	j->next = in->first;
	j->local = in->ev->dgram.local;
	j->remote = in->ev->dgram.remote;
	j->natt = in->ev->dgram.natt;
	return true;
}

const struct ike2_msg *
input_again(struct ike *ike, const struct job *j)
{
	struct ike2_bad bad;

	*ike->again = (struct ike2_msg){ .hdr = { .exchange = j->exchange,
					     .msgid = j->id } };
	if (ike2_parse_inner(ike->again, &bad, j->next, j->text.b, j->text.n) !=
	    IKE2_OK)
		*ike->again = (struct ike2_msg){ 0 };
	return ike->again;
}

void
input_forget(struct job *j)
{
	blob_fini(&j->text);
	*j = (struct job){ 0 };
}

const char *
input_set_text(char *buf, size_t size, uint64_t set)
{
	struct wr w = wr_into(buf, size - 1);

	for (unsigned t = IKE2_P_SA; t <= IKE2_P_SKF; t++) {
		const char *name = ike2name_payload(t);

		if ((set & IKE2_SET(t)) == 0 || name == NULL)
			continue;
		if (w.len != 0)
			wr_u8(&w, ' ');
		wr_bytes(&w, name, strlen(name));
	}
	buf[w.len] = '\0';
	return buf;
}

/* A notification outside of any SA (RFC 7296 2.21.4): never of an answer. */
static void
answer_stranger(struct ike *ike, const struct ike_event *ev,
    const struct ikehdr *h, uint16_t type)
{
	uint8_t buf[64];
	struct wr w = wr_into(buf, sizeof(buf));
	struct ike2w o;
	struct ikehdr hdr = { .spi_i = h->spi_i,
		.spi_r = h->spi_r,
		.major = 2,
		.exchange = h->exchange,
		.flags =
		    (uint8_t)(IKEHDR_RESPONSE | ((h->flags & IKEHDR_INITIATOR) ^
						    IKEHDR_INITIATOR)),
		.msgid = h->msgid };

	if ((h->flags & IKEHDR_RESPONSE) != 0 || ike->log_tokens == 0)
		return;
	ike2w_begin(&o, &w, &hdr);
	ike2w_notify(&o, type, NULL, 0);
	/* R287: at most one answer, and none that is larger than its question */
	if (ike2w_end(&o) && w.len <= ev->dgram.msg.n)
		out_send(ike, &ev->dgram.local, &ev->dgram.remote,
		    ev->dgram.natt, w.base, w.len);
}

/*
 * RFC 7296 2.23: a peer behind a NAT is where its last authentic new message came
 * from. Never from an old one, which anybody can send again (R230, F18).
 */
static void
follow(struct ikesa *sa, const struct ike_event *ev)
{
	const struct ike_end *from = &ev->dgram.remote;

	if (!sa->remote_natted || sa->local_natted || sa->state < IKESA_UP ||
	    (from->port == sa->remote.port &&
		addr_equal(&from->a, &sa->remote.a)))
		return;
	info_moved(sa, from);
}

/* Why a message is refused whose integrity is right: R286. */
static void
refuse(struct ikesa *sa, struct in *in, uint16_t type, uint8_t payload,
    const char *why)
{
	struct job j = { .id = in->m->hdr.msgid,
		.exchange = in->m->hdr.exchange,
		.local = in->ev->dgram.local,
		.remote = in->ev->dgram.remote,
		.natt = in->ev->dgram.natt };

	if (sa->state == IKESA_INIT_I) {
		/* R241: anybody can send such a thing */
		say_stranger(sa->ike, in->ev,
		    "an answer to IKE_SA_INIT is not taken: %s", why);
		return;
	}
	say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1, "%s %s: %s",
	    in->m->hdr.exchange == IKE2_AUTH ? "IKE_AUTH" : "message",
	    (in->m->hdr.flags & IKEHDR_RESPONSE) != 0 ? "answer refused"
						      : "request refused",
	    why);
	if ((in->m->hdr.flags & IKEHDR_RESPONSE) == 0)
		out_response_error(sa, &j, type, payload);
	/* RFC 7296 2.21.2, 2.21.3: what is not even IKE ends the SA */
	if (type == IKE2_N_INVALID_SYNTAX || sa->state < IKESA_UP ||
	    (in->m->hdr.flags & IKEHDR_RESPONSE) != 0)
		ikesa_end(sa, EPROTO);
}

/* What an answer may have instead of everything else: RFC 7296 2.6, 2.21. */
static const struct ike2_note *
instead(const struct ike2_msg *m)
{
	const struct ike2_note *e = ike2_note_error(m);

	return e != NULL || m->hdr.exchange != IKE2_SA_INIT
		   ? e
		   : ike2_note_find(m, IKE2_N_COOKIE);
}

/* By the table: is it taken now, has it what it must have? */
static void
dispatch(struct ikesa *sa, struct in *in)
{
	const struct ikehdr *h = &in->m->hdr;
	bool response = (h->flags & IKEHDR_RESPONSE) != 0;
	const struct table_row *row =
	    table_find((enum ikesa_state)sa->state, h->exchange, response);
	uint64_t has =
	    in->m->has & ~(IKE2_SET(IKE2_P_SK) | IKE2_SET(IKE2_P_SKF));
	char set[128], why[200];

	if (row == NULL) {
		if (!response)
			refuse(sa, in, IKE2_N_INVALID_SYNTAX, 0,
			    "no such exchange now");
		return;
	}
	if ((has & ~row->may) != 0) {
		(void)snprintf(why, sizeof(why), "has no business here: %s",
		    input_set_text(set, sizeof(set), has & ~row->may));
		refuse(sa, in, IKE2_N_INVALID_SYNTAX, 0, why);
		return;
	}
	if ((has & row->must) != row->must) {
		in->error = response ? instead(in->m) : NULL;
		if (in->error == NULL) {
			(void)snprintf(why, sizeof(why), "is missing: %s",
			    input_set_text(set, sizeof(set), row->must & ~has));
			refuse(sa, in, IKE2_N_INVALID_SYNTAX, 0, why);
			return;
		}
	}
	row->handle(sa, in);
}

/* Is it one that can be opened and treated now? Otherwise all is done. */
static bool
is_wanted(struct ikesa *sa, const struct ikehdr *h)
{
	const struct packets *kept;

	if ((h->flags & IKEHDR_RESPONSE) != 0)
		return sa->req.out && h->msgid == sa->req.id &&
		       h->exchange == sa->req.exchange;
	/* CVE-2014-2338, CVE-2019-12312: nothing but AUTH before AUTH is done */
	if (table_find((enum ikesa_state)sa->state, h->exchange, false) ==
		NULL &&
	    sa->state < IKESA_UP && h->exchange != IKE2_AUTH)
		return false;
	/* RFC 7296 2.3: outside of the window it is dropped */
	return window_peek(&sa->win, h->msgid, &kept) != WINDOW_OUTSIDE;
}

/* Decrypt; of fragments, until all are there. False: not now, or never. */
static bool
unseal(struct ikesa *sa, struct in *in)
{
	struct ike *ike = sa->ike;
	const struct ike_bytes *d = &in->ev->dgram.msg;
	const struct ike2_sk *sk = &in->m->sk;
	size_t n;

	if (sa->open.encr == NULL ||
	    !ikeseal_open(&sa->open, d->p, sk->head, d->n, ike->plain, &n)) {
		ike->stats.dropped++;
		return false;
	}
	in->first = sk->first;
	in->text = ike->plain;
	in->n = n;
	if (sk->total == 0)
		return true;
	if (!sa->frag)
		return false;
	return info_fragment(sa, in);
}

/* An authentic request or answer is open: in->text. */
static void
treat(struct ikesa *sa, struct in *in)
{
	struct ike *ike = sa->ike;
	const struct ikehdr h = in->m->hdr;
	const struct packets *kept;
	struct ike2_bad bad;
	enum ike2_result res;
	char why[IKE2_BAD_TEXT];

	sa->heard_at = ike->now;
	if ((h.flags & IKEHDR_RESPONSE) == 0) {
		switch (window_request(&sa->win, h.msgid, &kept)) {
		case WINDOW_REPEAT:
			/* R233: bit for bit */
			out_send_all(ike, &in->ev->dgram.local,
			    &in->ev->dgram.remote, in->ev->dgram.natt, kept);
			return;
		case WINDOW_NEW:
			break;
		default:
			return;
		}
	}
	follow(sa, in->ev);
	res = ike2_parse_inner(ike->msg, &bad, in->first, in->text, in->n);
	if (res != IKE2_OK) {
		refuse(sa, in,
		    ike2_result_notify(res) != 0 ? ike2_result_notify(res)
						 : IKE2_N_INVALID_SYNTAX,
		    bad.payload, ike2_bad_print(why, &bad));
		return;
	}
	dispatch(sa, in);
}

/* A message of an SA of ours. */
static void
input_sa(struct ikesa *sa, const struct ike_event *ev)
{
	struct ike *ike = sa->ike;
	struct in in = { .ev = ev, .m = ike->msg };
	struct ike2_bad bad;
	const struct ikehdr *h = &ike->msg->hdr;
	char why[IKE2_BAD_TEXT];

	if (!is_wanted(sa, h)) {
		ike->stats.dropped++;
		return;
	}
	if (ike2_parse(ike->msg, &bad, ev->dgram.msg.p, ev->dgram.msg.n) !=
	    IKE2_OK) {
		say_stranger(ike, ev, "a message of an IKE SA is not IKE: %s",
		    ike2_bad_print(why, &bad));
		return;
	}
	if (h->exchange == IKE2_SA_INIT) {
		/* an answer to our IKE_SA_INIT; that one is never sealed */
		if (sa->state == IKESA_INIT_I)
			dispatch(sa, &in);
		return;
	}
	/* R238: only what is protected counts */
	if (!ike2_has(ike->msg, IKE2_P_SK) && !ike2_has(ike->msg, IKE2_P_SKF)) {
		ike->stats.dropped++;
		return;
	}
	if (unseal(sa, &in))
		treat(sa, &in);
}

static struct ikesa *
find(struct ike *ike, const struct ikehdr *h)
{
	bool from_initiator = (h->flags & IKEHDR_INITIATOR) != 0;
	uint64_t own = from_initiator ? h->spi_r : h->spi_i;
	struct ikesa *sa = own != 0 ? ikesa_find(ike, own) : NULL;

	/* its initiator flag has to be the other one than ours (CVE class
	   "deviation": our own messages do not come back as the peer's) */
	if (sa == NULL || sa->initiator == from_initiator)
		return NULL;
	if (sa->state == IKESA_INIT_I)
		return h->exchange == IKE2_SA_INIT ? sa : NULL;
	return h->spi_i == sa->spi_i && h->spi_r == sa->spi_r ? sa : NULL;
}

void
input_datagram(struct ike *ike, const struct ike_event *ev)
{
	const struct ike_bytes *d = &ev->dgram.msg;
	struct ikehdr *h = &ike->msg->hdr;
	struct ikesa *sa;

	if (!ikehdr_parse(h, d->p, d->n) || !ikehdr_whole(h, d->n)) {
		say_stranger(ike, ev,
		    "%zu bytes are no IKE message: the header says otherwise",
		    d->n);
		return;
	}
	if (h->major != 2) {
		/* RFC 7296 2.5 */
		say_stranger(ike, ev,
		    "IKE version %u.%u: this end speaks version 2.0", h->major,
		    h->minor);
		if (h->major > 2)
			answer_stranger(
			    ike, ev, h, IKE2_N_INVALID_MAJOR_VERSION);
		return;
	}
	if (h->exchange == IKE2_SA_INIT && (h->flags & IKEHDR_RESPONSE) == 0) {
		init_request(ike, ev);
		return;
	}
	sa = find(ike, h);
	if (sa == NULL) {
		say_stranger(ike, ev,
		    "message of an IKE SA that is not there: %016llx %016llx",
		    (unsigned long long)h->spi_i, (unsigned long long)h->spi_r);
		answer_stranger(ike, ev, h, IKE2_N_INVALID_IKE_SPI);
		return;
	}
	input_sa(sa, ev);
}
