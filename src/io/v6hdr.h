/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * v6hdr - the IPv6 header and extension headers of a packet whose payload came
 * by a raw socket, put back as they were on the wire (RFC 8200 3, 4), so that
 * AH can be checked over them.
 */
#ifndef IO_V6HDR_H
#define IO_V6HDR_H

#include "base/wr.h"

#define V6HDR_EXT_MAX 8

struct v6hdr {
	uint8_t src[16], dst[16];
	uint8_t tclass, hlim;
	uint32_t flow; /* label, 20 bits */
	uint8_t proto; /* of the payload */
	/* extension headers in their order, each with its own next-header byte */
	unsigned n_ext;
	struct {
		uint8_t type; /* 0 hop-by-hop, 43 routing, 60 destination */
		const uint8_t *p;
		size_t n;
	} ext[V6HDR_EXT_MAX];
};

/* Bytes of the headers. */
size_t v6hdr_len(const struct v6hdr *h);
/*
 * Write them; payload bytes follow. False: the chain's next-header bytes do not
 * name what follows, a length is not its header's own, or it does not fit.
 */
MUST_USE bool v6hdr_write(struct wr *w, const struct v6hdr *h, size_t payload);

#endif /* IO_V6HDR_H */
