/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ikeipc.h"

/* --- reading --- */

/* Length and bytes; longer than most is a mistake. */
static struct ikeipc_bytes
read_bytes(struct rd *r, size_t most)
{
	struct ikeipc_bytes b = { .n = rd_be32(r) };

	if (b.n > most)
		r->bad = true;
	b.p = rd_take(r, b.n);
	if (r->bad || b.n == 0)
		return (struct ikeipc_bytes){ 0 };
	return b;
}

static struct ikeipc_bytes
read_text(struct rd *r, size_t most)
{
	struct ikeipc_bytes b = read_bytes(r, most);

	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < ' ' || b.p[i] == 0x7f)
			r->bad = true;
	return b;
}

/* One of 1 to below. */
static uint8_t
read_one(struct rd *r, unsigned below)
{
	uint8_t v = rd_u8(r);

	if (v == 0 || v >= below)
		r->bad = true;
	return v;
}

static struct addr
read_addr(struct rd *r)
{
	struct addr a = { .fam = rd_u8(r) };
	const uint8_t *p;

	if (a.fam != FAM_NONE && a.fam != FAM_V4 && a.fam != FAM_V6)
		r->bad = true;
	p = rd_take(r, addr_bytes(a.fam));
	if (r->bad)
		return (struct addr){ 0 };
	memcpy(a.b, p, addr_bytes(a.fam));
	return a;
}

static unsigned
read_count(struct rd *r, unsigned most)
{
	unsigned n = rd_u8(r);

	if (n > most) {
		r->bad = true;
		return 0;
	}
	return n;
}

static unsigned
read_certs(struct rd *r, struct ikeipc_cert *c)
{
	unsigned n = read_count(r, IKEIPC_CERTS);

	for (unsigned i = 0; i < n; i++) {
		c[i].encoding = rd_u8(r);
		c[i].der = read_bytes(r, IKEIPC_MAX);
	}
	return n;
}

static void
read_ask(struct rd *r, struct ikeipc_ask *a)
{
	uint8_t flag;

	a->op = read_one(r, IKEIPC_OP_N);
	flag = rd_u8(r);
	if (flag > 1)
		r->bad = true;
	a->initiator = flag == 1;
	a->local = read_addr(r);
	a->remote = read_addr(r);
	a->local_port = rd_be16(r);
	a->remote_port = rd_be16(r);
	a->prf = rd_be16(r);
	a->own_id_type = rd_u8(r);
	a->peer_id_type = rd_u8(r);
	a->method = rd_u8(r);
	a->rule = read_text(r, IKEIPC_LABEL);
	a->own_id = read_bytes(r, IKEIPC_MAX);
	a->peer_id = read_bytes(r, IKEIPC_MAX);
	a->octets = read_bytes(r, IKEIPC_MAX);
	a->authorities = read_bytes(r, IKEIPC_MAX);
	a->auth = read_bytes(r, IKEIPC_MAX);
	a->n_hash = read_count(r, IKEIPC_HASHES);
	for (unsigned i = 0; i < a->n_hash; i++)
		a->hash[i] = rd_be16(r);
	a->n_cert = read_certs(r, a->cert);
}

static void
read_told(struct rd *r, struct ikeipc_told *t)
{
	t->verdict = rd_u8(r);
	if (t->verdict >= IKEIPC_VERDICT_N)
		r->bad = true;
	t->method = rd_u8(r);
	t->why = read_text(r, IKEIPC_TEXT);
	t->data = read_bytes(r, IKEIPC_MAX);
	t->n_cert = read_certs(r, t->cert);
}

static void
read_type(struct rd *r, struct ikeipc_msg *m)
{
	switch (m->type) {
	case IKEIPC_TAKE:
		m->which = read_one(r, IKEIPC_WHICH_N);
		break;
	case IKEIPC_FILE:
		m->kind = read_one(r, IKEIPC_KIND_N);
		m->size = rd_be32(r);
		if (m->size > IKEIPC_FILE_MAX)
			r->bad = true;
		m->name = read_text(r, IKEIPC_NAME);
		break;
	case IKEIPC_DATA:
		m->data = read_bytes(r, IKEIPC_PIECE);
		break;
	case IKEIPC_DEBUG:
		m->level = rd_be32(r);
		break;
	case IKEIPC_USED:
		m->err = rd_be32(r);
		m->text = read_text(r, IKEIPC_TEXT);
		break;
	case IKEIPC_WANT:
		m->want = read_one(r, IKEIPC_WANT_N);
		break;
	case IKEIPC_ASK:
		read_ask(r, &m->ask);
		break;
	case IKEIPC_TOLD:
		read_told(r, &m->told);
		break;
	default: /* USE, STOP, READY */
		break;
	}
}

