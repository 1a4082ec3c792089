/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/authask.h"

#include "ike/authoct.h"
#include "ike/ikerule.h"
#include "wire/ike2w.h"

/* Which of the IDs is the initiator's: ours, or the peer's? */
static const struct ike2_id *
peer_id(const struct ikesa *sa, const struct ike2_msg *m)
{
	return sa->initiator ? &m->idr : &m->idi;
}

static void
await(struct ikesa *sa, struct act *a, enum ike_ask_type type)
{
	struct ike *ike = sa->ike;

	do
		ike->next_ask++;
	while (ike->next_ask == 0);
	sa->ask = ike->next_ask;
	list_remove(&sa->by_ask);
	list_push_tail(&ike->by_ask[sa->ask % ASK_HASH], &sa->by_ask);
	a->a.ask.type = type;
	a->a.ask.id = sa->ask;
}

struct ikesa *
authask_taken(struct ike *ike, uint32_t id)
{
	list_each (l, &ike->by_ask[id % ASK_HASH]) {
		struct ikesa *sa = list_item(l, struct ikesa, by_ask);

		if (sa->ask == id) {
			list_remove(l);
			sa->ask = 0;
			return sa;
		}
	}
	return NULL;
}

/* Whom it is about, and for what key. */
static void
fill(struct ikesa *sa, struct act *a)
{
	struct ike_ask *q = &a->a.ask;

	q->rule = act_keep_text(a, ikerule_label(sa->rule));
	q->initiator = sa->initiator;
	q->local = sa->local;
	q->remote = sa->remote;
	q->prf = sa->suite.prf->id;
	if (sa->id_own.n > 1) {
		q->own_id_type = sa->id_own.b[0];
		q->own_id = act_keep(a, sa->id_own.b + 1, sa->id_own.n - 1);
	}
	if (sa->id_peer.n > 1) {
		q->peer_id_type = sa->id_peer.b[0];
		q->peer_id = act_keep(a, sa->id_peer.b + 1, sa->id_peer.n - 1);
	}
}

static size_t
room(const struct ikesa *sa)
{
	return strlen(ikerule_label(sa->rule)) + 1 + sa->id_own.n +
	       sa->id_peer.n;
}

void
authask_id(struct ikesa *sa)
{
	struct act *a = act_new(&sa->ike->acts, IKE_ACT_ASK, room(sa));

	fill(sa, a);
	await(sa, a, IKE_ASK_ID);
}

static struct ike_view
view(const struct blob *b)
{
	return (struct ike_view){ b->b, b->n };
}

/*
 * RFC 7296 2.15: of the initiator its own first message, the other's nonce, and
 * its identity with SK_pi; of the responder the other way round.
 */
static struct authoct
octets(const struct ikesa *sa, bool of_initiator, struct ike_view id)
{
	const struct nego *n = sa->nego;

	return (struct authoct){ .crypto = sa->ike->env.crypto,
		.prf = sa->suite.prf,
		.sk_p = of_initiator ? &sa->sk_pi : &sa->sk_pr,
		.message = view(of_initiator ? &n->init_i : &n->init_r),
		.nonce = of_initiator ? (struct ike_view){ n->nr.b, n->nr.n }
				      : (struct ike_view){ n->ni.b, n->ni.n },
		.id = id };
}

static bool
put_octets(struct act *a, const struct authoct *o)
{
	struct wr w = wr_into(a->bytes + a->n, a->cap - a->n);

	if (a->cap == 0) /* without memory: nothing is sent at all */
		return false;
	if (!authoct_write(&w, o))
		return false;
	a->a.ask.octets = (struct ike_bytes){ a->bytes + a->n, w.len };
	a->n += w.len;
	return true;
}

bool
authask_sign(struct ikesa *sa)
{
	struct ike *ike = sa->ike;
	const struct nego *n = sa->nego;
	uint8_t body[4 + 512 + 1];
	struct wr w = wr_into(body, sizeof(body));
	const struct ike2_id id = { .type = sa->id_own.b[0],
		.data = { sa->id_own.b + 1, sa->id_own.n - 1 } };
	struct authoct o;
	struct act *a;

	ike2w_id_body(&w, &id);
	if (w.bad)
		return false;
	o = octets(sa, sa->initiator, (struct ike_view){ body, w.len });
	a = act_new(
	    &ike->acts, IKE_ACT_ASK, room(sa) + authoct_len(&o) + n->certreq.n);
	fill(sa, a);
	a->a.ask.authorities = act_keep(a, n->certreq.b, n->certreq.n);
	a->a.ask.n_hash = n->n_hash;
	memcpy(a->a.ask.hash, n->hash, sizeof(n->hash));
	await(sa, a, IKE_ASK_SIGN);
	return put_octets(a, &o);
}

/* RFC 7427 3: the algorithm belongs to what the keystore is to judge. */
static struct ike_bytes
keep_auth(struct act *a, const struct ike2_authdata *d)
{
	uint8_t *to = a->bytes + a->n;
	size_t n = 0;

	if (d->method == IKE2_AUTH_SIGNATURE) {
		const uint8_t len = (uint8_t)d->alg.n;

		n = act_keep(a, &len, 1).n + act_keep(a, d->alg.p, d->alg.n).n;
	}
	n += act_keep(a, d->data.p, d->data.n).n;
	return (struct ike_bytes){ to, n };
}

bool
authask_verify(struct ikesa *sa, const struct ike2_msg *m)
{
	struct ike *ike = sa->ike;
	const struct ike2_id *id = peer_id(sa, m);
	struct authoct o = octets(sa, !sa->initiator, id->body);
	size_t size =
	    room(sa) + authoct_len(&o) + m->auth.data.n + m->auth.alg.n + 1;
	struct ike_ask *q;
	struct act *a;

	for (unsigned i = 0; i < m->ncert; i++)
		size += m->cert[i].data.n;
	a = act_new(&ike->acts, IKE_ACT_ASK, size);
	q = &a->a.ask;
	fill(sa, a);
	q->method = m->auth.method;
	q->auth = keep_auth(a, &m->auth);
	for (unsigned i = 0; i < m->ncert && q->n_cert < IKE_ASK_CERTS; i++) {
		q->cert_encoding[q->n_cert] = m->cert[i].enc;
		q->cert[q->n_cert++] =
		    act_keep(a, m->cert[i].data.p, m->cert[i].data.n);
	}
	await(sa, a, IKE_ASK_VERIFY);
	return put_octets(a, &o);
}
