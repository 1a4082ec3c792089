/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2ts.h"

#include <errno.h>

#include "wire/ike2num.h"

static struct addr
read_addr(struct rd *r, uint8_t fam)
{
	const uint8_t *p = rd_take(r, addr_bytes(fam));

	if (p == NULL)
		return (struct addr){ 0 };
	return fam == FAM_V4 ? addr_v4(p) : addr_v6(p);
}

/* RFC 7296 3.13.1 */
static bool
read_range(struct ike2_ts *t, struct rd *b, uint8_t fam)
{
	t->port_lo = rd_be16(b);
	t->port_hi = rd_be16(b);
	t->lo = read_addr(b, fam);
	t->hi = read_addr(b, fam);
	return rd_end(b) && memcmp(t->lo.b, t->hi.b, sizeof(t->lo.b)) <= 0 &&
	       (t->port_lo <= t->port_hi || ike2ts_is_opaque(t));
}

static bool
read_ts(struct ike2_tslist *out, struct rd *r)
{
	uint8_t type = rd_u8(r);
	struct ike2_ts t = { .proto = rd_u8(r) };
	struct rd b = rd_body(r, rd_be16(r), 4);

	if (b.bad)
		return false;
	if (type != IKE2_TS_IPV4 && type != IKE2_TS_IPV6) {
		out->unknown++;
		return true;
	}
	if (!read_range(&t, &b, type == IKE2_TS_IPV4 ? FAM_V4 : FAM_V6))
		return false;
	if (out->n < IKE2TS_MAX)
		out->t[out->n++] = t;
	else
		out->dropped++;
	return true;
}

int
ike2ts_parse(struct ike2_tslist *out, struct rd r)
{
	uint8_t n = rd_u8(&r);

	out->n = 0;
	out->unknown = 0;
	out->dropped = 0;
	rd_skip(&r, 3);
	if (n == 0)
		return EINVAL;
	for (unsigned i = 0; i < n; i++)
		if (!read_ts(out, &r))
			return EINVAL;
	return rd_end(&r) ? 0 : EINVAL;
}

void
ike2ts_write(struct wr *w, const struct ike2_ts *t, size_t n)
{
	if (n == 0 || n > UINT8_MAX)
		w->bad = true;
	wr_u8(w, (uint8_t)n);
	wr_zero(w, 3);
	for (size_t i = 0; i < n && !w->bad; i++) {
		size_t size = addr_bytes(t[i].lo.fam);

		if (size == 0 || t[i].hi.fam != t[i].lo.fam)
			w->bad = true;
		wr_u8(w, size == 4 ? IKE2_TS_IPV4 : IKE2_TS_IPV6);
		wr_u8(w, t[i].proto);
		wr_be16(w, (uint16_t)(8 + 2 * size));
		wr_be16(w, t[i].port_lo);
		wr_be16(w, t[i].port_hi);
		wr_bytes(w, t[i].lo.b, size);
		wr_bytes(w, t[i].hi.b, size);
	}
}
