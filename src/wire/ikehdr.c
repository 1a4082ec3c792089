/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ikehdr.h"

bool
ikehdr_parse(struct ikehdr *h, const uint8_t *b, size_t n)
{
	struct rd r = rd_from(b, n);
	uint8_t version;

	*h = (struct ikehdr){ 0 };
	h->spi_i = rd_be64(&r);
	h->spi_r = rd_be64(&r);
	h->next = rd_u8(&r);
	version = rd_u8(&r);
	h->major = version >> 4;
	h->minor = version & 15;
	h->exchange = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->msgid = rd_be32(&r);
	h->len = rd_be32(&r);
	return !r.bad;
}

void
ikehdr_write(struct wr *w, const struct ikehdr *h)
{
	wr_be64(w, h->spi_i);
	wr_be64(w, h->spi_r);
	wr_u8(w, h->next);
	wr_u8(w, (uint8_t)(h->major << 4 | (h->minor & 15)));
	wr_u8(w, h->exchange);
	wr_u8(w, h->flags);
	wr_be32(w, h->msgid);
	wr_be32(w, h->len);
}
