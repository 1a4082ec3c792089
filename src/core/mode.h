/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mode - what transport and tunnel mode do to IP headers, the same for AH and
 * ESP: RFC 4301 5.1.2, RFC 6040, RFC 4303 3.4.4.1.
 */
#ifndef CORE_MODE_H
#define CORE_MODE_H

#include "core/sa.h"
#include "wire/ip.h"

enum mode_result {
	MODE_OK,
	MODE_NO_SRC,   /* the SA has no source address of the tunnel's family */
	MODE_TOO_LONG, /* for an IP length field */
	MODE_NO_ROOM,  /* in out */
	MODE_BAD_INNER, /* no sane packet of that family */
	MODE_ECN	/* RFC 6040 4.2: may not be delivered */
};

/*
 * The outer header that the SA asks for around the packet v, all but protocol
 * and identification. False: the SA has no source of the tunnel's family.
 */
MUST_USE bool mode_outer(
    struct ip_new *h, const struct sa *sa, const struct ip_view *v);

/*
 * Write to out the headers that stand before AH, ESP or UDP (proto), which is
 * followed by payload bytes in all: in tunnel mode the outer header - `forced`
 * but for the protocol, or made as the SA says with the IPv4 identification id -
 * and in transport mode those of p.
 */
MUST_USE enum mode_result mode_write(struct wr *out, const struct sa *sa,
    const uint8_t *p, const struct ip_view *v, uint8_t proto, size_t payload,
    const struct ip_new *forced, uint16_t id);

/* As mode_write() for a transport-mode SA: the headers of p. */
MUST_USE enum mode_result mode_transport(struct wr *out, const uint8_t *p,
    const struct ip_view *v, uint8_t proto, size_t payload);

/*
 * The inner packet of a tunnel, n bytes at p, named by next (4 or 41), came in
 * the outer packet v. OK, BAD_INNER or ECN. *len: its length without TFC padding;
 * its ECN is set.
 */
MUST_USE enum mode_result mode_inner(uint8_t *p, size_t n, uint8_t next,
    const struct ip_view *outer, size_t *len);

/*
 * Transport mode: p has the headers of packet v up to AH or ESP and then what
 * that carried, n bytes in all. Sets next header, lengths, checksum. False when
 * that makes no sane packet. *now is the view of the result.
 */
MUST_USE bool mode_rebuild(uint8_t *p, size_t n, uint8_t next,
    const struct ip_view *v, struct ip_view *now);

#endif /* CORE_MODE_H */
