/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikehdr - the 28 bytes in front of every IKE message: RFC 7296 3.1, which is
 * also the header of RFC 2408 3.1. The four zero bytes before it on UDP 4500
 * (RFC 3948 2.2) are not part of it.
 */
#ifndef WIRE_IKEHDR_H
#define WIRE_IKEHDR_H

#include "base/wr.h"

#define IKEHDR_LEN 28

/* Flags of version 2 ... */
enum {
	IKEHDR_INITIATOR = 0x08, /* sender began the IKE SA */
	IKEHDR_HIGHER = 0x10,	 /* sender speaks a higher major version */
	IKEHDR_RESPONSE = 0x20
};
/* ... and of version 1. */
enum { IKEHDR_ENCRYPTED = 0x01, IKEHDR_COMMIT = 0x02, IKEHDR_AUTH_ONLY = 0x04 };

/* Borrowed bytes. n may be 0, then p may be NULL. */
struct ike_view {
	const uint8_t *p;
	size_t n;
};

/* A reader over it. */
static inline struct rd
ike_view_rd(struct ike_view v)
{
	return rd_from(v.p != NULL ? (const void *)v.p : "", v.n);
}

/* The same bytes? Not for secrets. */
MUST_USE static inline bool
ike_view_equal(struct ike_view a, struct ike_view b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct ikehdr {
	uint64_t spi_i,
	    spi_r;    /* first byte on the wire highest; "cookies" in 1 */
	uint8_t next; /* type of the first payload */
	uint8_t major, minor;
	uint8_t exchange;
	uint8_t flags;
	uint32_t msgid;
	uint32_t len; /* of the message with this header */
};

/*
 * False when n bytes are less than a header. Nothing is judged: version, flags,
 * and whether len is n (ikehdr_whole()) are the caller's to look at.
 */
MUST_USE bool ikehdr_parse(struct ikehdr *h, const uint8_t *b, size_t n);

/* Does the header say n, what the datagram has? */
MUST_USE static inline bool
ikehdr_whole(const struct ikehdr *h, size_t n)
{
	return h->len == n;
}

/* All fields as they are in h. */
void ikehdr_write(struct wr *w, const struct ikehdr *h);

#endif /* WIRE_IKEHDR_H */
