/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip - IPv4 and IPv6 packets: RFC 791, RFC 8200. Reads a header and its
 * extension headers into a view; knows nothing of IPsec but the numbers 50, 51.
 */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "base/wr.h"

#include "model/flow.h"

/* What stands in an IP packet. Offsets count from the start of the packet. */
struct ip_view {
	uint8_t ver;	   /* 4 or 6 */
	uint8_t tos;	   /* DSCP and ECN */
	uint8_t ttl;	   /* or hop limit */
	bool df;	   /* IPv4 only */
	bool frag;	   /* part of a fragmented datagram (IPv4 or IPv6) */
	bool more;	   /* more fragments follow */
	uint16_t frag_off; /* bytes */
	uint32_t flow;	   /* IPv6 flow label */
	uint16_t id;	   /* IPv4 identification */
	struct addr src, dst;
	size_t len;   /* of the packet, as its header says; <= bytes given */
	size_t fixed; /* IPv4: header with options; IPv6: 40 */
	/*
	 * Where transport-mode IPsec goes: behind hop-by-hop, routing and fragment
	 * headers and behind destination options, but for those that follow a
	 * routing header (RFC 4303 3.1.1 leaves the choice; this is what other
	 * stacks do). nh_off is the offset of the next-header byte that names what
	 * stands at `ins`, ins_proto its value.
	 */
	size_t ins, nh_off;
	uint8_t ins_proto;
	/* The upper layer: behind all extension headers that can be skipped. */
	size_t upper, upper_nh; /* upper_nh: the byte that names it */
	uint8_t proto;		/* 50 and 51 end the walk; 59: no next header */
	/*
	 * IPv6: where a fragment header goes (RFC 8200 4.5), and the byte that
	 * names what stands there. has_frag: there is one already, be it of a
	 * whole datagram (RFC 6946).
	 */
	size_t cut, cut_nh;
	bool has_frag;
	/* a fragment: where its part of the datagram begins, and which one */
	size_t piece, piece_nh; /* IPv6, piece_nh: the byte that says 44 */
	uint32_t piece_id;
};

/*
 * Read n bytes that start with an IP header. False when they are not a sane
 * IPv4 or IPv6 packet: bad version, lengths that disagree, a chain that leaves
 * the packet or has more than 16 headers. The IPv4 checksum is not looked at,
 * nor are IPv4 options.
 */
MUST_USE bool ip_parse(struct ip_view *v, const uint8_t *p, size_t n);

/* The same of a packet whose end may be missing: len is what is there then. */
MUST_USE bool ip_parse_cut(struct ip_view *v, const uint8_t *p, size_t n);

/*
 * The selectors of a packet. out: local is the source. Ports are absent from a
 * fragment that is not the first and from a cut header.
 */
void ip_flow(
    struct flow *f, const struct ip_view *v, const uint8_t *p, bool out);

/*
 * Ones' complement sum (RFC 1071), to be folded and inverted by ip_csum_end().
 * Of several pieces all but the last have an even length.
 */
MUST_USE uint32_t ip_csum_add(uint32_t sum, const uint8_t *p, size_t n);
/* The same of n bytes that are copied to `to` on the way. */
MUST_USE uint32_t ip_csum_copy(
    uint32_t sum, uint8_t *to, const uint8_t *p, size_t n);
MUST_USE uint16_t ip_csum_end(uint32_t sum);
/* Sum of the pseudo header of TCP, UDP, ICMPv6 (RFC 8200 8.1). */
MUST_USE uint32_t ip_csum_pseudo(const struct addr *src, const struct addr *dst,
    uint8_t proto, uint32_t len);
/* Put the IPv4 header checksum right; hlen bytes at p. */
void ip_csum_header(uint8_t *p, size_t hlen);
/*
 * The packet at p, of which v was the view, is len bytes long now: set IPv4's
 * total length and checksum, or IPv6's payload length. False: too long.
 */
MUST_USE bool ip_set_len(uint8_t *p, const struct ip_view *v, size_t len);
/* Set DSCP and ECN; keeps the IPv4 checksum right. */
void ip_set_tos(uint8_t *p, const struct ip_view *v, uint8_t tos);

/* The upper layer of the packet gets another protocol number. */
void ip_set_proto(uint8_t *p, const struct ip_view *v, uint8_t proto);

/*
 * An IPv4 datagram that may be split and has identification 0 gets this one.
 * Linux fills in a 0 when a packet is sent, differently for each fragment, and
 * behind AH's back. False: it needed none (or is no packet).
 */
bool ip_give_id(uint8_t *p, size_t n, uint16_t id);

/* A new header, 20 or 40 bytes, without options. */
struct ip_new {
	struct addr src, dst;
	uint8_t tos, ttl, proto;
	bool df;       /* IPv4 */
	uint16_t id;   /* IPv4 */
	uint32_t flow; /* IPv6 */
};
/* payload: bytes that follow the header; w becomes bad when they are too many. */
void ip_write(struct wr *w, const struct ip_new *h, size_t payload);

/*
 * "Too big" to the sender of a packet: RFC 792 type 3 code 4 with the MTU of
 * RFC 1191, or RFC 4443 3.2. Quotes what fits. from: the address it comes from.
 * Whether an error may be sent at all is the caller's question (RFC 1122
 * 3.2.2). An IPv6 mtu under 1280 is told as 1280: receivers ignore less
 * (RFC 8201 4).
 */
void ip_write_toobig(struct wr *w, const struct addr *from,
    const struct ip_view *v, const uint8_t *p, uint32_t mtu);

/*
 * "Parameter problem" (RFC 4443 3.4, code 0) to the sender of an IPv6 packet,
 * about its byte at this offset. As above.
 */
void ip_write_paramprob(struct wr *w, const struct addr *from,
    const struct ip_view *v, const uint8_t *p, uint32_t at);

#endif /* WIRE_IP_H */
