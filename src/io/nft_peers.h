/* SPDX-License-Identifier: BSD-2-Clause */
/* nft_peers - sets of addresses that rules fill: the part of nft about them. */
#ifndef IO_NFT_PEERS_H
#define IO_NFT_PEERS_H

#include "io/nft.h"

/* A set of addresses that are in it for so long (ms) after they were added last.
   Harmless when it is there. */
void nft_peers_put(struct nft *b, const char *set, uint8_t fam, uint64_t ms);

/* The source is in this set. */
void nft_peers_in(struct nft *b, const char *set, uint8_t fam);
/* Put the destination into this set; the rule ends here when it is full. */
void nft_peers_add(struct nft *b, const char *set, uint8_t fam);

#endif /* IO_NFT_PEERS_H */
