/* SPDX-License-Identifier: BSD-2-Clause */
/* Proposals and lists of algorithms: RFC 2367 2.3.6, 2.3.7, with Solaris' fields. */
#include "wire/pfkey_ext.h"

/* the fields after the allocations, in the order of both combinations */
static void
times_read(struct rd *b, struct lifetime *soft, struct lifetime *hard)
{
	soft->allocs = rd_h32(b);
	hard->allocs = rd_h32(b);
	soft->bytes = rd_h64(b);
	hard->bytes = rd_h64(b);
	soft->addtime = rd_h64(b);
	hard->addtime = rd_h64(b);
	soft->usetime = rd_h64(b);
	hard->usetime = rd_h64(b);
}

static void
times_write(
    struct wr *w, const struct lifetime *soft, const struct lifetime *hard)
{
	wr_h32(w, soft->allocs);
	wr_h32(w, hard->allocs);
	wr_h64(w, soft->bytes);
	wr_h64(w, hard->bytes);
	wr_h64(w, soft->addtime);
	wr_h64(w, hard->addtime);
	wr_h64(w, soft->usetime);
	wr_h64(w, hard->usetime);
}

static void
comb_read(struct rd *b, struct pfkey_comb *c)
{
	c->auth = rd_u8(b);
	c->encr = rd_u8(b);
	c->flags = rd_h16(b);
	c->auth_min = rd_h16(b);
	c->auth_max = rd_h16(b);
	c->encr_min = rd_h16(b);
	c->encr_max = rd_h16(b);
	c->salt_bits = rd_u8(b);
	rd_skip(b, 3);
	times_read(b, &c->soft, &c->hard);
}

uint16_t
pfkey_prop_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	m->prop_replay = rd_u8(b);
	rd_skip(b, 3);
	while (rd_more(b)) {
		if (m->n_combs == PFKEY_MAX_COMBS)
			return row->malformed;
		comb_read(b, &m->comb[m->n_combs++]);
	}
	return 0;
}

bool
pfkey_prop_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_u8(w, m->prop_replay);
	wr_zero(w, 3);
	if (m->n_combs > PFKEY_MAX_COMBS)
		return false;
	for (unsigned i = 0; i < m->n_combs; i++) {
		const struct pfkey_comb *c = &m->comb[i];

		wr_u8(w, c->auth);
		wr_u8(w, c->encr);
		wr_h16(w, c->flags);
		wr_h16(w, c->auth_min);
		wr_h16(w, c->auth_max);
		wr_h16(w, c->encr_min);
		wr_h16(w, c->encr_max);
		wr_u8(w, c->salt_bits);
		wr_zero(w, 3);
		times_write(w, &c->soft, &c->hard);
	}
	return true;
}

static bool
ecomb_read(struct rd *b, struct pfkey_ecomb *c)
{
	c->n = rd_u8(b);
	rd_skip(b, 1);
	c->flags = rd_h16(b);
	rd_skip(b, 4);
	times_read(b, &c->soft, &c->hard);
	if (c->n > PFKEY_MAX_DESCS)
		return false;
	for (unsigned i = 0; i < c->n; i++) {
		struct pfkey_desc *d = &c->desc[i];

		d->satype = rd_u8(b);
		d->type = rd_u8(b);
		d->alg = rd_u8(b);
		d->salt_bits = rd_u8(b);
		d->min = rd_h16(b);
		d->max = rd_h16(b);
	}
	return true;
}

uint16_t
pfkey_prop_read_ext(
    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	m->eprop_replay = rd_u8(b);
	rd_skip(b, 1);
	uint16_t n = rd_h16(b);
	if (n > PFKEY_MAX_COMBS)
		return row->malformed;
	for (m->n_ecombs = 0; m->n_ecombs < n; m->n_ecombs++)
		if (!ecomb_read(b, &m->ecomb[m->n_ecombs]))
			return row->malformed;
	return 0;
}

static bool
ecomb_write(struct wr *w, const struct pfkey_ecomb *c)
{
	if (c->n > PFKEY_MAX_DESCS)
		return false;
	wr_u8(w, c->n);
	wr_u8(w, 0);
	wr_h16(w, c->flags);
	wr_zero(w, 4);
	times_write(w, &c->soft, &c->hard);
	for (unsigned i = 0; i < c->n; i++) {
		const struct pfkey_desc *d = &c->desc[i];

		wr_u8(w, d->satype);
		wr_u8(w, d->type);
		wr_u8(w, d->alg);
		wr_u8(w, d->salt_bits);
		wr_h16(w, d->min);
		wr_h16(w, d->max);
	}
	return true;
}

bool
pfkey_prop_write_ext(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_u8(w, m->eprop_replay);
	wr_u8(w, 0);
	wr_h16(w, (uint16_t)m->n_ecombs);
	if (m->n_ecombs > PFKEY_MAX_COMBS)
		return false;
	for (unsigned i = 0; i < m->n_ecombs; i++)
		if (!ecomb_write(w, &m->ecomb[i]))
			return false;
	return true;
}

uint16_t
pfkey_prop_read_algs(
    struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct pfkey_algs *l = (void *)((char *)m + row->at);

	rd_skip(b, 4);
	while (rd_more(b)) {
		if (l->n == PFKEY_MAX_ALGS)
			return row->malformed;
		struct pfkey_supported *a = &l->alg[l->n++];

		a->id = rd_u8(b);
		a->ivlen = rd_u8(b);
		a->min = rd_h16(b);
		a->max = rd_h16(b);
		a->incr = rd_u8(b);
		a->salt_bits = rd_u8(b);
	}
	return 0;
}

bool
pfkey_prop_write_algs(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct pfkey_algs *l = (const void *)((const char *)m + row->at);

	wr_zero(w, 4);
	if (l->n > PFKEY_MAX_ALGS)
		return false;
	for (unsigned i = 0; i < l->n; i++) {
		const struct pfkey_supported *a = &l->alg[i];

		wr_u8(w, a->id);
		wr_u8(w, a->ivlen);
		wr_h16(w, a->min);
		wr_h16(w, a->max);
		wr_u8(w, a->incr);
		wr_u8(w, a->salt_bits);
	}
	return true;
}
