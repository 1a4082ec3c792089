/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nft_many - a set of keys that one rule looks up instead of many rules that
 * compare. It has no name: it goes when its rule goes. Part of nft.h.
 */
#ifndef IO_NFT_MANY_H
#define IO_NFT_MANY_H

#include "io/nft.h"

/* What a key has, one part behind the other, each filled up to four bytes. */
enum { NFT_MANY_PARTS = 4, NFT_MANY_KEY = 40 /* bytes at most */ };

struct nft_many_part {
	enum nft_base base;
	uint32_t off; /* in the packet */
	uint8_t n;    /* bytes; 0: not part of the key */
	uint8_t bits; /* the first bits count; the key's others are 0 */
};

/* Bytes of a key with these parts. */
size_t nft_many_size(const struct nft_many_part part[NFT_MANY_PARTS]);

/*
 * Before the rule begins. keys: n of them, none twice. counters: NULL, or for
 * each the name of the counter that goes up. Returns the number of the set within
 * the transaction.
 */
uint32_t nft_many_put(struct nft *b, const uint8_t *keys, size_t size, size_t n,
    const char *const *counters);
/* In the rule: the packet has one of the keys. Counts, when counted. */
void nft_many_in(struct nft *b, uint32_t set,
    const struct nft_many_part part[NFT_MANY_PARTS], bool counted);
/* What is to be written could not be made: nft_commit() says err. */
void nft_many_fail(struct nft *b, int err);

#endif /* IO_NFT_MANY_H */
