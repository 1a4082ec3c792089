/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addr - an IPv4 or IPv6 address, and a prefix of either.
 *
 * Bytes are in network order, as written on paper. The unused tail of an IPv4
 * address is zero, so that addresses compare with addr_equal() as a whole.
 */
#ifndef MODEL_ADDR_H
#define MODEL_ADDR_H

#include "base/rd.h"

enum family { FAM_NONE = 0, FAM_V4 = 4, FAM_V6 = 6 };

struct addr {
	uint8_t fam; /* enum family; FAM_NONE: no address */
	uint8_t b[16];
};

struct prefix {
	struct addr a;
	uint8_t len; /* bits, 0..32 or 0..128 */
};

#define ADDR_TEXT 48 /* room for the longest text of a prefix, and a NUL */

struct addr addr_v4(const uint8_t b[4]);
struct addr addr_v6(const uint8_t b[16]);

MUST_USE bool addr_equal(const struct addr *a, const struct addr *b);
/* True for 0.0.0.0, :: and for no address at all. */
MUST_USE bool addr_is_unspec(const struct addr *a);
MUST_USE bool addr_is_multicast(const struct addr *a);
/* ::ffff:a.b.c.d becomes a.b.c.d; anything else stays. */
struct addr addr_unmap(const struct addr *a);
/* Bytes of an address of this family: 4, 16, or 0. */
size_t addr_bytes(uint8_t fam);
/* Bits of a full-length prefix: 32, 128, or 0. */
uint8_t addr_bits(uint8_t fam);

/* Literal only. False when text is neither an IPv4 nor an IPv6 literal. */
MUST_USE bool addr_read(struct addr *out, const char *text);
/* buf has room for ADDR_TEXT. Returns buf. "" for no address. */
const char *addr_print(char *buf, const struct addr *a);
const char *prefix_print(char *buf, const struct prefix *p);

/* Same family and the first p->len bits equal. A prefix of no family matches all. */
MUST_USE bool prefix_match(const struct prefix *p, const struct addr *a);
MUST_USE bool prefix_equal(const struct prefix *a, const struct prefix *b);
/* Clear the bits behind the prefix length. */
void prefix_canon(struct prefix *p);
/* The full-length prefix of a. */
struct prefix prefix_host(const struct addr *a);

#endif /* MODEL_ADDR_H */
