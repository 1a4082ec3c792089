/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2sa - the SA payload's body: proposals and transforms (RFC 7296 3.3). What
 * the numbers mean, and which proposal to take, is not known here.
 *
 * The transforms of all proposals stand one behind the other in xf[]; a
 * proposal says where its own begin.
 */
#ifndef WIRE_IKE2SA_H
#define WIRE_IKE2SA_H

#include "base/wr.h"

/* More than these in one payload are refused. */
#define IKE2SA_PROPOSALS  32
#define IKE2SA_TRANSFORMS 255

struct ike2_xform {
	uint8_t type; /* enum ike2_xform_type, or any */
	/*
	 * RFC 7296 3.3.6: it has an attribute that is not known, or a key length
	 * that makes no sense (given twice, or 0); it must not be chosen.
	 */
	bool odd;
	uint16_t id;
	uint16_t keybits; /* Key Length attribute; 0: there is none */
};

struct ike2_proposal {
	uint8_t num;   /* as on the wire: from 1 */
	uint8_t proto; /* enum ike2_proto, or any */
	uint8_t spi_len;
	const uint8_t *spi; /* borrowed; spi_len bytes */
	uint16_t first,
	    n; /* its transforms: xf[first], n of them, 1 at least */
};

struct ike2_sa {
	uint8_t n;    /* proposals */
	uint16_t nxf; /* transforms of all of them */
	struct ike2_proposal p[IKE2SA_PROPOSALS];
	struct ike2_xform xf[IKE2SA_TRANSFORMS];
};

/*
 * 0, or why not: EINVAL for bad syntax (no proposal, one without transforms,
 * lengths or counts that disagree, numbers that do not go up by one, an SPI
 * whose size is not that of its protocol), E2BIG for too many of something.
 * out borrows from the bytes of r.
 */
MUST_USE int ike2sa_parse(struct ike2_sa *out, struct rd r);

/* What ike2sa_parse() reads as in, but for odd transforms: these stay away. */
void ike2sa_write(struct wr *w, const struct ike2_sa *in);

/*
 * Append a proposal; its transforms follow by ike2sa_add_xform(). The number is
 * the next one. spi is borrowed. False when there are too many.
 */
MUST_USE bool ike2sa_add(
    struct ike2_sa *s, uint8_t proto, const uint8_t *spi, uint8_t spi_len);
MUST_USE bool ike2sa_add_xform(
    struct ike2_sa *s, uint8_t type, uint16_t id, uint16_t keybits);

/* The SPI of AH or ESP; 0 where there is none of 4 bytes. */
uint32_t ike2sa_spi32(const struct ike2_proposal *p);
/* The SPI of IKE, as in struct ikehdr; 0 where there is none of 8 bytes. */
uint64_t ike2sa_spi64(const struct ike2_proposal *p);

#endif /* WIRE_IKE2SA_H */
