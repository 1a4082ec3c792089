/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2sa.h"

#include <errno.h>

#include "wire/ike2num.h"

enum {
	ATTR_TV = 0x8000,
	ATTR_KEY_LENGTH = 14,
	MORE_PROPOSALS = 2,
	MORE_TRANSFORMS = 3
};

/* RFC 7296 3.3.5; 3.3.6: who does not know an attribute takes another transform */
static void
parse_attr(struct rd *r, struct ike2_xform *xf)
{
	uint16_t type = rd_be16(r);
	uint16_t value = rd_be16(r);

	if ((type & ATTR_TV) == 0)
		rd_skip(r, value);
	if (type != (ATTR_TV | ATTR_KEY_LENGTH) || xf->keybits != 0 ||
	    value == 0)
		xf->odd = true;
	else
		xf->keybits = value;
}

/* RFC 7296 3.3.2 */
static void
parse_transform(struct rd *r, struct ike2_xform *xf, bool last)
{
	struct rd b;

	*xf = (struct ike2_xform){ 0 };
	if (rd_u8(r) != (last ? 0 : MORE_TRANSFORMS))
		r->bad = true;
	rd_skip(r, 1);
	b = rd_body(r, rd_be16(r), 4);
	xf->type = rd_u8(&b);
	rd_skip(&b, 1);
	xf->id = rd_be16(&b);
	while (rd_more(&b))
		parse_attr(&b, xf);
	if (!rd_end(&b))
		r->bad = true;
}

/*
 * RFC 7296 3.3.1: none or 8 bytes for IKE, 4 for AH and ESP. Of protocols that
 * we do not speak it may have any size.
 */
static bool
spi_fits(uint8_t proto, uint8_t len)
{
	switch (proto) {
	case IKE2_PROTO_IKE:
		return len == 0 || len == 8;
	case IKE2_PROTO_AH:
	case IKE2_PROTO_ESP:
		return len == 4;
	default:
		return true;
	}
}

static int
parse_proposal(struct ike2_sa *s, struct rd *r, uint8_t *more)
{
	struct ike2_proposal *p = &s->p[s->n];
	struct rd b;

	*more = rd_u8(r);
	rd_skip(r, 1);
	b = rd_body(r, rd_be16(r), 4);
	p->num = rd_u8(&b);
	p->proto = rd_u8(&b);
	p->spi_len = rd_u8(&b);
	p->n = rd_u8(&b);
	p->first = s->nxf;
	p->spi = rd_take(&b, p->spi_len);
	if (b.bad || p->n == 0 || !spi_fits(p->proto, p->spi_len))
		return EINVAL;
	if (p->n > IKE2SA_TRANSFORMS - s->nxf)
		return E2BIG;
	for (unsigned i = 0; i < p->n && !b.bad; i++)
		parse_transform(&b, &s->xf[s->nxf++], i + 1U == p->n);
	return rd_end(&b) ? 0 : EINVAL;
}

int
ike2sa_parse(struct ike2_sa *s, struct rd r)
{
	uint8_t more = MORE_PROPOSALS;
	int err;

	s->n = 0;
	s->nxf = 0;
	while (rd_more(&r)) {
		if (more != MORE_PROPOSALS)
			return EINVAL;
		if (s->n == IKE2SA_PROPOSALS)
			return E2BIG;
		if ((err = parse_proposal(s, &r, &more)) != 0)
			return err;
		/* RFC 7296 3.3.1: one more than the one before */
		if (s->n > 0 ? s->p[s->n].num != s->p[s->n - 1].num + 1
			     : s->p[0].num == 0)
			return EINVAL;
		s->n++;
	}
	return rd_end(&r) && more == 0 ? 0 : EINVAL;
}

static void
write_transform(struct wr *w, const struct ike2_xform *xf, bool last)
{
	size_t at = w->len, len;

	wr_u8(w, last ? 0 : MORE_TRANSFORMS);
	wr_u8(w, 0);
	len = wr_open16(w);
	wr_u8(w, xf->type);
	wr_u8(w, 0);
	wr_be16(w, xf->id);
	if (xf->keybits != 0) {
		wr_be16(w, ATTR_TV | ATTR_KEY_LENGTH);
		wr_be16(w, xf->keybits);
	}
	wr_close16(w, len, at);
}

static void
write_proposal(
    struct wr *w, const struct ike2_sa *s, const struct ike2_proposal *p)
{
	const struct ike2_xform *xf = s->xf + p->first;
	unsigned n = 0, k = 0;

	for (unsigned i = 0; i < p->n; i++)
		n += !xf[i].odd;
	wr_u8(w, p->num);
	wr_u8(w, p->proto);
	wr_u8(w, p->spi_len);
	wr_u8(w, (uint8_t)n);
	wr_bytes(w, p->spi, p->spi_len);
	for (unsigned i = 0; i < p->n; i++)
		if (!xf[i].odd)
			write_transform(w, &xf[i], ++k == n);
	if (n == 0)
		w->bad = true;
}

void
ike2sa_write(struct wr *w, const struct ike2_sa *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		size_t at = w->len, len;

		wr_u8(w, i + 1U == s->n ? 0 : MORE_PROPOSALS);
		wr_u8(w, 0);
		len = wr_open16(w);
		write_proposal(w, s, &s->p[i]);
		wr_close16(w, len, at);
	}
	if (s->n == 0)
		w->bad = true;
}

bool
ike2sa_add(
    struct ike2_sa *s, uint8_t proto, const uint8_t *spi, uint8_t spi_len)
{
	if (s->n == IKE2SA_PROPOSALS)
		return false;
	s->p[s->n] = (struct ike2_proposal){ .num = (uint8_t)(s->n + 1),
		.proto = proto,
		.spi = spi,
		.spi_len = spi_len,
		.first = s->nxf };
	s->n++;
	return true;
}

bool
ike2sa_add_xform(struct ike2_sa *s, uint8_t type, uint16_t id, uint16_t keybits)
{
	if (s->n == 0 || s->nxf == IKE2SA_TRANSFORMS)
		return false;
	s->xf[s->nxf++] =
	    (struct ike2_xform){ .type = type, .id = id, .keybits = keybits };
	s->p[s->n - 1].n++;
	return true;
}

static const uint8_t none = 0; /* to begin a reader at */

uint32_t
ike2sa_spi32(const struct ike2_proposal *p)
{
	struct rd r = rd_from(p->spi != NULL ? p->spi : &none, p->spi_len);

	return p->spi_len == 4 ? rd_be32(&r) : 0;
}

uint64_t
ike2sa_spi64(const struct ike2_proposal *p)
{
	struct rd r = rd_from(p->spi != NULL ? p->spi : &none, p->spi_len);

	return p->spi_len == 8 ? rd_be64(&r) : 0;
}
