/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/super.h"

#include "wire/srcroute.h"

/* virtio 1.1 5.1.6; linux/virtio_net.h */
enum {
	F_NEEDS_CSUM = 1,
	GSO_NONE = 0,
	GSO_TCPV4 = 1,
	GSO_TCPV6 = 4,
	GSO_UDP_L4 = 5,
	GSO_ECN = 0x80
};

/* RFC 9293 3.1, RFC 768 */
enum {
	TCP_SEQ = 4,
	TCP_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_CSUM = 16,
	TCP_HEAD = 20,
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_URG = 0x20,
	TCP_CWR = 0x80,
	UDP_LEN = 4,
	UDP_CSUM = 6,
	UDP_HEAD = 8,
	/* RFC 791 3.1 */
	IP_LEN = 2,
	IP_ID = 4,
	IP_CSUM = 10
};

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool
is_tcp(const struct super *s)
{
	return s->kind == SUPER_TCP4 || s->kind == SUPER_TCP6;
}

/* Kind of a super-packet by what its header says; NONE: not one we know. */
static uint8_t
kind_of(uint8_t gso_type, uint8_t ver)
{
	switch (gso_type) {
	case GSO_TCPV4:
		return ver == 4 ? SUPER_TCP4 : SUPER_NONE;
	case GSO_TCPV6:
		return ver == 6 ? SUPER_TCP6 : SUPER_NONE;
	case GSO_UDP_L4:
		return ver == 4 ? SUPER_UDP4 : SUPER_UDP6;
	default:
		return SUPER_NONE;
	}
}

/* The headers that the segments share are there, and as they have to be. */
static bool
check_segments(struct super *s, uint8_t gso_type, const uint8_t *pkt, size_t n)
{
	struct ip_view v;
	struct addr last;
	size_t upper_len;

	if (s->gso == 0 || !s->csum || !ip_parse(&v, pkt, n) || v.len != n ||
	    v.has_frag || !srcroute_final(&last, &v, pkt))
		return false;
	s->kind = kind_of(gso_type, v.ver);
	if (s->kind == SUPER_NONE ||
	    v.proto != (is_tcp(s) ? IPPROTO_TCP_ : IPPROTO_UDP_) ||
	    n - v.upper < (is_tcp(s) ? TCP_HEAD : UDP_HEAD))
		return false;
	upper_len = UDP_HEAD;
	if (is_tcp(s)) {
		upper_len = (size_t)(pkt[v.upper + TCP_OFFSET] >> 4) * 4;
		/* the kernel cuts neither; what they mean is for one packet */
		if (upper_len < TCP_HEAD ||
		    (pkt[v.upper + TCP_FLAGS] & (TCP_SYN | TCP_RST)) != 0)
			return false;
	}
	if (v.upper + upper_len >= n || s->csum_start != v.upper ||
	    s->csum_off != (is_tcp(s) ? TCP_CSUM : UDP_CSUM))
		return false;
	s->fixed = (uint16_t)v.fixed;
	s->upper = (uint16_t)v.upper;
	s->head = (uint16_t)(v.upper + upper_len);
	return true;
}

bool
super_from_vnet(
    struct super *s, const uint8_t *hdr, const uint8_t *pkt, size_t n)
{
	struct rd r = rd_from(hdr, SUPER_VNET);
	uint8_t flags = rd_u8(&r), type = rd_u8(&r);

	*s = (struct super){ .csum = (flags & F_NEEDS_CSUM) != 0 };
	rd_skip(&r, 2); /* hdr_len is a hint, and may be wrong */
	s->gso = rd_h16(&r);
	s->csum_start = rd_h16(&r);
	s->csum_off = rd_h16(&r);
	if (n == 0 || n > UINT16_MAX)
		return false;
	s->len = (uint32_t)n;
	if (!s->csum)
		s->csum_start = s->csum_off = 0;
	else if ((size_t)s->csum_start + s->csum_off + 2 > n)
		return false;
	s->cwr_once = (type & GSO_ECN) != 0;
	type &= (uint8_t)~GSO_ECN;
	if (type != GSO_NONE)
		return check_segments(s, type, pkt, n);
	s->gso = 0;
	return true;
}

bool
super_shrink(struct super *s, size_t most)
{
	if (!is_tcp(s) || most == 0)
		return false;
	if (s->gso > most)
		s->gso = (uint16_t)most;
	return true;
}

uint32_t
super_count(const struct super *s)
{
	uint32_t n = s->len - s->head;

	if (s->kind == SUPER_NONE || s->gso == 0 || n <= s->gso)
		return 1;
	return (n + s->gso - 1) / s->gso;
}

size_t
super_part(const struct super *s, uint32_t i, size_t *n)
{
	size_t at = s->head + (size_t)i * s->gso;

	*n = s->len - at < s->gso ? s->len - at : s->gso;
	if (s->kind == SUPER_NONE)
		*n = s->len - at;
	return at;
}

/*
 * The sum of the pseudo header, but for the length. With a route the packet's
 * last destination counts, not what stands in its header (RFC 8200 8.1).
 */
static uint32_t
pseudo(const struct super *s, const uint8_t *pkt, uint8_t proto)
{
	struct addr last;
	struct ip_view v;

	/* no options, no extension headers: the common case */
	if (s->upper == 20)
		return ip_csum_add(proto, pkt + 12, 8);
	if (s->upper == 40 && pkt[0] >> 4 == 6)
		return ip_csum_add(proto, pkt + 8, 32);
	if (!ip_parse(&v, pkt, s->len) || !srcroute_final(&last, &v, pkt))
		return 0; /* not so: it was looked at */
	return ip_csum_pseudo(&v.src, &last, proto, 0);
}

