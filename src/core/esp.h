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

/* Choices that only tests and the offline tool make; all zero otherwise. */
struct seal_opts {
	const struct ip_new *outer; /* tunnel: the outer header as it is */
	unsigned tfc;	   /* bytes of TFC padding (RFC 4303 2.7), tunnel */
	unsigned pad;	   /* bytes of padding beyond the least, aligned */
	uint16_t outer_id; /* IPv4 identification of a tunnel header */
};

/* Bytes that ESP with this SA adds at most to a packet, headers included. */
size_t esp_overhead(const struct sa *sa);

/*
 * Protect the packet p, of which v is the view. PASS: the whole new packet is in
 * out. iv: iv_len bytes. Transport mode refuses fragments.
 */
enum verdict esp_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);

/* Where ESP stands in a packet, and the header that one has to see for lookup. */
struct esp_head {
	uint32_t spi, seq_low;
	size_t off; /* of the ESP header in the packet */
	bool udp;   /* inside UDP (RFC 3948) */
	uint16_t sport, dport;
};

/*
 * v->proto is 50, or 17 with port 4500. PASS, KEEPALIVE, IKE, ESP_SHORT. For UDP,
 * natt_port is the port that counts as encapsulation (4500).
 */
enum verdict esp_peek(struct esp_head *h, const uint8_t *p,
    const struct ip_view *v, uint16_t natt_port);

/*
 * Open: ICV, then padding, then inner checks. PASS: the inner or rebuilt packet
 * is in out. DUMMY for next header 59. Everything that fails after decryption
 * takes the same way out. RFC 6040 ECN in tunnel mode.
 */
enum verdict esp_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct esp_head *h, uint64_t seq);

#endif /* CORE_ESP_H */
