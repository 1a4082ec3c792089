/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nft_many.h"

#include <arpa/inet.h>

#include "io/nft_inside.h"

/* Numbers apart from those of nft_flow.c and nft_peers.c. */
#define FIRST_ID (UINT32_C(1) << 28)
/* A part that fills its registers; what nft(8) shows the elements as. */
enum { REGISTER = 4, TYPE_INTEGER = 4 };

#define SET_NAME "__set%d"
#define MAP_NAME "__map%d"

static size_t
padded(size_t n)
{
	return (n + REGISTER - 1) / REGISTER * REGISTER;
}

size_t
nft_many_size(const struct nft_many_part part[NFT_MANY_PARTS])
{
	size_t size = 0;

	for (size_t i = 0; i < NFT_MANY_PARTS; i++)
		size += padded(part[i].n);
	return size;
}

void
nft_many_fail(struct nft *b, int err)
{
	if (b->err == 0)
		b->err = err;
}

static void
put_set(struct nft *b, uint32_t id, size_t size, size_t n, bool counted)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	uint32_t flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	struct nlattr *desc;

	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, counted ? MAP_NAME : SET_NAME);
	mnl_attr_put_u32(
	    h, NFTA_SET_FLAGS, htonl(counted ? flags | NFT_SET_OBJECT : flags));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(TYPE_INTEGER));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl((uint32_t)size));
	if (counted)
		mnl_attr_put_u32(
		    h, NFTA_SET_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(id));
	/* known at once, so that the kernel takes a table of fixed size */
	desc = mnl_attr_nest_start(h, NFTA_SET_DESC);
	mnl_attr_put_u32(h, NFTA_SET_DESC_SIZE, htonl((uint32_t)n));
	mnl_attr_nest_end(h, desc);
	nft_append(b, h);
}

static void
put_element(
    struct nlmsghdr *h, const uint8_t *key, size_t size, const char *counter)
{
	struct nlattr *one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	struct nlattr *k = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

	mnl_attr_put(h, NFTA_DATA_VALUE, size, key);
	mnl_attr_nest_end(h, k);
	if (counter != NULL)
		mnl_attr_put_strz(h, NFTA_SET_ELEM_OBJREF, counter);
	mnl_attr_nest_end(h, one);
}

uint32_t
nft_many_put(struct nft *b, const uint8_t *keys, size_t size, size_t n,
    const char *const *counters)
{
	bool counted = counters != NULL;
	uint32_t id = FIRST_ID + b->seq;
	size_t i = 0;

	put_set(b, id, size, n, counted);
	while (i < n && b->err == 0) {
		struct nlmsghdr *h =
		    nft_start(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		struct nlattr *list;

		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, b->table);
		mnl_attr_put_strz(
		    h, NFTA_SET_ELEM_LIST_SET, counted ? MAP_NAME : SET_NAME);
		mnl_attr_put_u32(h, NFTA_SET_ELEM_LIST_SET_ID, htonl(id));
		list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
		for (; i < n && h->nlmsg_len < NFT_ROOM - 256; i++)
			put_element(h, keys + i * size, size,
			    counted ? counters[i] : NULL);
		mnl_attr_nest_end(h, list);
		nft_append(b, h);
	}
	return id;
}

static void
put_mask(struct nft *b, uint16_t type, const uint8_t *p, size_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(b->h, type);

	mnl_attr_put(b->h, NFTA_DATA_VALUE, n, p);
	mnl_attr_nest_end(b->h, nest);
}

/* A part to where it stands in the key. */
static void
load(struct nft *b, const struct nft_many_part *p, uint32_t reg)
{
	static const uint8_t none[16];
	uint8_t mask[16] = { 0 };
	struct nft_expr e = nft_expr(b, "payload");

	nft_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG32_00 + reg);
	nft_put_be32(b, NFTA_PAYLOAD_BASE, p->base);
	nft_put_be32(b, NFTA_PAYLOAD_OFFSET, p->off);
	nft_put_be32(b, NFTA_PAYLOAD_LEN, p->n);
	nft_expr_end(b, e);
	if (p->bits >= p->n * 8)
		return;
	for (unsigned i = 0; i < p->n; i++) {
		unsigned left = p->bits > i * 8 ? p->bits - i * 8 : 0;

		mask[i] = left >= 8 ? 0xff : (uint8_t)(0xff00u >> left);
	}
	e = nft_expr(b, "bitwise");
	nft_put_be32(b, NFTA_BITWISE_SREG, NFT_REG32_00 + reg);
	nft_put_be32(b, NFTA_BITWISE_DREG, NFT_REG32_00 + reg);
	nft_put_be32(b, NFTA_BITWISE_LEN, p->n);
	put_mask(b, NFTA_BITWISE_MASK, mask, p->n);
	put_mask(b, NFTA_BITWISE_XOR, none, p->n);
	nft_expr_end(b, e);
}

void
nft_many_in(struct nft *b, uint32_t set,
    const struct nft_many_part part[NFT_MANY_PARTS], bool counted)
{
	struct nft_expr e;
	uint32_t reg = 0;

	for (size_t i = 0; i < NFT_MANY_PARTS; i++)
		if (part[i].n != 0) {
			load(b, &part[i], reg);
			reg += (uint32_t)(padded(part[i].n) / REGISTER);
		}
	if (counted) {
		e = nft_expr(b, "objref");
		nft_put_be32(b, NFTA_OBJREF_SET_SREG, NFT_REG32_00);
		mnl_attr_put_strz(b->h, NFTA_OBJREF_SET_NAME, MAP_NAME);
		nft_put_be32(b, NFTA_OBJREF_SET_ID, set);
	} else {
		e = nft_expr(b, "lookup");
		mnl_attr_put_strz(b->h, NFTA_LOOKUP_SET, SET_NAME);
		nft_put_be32(b, NFTA_LOOKUP_SREG, NFT_REG32_00);
		nft_put_be32(b, NFTA_LOOKUP_SET_ID, set);
	}
	nft_expr_end(b, e);
}
