/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ip.h"

enum {
	V4_MIN = 20,
	V6_FIXED = 40,
	MAX_CHAIN = 16,
	EXT_HOPOPT = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_DSTOPTS = 60
};

/* cut: the end of the packet may be missing; v->len is then what is there. */
static bool
parse_v4(struct ip_view *v, const uint8_t *p, size_t n, bool cut)
{
	struct rd r = rd_from(p, n);
	uint8_t ihl = rd_u8(&r) & 0x0f;

	v->tos = rd_u8(&r);
	v->len = rd_be16(&r);
	v->id = rd_be16(&r);

	uint16_t fl = rd_be16(&r);

	v->ttl = rd_u8(&r);
	v->proto = v->ins_proto = rd_u8(&r);
	rd_skip(&r, 2); /* checksum */

	const uint8_t *src = rd_take(&r, 4), *dst = rd_take(&r, 4);

	v->fixed = (size_t)ihl * 4;
	if (cut && v->len > n)
		v->len = n;
	if (r.bad || v->fixed < V4_MIN || v->len < v->fixed || v->len > n)
		return false;
	v->src = addr_v4(src);
	v->dst = addr_v4(dst);
	v->df = (fl & 0x4000) != 0;
	v->more = (fl & 0x2000) != 0;
	v->frag_off = (uint16_t)((fl & 0x1fff) * 8);
	v->has_frag = v->frag = v->more || v->frag_off != 0;
	v->piece = v->fixed;
	v->piece_id = v->id;
	v->ins = v->upper = v->cut = v->fixed;
	v->nh_off = v->upper_nh = v->cut_nh = 9;
	return true;
}

/* One place in a chain of IPv6 headers. */
struct chain {
	struct rd r;
	uint8_t nh;    /* what stands at r.p */
	size_t nh_off; /* the byte that says so */
};

static size_t
chain_at(const struct chain *c, const uint8_t *p)
{
	return (size_t)(c->r.p - p);
}

/* Step over the header at c. False: it leaves the packet. */
static bool
chain_skip(struct ip_view *v, struct chain *c, const uint8_t *p)
{
	size_t at = chain_at(c, p);
	uint8_t type = c->nh;
	uint8_t next = rd_u8(&c->r);

	if (type == EXT_FRAGMENT) {
		rd_skip(&c->r, 1);

		uint16_t fl = rd_be16(&c->r);

		v->piece_id = rd_be32(&c->r);
		v->piece = at + 8;
		v->piece_nh = c->nh_off;
		v->has_frag = true;
		v->more = (fl & 1) != 0;
		v->frag_off = fl & 0xfff8;
		v->frag = v->more || v->frag_off != 0;
	} else {
		rd_skip(&c->r, rd_u8(&c->r) * 8u + 6u);
	}
	c->nh = next;
	c->nh_off = at;
	return !c->r.bad;
}

static bool
parse_v6_chain(struct ip_view *v, const uint8_t *p, uint8_t nh)
{
	struct chain c = { .r = rd_from(p, v->len), .nh = nh, .nh_off = 6 };
	bool routed = false, fixed_ins = false;

	rd_skip(&c.r, V6_FIXED);
	v->cut = V6_FIXED;
	v->cut_nh = 6;
	for (unsigned i = 0;; i++) {
		uint8_t type = c.nh;

		if (!fixed_ins) {
			v->ins = chain_at(&c, p);
			v->nh_off = c.nh_off;
			v->ins_proto = type;
		}
		/* behind a routing header: options for the end alone */
		fixed_ins |= routed && type == EXT_DSTOPTS;
		if (type != EXT_HOPOPT && type != EXT_ROUTING &&
		    type != EXT_FRAGMENT && type != EXT_DSTOPTS)
			break;
		/* RFC 8200 4.3: hop-by-hop options stand first or not at all */
		if (i == MAX_CHAIN || (type == EXT_HOPOPT && i != 0) ||
		    (type == EXT_FRAGMENT && v->has_frag) ||
		    !chain_skip(v, &c, p))
			return false;
		routed |= type == EXT_ROUTING;
		/* RFC 8200 4.5: what every hop on the way looks at */
		if (type == EXT_HOPOPT || type == EXT_ROUTING) {
			v->cut = chain_at(&c, p);
			v->cut_nh = c.nh_off;
		}
		/* nothing of the chain is in the fragments after the first */
		if (type == EXT_FRAGMENT && v->frag_off != 0) {
			if (!fixed_ins) {
				v->ins = chain_at(&c, p);
				v->nh_off = c.nh_off;
				v->ins_proto = c.nh;
			}
			break;
		}
	}
	v->upper = chain_at(&c, p);
	v->upper_nh = c.nh_off;
	v->proto = c.nh;
	return true;
}

