/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nft_peers.h"

#include <arpa/inet.h>
#include <endian.h>

#include "io/nft_inside.h"

/* Names within a transaction need a number, too; names here end in their own. */
static uint32_t
set_id(const char *set)
{
	return (uint8_t)set[strlen(set) - 1];
}

void
nft_peers_put(struct nft *b, const char *set, uint8_t fam, uint64_t ms)
{
	/* nft(8)'s numbers of the types ipv4_addr and ipv6_addr */
	uint32_t type = fam == 4 ? 7 : 8, len = fam == 4 ? 4 : 16;
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	struct nlattr *nest;

	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, set);
	mnl_attr_put_u32(
	    h, NFTA_SET_FLAGS, htonl(NFT_SET_TIMEOUT | NFT_SET_EVAL));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(type));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl(len));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(set_id(set)));
	mnl_attr_put_u64(h, NFTA_SET_TIMEOUT, htobe64(ms));
	nest = mnl_attr_nest_start(h, NFTA_SET_DESC);
	mnl_attr_put_u32(h, NFTA_SET_DESC_SIZE, htonl(65536));
	mnl_attr_nest_end(h, nest);
	nft_append(b, h);
}

void
nft_peers_in(struct nft *b, const char *set, uint8_t fam)
{
	struct nft_expr e;

	/* RFC 791 3.1, RFC 8200 3 */
	nft_load(b, NFT_BASE_IP, fam == 4 ? 12 : 8, fam == 4 ? 4 : 16);
	e = nft_expr(b, "lookup");
	mnl_attr_put_strz(b->h, NFTA_LOOKUP_SET, set);
	nft_put_be32(b, NFTA_LOOKUP_SET_ID, set_id(set));
	nft_put_be32(b, NFTA_LOOKUP_SREG, NFT_REG_1);
	nft_expr_end(b, e);
}

void
nft_peers_add(struct nft *b, const char *set, uint8_t fam)
{
	struct nft_expr e;

	nft_load(b, NFT_BASE_IP, fam == 4 ? 16 : 24, fam == 4 ? 4 : 16);
	e = nft_expr(b, "dynset");
	mnl_attr_put_strz(b->h, NFTA_DYNSET_SET_NAME, set);
	nft_put_be32(b, NFTA_DYNSET_SET_ID, set_id(set));
	nft_put_be32(b, NFTA_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nft_put_be32(b, NFTA_DYNSET_SREG_KEY, NFT_REG_1);
	nft_expr_end(b, e);
}
