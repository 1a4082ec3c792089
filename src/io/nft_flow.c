/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nft_flow.h"

#include <arpa/inet.h>

#include "io/nft_inside.h"

/* Of nft(8), include/datatype.h: what it shows the elements as. */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_PROTO = 12, TYPE_PORT = 13 };

static uint32_t
flow_type(uint8_t fam)
{
	const uint8_t ip = fam == 4 ? TYPE_IPV4 : TYPE_IPV6;
	const uint8_t types[] = { TYPE_PROTO, ip, ip, TYPE_PORT, TYPE_PORT };
	uint32_t t = 0;

	for (size_t i = 0; i < sizeof(types); i++)
		t = t << 6 | types[i];
	return t;
}

/* Each part takes whole registers of four bytes. */
static size_t
flow_size(uint8_t fam)
{
	return 12 + (fam == 4 ? 8 : 32);
}

static struct nlmsghdr *
new_set(struct nft *b, const char *set, uint8_t fam)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWSET, NLM_F_CREATE);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, set);
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(flow_type(fam)));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl((uint32_t)flow_size(fam)));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(b->seq));
	return h;
}

void
nft_flow_set(struct nft *b, const char *set, uint8_t fam)
{
	nft_append(b, new_set(b, set, fam));
}

static uint64_t
be64_ms(uint32_t seconds)
{
	uint64_t ms = (uint64_t)seconds * 1000;

	return (uint64_t)htonl((uint32_t)ms) << 32 |
	       htonl((uint32_t)(ms >> 32));
}

void
nft_flow_set_of_rules(
    struct nft *b, const char *set, uint8_t fam, uint32_t seconds, uint32_t max)
{
	struct nlmsghdr *h = new_set(b, set, fam);
	struct nlattr *desc;

	mnl_attr_put_u32(
	    h, NFTA_SET_FLAGS, htonl(NFT_SET_TIMEOUT | NFT_SET_EVAL));
	mnl_attr_put_u64(h, NFTA_SET_TIMEOUT, be64_ms(seconds));
	desc = mnl_attr_nest_start(h, NFTA_SET_DESC);
	mnl_attr_put_u32(h, NFTA_SET_DESC_SIZE, htonl(max));
	mnl_attr_nest_end(h, desc);
	nft_append(b, h);
}

static struct nlmsghdr *
elements(struct nft *b, const char *set, bool add, bool create)
{
	struct nlmsghdr *h =
	    nft_start(b, add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM,
		create ? NLM_F_CREATE : 0);

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	return h;
}

void
nft_flow_flush(struct nft *b, const char *set)
{
	nft_append(b, elements(b, set, false, false));
}

static void
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

size_t
nft_flow_key(uint8_t key[NFT_FLOW_MAX], uint8_t fam, uint8_t proto,
    const uint8_t *local, const uint8_t *remote, uint16_t lport, uint16_t rport)
{
	size_t n = fam == 4 ? 4 : 16;

	memset(key, 0, NFT_FLOW_MAX);
	key[0] = proto;
	memcpy(key + 4, local, n);
	memcpy(key + 4 + n, remote, n);
	put_be16(key + 4 + 2 * n, lport);
	put_be16(key + 8 + 2 * n, rport);
	return flow_size(fam);
}

void
nft_flow_elements(struct nft *b, const char *set, bool add, const uint8_t *keys,
    size_t size, size_t n)
{
	size_t i = 0;

	while (i < n) {
		struct nlmsghdr *h = elements(b, set, add, add);
		struct nlattr *list =
		    mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);

		for (; i < n && h->nlmsg_len < NFT_ROOM - 256; i++) {
			struct nlattr *one =
			    mnl_attr_nest_start(h, NFTA_LIST_ELEM);
			struct nlattr *key =
			    mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

			mnl_attr_put(h, NFTA_DATA_VALUE, size, keys + i * size);
			mnl_attr_nest_end(h, key);
			mnl_attr_nest_end(h, one);
		}
		mnl_attr_nest_end(h, list);
		nft_append(b, h);
	}
}

