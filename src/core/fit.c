/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/fit.h"

#include "core/pieces.h"

enum {
	MIN_V4 = 68,  /* RFC 791 3.2: what every link carries */
	MIN_V6 = 1280 /* RFC 8200 5 */
};

/* RFC 1122 3.2.2, RFC 4443 2.4: about what no error is sent. */
static bool
may_answer(const struct trip *t)
{
	const struct ip_view *v = &t->inner;
	struct flow f;

	if (addr_is_unspec(&v->src) || addr_is_multicast(&v->src) ||
	    v->frag_off != 0 || (v->ver == 4 && addr_is_multicast(&v->dst)))
		return false;
	ip_flow(&f, v, t->inner_pkt, true);
	if (v->ver == 6)
		return !f.has_icmp || f.icmp_type >= 128;
	return !f.has_icmp || ((f.icmp_type < 3 || f.icmp_type > 5) &&
				  f.icmp_type != 11 && f.icmp_type != 12);
}

/*
 * RFC 4301 8: a packet that may not be split and does not fit is not sent; its
 * sender is told what would. split: it is sent whole and split afterwards.
 */
enum verdict
fit_check(struct trip *t, const struct addr *dst, size_t overhead, bool split)
{
	const struct ip_view *v = &t->inner;
	uint32_t least = v->ver == 6 ? MIN_V6 : MIN_V4;
	uint32_t mtu = t->p->env.mtu(t->p->env.ctx, dst), fits = least;
	struct wr w = wr_into(t->out, PATH_ROOM);

	t->r.mtu = mtu;
	overhead += t->v.len - v->len; /* the tunnel interface's header */
	if (mtu > overhead && mtu - overhead > least)
		fits = (uint32_t)(mtu - overhead);
	if (split || v->len <= fits)
		return VERDICT_PASS;
	if (pieces_split(t, fits))
		return VERDICT_HOLD;
	if (may_answer(t)) {
		/* as if the far end said it: the sender's stack believes that */
		ip_write_toobig(&w, &v->dst, v, t->inner_pkt, fits);
		if (!w.bad) {
			t->r.to = PATH_SENDER;
			t->r.len = w.len;
			t->r.tun = t->from;
		}
	}
	return VERDICT_TOO_BIG;
}

/*
 * IPv4 has the sender's word, DF. In IPv6 only a datagram of our own may be
 * split, and so it is, whole and late, but not one that a tunnel carries; and
 * TCP can send less and wants to know.
 */
bool
fit_may_split(const struct trip *t)
{
	bool told = t->p->via == 0;
	bool carried = t->wrapped || (t->e != NULL && t->e->rule.tunnel_mode);

	if (carried && t->iface != NULL && t->inner.ver == 4 &&
	    t->iface->df != DF_COPY)
		return t->iface->df == DF_CLEAR;
	if (t->inner.ver == 4)
		return !t->inner.df;
	return !carried && (!told || t->inner.proto != IPPROTO_TCP_);
}
