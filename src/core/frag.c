/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/frag.h"

enum { FRAG_HEAD = 8, FRAG_NH = 44, OPT_END = 0, OPT_NOP = 1, OPT_COPY = 0x80 };

/* The n bytes of a datagram that a fragment carries, and where they stand. */
struct piece {
	size_t off, n;
	bool last;
};

/*
 * The i-th piece of `all` bytes, of which the first fragment takes `first` and
 * each later one `more`, both multiples of 8.
 */
static bool
cut(struct piece *c, size_t all, size_t first, size_t more, unsigned i)
{
	if (first == 0 || more == 0)
		return false;
	c->off = i == 0 ? 0 : first + (i - 1) * more;
	if (c->off >= all)
		return false;
	c->n = i == 0 ? first : more;
	c->last = c->n >= all - c->off;
	if (c->last)
		c->n = all - c->off;
	return true;
}

/*
 * RFC 791 3.1: options that are copied into every fragment, padded to 4 bytes.
 * to has room for 40. False: malformed.
 */
static bool
copied_options(uint8_t to[40], size_t *n, const uint8_t *p, size_t fixed)
{
	struct rd r = rd_from(p, fixed);
	struct wr w = wr_into(to, 40);

	rd_skip(&r, 20);
	while (rd_more(&r)) {
		const uint8_t *opt = r.p;
		uint8_t type = rd_u8(&r);

		if (type == OPT_END)
			break;
		if (type == OPT_NOP)
			continue;

		uint8_t len = rd_u8(&r);
		struct rd body = rd_body(&r, len, 2);

		if (!body.bad && (type & OPT_COPY) != 0)
			wr_bytes(&w, opt, len);
	}
	wr_zero(&w, (4 - w.len % 4) % 4);
	*n = w.len;
	return !r.bad && !w.bad;
}

static bool
write_v4(struct wr *w, const uint8_t *p, const struct ip_view *v, uint32_t mtu,
    unsigned i)
{
	uint8_t opt[40];
	size_t n, room0, room1, at = w->len;
	struct piece c;

	if (v->df || !copied_options(opt, &n, p, v->fixed) ||
	    mtu < v->fixed + 8)
		return false;
	room0 = (mtu - v->fixed) & ~(size_t)7;
	room1 = (mtu - 20 - n) & ~(size_t)7;
	if (!cut(&c, v->len - v->fixed, room0, room1, i))
		return false;
	if (i == 0) {
		n = v->fixed;
		wr_bytes(w, p, n);
	} else {
		wr_bytes(w, p, 20);
		wr_bytes(w, opt, n);
		n += 20;
	}
	wr_bytes(w, p + v->fixed + c.off, c.n);
	if (w->bad)
		return false;

	uint8_t *h = w->base + at;
	uint32_t off = (uint32_t)(v->frag_off + c.off) / 8;
	bool more = v->more || !c.last;

	h[0] = (uint8_t)(0x40 | n / 4);
	h[2] = (uint8_t)((n + c.n) >> 8);
	h[3] = (uint8_t)(n + c.n);
	h[6] = (uint8_t)((more ? 0x20 : 0) | off >> 8);
	h[7] = (uint8_t)off;
	ip_csum_header(h, n);
	return true;
}

/* RFC 8200 4.5 */
static bool
write_v6(struct wr *w, const uint8_t *p, const struct ip_view *v, uint32_t mtu,
    uint32_t ident, unsigned i)
{
	size_t at = w->len, head = v->cut + FRAG_HEAD;
	struct piece c;

	if (v->has_frag || mtu < head + 8)
		return false;

	size_t room = (mtu - head) & ~(size_t)7;

	/* RFC 7112 5: the first fragment has the whole chain of headers */
	if (v->upper - v->cut > room)
		return false;
	if (!cut(&c, v->len - v->cut, room, room, i))
		return false;
	wr_bytes(w, p, v->cut);
	wr_u8(w, p[v->cut_nh]);
	wr_u8(w, 0);
	wr_be16(w, (uint16_t)(c.off | (c.last ? 0u : 1u)));
	wr_be32(w, ident);
	wr_bytes(w, p + v->cut + c.off, c.n);
	if (w->bad)
		return false;
	w->base[at + v->cut_nh] = FRAG_NH;
	return ip_set_len(w->base + at, v, head + c.n);
}

bool
frag_write(struct wr *w, const uint8_t *p, size_t n, uint32_t mtu,
    uint32_t ident, unsigned i)
{
	struct ip_view v;

	if (!ip_parse(&v, p, n))
		return false;
	if (v.len <= mtu) {
		if (i == 0)
			wr_bytes(w, p, v.len);
		return i == 0 && !w->bad;
	}
	return v.ver == 4 ? write_v4(w, p, &v, mtu, i)
			  : write_v6(w, p, &v, mtu, ident, i);
}