static bool
parse_v6(struct ip_view *v, const uint8_t *p, size_t n, bool cut)
{
	struct rd r = rd_from(p, n);
	uint32_t first = rd_be32(&r);
	uint16_t plen = rd_be16(&r);
	uint8_t nh = rd_u8(&r);

	v->ttl = rd_u8(&r);

	const uint8_t *src = rd_take(&r, 16), *dst = rd_take(&r, 16);

	if (cut && plen > rd_left(&r))
		plen = (uint16_t)rd_left(&r);
	if (r.bad || plen > rd_left(&r))
		return false;
	v->tos = (uint8_t)(first >> 20);
	v->flow = first & 0xfffff;
	v->len = V6_FIXED + (size_t)plen;
	v->fixed = V6_FIXED;
	v->src = addr_v6(src);
	v->dst = addr_v6(dst);
	return parse_v6_chain(v, p, nh);
}

static bool
parse(struct ip_view *v, const uint8_t *p, size_t n, bool cut)
{
	*v = (struct ip_view){ .ver = n == 0 ? 0 : (uint8_t)(p[0] >> 4) };
	if (v->ver == 4)
		return parse_v4(v, p, n, cut);
	return v->ver == 6 && parse_v6(v, p, n, cut);
}

bool
ip_parse(struct ip_view *v, const uint8_t *p, size_t n)
{
	return parse(v, p, n, false);
}

bool
ip_parse_cut(struct ip_view *v, const uint8_t *p, size_t n)
{
	return parse(v, p, n, true);
}

void
ip_flow(struct flow *f, const struct ip_view *v, const uint8_t *p, bool out)
{
	struct rd r = rd_from(p, v->len);

	*f = (struct flow){ .local = out ? v->src : v->dst,
		.remote = out ? v->dst : v->src,
		.proto = v->proto };
	if (v->frag_off != 0)
		return;
	rd_skip(&r, v->upper);
	if (v->proto == IPPROTO_TCP_ || v->proto == IPPROTO_UDP_ ||
	    v->proto == IPPROTO_SCTP_) {
		uint16_t src = rd_be16(&r), dst = rd_be16(&r);

		f->has_ports = !r.bad;
		f->lport = out ? src : dst;
		f->rport = out ? dst : src;
	} else if (v->proto ==
		   (v->ver == 4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_)) {
		f->icmp_type = rd_u8(&r);
		f->icmp_code = rd_u8(&r);
		f->has_icmp = !r.bad;
	}
	if (r.bad)
		f->lport = f->rport = f->icmp_type = f->icmp_code = 0;
}

