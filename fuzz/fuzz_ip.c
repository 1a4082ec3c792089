/* SPDX-License-Identifier: BSD-2-Clause */
/* What parses stays inside its packet, and so do its selectors and fragments. */
#include <stdlib.h>

#include "core/frag.h"
#include "wire/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t buf[70000], back[70000];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
places(const struct ip_view *v, size_t n)
{
	demand(v->len <= n && v->fixed <= v->len);
	demand(v->ins >= v->fixed && v->ins <= v->upper);
	demand(v->cut >= v->fixed && v->cut <= v->upper);
	demand(v->upper <= v->len);
	demand(v->nh_off < v->ins && v->cut_nh < v->cut);
	demand(v->upper_nh < v->upper);
	demand(v->src.fam == v->ver && v->dst.fam == v->ver);
	demand(v->has_frag || !v->frag);
}

/* The bytes behind the headers come out in order and in pieces that fit. */
static void
pieces(const struct ip_view *v, const uint8_t *p, uint32_t mtu)
{
	size_t n = 0, from = v->ver == 4 ? v->fixed : v->cut;
	unsigned i;

	for (i = 0;; i++) {
		struct wr w = wr_into(buf, sizeof(buf));
		struct ip_view f;

		if (!frag_write(&w, p, v->len, mtu, 1, i))
			break;
		demand(w.len <= mtu && ip_parse(&f, buf, w.len));
		demand(f.len == w.len);
		demand(f.frag_off == v->frag_off + n);

		size_t at = f.ver == 4 ? f.fixed : f.cut + 8;

		memcpy(back + n, buf + at, w.len - at);
		n += w.len - at;
	}
	demand(
	    i == 0 || (n == v->len - from && memcmp(back, p + from, n) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ip_view v, r;
	struct flow in, out;
	struct wr w = wr_into(buf, sizeof(buf));

	if (!ip_parse(&v, p, n))
		return 0;
	places(&v, n);
	ip_flow(&in, &v, p, false);
	ip_flow(&out, &v, p, true);
	demand(in.has_ports == out.has_ports && in.has_icmp == out.has_icmp);
	demand(in.lport == out.rport && in.rport == out.lport);
	demand(!in.has_ports || !in.has_icmp);

	ip_write_toobig(&w, &v.dst, &v, p, 1400);
	demand(!w.bad && ip_parse(&r, buf, w.len) && r.len == w.len);
	demand(addr_equal(&r.dst, &v.src));

	for (uint32_t mtu = 68; mtu < v.len && mtu < 2000; mtu = mtu * 3 / 2)
		if (v.frag_off + v.len <= UINT16_MAX)
			pieces(&v, p, mtu);
	return 0;
}