/* Registers of four bytes begin behind the five of sixteen. */
static void
load_meta_to(struct nft *b, uint32_t key, uint32_t reg)
{
	struct nft_expr e = nft_expr(b, "meta");

	nft_put_be32(b, NFTA_META_DREG, NFT_REG32_00 + reg);
	nft_put_be32(b, NFTA_META_KEY, key);
	nft_expr_end(b, e);
}

static void
load_field_to(
    struct nft *b, enum nft_base base, uint32_t off, size_t n, uint32_t reg)
{
	struct nft_expr e = nft_expr(b, "payload");

	nft_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG32_00 + reg);
	nft_put_be32(b, NFTA_PAYLOAD_BASE, base);
	nft_put_be32(b, NFTA_PAYLOAD_OFFSET, off);
	nft_put_be32(b, NFTA_PAYLOAD_LEN, (uint32_t)n);
	nft_expr_end(b, e);
}

/* The five of it, one behind the other from the first register of four bytes. */
static void
load_flow(struct nft *b, uint8_t fam, bool out)
{
	/* RFC 791 3.1, RFC 8200 3; RFC 9293 3.1, RFC 768 */
	uint32_t n = fam == 4 ? 4 : 16, src = fam == 4 ? 12 : 8;
	uint32_t dst = src + n, regs = n / 4;

	load_meta_to(b, NFT_META_L4PROTO, 0);
	load_field_to(b, NFT_BASE_IP, out ? src : dst, n, 1);
	load_field_to(b, NFT_BASE_IP, out ? dst : src, n, 1 + regs);
	load_field_to(b, NFT_BASE_UPPER, out ? 0 : 2, 2, 1 + 2 * regs);
	load_field_to(b, NFT_BASE_UPPER, out ? 2 : 0, 2, 2 + 2 * regs);
}

void
nft_flow_in(struct nft *b, const char *set, uint8_t fam, bool out)
{
	struct nft_expr e;

	load_flow(b, fam, out);
	e = nft_expr(b, "lookup");
	mnl_attr_put_strz(b->h, NFTA_LOOKUP_SET, set);
	nft_put_be32(b, NFTA_LOOKUP_SREG, NFT_REG32_00);
	nft_expr_end(b, e);
}

void
nft_flow_note(struct nft *b, const char *set, uint8_t fam, bool out)
{
	struct nft_expr e;

	load_flow(b, fam, out);
	e = nft_expr(b, "dynset");
	mnl_attr_put_strz(b->h, NFTA_DYNSET_SET_NAME, set);
	nft_put_be32(b, NFTA_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nft_put_be32(b, NFTA_DYNSET_SREG_KEY, NFT_REG32_00);
	nft_expr_end(b, e);
}

void
nft_flow_socket(struct nft *b, uint32_t mask, uint32_t value)
{
	static const uint32_t none;
	struct nft_expr e = nft_expr(b, "socket");

	nft_put_be32(b, NFTA_SOCKET_KEY, NFT_SOCKET_MARK);
	nft_put_be32(b, NFTA_SOCKET_DREG, NFT_REG_1);
	nft_expr_end(b, e);
	nft_mask(b, &mask, &none, sizeof(mask));
	nft_compare(b, NFT_CMP_EQ, &value, sizeof(value));
}

void
nft_flow_tcp(struct nft *b, uint8_t flag)
{
	enum { FLAGS = 13 };
	static const uint8_t none;

	nft_l4proto(b, IPPROTO_TCP);
	nft_load(b, NFT_BASE_UPPER, FLAGS, 1);
	nft_mask(b, &flag, &none, 1);
	nft_compare(b, NFT_CMP_NEQ, &none, 1);
}

/* A rule with it, and away again before anybody could see it. */
bool
nft_flow_has_socket(struct netlink *n)
{
	struct nft *b = nft_begin("solipsec-probe");

	if (b == NULL)
		return false;
	nft_table_put(b, false);
	nft_chain_put_inner(b, "probe");
	nft_rule_begin(b, "probe");
	nft_flow_socket(b, 1, 1);
	nft_drop(b);
	nft_rule_end(b);
	nft_table_delete(b);
	return nft_commit(b, n) == 0;
}