bool
ikeipc_parse(struct ikeipc_msg *m, const void *b, size_t n)
{
	struct rd r = rd_from(b, n);

	*m = (struct ikeipc_msg){ 0 };
	if (n > IKEIPC_MAX)
		return false;
	m->type = read_one(&r, IKEIPC_TYPE_N);
	m->id = rd_be32(&r);
	if (!r.bad)
		read_type(&r, m);
	return rd_end(&r);
}

/* --- writing --- */

static void
write_bytes(struct wr *w, const struct ikeipc_bytes *b)
{
	wr_be32(w, (uint32_t)b->n);
	wr_bytes(w, b->p, b->n);
}

static void
write_addr(struct wr *w, const struct addr *a)
{
	wr_u8(w, a->fam);
	wr_bytes(w, a->b, addr_bytes(a->fam));
}

static void
write_certs(struct wr *w, unsigned n, const struct ikeipc_cert *c)
{
	if (n > IKEIPC_CERTS)
		w->bad = true;
	wr_u8(w, (uint8_t)n);
	for (unsigned i = 0; !w->bad && i < n; i++) {
		wr_u8(w, c[i].encoding);
		write_bytes(w, &c[i].der);
	}
}

static void
write_ask(struct wr *w, const struct ikeipc_ask *a)
{
	wr_u8(w, a->op);
	wr_u8(w, a->initiator);
	write_addr(w, &a->local);
	write_addr(w, &a->remote);
	wr_be16(w, a->local_port);
	wr_be16(w, a->remote_port);
	wr_be16(w, a->prf);
	wr_u8(w, a->own_id_type);
	wr_u8(w, a->peer_id_type);
	wr_u8(w, a->method);
	write_bytes(w, &a->rule);
	write_bytes(w, &a->own_id);
	write_bytes(w, &a->peer_id);
	write_bytes(w, &a->octets);
	write_bytes(w, &a->authorities);
	write_bytes(w, &a->auth);
	if (a->n_hash > IKEIPC_HASHES)
		w->bad = true;
	wr_u8(w, (uint8_t)a->n_hash);
	for (unsigned i = 0; !w->bad && i < a->n_hash; i++)
		wr_be16(w, a->hash[i]);
	write_certs(w, a->n_cert, a->cert);
}

static void
write_told(struct wr *w, const struct ikeipc_told *t)
{
	wr_u8(w, t->verdict);
	wr_u8(w, t->method);
	write_bytes(w, &t->why);
	write_bytes(w, &t->data);
	write_certs(w, t->n_cert, t->cert);
}

static void
write_type(struct wr *w, const struct ikeipc_msg *m)
{
	switch (m->type) {
	case IKEIPC_TAKE:
		wr_u8(w, m->which);
		break;
	case IKEIPC_FILE:
		wr_u8(w, m->kind);
		wr_be32(w, m->size);
		write_bytes(w, &m->name);
		break;
	case IKEIPC_DATA:
		write_bytes(w, &m->data);
		break;
	case IKEIPC_DEBUG:
		wr_be32(w, m->level);
		break;
	case IKEIPC_USED:
		wr_be32(w, m->err);
		write_bytes(w, &m->text);
		break;
	case IKEIPC_WANT:
		wr_u8(w, m->want);
		break;
	case IKEIPC_ASK:
		write_ask(w, &m->ask);
		break;
	case IKEIPC_TOLD:
		write_told(w, &m->told);
		break;
	default: /* USE, STOP, READY */
		break;
	}
}

bool
ikeipc_write(struct wr *w, const struct ikeipc_msg *m)
{
	struct ikeipc_msg again;
	size_t from = w->len;

	wr_u8(w, m->type);
	wr_be32(w, m->id);
	write_type(w, m);
	/* so that nobody is cut off for what we would not have taken ourselves */
	return !w->bad && ikeipc_parse(&again, w->base + from, w->len - from);
}
