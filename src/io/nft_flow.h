/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nft_flow - the parts of nft about single flows and about sockets: sets of
 * 5-tuples, and marks of the socket that a packet is for.
 */
#ifndef IO_NFT_FLOW_H
#define IO_NFT_FLOW_H

#include "io/nft.h"

/*
 * A set whose elements are a protocol, two addresses of this family, and two
 * ports: NFT_FLOW_MAX bytes at most, as nft_flow_key() writes them. Harmless when
 * it is there.
 */
#define NFT_FLOW_MAX 44
void nft_flow_set(struct nft *b, const char *set, uint8_t fam);
/*
 * One that rules put elements into (nft_flow_note()), which stay for so many
 * seconds, and are max at most.
 */
void nft_flow_set_of_rules(struct nft *b, const char *set, uint8_t fam,
    uint32_t seconds, uint32_t max);
/* Take out all its elements. */
void nft_flow_flush(struct nft *b, const char *set);
/* Each address: 4 or 16 bytes. Returns how long the key is. */
size_t nft_flow_key(uint8_t key[NFT_FLOW_MAX], uint8_t fam, uint8_t proto,
    const uint8_t *local, const uint8_t *remote, uint16_t lport,
    uint16_t rport);
/*
 * Put elements in (add) or take them out: n keys of this size, one behind the
 * other. One to be taken out that is not there fails with ENOENT.
 */
void nft_flow_elements(struct nft *b, const char *set, bool add,
    const uint8_t *keys, size_t size, size_t n);

/*
 * The packet's flow is in the set. out: its source is local. A packet without
 * ports is in none.
 */
void nft_flow_in(struct nft *b, const char *set, uint8_t fam, bool out);
/* The packet's flow is put into such a set, or stays in it for longer. */
void nft_flow_note(struct nft *b, const char *set, uint8_t fam, bool out);
/*
 * (mark & mask) == value, of the socket that the packet is for, be it one that
 * listens; of an ICMP error, that it is about. None, or no whole one: no match.
 * TCP and UDP.
 */
void nft_flow_socket(struct nft *b, uint32_t mask, uint32_t value);
/* Of TCP: has any of these flags, as RFC 9293 3.1 counts their bits. */
void nft_flow_tcp(struct nft *b, uint8_t flag);

/* Does the kernel know nft_flow_socket()? Changes nothing. */
MUST_USE bool nft_flow_has_socket(struct netlink *n);

#endif /* IO_NFT_FLOW_H */
