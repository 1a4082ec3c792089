/* SPDX-License-Identifier: BSD-2-Clause */
/* nft_inside - how messages of a transaction are written. For nft*.c only. */
#ifndef IO_NFT_INSIDE_H
#define IO_NFT_INSIDE_H

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "io/nft.h"

#define NFT_ROOM 4096 /* bytes of one message */

struct nft {
	const char *table;
	uint8_t *b; /* the messages so far */
	size_t len, cap;
	uint32_t seq,
	    last; /* last: of the last message, which is acknowledged */
	int err;
	struct nlattr *exprs; /* of the rule that is being written */
	struct nlmsghdr *h;
	uint8_t msg[NFT_ROOM];
};

/* A message of the type (NFT_MSG_*), in b->msg; then to the others. */
struct nlmsghdr *nft_start(struct nft *b, uint16_t type, uint16_t flags);
void nft_append(struct nft *b, const struct nlmsghdr *h);

/* An expression is two nested attributes deep; `end` closes both. */
struct nft_expr {
	struct nlattr *elem, *data;
};
struct nft_expr nft_expr(struct nft *b, const char *name);
void nft_expr_end(struct nft *b, struct nft_expr e);
void nft_put_be32(struct nft *b, uint16_t type, uint32_t v);

/* On the first register: load, and, xor, compare (NFT_CMP_*). */
void nft_load(struct nft *b, enum nft_base base, uint32_t off, size_t n);
void nft_mask(struct nft *b, const void *mask, const void *flip, size_t n);
void nft_compare(struct nft *b, uint32_t op, const void *p, size_t n);

#endif /* IO_NFT_INSIDE_H */
