/* SPDX-License-Identifier: BSD-2-Clause */
/* ah - the AH transform: RFC 4302. Same contract as esp.h. */
#ifndef CORE_AH_H
#define CORE_AH_H

#include "core/esp.h"

/* Bytes that AH with this SA adds at most to a packet, headers included. */
size_t ah_overhead(const struct sa *sa);

/*
 * As esp_seal(). Also AH_BAD_V4_OPTS, AH_BAD_V6_HDRS: headers whose form at the
 * destination cannot be told (RFC 4302 3.3.3.1).
 */
enum verdict ah_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);

struct ah_head {
	uint32_t spi, seq_low;
	size_t off; /* of the AH header */
	size_t len; /* of AH, by its length field */
	uint8_t next;
};

/* PASS or AH_BAD_LENGTH; SPD_MALFORMED_FRAG for a fragment. */
enum verdict ah_peek(
    struct ah_head *h, const uint8_t *p, const struct ip_view *v);

/* As esp_open(); out needs room for the packet p at most. */
enum verdict ah_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct ah_head *h, uint64_t seq);

#endif /* CORE_AH_H */
