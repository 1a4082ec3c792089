/* SPDX-License-Identifier: BSD-2-Clause */
#include "lane_gen.h"

#include <err.h>

uint64_t lane_seed;

struct addr
lane_gen_there(bool v6)
{
	struct addr a = { FAM_V4, { 10, 0, 1, (uint8_t)(1 + rnd(3)) } };
	struct addr b = { FAM_V6,
		{ 0x20, 1, [14] = 1, [15] = (uint8_t)(1 + rnd(3)) } };

	return v6 ? b : a;
}

/* --- packets --- */

struct ip_new
lane_gen_head(bool v6, uint8_t proto, bool outbound)
{
	struct ip_new h = { .src = world_here[v6],
		.dst = lane_gen_there(v6),
		.tos = (uint8_t)(rnd(3) ? 0 : rnd(256)),
		.ttl = (uint8_t)(63 + rnd(2)),
		.proto = proto,
		.df = rnd(4) != 0,
		.id = (uint16_t)rnd(65536) };
	struct addr a = h.src;

	if (!outbound) {
		h.src = h.dst;
		h.dst = a;
	}
	return h;
}

void
lane_gen_upper(struct wr *w, uint8_t proto, size_t n, bool outbound,
    uint32_t seq, uint8_t flags, uint16_t port)
{
	uint16_t mine = (uint16_t)(1 + port % 3),
		 other = (uint16_t)(7 + port % 2);

	wr_be16(w, outbound ? mine : other);
	wr_be16(w, outbound ? other : mine);
	if (proto == IPPROTO_TCP_) {
		wr_be32(w, seq);
		wr_be32(w, 77);
		wr_u8(w, 0x50);
		wr_u8(w, flags);
		wr_be16(w, 1000);
		wr_be32(w, 0);
	} else {
		wr_be16(w, (uint16_t)(8 + n));
		wr_be16(w, 0);
	}
	for (size_t i = 0; i < n; i++)
		wr_u8(w, (uint8_t)(i * 13 + seq));
}

uint8_t
lane_gen_tcp_flags(void)
{
	static const uint8_t f[] = { 0x10, 0x18, 0x11, 0x90, 0x50, 0x30, 0x14 };

	return rnd(24) == 0 ? 0x02 : rnd(4) != 0 ? 0x10 : f[rnd(sizeof(f))];
}

void
lane_gen_put_csum(uint8_t *p, size_t n, bool partial)
{
	struct ip_view v;
	uint32_t sum;
	uint16_t c;
	size_t at;

	if (!ip_parse(&v, p, n))
		errx(1, "my own packet");
	if (v.proto != IPPROTO_TCP_ && v.proto != IPPROTO_UDP_)
		return;
	at = v.upper + (v.proto == IPPROTO_TCP_ ? 16 : 6);
	p[at] = p[at + 1] = 0;
	sum = ip_csum_pseudo(&v.src, &v.dst, v.proto, (uint32_t)(n - v.upper));
	if (!partial)
		sum = ip_csum_add(sum, p + v.upper, n - v.upper);
	c = ip_csum_end(sum);
	if (partial)
		c = (uint16_t)~c;
	p[at] = (uint8_t)(c >> 8);
	p[at + 1] = (uint8_t)c;
}

/* Few flows for some time, then others. */
static uint64_t favourite[4];

struct flow_id {
	bool v6;
	uint8_t proto;
	uint16_t port;
	struct addr there;
};

static struct flow_id
some_flow(void)
{
	uint64_t keep;
	struct flow_id f;

	if (rnd(60) == 0)
		favourite[rnd(4)] = lane_seed;
	keep = lane_seed;
	lane_seed = rnd(8) ? favourite[rnd(4)] : lane_seed;
	f.v6 = rnd(4) == 0;
	f.proto = rnd(2) ? IPPROTO_TCP_ : IPPROTO_UDP_;
	f.port = (uint16_t)rnd(6);
	f.there = lane_gen_there(f.v6);
	if (rnd(2))
		f.there.b[f.v6 ? 15 : 3] = 1;
	lane_seed = keep * 3 + 1;
	return f;
}

/* An item at p: now and then with a vnet header, now and then a super-packet. */
void
lane_gen_item(struct lane_item *it, uint8_t *p, uint32_t mtu)
{
	static const uint8_t types[] = { 1, 5, 4, 5 }; /* [IPv6][UDP] */
	struct flow_id f = some_flow();
	bool v6 = f.v6, many = rnd(3) == 0, csum = many || rnd(3) == 0;
	uint8_t proto = f.proto;
	uint8_t vnet[SUPER_VNET] = { 0 };
	uint16_t gso = 0, start = v6 ? 40 : 20, off;
	size_t n = rnd(16) == 0 ? 1300 + rnd(260) : rnd(200);
	uint8_t flags = lane_gen_tcp_flags();
	struct ip_new h;
	struct wr w = wr_into(p, LANE_GEN_ROOM - LANE_TAIL);

	if (!many && rnd(16) == 0)
		proto = v6 ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_;
	if (many) {
		/* one that fits: only the lane makes segments smaller */
		gso = (uint16_t)(200 + rnd(mtu * 3 / 5 - 300));
		n = 1 + rnd(rnd(4) ? 6000 : 60000);
		flags &= (uint8_t)~6u;
	}
	h = lane_gen_head(v6, proto, true);
	h.dst = f.there;
	ip_write(&w, &h, n + (proto == IPPROTO_TCP_ ? 20 : 8));
	lane_gen_upper(&w, proto, n, true, rnd(1000), flags, f.port);
	lane_gen_put_csum(p, w.len, csum);
	off = proto == IPPROTO_TCP_ ? 16 : 6;
	if (csum && (proto == IPPROTO_TCP_ || proto == IPPROTO_UDP_)) {
		/* another host behind this one can say anything */
		if (!many && w.len > 70 && rnd(4) == 0) {
			start = (uint16_t)rnd(rnd(2) ? 24 : 48);
			off = (uint16_t)rnd(20);
		}
		vnet[0] = 1;
		memcpy(vnet + 6, &start, 2);
		memcpy(vnet + 8, &off, 2);
	}
	if (many) {
		vnet[1] = types[v6 * 2 + (proto == IPPROTO_UDP_)];
		memcpy(vnet + 4, &gso, 2);
	} else if (rnd(24) == 0 && w.len > 40) {
		p[rnd(12)] ^= (uint8_t)(1u << rnd(8)); /* options, lengths */
	}
	it->pkt = p;
	if (!super_from_vnet(&it->s, vnet, p, w.len))
		errx(1, "my own super-packet");
}

void
lane_gen_begin(void)
{
	memset(favourite, 0, sizeof(favourite));
}
