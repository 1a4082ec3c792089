/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2w.h"

enum { NEXT_AT = 16, LEN_AT = 24, GENERIC = 4 };

void
ike2w_begin(struct ike2w *o, struct wr *w, const struct ikehdr *h)
{
	struct ikehdr out = *h;

	*o =
	    (struct ike2w){ .w = w, .start = w->len, .next = w->len + NEXT_AT };
	out.next = IKE2_P_NONE;
	out.len = 0;
	ikehdr_write(w, &out);
}

void
ike2w_inner(struct ike2w *o, struct wr *w)
{
	*o = (struct ike2w){ .w = w, .start = w->len, .inner = true };
}

/* Name the payload that begins here; its own next byte is at the returned place. */
static void
name_next(struct ike2w *o, uint8_t type)
{
	if (o->first == IKE2_P_NONE)
		o->first = type;
	if (o->w->bad)
		return;
	if (!o->inner || o->w->len != o->start)
		o->w->base[o->next] = type;
	o->next = o->w->len;
}

/* The generic header; close() gets what is returned. */
static size_t
open_payload(struct ike2w *o, uint8_t type)
{
	name_next(o, type);
	wr_u8(o->w, IKE2_P_NONE);
	wr_u8(o->w, 0);
	return wr_open16(o->w);
}

static void
close_payload(struct ike2w *o, size_t field)
{
	wr_close16(o->w, field, field - GENERIC);
}

static void
put(struct ike2w *o, uint8_t type, const void *p, size_t n)
{
	size_t at = open_payload(o, type);

	wr_bytes(o->w, p, n);
	close_payload(o, at);
}

void
ike2w_sa(struct ike2w *o, const struct ike2_sa *sa)
{
	size_t at = open_payload(o, IKE2_P_SA);

	ike2sa_write(o->w, sa);
	close_payload(o, at);
}

void
ike2w_ke(struct ike2w *o, uint16_t group, const void *p, size_t n)
{
	size_t at = open_payload(o, IKE2_P_KE);

	wr_be16(o->w, group);
	wr_be16(o->w, 0);
	wr_bytes(o->w, p, n);
	close_payload(o, at);
}

void
ike2w_id_body(struct wr *w, const struct ike2_id *id)
{
	wr_u8(w, id->type);
	wr_zero(w, 3);
	wr_bytes(w, id->data.p, id->data.n);
}

void
ike2w_id(struct ike2w *o, enum ike2_payload who, const struct ike2_id *id)
{
	size_t at = open_payload(o, (uint8_t)who);

	ike2w_id_body(o->w, id);
	close_payload(o, at);
}

static void
put_cert(struct ike2w *o, uint8_t type, const struct ike2_cert *c)
{
	size_t at = open_payload(o, type);

	wr_u8(o->w, c->enc);
	wr_bytes(o->w, c->data.p, c->data.n);
	close_payload(o, at);
}

void
ike2w_cert(struct ike2w *o, const struct ike2_cert *c)
{
	put_cert(o, IKE2_P_CERT, c);
}

void
ike2w_certreq(struct ike2w *o, const struct ike2_cert *c)
{
	put_cert(o, IKE2_P_CERTREQ, c);
}

void
ike2w_auth(struct ike2w *o, const struct ike2_authdata *a)
{
	size_t at = open_payload(o, IKE2_P_AUTH);

	wr_u8(o->w, a->method);
	wr_zero(o->w, 3);
	if (a->method == IKE2_AUTH_SIGNATURE) {
		if (a->alg.n > UINT8_MAX)
			o->w->bad = true;
		wr_u8(o->w, (uint8_t)a->alg.n);
		wr_bytes(o->w, a->alg.p, a->alg.n);
	}
	wr_bytes(o->w, a->data.p, a->data.n);
	close_payload(o, at);
}

void
ike2w_nonce(struct ike2w *o, const void *p, size_t n)
{
	put(o, IKE2_P_NONCE, p, n);
}

void
ike2w_note(struct ike2w *o, const struct ike2_note *n)
{
	size_t at = open_payload(o, IKE2_P_NOTIFY);

	ike2note_write(o->w, n);
	close_payload(o, at);
}

void
ike2w_notify(struct ike2w *o, uint16_t type, const void *p, size_t n)
{
	struct ike2_note note = { .type = type, .data = { p, n } };

	ike2w_note(o, &note);
}

void
ike2w_notify_sa(struct ike2w *o, uint16_t type, uint8_t proto, uint32_t spi)
{
	uint8_t b[4];
	struct wr w = wr_into(b, sizeof(b));
	struct ike2_note note = {
		.type = type, .proto = proto, .spi = { b, sizeof(b) }
	};

	wr_be32(&w, spi);
	ike2w_note(o, &note);
}