static uint32_t
fold(uint32_t sum)
{
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * Defines a function: the sum of the 32-bit words of n bytes, a multiple of twice
 * the size of `words` (64-bit words, side by side in a register), which are copied
 * to `to` on the way unless that is NULL.
 */
#define SUM_BLOCKS(name, words)                                     \
	static inline __attribute__((always_inline)) uint64_t name( \
	    uint8_t *to, const uint8_t *p, size_t n)                \
	{                                                           \
		enum { EACH = sizeof(words), N = EACH / 8 };        \
		words even = { 0 }, odd = { 0 }, even2 = { 0 };     \
		words odd2 = { 0 }, w, w2;                          \
		uint64_t all = 0;                                   \
                                                                    \
		/* two of each, since one would wait for itself */  \
		for (; n != 0; n -= 2 * EACH, p += 2 * EACH) {      \
			memcpy(&w, p, EACH);                        \
			memcpy(&w2, p + EACH, EACH);                \
			if (to != NULL) {                           \
				memcpy(to, &w, EACH);               \
				memcpy(to + EACH, &w2, EACH);       \
				to += 2 * EACH;                     \
			}                                           \
			even += w & UINT32_MAX;                     \
			odd += w >> 32;                             \
			even2 += w2 & UINT32_MAX;                   \
			odd2 += w2 >> 32;                           \
		}                                                   \
		even += even2 + odd + odd2;                         \
		for (int i = 0; i < N; i++)                         \
			all += even[i];                             \
		return all;                                         \
	}

typedef uint64_t pair __attribute__((vector_size(16)));
SUM_BLOCKS(sum_pairs, pair)

/* The sum of the first bytes of n; *n: how many are left. */
static uint64_t
sum_narrow(uint8_t *to, const uint8_t *p, size_t *n)
{
	size_t left = *n & 31;
	uint64_t all = to != NULL ? sum_pairs(to, p, *n - left)
				  : sum_pairs(NULL, p, *n - left);

	*n = left;
	return all;
}

#if defined(__x86_64__)
typedef uint64_t quad __attribute__((vector_size(32)));
SUM_BLOCKS(sum_quads, quad)

__attribute__((target("avx2"))) static uint64_t
sum_wide(uint8_t *to, const uint8_t *p, size_t *n)
{
	size_t left = *n & 63;
	uint64_t all = to != NULL ? sum_quads(to, p, *n - left)
				  : sum_quads(NULL, p, *n - left);

	*n = left;
	return all;
}

/* As much as goes in large steps; *n: how many bytes are left. */
static uint64_t
sum_blocks(uint8_t *to, const uint8_t *p, size_t *n)
{
	enum { LONG = 192 };

	return *n >= LONG && __builtin_cpu_supports("avx2")
		   ? sum_wide(to, p, n)
		   : sum_narrow(to, p, n);
}
#else
static uint64_t
sum_blocks(uint8_t *to, const uint8_t *p, size_t *n)
{
	return sum_narrow(to, p, n);
}
#endif

/*
 * Add the last n bytes to the sum of the others, and that to sum.
 *
 * The sum of 16-bit words in the host's order is that in the network's with its
 * bytes swapped (RFC 1071 2 (B)); and of a wider word each half can be added up by
 * itself.
 */
static uint32_t
sum_rest(uint32_t sum, uint64_t all, const uint8_t *p, size_t n)
{
	uint64_t w;
	uint32_t four;
	uint16_t half;
	uint8_t b[2] = { 0 };

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&w, p, 8);
		all += (w & 0xffffffff) + (w >> 32);
	}
	if ((n & 4) != 0) {
		memcpy(&four, p, 4);
		all += four;
		p += 4;
	}
	if ((n & 2) != 0) {
		memcpy(&half, p, 2);
		all += half;
		p += 2;
	}
	if ((n & 1) != 0) {
		b[0] = *p;
		memcpy(&half, b, 2);
		all += half;
	}
	all = (all & 0xffff) + (all >> 16 & 0xffff) + (all >> 32 & 0xffff) +
	      (all >> 48);
	half = (uint16_t)fold(fold((uint32_t)all));
	memcpy(b, &half, 2);
	return fold(sum) + (uint32_t)(b[0] << 8 | b[1]);
}

uint32_t
ip_csum_add(uint32_t sum, const uint8_t *p, size_t n)
{
	size_t left = n;
	uint64_t all = sum_blocks(NULL, p, &left);

	return sum_rest(sum, all, p + n - left, left);
}

uint32_t
ip_csum_copy(uint32_t sum, uint8_t *to, const uint8_t *p, size_t n)
{
	size_t left = n;
	uint64_t all = sum_blocks(to, p, &left);

	if (left != 0)
		memcpy(to + n - left, p + n - left, left);
	return sum_rest(sum, all, p + n - left, left);
}

uint16_t
ip_csum_end(uint32_t sum)
{
	return (uint16_t)~fold(fold(sum));
}