/* Takes the 16-bit word at p out of a sum (RFC 1624). */
static uint32_t
without(uint32_t sum, const uint8_t *p)
{
	return sum + (uint16_t)~get16(p);
}

void
super_base(struct super_base *b, const struct super *s, const uint8_t *pkt)
{
	const uint8_t *u = pkt + s->upper;
	bool tcp = is_tcp(s);
	uint32_t sum = pseudo(s, pkt, tcp ? IPPROTO_TCP_ : IPPROTO_UDP_);

	*b = (struct super_base){ .count = super_count(s) };
	sum = ip_csum_add(sum, u, s->head - s->upper);
	if (tcp) {
		sum = without(sum, u + TCP_CSUM);
		sum = without(sum, u + TCP_SEQ);
		sum = without(sum, u + TCP_SEQ + 2);
		sum = without(sum, u + TCP_OFFSET);
	} else {
		sum = without(sum, u + UDP_CSUM);
		sum = without(sum, u + UDP_LEN);
	}
	b->upper = sum;
	if (s->kind != SUPER_TCP4 && s->kind != SUPER_UDP4)
		return;
	sum = ip_csum_add(0, pkt, s->fixed);
	sum = without(sum, pkt + IP_LEN);
	sum = without(sum, pkt + IP_ID);
	b->ip = without(sum, pkt + IP_CSUM);
}

/* TCP's own fields of segment i; the sum with them. */
static uint32_t
tcp_fields(uint8_t *to, const uint8_t *tcp, const struct super *s,
    const struct super_base *b, uint32_t i, uint32_t sum)
{
	uint32_t seq =
	    (uint32_t)get16(tcp + TCP_SEQ) << 16 | get16(tcp + TCP_SEQ + 2);
	uint16_t flags = get16(tcp + TCP_OFFSET);

	seq += i * s->gso;
	if (i + 1 != b->count)
		flags &= (uint16_t) ~(TCP_FIN | TCP_PSH);
	/* RFC 3168 6.1.2: one answer to one congestion */
	if (i != 0)
		flags &= (uint16_t)~TCP_CWR;
	put16(to + TCP_SEQ, (uint16_t)(seq >> 16));
	put16(to + TCP_SEQ + 2, (uint16_t)seq);
	put16(to + TCP_OFFSET, flags);
	return sum + (seq >> 16) + (seq & 0xffff) + flags;
}

void
super_head(uint8_t *to, const struct super *s, const struct super_base *b,
    const uint8_t *pkt, uint32_t i, size_t n, uint32_t sum)
{
	uint16_t upper_len = (uint16_t)(s->head - s->upper + n), len, id, c;
	uint8_t *u = to + s->upper;

	/* what was written is not read again at once: that would have to wait */
	memcpy(to, pkt, s->head);
	sum = (sum & 0xffff) + (sum >> 16) + b->upper + upper_len;
	if (is_tcp(s)) {
		sum = tcp_fields(u, pkt + s->upper, s, b, i, sum);
		put16(u + TCP_CSUM, ip_csum_end(sum));
	} else {
		put16(u + UDP_LEN, upper_len);
		c = ip_csum_end(sum + upper_len);
		/* RFC 768: 0 means none */
		put16(u + UDP_CSUM, c == 0 ? 0xffff : c);
	}
	if (s->kind != SUPER_TCP4 && s->kind != SUPER_UDP4) {
		put16(to + 4, (uint16_t)(s->head - s->fixed + n));
		return;
	}
	len = (uint16_t)(s->head + n);
	id = (uint16_t)(get16(pkt + IP_ID) + i);
	put16(to + IP_LEN, len);
	put16(to + IP_ID, id);
	put16(to + IP_CSUM, ip_csum_end(b->ip + len + id));
}

void
super_segment(
    struct wr *w, const struct super *s, const uint8_t *pkt, uint32_t i)
{
	size_t n, at = super_part(s, i, &n);
	uint8_t *to = wr_room(w, s->head + n);
	struct super_base b;

	if (to == NULL)
		return;
	memcpy(to + s->head, pkt + at, n);
	if (s->kind == SUPER_NONE) { /* head is 0 */
		super_finish_csum(s, to);
		return;
	}
	super_base(&b, s, pkt);
	super_head(to, s, &b, pkt, i, n, ip_csum_add(0, to + s->head, n));
}

void
super_finish_csum(const struct super *s, uint8_t *pkt)
{
	size_t at = (size_t)s->csum_start + s->csum_off;
	uint16_t c;

	if (!s->csum)
		return;
	/* the field holds the sum of the pseudo header */
	c = ip_csum_end(
	    ip_csum_add(0, pkt + s->csum_start, s->len - s->csum_start));
	put16(pkt + at, c == 0 && s->csum_off == UDP_CSUM ? 0xffff : c);
}

void
super_to_vnet(uint8_t hdr[SUPER_VNET_MAX], const struct super *s)
{
	static const uint8_t type[] = { GSO_NONE, GSO_TCPV4, GSO_TCPV6,
		GSO_UDP_L4, GSO_UDP_L4 };
	bool many = s->gso != 0;
	uint8_t gso = many ? type[s->kind] : GSO_NONE;

	if (many && s->cwr_once)
		gso |= GSO_ECN;
	memset(hdr, 0, SUPER_VNET_MAX);
	hdr[0] = s->csum ? F_NEEDS_CSUM : 0;
	hdr[1] = gso;
	if (many)
		memcpy(hdr + 2, &s->head, 2);
	memcpy(hdr + 4, &s->gso, 2);
	memcpy(hdr + 6, &s->csum_start, 2);
	memcpy(hdr + 8, &s->csum_off, 2);
}
