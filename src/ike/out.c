/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/out.h"

#include "ike/ikerule.h"
#include "ike/ikesa.h"
#include "ike/say.h"

void
out_begin(struct out *o, struct ike *ike)
{
	o->wr = wr_into(ike->build, BUILD_MAX);
	ike2w_inner(&o->w, &o->wr);
}

void
out_send(struct ike *ike, const struct ike_end *local,
    const struct ike_end *remote, bool natt, const uint8_t *b, size_t n)
{
	struct act *a = act_new(&ike->acts, IKE_ACT_SEND, n);

	a->a.dgram.local = *local;
	a->a.dgram.remote = *remote;
	a->a.dgram.natt = natt;
	a->a.dgram.msg = act_keep(a, b, n);
}

void
out_send_all(struct ike *ike, const struct ike_end *local,
    const struct ike_end *remote, bool natt, const struct packets *p)
{
	struct rd r = packets_begin(p);
	const uint8_t *b;
	size_t n;

	while ((b = packets_next(&r, &n)) != NULL)
		out_send(ike, local, remote, natt, b, n);
}

struct part { /* of a message that is sealed */
	struct ikehdr hdr;
	uint8_t first;
	uint16_t num, total;
	const uint8_t *text;
	size_t n;
};

static bool
seal(struct ikesa *sa, const struct part *p, struct packets *out)
{
	struct ike *ike = sa->ike;
	struct wr w = wr_into(ike->sealed, BUILD_MAX);
	struct ike2w o;
	size_t head;

	ike2w_begin(&o, &w, &p->hdr);
	if (ike2w_sk(&o, p->first, p->num, p->total,
		ikeseal_size(&sa->seal, p->n), &head) == NULL)
		return false;
	return ikeseal_seal(
		   &sa->seal, ike->env.rng, w.base, head, p->text, p->n) &&
	       packets_add(out, w.base, w.len);
}

/* RFC 7383 2.5: each fragment is sealed by itself. */
static bool
seal_pieces(struct ikesa *sa, struct part p, const struct skfrag_plan *plan,
    struct packets *out)
{
	const uint8_t *text = p.text;
	size_t n = p.n, at;

	p.total = plan->total;
	for (p.num = 1; p.num <= plan->total; p.num++) {
		skfrag_piece(plan, n, p.num, &at, &p.n);
		p.text = text + at;
		if (!seal(sa, &p, out))
			return false;
	}
	return true;
}

static bool
seal_all(struct ikesa *sa, struct out *o, uint8_t exchange, uint32_t id,
    bool response, struct packets *out)
{
	struct part p = {
		.hdr = { .spi_i = sa->spi_i,
		    .spi_r = sa->spi_r,
		    .major = 2,
		    .exchange = exchange,
		    .flags = (uint8_t)((sa->initiator ? IKEHDR_INITIATOR : 0) |
				       (response ? IKEHDR_RESPONSE : 0)),
		    .msgid = id },
		.first = o->w.first,
		.text = o->wr.base,
		.n = o->wr.len
	};
	struct skfrag_plan plan;

	if (!ike2w_end(&o->w))
		return false;
	if (!sa->frag)
		return seal(sa, &p, out);
	if (!skfrag_cut(&plan, &sa->seal, p.n,
		skfrag_room(sa->remote.a.fam, ikerule_mtu(sa->ike, sa->rule),
		    sa->natt)))
		return false;
	return plan.total == 0 ? seal(sa, &p, out)
			       : seal_pieces(sa, p, &plan, out);
}

static void
start_clock(struct ikesa *sa)
{
	sa->req.tries = 0;
	sa->req.interval = ikerule_retry_init(sa->ike);
	sa->req.due = sa->ike->now + sa->req.interval;
	sa->req.out = true;
	ikesa_due(sa);
}

bool
out_request(
    struct ikesa *sa, struct out *o, uint8_t exchange, struct task *task)
{
	struct packets p = { 0 };
	uint32_t id;

	sa->req.task = task;
	if (!window_take(&sa->win, &id)) {
		say_sa(sa, IKE_LOG_WARN, IKE_CAT_P1,
		    "message ids are used up: the IKE SA ends");
		return false;
	}
	if (!seal_all(sa, o, exchange, id, false, &p)) {
		packets_fini(&p);
		say_sa(sa, IKE_LOG_ERROR, IKE_CAT_P1,
		    "a request could not be made: no memory, or the "
		    "cryptographic library failed");
		return false;
	}
	sa->req.id = id;
	sa->req.exchange = exchange;
	sa->req.p = p;
	start_clock(sa);
	out_send_all(sa->ike, &sa->local, &sa->remote, sa->natt, &sa->req.p);
	return true;
}

void
out_last_word(struct ikesa *sa, struct out *o)
{
	if (!out_request(sa, o, IKE2_INFORMATIONAL, NULL))
		return; /* logged; the SA ends anyway */
}

bool
out_request_plain(struct ikesa *sa, const uint8_t *msg, size_t n)
{
	packets_fini(&sa->req.p);
	if (!packets_add(&sa->req.p, msg, n))
		return false;
	sa->req.id = 0;
	sa->req.exchange = IKE2_SA_INIT;
	sa->req.task = NULL;
	start_clock(sa);
	out_send_all(sa->ike, &sa->local, &sa->remote, sa->natt, &sa->req.p);
	return true;
}

void
out_response(struct ikesa *sa, struct out *o, const struct job *j)
{
	struct packets p = { 0 };
	const struct packets *kept;

	if (!seal_all(sa, o, j->exchange, j->id, true, &p)) {
		/* the peer asks again; then there may be memory */
		packets_fini(&p);
		window_forget(&sa->win, j->id);
		return;
	}
	if (!window_answer(&sa->win, j->id, &p)) {
		packets_fini(&p);
		return;
	}
	if (window_peek(&sa->win, j->id, &kept) == WINDOW_REPEAT)
		/* RFC 7296 2.11: to where it came from, from where it went to */
		out_send_all(sa->ike, &j->local, &j->remote, j->natt, kept);
}

void
out_response_error(
    struct ikesa *sa, const struct job *j, uint16_t type, uint16_t data)
{
	struct out o;
	const uint8_t be[2] = { (uint8_t)(data >> 8), (uint8_t)data };

	out_begin(&o, sa->ike);
	switch (type) {
	case IKE2_N_INVALID_KE_PAYLOAD:
		ike2w_notify(&o.w, type, be, 2);
		break;
	case IKE2_N_UNSUPPORTED_CRITICAL_PAYLOAD:
		ike2w_notify(&o.w, type, be + 1, 1);
		break;
	default:
		ike2w_notify(&o.w, type, NULL, 0);
	}
	out_response(sa, &o, j);
}

struct task *
out_answered(struct ikesa *sa)
{
	struct task *t = sa->req.task;

	packets_fini(&sa->req.p);
	sa->req.out = false;
	sa->req.task = NULL;
	sa->req.due = UINT64_MAX;
	return t;
}

bool
out_tick(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	uint32_t max = ikerule_retry_max(ike);

	if (!sa->req.out || sa->req.due > ike->now)
		return true;
	/* RFC 7296 2.4 */
	if (sa->req.tries >= ikerule_retry_limit(ike))
		return false;
	sa->req.tries++;
	sa->req.interval =
	    sa->req.interval > max / 2 ? max : sa->req.interval * 2;
	sa->req.due = ike->now + sa->req.interval;
	out_send_all(ike, &sa->local, &sa->remote, sa->natt, &sa->req.p);
	return true;
}