uint32_t
ip_csum_pseudo(
    const struct addr *src, const struct addr *dst, uint8_t proto, uint32_t len)
{
	uint32_t sum = ip_csum_add(proto, src->b, sizeof(src->b));

	sum = ip_csum_add(sum, dst->b, sizeof(dst->b));
	return sum + (len >> 16) + (len & 0xffff);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
ip_csum_header(uint8_t *p, size_t hlen)
{
	put16(p + 10, 0);
	put16(p + 10, ip_csum_end(ip_csum_add(0, p, hlen)));
}

bool
ip_give_id(uint8_t *p, size_t n, uint16_t id)
{
	size_t hlen = n == 0 ? 0 : (p[0] & 0x0f) * 4u;

	if (hlen < V4_MIN || n < hlen || p[0] >> 4 != 4)
		return false;
	/* RFC 6864 4: an atomic datagram (DF, whole) may keep its 0 */
	if (p[4] != 0 || p[5] != 0 || (p[6] & 0x40) != 0)
		return false;
	put16(p + 4, id);
	ip_csum_header(p, hlen);
	return true;
}

bool
ip_set_len(uint8_t *p, const struct ip_view *v, size_t len)
{
	size_t n = v->ver == 6 ? len - V6_FIXED : len;

	if (n > UINT16_MAX)
		return false;
	put16(p + (v->ver == 6 ? 4 : 2), (uint16_t)n);
	if (v->ver == 4)
		ip_csum_header(p, v->fixed);
	return true;
}

void
ip_set_tos(uint8_t *p, const struct ip_view *v, uint8_t tos)
{
	if (v->ver == 6) {
		p[0] = (uint8_t)(0x60 | tos >> 4);
		p[1] = (uint8_t)(tos << 4 | (p[1] & 0x0f));
		return;
	}
	/* RFC 1624: HC' = ~(~HC + ~m + m'); a wrong checksum stays wrong */
	uint16_t old = (uint16_t)(p[0] << 8 | p[1]);
	uint16_t hc = (uint16_t)(p[10] << 8 | p[11]);

	p[1] = tos;
	put16(p + 10, ip_csum_end((uint32_t)(uint16_t)~hc + (uint16_t)~old +
				  (uint32_t)(p[0] << 8 | p[1])));
}

void
ip_write(struct wr *w, const struct ip_new *h, size_t payload)
{
	if (h->dst.fam == FAM_V6) {
		if (payload > UINT16_MAX)
			w->bad = true;
		wr_be32(w, UINT32_C(6) << 28 | (uint32_t)h->tos << 20 |
			       (h->flow & 0xfffff));
		wr_be16(w, (uint16_t)payload);
		wr_u8(w, h->proto);
		wr_u8(w, h->ttl);
		wr_bytes(w, h->src.b, 16);
		wr_bytes(w, h->dst.b, 16);
		return;
	}

	size_t at = w->len;

	if (payload > UINT16_MAX - V4_MIN)
		w->bad = true;
	wr_u8(w, 0x45);
	wr_u8(w, h->tos);
	wr_be16(w, (uint16_t)(V4_MIN + payload));
	wr_be16(w, h->id);
	wr_be16(w, h->df ? 0x4000 : 0);
	wr_u8(w, h->ttl);
	wr_u8(w, h->proto);
	wr_be16(w, 0);
	wr_bytes(w, h->src.b, 4);
	wr_bytes(w, h->dst.b, 4);
	if (!w->bad)
		ip_csum_header(w->base + at, V4_MIN);
}

void
ip_set_proto(uint8_t *p, const struct ip_view *v, uint8_t proto)
{
	p[v->upper_nh] = proto;
	if (v->ver == 4)
		ip_csum_header(p, v->fixed);
}

/* An ICMP error of either family, whose second word is `word`. */
static void
write_error(struct wr *w, const struct addr *from, const struct ip_view *v,
    const uint8_t *p, uint8_t type, uint8_t code, uint32_t word)
{
	bool v6 = v->ver == 6;
	/* RFC 1812 4.3.2.3: at most 576 bytes; RFC 4443 3.2: 1280 */
	size_t room = v6 ? 1280 - V6_FIXED - 8 : 576 - V4_MIN - 8;
	size_t quote = v->len < room ? v->len : room;
	struct ip_new h = { .src = *from,
		.dst = v->src,
		.tos = v6 ? 0 : 0xc0, /* RFC 1812 4.3.2.5 */
		.ttl = 64,
		.proto = v6 ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_ };

	ip_write(w, &h, 8 + quote);

	size_t at = w->len;

	wr_u8(w, type);
	wr_u8(w, code);
	wr_be16(w, 0);
	wr_be32(w, word);
	wr_bytes(w, p, quote);
	if (w->bad)
		return;

	uint32_t sum =
	    v6 ? ip_csum_pseudo(&h.src, &h.dst, h.proto, (uint32_t)(8 + quote))
	       : 0;

	put16(w->base + at + 2,
	    ip_csum_end(ip_csum_add(sum, w->base + at, 8 + quote)));
}

void
ip_write_toobig(struct wr *w, const struct addr *from, const struct ip_view *v,
    const uint8_t *p, uint32_t mtu)
{
	if (v->ver == 6)
		write_error(w, from, v, p, 2, 0, mtu < 1280 ? 1280 : mtu);
	else
		write_error(
		    w, from, v, p, 3, 4, mtu > UINT16_MAX ? UINT16_MAX : mtu);
}

void
ip_write_paramprob(struct wr *w, const struct addr *from,
    const struct ip_view *v, const uint8_t *p, uint32_t at)
{
	write_error(w, from, v, p, 4, 0, at);
}
