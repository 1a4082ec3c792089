/* SPDX-License-Identifier: BSD-2-Clause */
/* ah - the AH transform: RFC 4302. Same contract as esp.h. */
#ifndef CORE_AH_H
#define CORE_AH_H

#include "core/esp.h"

size_t ah_overhead(const struct sa *sa);

enum verdict ah_seal(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint64_t seq, const uint8_t *iv,
    const struct seal_opts *o);

struct ah_head {
	uint32_t spi, seq_low;
	size_t off; /* of the AH header */
	size_t len; /* of AH, by its length field */
	uint8_t next;
};

/* PASS or AH_BAD_LENGTH. */
enum verdict ah_peek(
    struct ah_head *h, const uint8_t *p, const struct ip_view *v);

enum verdict ah_open(const struct sa *sa, struct wr *out, const uint8_t *p,
    const struct ip_view *v, const struct ah_head *h, uint64_t seq);

#endif /* CORE_AH_H */
