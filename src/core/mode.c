/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/mode.h"

enum { ECN_MASK = 3, ECT_1 = 1, ECN_CE = 3, OUTER_TTL = 64 };

/* RFC 4301 5.1.2.1, 5.1.2.2: which fields are made, copied or configured. */
bool
mode_outer(struct ip_new *h, const struct sa *sa, const struct ip_view *v)
{
	*h = (struct ip_new){ .src = sa->src,
		.dst = sa->dst,
		/* RFC 6040 4.1, normal mode: ECN is copied */
		.tos = sa->tos_fixed ? (uint8_t)((sa->tos & ~ECN_MASK) |
						 (v->tos & ECN_MASK))
				     : v->tos,
		.ttl = sa->ttl != 0 ? sa->ttl : OUTER_TTL,
		/* RFC 4301 8.1; no router may fragment an IPv6 packet */
		.df = sa->df == DF_SET ||
		      (sa->df == DF_COPY && (v->df || v->ver == 6)),
		.flow = sa_extra(sa)->flow_label };
	return h->src.fam == h->dst.fam && !addr_is_unspec(&h->src);
}

enum mode_result
mode_transport(struct wr *out, const uint8_t *p, const struct ip_view *v,
    uint8_t proto, size_t payload)
{
	size_t at = out->len;

	wr_bytes(out, p, v->ins);
	if (out->bad)
		return MODE_NO_ROOM;
	out->base[at + v->nh_off] = proto;
	return ip_set_len(out->base + at, v, v->ins + payload) ? MODE_OK
							       : MODE_TOO_LONG;
}

enum mode_result
mode_write(struct wr *out, const struct sa *sa, const uint8_t *p,
    const struct ip_view *v, uint8_t proto, size_t payload,
    const struct ip_new *forced, uint16_t id)
{
	struct ip_new h;

	if (!sa_is_tunnel(sa))
		return mode_transport(out, p, v, proto, payload);
	if (forced != NULL) {
		h = *forced;
	} else {
		if (!mode_outer(&h, sa, v))
			return MODE_NO_SRC;
		h.id = id;
	}
	if (payload + (h.dst.fam == FAM_V4 ? 20 : 0) > UINT16_MAX)
		return MODE_TOO_LONG;
	h.proto = proto;
	ip_write(out, &h, payload);
	return out->bad ? MODE_NO_ROOM : MODE_OK;
}

/* RFC 6040 4.2, figure 4. False: drop. */
static bool
ecn_decapsulate(uint8_t *p, const struct ip_view *in, const struct ip_view *out)
{
	uint8_t inner = in->tos & ECN_MASK, outer = out->tos & ECN_MASK;

	if (inner == 0)
		return outer != ECN_CE;
	if (outer == ECN_CE || (outer == ECT_1 && inner != ECN_CE))
		if (inner != outer)
			ip_set_tos(
			    p, in, (uint8_t)((in->tos & ~ECN_MASK) | outer));
	return true;
}

enum mode_result
mode_inner(uint8_t *p, size_t n, uint8_t next, const struct ip_view *outer,
    size_t *len)
{
	struct ip_view v;
	uint8_t want = next == IPPROTO_IPIP_   ? 4
		       : next == IPPROTO_IPV6_ ? 6
					       : 0;

	if (!ip_parse(&v, p, n) || v.ver != want)
		return MODE_BAD_INNER;
	*len = v.len;
	return ecn_decapsulate(p, &v, outer) ? MODE_OK : MODE_ECN;
}

bool
mode_rebuild(uint8_t *p, size_t n, uint8_t next, const struct ip_view *v,
    struct ip_view *now)
{
	p[v->upper_nh] = next;
	return ip_set_len(p, v, n) && ip_parse(now, p, n);
}
