/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * esp - the ESP transform: RFC 4303, with RFC 3948 encapsulation. It knows one
 * SA and one packet: no policy, no lookup, no counters, no window. Input is
 * never written; output goes to the caller's buffer, apart from the input.
 */
#ifndef CORE_ESP_H
#define CORE_ESP_H

#include "core/sa.h"
#include "wire/ip.h"

/* Choices of the caller; NULL or all zero for none. */
struct seal_opts {
	const struct ip_new
	    *outer;	   /* tunnel: the outer header, but for proto */
	unsigned tfc;	   /* bytes of TFC padding (RFC 4303 2.7), tunnel */
	unsigned pad;	   /* bytes of padding beyond the least, aligned */
	uint16_t outer_id; /* IPv4 identification of a tunnel header */
	/*
	 * IPv6: no UDP checksum. RFC 6935 allows it between consenting ends; the
	 * vectors have it so, but a common receiver wants one (RFC 8200 8.1).
	 */
	bool udp_csum_zero;
	/*
	 * AH with a tunnel-mode SA over ESP of the same tunnel: ESP made the
	 * outer header, AH goes behind it and makes none (spec: policy 24).
	 */
	bool bundle;
	bool dummy; /* next header 59: to be discarded (RFC 4303 2.6), ESP */
};

/*
 * Bytes that ESP with this SA adds at most to a packet, headers included, but
 * for the TFC padding that a caller asks for.
 */
size_t esp_overhead(const struct sa *sa);

/*
 * Protect the packet p, of which v is the view. PASS: the whole new packet is
 * appended to out; else out is as it was. iv: iv_len bytes. Transport mode
 * refuses fragments; tunnel mode an SA that does not say its source address
 * (ESP_NO_SA) unless o->outer does.
 */
enum verdict esp_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);

/* Where ESP stands in a packet, and the header that one has to see for lookup. */
struct esp_head {
	uint32_t spi, seq_low;
	size_t off;	  /* of the ESP header in the packet */
	size_t len;	  /* bytes from there to the end of the ICV */
	bool udp;	  /* inside UDP (RFC 3948) */
	bool any_padding; /* for esp_open(): its bytes are not looked at */
	uint16_t sport, dport;
};

/*
 * v->proto is 50, or 17 with natt_port (4500) at either end: at the receiver it
 * is the destination, in a capture behind a NAT maybe the source. PASS,
 * KEEPALIVE, IKE, ESP_SHORT; ESP_NAT_T_IPSEC for another protocol or port;
 * SPD_MALFORMED_FRAG for a fragment.
 */
enum verdict esp_peek(struct esp_head *h, const uint8_t *p,
    const struct ip_view *v, uint16_t natt_port);

/*
 * Open: ICV, then padding, then inner checks. PASS: the inner or rebuilt packet
 * is appended to out, which needs room for the packet p at most. DUMMY for next
 * header 59. Everything that fails after decryption takes the same way out, and
 * nothing decrypted stays in out. RFC 6040 ECN in tunnel mode. In transport mode
 * through a NAT the TCP or UDP checksum is put right (RFC 3948 3.1.2). Whether
 * UDP encapsulation was due (h->udp against sa_is_natt()) is the caller's
 * question.
 */
enum verdict esp_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct esp_head *h, uint64_t seq);

#endif /* CORE_ESP_H */