void
ike2w_delete(struct ike2w *o, const struct ike2_delete *d)
{
	uint8_t size = d->proto == IKE2_PROTO_IKE ? 0 : 4;
	size_t at = open_payload(o, IKE2_P_DELETE);

	wr_u8(o->w, d->proto);
	wr_u8(o->w, size);
	wr_be16(o->w, d->n);
	wr_bytes(o->w, d->spi, (size_t)d->n * size);
	close_payload(o, at);
}

void
ike2w_delete_ike(struct ike2w *o)
{
	ike2w_delete(o, &(struct ike2_delete){ .proto = IKE2_PROTO_IKE });
}

void
ike2w_delete_sas(struct ike2w *o, uint8_t proto, const uint32_t *spi, size_t n)
{
	size_t at = open_payload(o, IKE2_P_DELETE);

	if (n > UINT16_MAX)
		o->w->bad = true;
	wr_u8(o->w, proto);
	wr_u8(o->w, 4);
	wr_be16(o->w, (uint16_t)n);
	for (size_t i = 0; i < n && !o->w->bad; i++)
		wr_be32(o->w, spi[i]);
	close_payload(o, at);
}

void
ike2w_vendor(struct ike2w *o, const void *p, size_t n)
{
	put(o, IKE2_P_VENDOR, p, n);
}

void
ike2w_ts(
    struct ike2w *o, enum ike2_payload who, const struct ike2_ts *t, size_t n)
{
	size_t at = open_payload(o, (uint8_t)who);

	ike2ts_write(o->w, t, n);
	close_payload(o, at);
}

void
ike2w_cp(struct ike2w *o, const struct ike2_cp *c)
{
	size_t at = open_payload(o, IKE2_P_CP);

	ike2cp_write(o->w, c);
	close_payload(o, at);
}

void
ike2w_eap(struct ike2w *o, const void *p, size_t n)
{
	put(o, IKE2_P_EAP, p, n);
}

static void
put_len(struct ike2w *o)
{
	struct wr at;

	if (o->w->bad)
		return;
	at = wr_into(o->w->base + o->start + LEN_AT, 4);
	wr_be32(&at, (uint32_t)(o->w->len - o->start));
}

uint8_t *
ike2w_sk(struct ike2w *o, uint8_t first, uint16_t num, uint16_t total,
    size_t body, size_t *head)
{
	size_t at;
	uint8_t *room;

	at = open_payload(o, total > 0 ? IKE2_P_SKF : IKE2_P_SK);
	if (total > 0) {
		wr_be16(o->w, num);
		wr_be16(o->w, total);
	}
	*head = o->w->len - o->start;
	room = wr_room(o->w, body);
	close_payload(o, at);
	put_len(o);
	if (o->w->bad)
		return NULL;
	/* RFC 7296 3.14, RFC 7383 2.5: what is inside begins with it */
	o->w->base[o->next] = num > 1 ? IKE2_P_NONE : first;
	return room;
}

bool
ike2w_end(struct ike2w *o)
{
	if (!o->inner)
		put_len(o);
	return !o->w->bad;
}

static void
put_one(struct ike2w *o, const struct ike2_msg *m, struct ike2_order at)
{
	switch (at.type) {
	case IKE2_P_SA:
		ike2w_sa(o, &m->sa);
		break;
	case IKE2_P_KE:
		ike2w_ke(o, m->ke.group, m->ke.data.p, m->ke.data.n);
		break;
	case IKE2_P_IDI:
		ike2w_id(o, IKE2_P_IDI, &m->idi);
		break;
	case IKE2_P_IDR:
		ike2w_id(o, IKE2_P_IDR, &m->idr);
		break;
	case IKE2_P_CERT:
		ike2w_cert(o, &m->cert[at.i]);
		break;
	case IKE2_P_CERTREQ:
		ike2w_certreq(o, &m->certreq[at.i]);
		break;
	case IKE2_P_AUTH:
		ike2w_auth(o, &m->auth);
		break;
	case IKE2_P_NONCE:
		ike2w_nonce(o, m->nonce.p, m->nonce.n);
		break;
	case IKE2_P_NOTIFY:
		ike2w_note(o, &m->note[at.i]);
		break;
	case IKE2_P_DELETE:
		ike2w_delete(o, &m->del[at.i]);
		break;
	case IKE2_P_VENDOR:
		ike2w_vendor(o, m->vendor[at.i].p, m->vendor[at.i].n);
		break;
	case IKE2_P_TSI:
		ike2w_ts(o, IKE2_P_TSI, m->tsi.t, m->tsi.n);
		break;
	case IKE2_P_TSR:
		ike2w_ts(o, IKE2_P_TSR, m->tsr.t, m->tsr.n);
		break;
	case IKE2_P_CP:
		ike2w_cp(o, &m->cp);
		break;
	default:
		ike2w_eap(o, m->eap.p, m->eap.n);
		break;
	}
}

void
ike2w_all(struct ike2w *o, const struct ike2_msg *m)
{
	for (unsigned i = 0; i < m->norder; i++)
		put_one(o, m, m->order[i]);
}
