/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/v6hdr.h"

size_t
v6hdr_len(const struct v6hdr *h)
{
	size_t n = 40;

	for (unsigned i = 0; i < h->n_ext; i++)
		n += h->ext[i].n;
	return n;
}

bool
v6hdr_write(struct wr *w, const struct v6hdr *h, size_t payload)
{
	size_t after = v6hdr_len(h) - 40 + payload;

	if (after > UINT16_MAX)
		return false;
	wr_be32(w, UINT32_C(6) << 28 | (uint32_t)h->tclass << 20 |
		       (h->flow & 0xfffff));
	wr_be16(w, (uint16_t)after);
	wr_u8(w, h->n_ext != 0 ? h->ext[0].type : h->proto);
	wr_u8(w, h->hlim);
	wr_bytes(w, h->src, 16);
	wr_bytes(w, h->dst, 16);
	for (unsigned i = 0; i < h->n_ext; i++) {
		uint8_t next = i + 1 < h->n_ext ? h->ext[i + 1].type : h->proto;

		/* RFC 8200 4.3-4.6: length in 8 bytes, without the first 8 */
		if (h->ext[i].n < 8 || h->ext[i].p[0] != next ||
		    ((size_t)h->ext[i].p[1] + 1) * 8 != h->ext[i].n)
			return false;
		wr_bytes(w, h->ext[i].p, h->ext[i].n);
	}
	return !w->bad;
}
