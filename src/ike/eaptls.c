/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/eaptls.h"

enum { HEAD = 4 + 1 + 1, LEN = 4 }; /* EAP, type, flags; length */

void
eaptls_init(struct eaptls *m, bool server, uint8_t type, uint8_t *buf,
    size_t cap, size_t packet)
{
	*m = (struct eaptls){ .server = server,
		.type = type,
		.buf = buf,
		.cap = cap,
		.packet =
		    packet < EAPTLS_PACKET_MIN ? EAPTLS_PACKET_MIN : packet };
}

static bool
put(struct eaptls *m, struct wr *w, const struct eap_tls *t)
{
	uint8_t data[1 + LEN];
	struct wr d = wr_into(data, sizeof(data));
	struct eap_tls head = *t;
	size_t from = w->len, field;

	head.data.n = 0;
	eap_tls_write(&d, &head);
	wr_u8(w, m->server ? EAP_REQUEST : EAP_RESPONSE);
	wr_u8(w, m->id);
	field = wr_open16(w);
	wr_u8(w, m->type);
	wr_bytes(w, data, d.len);
	wr_bytes(w, t->data.p, t->data.n);
	wr_close16(w, field, from);
	return !w->bad && !d.bad;
}

/* RFC 5216 2.1.5: the next piece; the length is in the first of several. */
static bool
put_piece(struct eaptls *m, struct wr *w)
{
	size_t left = m->out.n - m->sent, room = m->packet - HEAD;
	struct eap_tls t = { .more = left > room };

	t.has_len = t.more && m->sent == 0;
	if (t.has_len) {
		t.len = (uint32_t)m->out.n;
		room -= LEN;
	}
	t.data.n = left < room ? left : room;
	if (t.data.n != 0)
		t.data.p = m->out.p + m->sent;
	m->sent += t.data.n;
	return put(m, w, &t);
}

bool
eaptls_start(struct eaptls *m, struct wr *w, uint8_t id)
{
	struct eap_tls t = { .start = true };

	if (!m->server || m->state != EAPTLS_FIRST)
		return false;
	m->id = id;
	m->state = EAPTLS_TALK;
	return put(m, w, &t);
}

/* It is over: nothing more is heard or said. */
static enum eaptls_result
failed(struct eaptls *m)
{
	m->state = EAPTLS_OVER;
	return EAPTLS_FAILED;
}

/* The other side has our piece. */
static enum eaptls_result
go_on(struct eaptls *m, struct wr *w)
{
	if (m->server)
		m->id++;
	return put_piece(m, w) ? EAPTLS_SEND : failed(m);
}

/* A piece of theirs, or all of it. */
static enum eaptls_result
collect(struct eaptls *m, struct wr *w, const struct eap_tls *t)
{
	static const struct eap_tls ack = { 0 };

	if (!m->partial) {
		m->in = (struct ike_view){ m->buf, 0 };
		m->want = t->len;
	}
	if (t->data.n > m->cap - m->in.n || t->len > m->cap ||
	    (t->has_len && t->len != m->want))
		return failed(m);
	if (t->data.n != 0)
		memcpy(m->buf + m->in.n, t->data.p, t->data.n);
	m->in.n += t->data.n;
	m->partial = t->more;
	if (m->want != 0 &&
	    (m->in.n > m->want || (!t->more && m->in.n != m->want)))
		return failed(m);
	if (!t->more) {
		m->out = (struct ike_view){ NULL, 0 };
		m->sent = 0;
		return EAPTLS_READY;
	}
	if (m->server)
		m->id++;
	return put(m, w, &ack) ? EAPTLS_SEND : failed(m);
}

/* Is it what can come now? */
static bool
is_due(const struct eaptls *m, uint8_t id, const struct eap_tls *t)
{
	bool nothing = t->data.n == 0 && !t->more;

	/* RFC 5216 2.1.1: Start comes from the server, once, and first */
	if (t->start != (!m->server && m->state == EAPTLS_FIRST))
		return false;
	if (m->server && (m->state == EAPTLS_FIRST || id != m->id))
		return false;
	/* 2.1.5: to a piece only "go on" is an answer */
	if (t->start || m->sent < m->out.n)
		return nothing;
	return nothing || t->data.n != 0;
}

enum eaptls_result
eaptls_hear(struct eaptls *m, struct wr *w, const struct eap *e)
{
	struct eap_tls t;

	if (e->code != (m->server ? EAP_RESPONSE : EAP_REQUEST) ||
	    e->type != m->type || m->state == EAPTLS_OVER ||
	    !eap_tls_parse(&t, e))
		return EAPTLS_DROP;
	if (!is_due(m, e->id, &t))
		return EAPTLS_DROP;
	m->state = EAPTLS_TALK;
	if (!m->server)
		m->id = e->id;
	return m->sent < m->out.n ? go_on(m, w) : collect(m, w, &t);
}

bool
eaptls_say(struct eaptls *m, struct wr *w, struct ike_view tls)
{
	if (m->state != EAPTLS_TALK || m->partial || m->sent < m->out.n ||
	    tls.n > EAP_TLS_MAX)
		return false;
	m->out = tls;
	m->sent = 0;
	if (m->server)
		m->id++;
	return put_piece(m, w);
}
