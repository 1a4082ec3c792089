/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/sockreq.h"

#include <errno.h>

enum { WANT = 16, BITS = 6 };

static void
read_want(struct rd *r, struct sockreq_want *w)
{
	w->ah = rd_h32(r);
	w->esp = rd_h32(r);
	w->selfencap = rd_h32(r);
	w->ah_alg = rd_u8(r);
	w->esp_alg = rd_u8(r);
	w->espa_alg = rd_u8(r);
	rd_skip(r, 1); /* what fills the structure may be anything */
}

static int
parse(struct sockreq *m, const uint8_t *b, size_t n, bool answer)
{
	struct rd r = rd_from(b, n);
	uint8_t version = rd_u8(&r);

	*m = (struct sockreq){ .op = rd_u8(&r) };
	rd_skip(&r, 2);
	if (r.bad)
		return EINVAL;
	if (version != SOCKREQ_VERSION)
		return EPROTONOSUPPORT;
	if (answer)
		m->err = rd_h32(&r);
	m->has_bits = rd_left(&r) == WANT + BITS;
	read_want(&r, &m->want);
	if (m->has_bits) {
		m->want.ah_min = rd_h16(&r);
		m->want.esp_min = rd_h16(&r);
		m->want.espa_min = rd_h16(&r);
	}
	if (!rd_end(&r) || (m->op != SOCKREQ_SET && m->op != SOCKREQ_GET))
		return EINVAL;
	return 0;
}

int
sockreq_parse(struct sockreq *m, const uint8_t *b, size_t n)
{
	return parse(m, b, n, false);
}

int
sockreq_parse_answer(struct sockreq *m, const uint8_t *b, size_t n)
{
	return parse(m, b, n, true);
}

static void
write_message(struct wr *w, const struct sockreq *m, bool answer)
{
	wr_u8(w, SOCKREQ_VERSION);
	wr_u8(w, m->op);
	wr_zero(w, 2);
	if (answer)
		wr_h32(w, m->err);
	wr_h32(w, m->want.ah);
	wr_h32(w, m->want.esp);
	wr_h32(w, m->want.selfencap);
	wr_u8(w, m->want.ah_alg);
	wr_u8(w, m->want.esp_alg);
	wr_u8(w, m->want.espa_alg);
	wr_zero(w, 1);
	if (!m->has_bits)
		return;
	wr_h16(w, m->want.ah_min);
	wr_h16(w, m->want.esp_min);
	wr_h16(w, m->want.espa_min);
}

void
sockreq_write(struct wr *w, const struct sockreq *m)
{
	write_message(w, m, false);
}

void
sockreq_write_answer(struct wr *w, const struct sockreq *m)
{
	write_message(w, m, true);
}
