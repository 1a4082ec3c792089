/* SPDX-License-Identifier: BSD-2-Clause */
/* laneip - IP headers in a lane, read and written in few moves. For lane*.c only. */
#ifndef CORE_LANEIP_H
#define CORE_LANEIP_H

#include <endian.h>

#include "base/rd.h"

#include "model/flow.h"

/*
 * The few sizes that IVs, ICVs and IP headers have, each as a few moves: the
 * compiler would make a slow loop of one for any size.
 */
static inline void
laneip_copy(uint8_t *to, const uint8_t *from, size_t n)
{
	switch (n) {
	case 0:
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 12:
		memcpy(to, from, 12);
		break;
	case 16:
		memcpy(to, from, 16);
		break;
	case 20:
		memcpy(to, from, 20);
		break;
	case 40:
		memcpy(to, from, 40);
		break;
	default:
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
		break;
	}
}

static inline uint16_t
laneip_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void
laneip_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
laneip_put32(uint8_t *p, uint32_t v)
{
	laneip_put16(p, (uint16_t)(v >> 16));
	laneip_put16(p + 2, (uint16_t)v);
}

static inline uint64_t
laneip_be64(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return be64toh(w);
}

/*
 * An IPv4 header of 20 bytes, in three words as they are on the wire, with its
 * checksum; b has none so far. Put together in registers, since what was written
 * byte by byte is slow to read again at once.
 */
static inline void
laneip_head20(uint8_t *to, uint64_t a, uint64_t b, uint32_t c)
{
	uint64_t s =
	    (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;

	s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	a = htobe64(a);
	b = htobe64(b | (~s & 0xffff) << 32);
	c = htobe32(c);
	memcpy(to, &a, 8);
	memcpy(to + 8, &b, 8);
	memcpy(to + 16, &c, 4);
}

/* The header at `from` with another length and protocol. */
static inline void
laneip_rehead20(uint8_t *to, const uint8_t *from, uint16_t len, uint8_t proto)
{
	uint64_t a = laneip_be64(from), b = laneip_be64(from + 8);
	uint32_t c;

	memcpy(&c, from + 16, 4);
	a = (a & ~(UINT64_C(0xffff) << 32)) | (uint64_t)len << 32;
	b = (b & UINT64_C(0xff000000ffffffff)) | (uint64_t)proto << 48;
	laneip_head20(to, a, b, be32toh(c));
}

enum { LANEIP_TCP_FLAGS = 13, LANEIP_TCP_SYN = 2, LANEIP_TCP_RST = 4 };

/*
 * Where the upper header of a packet of n bytes begins: 20 or 40. 0: it is not a
 * whole packet of TCP or UDP without options of just that length.
 */
static inline size_t
laneip_plain(const uint8_t *p, size_t n)
{
	size_t at;
	uint8_t proto;

	if (n < 28)
		return 0;
	if (p[0] == 0x45) {
		at = 20;
		proto = p[9];
		if (laneip_get16(p + 2) != n ||
		    (laneip_get16(p + 6) & 0x3fff) != 0)
			return 0;
	} else if (p[0] >> 4 == 6 && n >= 48) {
		at = 40;
		proto = p[6];
		if (laneip_get16(p + 4) + 40u != n)
			return 0;
	} else {
		return 0;
	}
	if (proto == IPPROTO_UDP_)
		return at;
	return proto == IPPROTO_TCP_ && n - at >= 20 ? at : 0;
}

static inline bool
laneip_equal8(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return x == y;
}

/*
 * Are two packets with upper headers at `at`, as laneip_plain() said of both, of
 * one flow?
 */
static inline bool
laneip_same_flow(const uint8_t *a, const uint8_t *b, size_t at)
{
	uint32_t x, y;

	memcpy(&x, a + at, 4);
	memcpy(&y, b + at, 4);
	if (x != y)
		return false;
	if (at == 20)
		return laneip_equal8(a + 12, b + 12) && a[9] == b[9];
	return laneip_equal8(a + 8, b + 8) && laneip_equal8(a + 16, b + 16) &&
	       laneip_equal8(a + 24, b + 24) && laneip_equal8(a + 32, b + 32) &&
	       a[6] == b[6];
}

static inline uint8_t
laneip_tos(const uint8_t *p)
{
	return p[0] >> 4 == 4 ? p[1] : (uint8_t)(p[0] << 4 | p[1] >> 4);
}

#endif /* CORE_LANEIP_H */
