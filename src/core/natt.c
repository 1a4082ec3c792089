/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/natt.h"

void
natt_write(struct wr *out, const struct sa *sa, size_t len)
{
	uint16_t l = sa_extra(sa)->natt_lport, r = sa->natt_rport;

	wr_be16(out, l != 0 ? l : NATT_PORT);
	wr_be16(out, r != 0 ? r : NATT_PORT);
	wr_be16(out, (uint16_t)(NATT_HEAD + len));
	/* RFC 3948 2.1: zero, the receiver must not depend on it */
	wr_be16(out, 0);
}

static void
put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void
put_csum(uint8_t *at, uint16_t c)
{
	put16(at, c == 0 ? 0xffff : c); /* RFC 768: 0 means none */
}

void
natt_csum(uint8_t *p, const struct ip_view *v)
{
	size_t n = v->len - v->upper;
	uint32_t sum =
	    ip_csum_pseudo(&v->src, &v->dst, IPPROTO_UDP_, (uint32_t)n);

	put_csum(
	    p + v->upper + 6, ip_csum_end(ip_csum_add(sum, p + v->upper, n)));
}

/* The address that the sender saw where the packet now bears `seen`. */
static const struct addr *
original(
    const struct addr *seen, const struct addr *natt, const struct addr *own)
{
	if (natt->fam != seen->fam || addr_is_unspec(natt))
		return seen;
	if (!addr_equal(natt, seen))
		return natt;
	if (own->fam != seen->fam || addr_is_unspec(own))
		return seen;
	return own;
}

bool
natt_alters(const struct addr *src, const struct addr *dst, const struct sa *sa)
{
	const struct sa_extra *s = sa_extra(sa);

	return !addr_equal(src, original(src, &s->natt_rem, &sa->src)) ||
	       !addr_equal(dst, original(dst, &s->natt_loc, &sa->dst));
}

void
natt_fix(uint8_t *p, const struct ip_view *v, const struct sa *sa)
{
	const struct sa_extra *s = sa_extra(sa);
	bool udp = v->proto == IPPROTO_UDP_;
	size_t at = v->upper + (udp ? 6u : 16u);

	if ((!udp && v->proto != IPPROTO_TCP_) || v->len < at + 2)
		return;

	uint16_t old = (uint16_t)(p[at] << 8 | p[at + 1]);

	if (udp && old == 0)
		return;

	/* sa.src is the far end: natt_fix() is for what comes in */
	const struct addr *src = original(&v->src, &s->natt_rem, &sa->src);
	const struct addr *dst = original(&v->dst, &s->natt_loc, &sa->dst);

	if (addr_equal(src, &v->src) && addr_equal(dst, &v->dst))
		return;

	/* RFC 1624: ~(~old + ~m + m'), m the old addresses, m' the new ones */
	uint32_t sum = (uint16_t)~old;

	sum += ip_csum_end(ip_csum_pseudo(src, dst, 0, 0));
	sum += (uint16_t)~ip_csum_end(ip_csum_pseudo(&v->src, &v->dst, 0, 0));

	uint16_t c = ip_csum_end(sum);

	if (udp)
		put_csum(p + at, c);
	else
		put16(p + at, c);
}

bool
natt_is_quiet(const struct sa *sa, uint32_t seconds, struct now now)
{
	uint64_t since = sa->rest->added;

	if (seconds == 0 || !sa_is_live(sa) ||
	    (sa->flags & SAF_NATT_LOC) == 0 ||
	    (sa->flags & SAF_OUTBOUND) == 0 || addr_is_unspec(&sa->src))
		return false;
	if (sa->last_use > since)
		since = sa->last_use;
	if (sa_extra(sa)->keepalive > since)
		since = sa_extra(sa)->keepalive;
	return now.mono - since >= seconds * UINT64_C(1000);
}

void
natt_keepalive(struct wr *out, const struct sa *sa)
{
	const struct ip_new h = {
		.src = sa->src, .dst = sa->dst, .ttl = 64, .proto = IPPROTO_UDP_
	};
	size_t start = out->len;
	struct ip_view v;

	ip_write(out, &h, NATT_HEAD + 1);
	natt_write(out, sa, 1);
	wr_u8(out, 0xff);
	if (h.dst.fam == FAM_V6 && !out->bad &&
	    ip_parse(&v, out->base + start, out->len - start))
		natt_csum(out->base + start, &v);
}
