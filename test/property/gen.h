/* SPDX-License-Identifier: BSD-2-Clause */
/* gen - random, valid IP packets and SAs, the same ones for the same seed. */
#ifndef GEN_H
#define GEN_H

#include "core/sa.h"
#include "wire/ip.h"

#define GEN_ROOM 70000

struct gen {
	uint64_t s; /* never 0 */
};

uint64_t gen_any(struct gen *g);
unsigned gen_below(struct gen *g, unsigned n); /* 0..n-1 */
MUST_USE bool gen_one_in(struct gen *g, unsigned n);
void gen_bytes(struct gen *g, uint8_t *p, size_t n);
/* An address of this family that a host may have. */
struct addr gen_addr(struct gen *g, uint8_t fam);

struct gen_packet {
	size_t n;
	uint8_t b[GEN_ROOM];
	/*
	 * Header bytes that a router may change or that AH foretells (RFC 4302
	 * A): those before the place where AH goes.
	 */
	bool mutable[GEN_ROOM];
};

/*
 * IPv4 with options, or IPv6 with extension headers, around TCP, UDP, ICMP, SCTP
 * or what nobody knows, with right checksums; at most `data` bytes of data.
 */
void gen_packet(struct gen *g, struct gen_packet *p, unsigned data);

/*
 * Some SA of either protocol with random keys: any algorithms, mode, ESN, NAT-T
 * (if natt). alone: maybe encryption without integrity.
 */
void gen_sa(struct gen *g, struct sa_spec *s, bool natt, bool alone);

/* gen as a source of IVs: ctx is the struct gen. */
MUST_USE bool gen_fill(void *ctx, uint8_t *p, size_t n);

#endif /* GEN_H */
