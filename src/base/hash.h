/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hash - SipHash-1-3 over 64-bit words, for tables whose keys a stranger may
 * choose: without the seed nobody can make them collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

struct hash {
	uint64_t v[4];
};

struct hash_seed {
	uint64_t k[2];
};

static inline uint64_t
hash_turn(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void
hash_round(struct hash *h)
{
	uint64_t *v = h->v;

	v[0] += v[1];
	v[1] = hash_turn(v[1], 13) ^ v[0];
	v[0] = hash_turn(v[0], 32);
	v[2] += v[3];
	v[3] = hash_turn(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hash_turn(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hash_turn(v[1], 17) ^ v[2];
	v[2] = hash_turn(v[2], 32);
}

static inline struct hash
hash_begin(const struct hash_seed *s)
{
	return (struct hash){ { s->k[0] ^ UINT64_C(0x736f6d6570736575),
	    s->k[1] ^ UINT64_C(0x646f72616e646f6d),
	    s->k[0] ^ UINT64_C(0x6c7967656e657261),
	    s->k[1] ^ UINT64_C(0x7465646279746573) } };
}

static inline void
hash_word(struct hash *h, uint64_t word)
{
	h->v[3] ^= word;
	hash_round(h);
	h->v[0] ^= word;
}

static inline uint64_t
hash_end(struct hash h)
{
	h.v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		hash_round(&h);
	return h.v[0] ^ h.v[1] ^ h.v[2] ^ h.v[3];
}

#endif /* BASE_HASH_H */
