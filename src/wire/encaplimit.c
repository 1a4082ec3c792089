/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/encaplimit.h"

enum {
	V6_FIXED = 40,
	EXT_HOPOPT = 0,
	EXT_DSTOPTS = 60,
	OPT_PAD1 = 0,
	OPT_PADN = 1,
	OPT_LIMIT = 4 /* RFC 2473 5.1 */
};

/* In the options of one header, which end at r's end. */
static bool
find_option(struct rd *r, const uint8_t *p, size_t *at)
{
	while (rd_more(r)) {
		uint8_t type = rd_u8(r), n;

		if (type == OPT_PAD1)
			continue;
		n = rd_u8(r);
		if (type == OPT_LIMIT && n == 1 && rd_left(r) >= 1) {
			*at = (size_t)(r->p - p);
			return true;
		}
		rd_skip(r, n);
	}
	return false;
}

bool
encaplimit_find(const struct ip_view *v, const uint8_t *p, size_t *at)
{
	struct rd r = rd_from(p, v->len), body;
	uint8_t nh;

	if (v->ver != 6 || v->len < V6_FIXED)
		return false;
	nh = p[6];
	rd_skip(&r, V6_FIXED);
	while (nh == EXT_HOPOPT || nh == EXT_DSTOPTS) {
		uint8_t type = nh;

		nh = rd_u8(&r);
		body = rd_sub(&r, rd_u8(&r) * 8u + 6u);
		if (body.bad)
			return false;
		if (type == EXT_DSTOPTS && find_option(&body, p, at))
			return true;
	}
	return false;
}

void
encaplimit_write(struct wr *w, uint8_t next, uint8_t limit)
{
	wr_u8(w, next);
	wr_u8(w, 0); /* 8 bytes in all */
	wr_u8(w, OPT_LIMIT);
	wr_u8(w, 1);
	wr_u8(w, limit);
	wr_u8(w, OPT_PADN);
	wr_u8(w, 1);
	wr_u8(w, 0);
}
