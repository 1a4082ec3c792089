/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frag - split a protected packet after protection (RFC 4303 3.3.4, RFC 791 2.3,
 * RFC 8200 4.5). Reassembly before opening is the kernel's.
 */
#ifndef CORE_FRAG_H
#define CORE_FRAG_H

#include "wire/ip.h"

/*
 * The i-th fragment of the packet p of n bytes for this MTU is appended to w.
 * Returns true while there was one; the caller counts i up from 0. A packet that
 * fits is its own only fragment, unchanged. ident: of the datagram, for IPv6;
 * IPv4 has its own in the header. False for i = 0: it may not or cannot be split
 * (DF, an IPv6 fragment already, malformed, an MTU without room for the headers),
 * or w is full.
 */
MUST_USE bool frag_write(struct wr *w, const uint8_t *p, size_t n, uint32_t mtu,
    uint32_t ident, unsigned i);

#endif /* CORE_FRAG_H */
