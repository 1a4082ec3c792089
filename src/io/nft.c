/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/wr.h"

#include "io/nft_inside.h"

/* NFT_TABLE_F_OWNER, NFT_TABLE_F_PERSIST, NFT_MSG_DESTROYTABLE: Linux 6.9 */
enum { TABLE_OWNER = 2, TABLE_PERSIST = 4, DESTROY_TABLE = 26 };

void
nft_append(struct nft *b, const struct nlmsghdr *h)
{
	size_t n = NLMSG_ALIGN(h->nlmsg_len);

	if (b->err == 0 && n > b->cap - b->len) {
		size_t cap = (b->cap + n) * 2;
		uint8_t *p = realloc(b->b, cap);

		if (p == NULL) {
			b->err = ENOMEM;
		} else {
			b->b = p;
			b->cap = cap;
		}
	}
	if (b->err != 0)
		return;
	memcpy(b->b + b->len, h, n);
	b->len += n;
}

struct nlmsghdr *
nft_start(struct nft *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h;
	struct nfgenmsg *g;

	memset(b->msg, 0, sizeof(b->msg));
	h = mnl_nlmsg_put_header(b->msg);
	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++b->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	g->version = NFNETLINK_V0;
	return h;
}

/* What brackets a transaction. */
static void
bracket(struct nft *b, uint16_t type)
{
	struct nlmsghdr *h;
	struct nfgenmsg *g;

	memset(b->msg, 0, sizeof(b->msg));
	h = mnl_nlmsg_put_header(b->msg);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++b->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(NFNL_SUBSYS_NFTABLES);
	nft_append(b, h);
}

struct nft *
nft_begin(const char *table)
{
	struct nft *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->table = table;
	bracket(b, NFNL_MSG_BATCH_BEGIN);
	return b;
}

static void
nft_free(struct nft *b)
{
	free(b->b);
	free(b);
}

/*
 * The kernel has worked when sendto() returns: every answer is there. Errors
 * come with the number of the message that they are about, or of the first.
 */
static int
answers(struct netlink *n, uint32_t last)
{
	uint8_t buf[16384];
	bool acked = false;
	int err = 0;

	for (;;) {
		ssize_t got =
		    recv(netlink_fd(n), buf, sizeof(buf), MSG_DONTWAIT);
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)buf;
		     mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error != 0 && err == 0)
				err = -e->error;
			if (e->error == 0 && h->nlmsg_seq == last)
				acked = true;
		}
	}
	return err != 0 ? err : acked ? 0 : EIO;
}

int
nft_commit(struct nft *b, struct netlink *n)
{
	struct nlmsghdr *h;
	int err = b->err, room;

	if (err == 0) {
		/* the last message asks for the acknowledgement */
		for (size_t i = 0; i < b->len; i += NLMSG_ALIGN(h->nlmsg_len)) {
			h = (struct nlmsghdr *)(void *)(b->b + i);
			if (h->nlmsg_seq == b->seq)
				h->nlmsg_flags |= NLM_F_ACK;
		}
		b->last = b->seq;
		bracket(b, NFNL_MSG_BATCH_END);
		err = b->err;
	}
	if (err == 0) {
		room = (int)b->len + 4096;
		(void)setsockopt(netlink_fd(n), SOL_SOCKET, SO_SNDBUFFORCE,
		    &room, sizeof(room));
		if (mnl_socket_sendto(n->s, b->b, b->len) < 0)
			err = errno;
		else
			err = answers(n, b->last);
	}
	nft_free(b);
	return err;
}

/* --- table, chains, counters --- */

void
nft_table_put(struct nft *b, bool own)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->table);
	if (own)
		mnl_attr_put_u32(
		    h, NFTA_TABLE_FLAGS, htonl(TABLE_OWNER | TABLE_PERSIST));
	nft_append(b, h);
}

void
nft_table_delete(struct nft *b)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_DELTABLE, 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->table);
	nft_append(b, h);
}

void
nft_table_destroy(struct nft *b)
{
	struct nlmsghdr *h = nft_start(b, DESTROY_TABLE, 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->table);
	nft_append(b, h);
}

void
nft_chain_put(struct nft *b, const char *chain, const char *type,
    enum nft_hook hook, int priority)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *nest;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	nest = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl((uint32_t)hook));
	mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl((uint32_t)priority));
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u32(h, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, type);
	nft_append(b, h);
}

void
nft_chain_put_inner(struct nft *b, const char *chain)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	nft_append(b, h);
}

void
nft_chain_flush(struct nft *b, const char *chain)
{
	struct nlmsghdr *h = nft_start(b, NFT_MSG_DELRULE, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	nft_append(b, h);
}

static struct nlmsghdr *
counter(struct nft *b, const char *name, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_start(b, type, flags);

	mnl_attr_put_strz(h, NFTA_OBJ_TABLE, b->table);
	mnl_attr_put_strz(h, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return h;
}

void
nft_counter_put(struct nft *b, const char *name)
{
	struct nlmsghdr *h = counter(b, name, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	struct nlattr *nest = mnl_attr_nest_start(h, NFTA_OBJ_DATA);

	mnl_attr_nest_end(h, nest);
	nft_append(b, h);
}

void
nft_counter_delete(struct nft *b, const char *name)
{
	nft_append(b, counter(b, name, NFT_MSG_DELOBJ, 0));
}

/* --- rules --- */

void
nft_rule_begin(struct nft *b, const char *chain)
{
	b->h = nft_start(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	mnl_attr_put_strz(b->h, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(b->h, NFTA_RULE_CHAIN, chain);
	b->exprs = mnl_attr_nest_start(b->h, NFTA_RULE_EXPRESSIONS);
}

void
nft_rule_end(struct nft *b)
{
	mnl_attr_nest_end(b->h, b->exprs);
	nft_append(b, b->h);
}

struct nft_expr
nft_expr(struct nft *b, const char *name)
{
	struct nft_expr e;

	/* the longest rule that is ever written takes a third of the room */
	if (b->h->nlmsg_len > NFT_ROOM - 512)
		b->err = EMSGSIZE;
	e.elem = mnl_attr_nest_start(b->h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(b->h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(b->h, NFTA_EXPR_DATA);
	return e;
}

void
nft_expr_end(struct nft *b, struct nft_expr e)
{
	mnl_attr_nest_end(b->h, e.data);
	mnl_attr_nest_end(b->h, e.elem);
}

void
nft_put_be32(struct nft *b, uint16_t type, uint32_t v)
{
	mnl_attr_put_u32(b->h, type, htonl(v));
}

static void
put_value(struct nft *b, uint16_t type, const void *p, size_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(b->h, type);

	mnl_attr_put(b->h, NFTA_DATA_VALUE, n, p);
	mnl_attr_nest_end(b->h, nest);
}

static void
load_meta(struct nft *b, uint32_t key)
{
	struct nft_expr e = nft_expr(b, "meta");

	nft_put_be32(b, NFTA_META_DREG, NFT_REG_1);
	nft_put_be32(b, NFTA_META_KEY, key);
	nft_expr_end(b, e);
}

void
nft_load(struct nft *b, enum nft_base base, uint32_t off, size_t n)
{
	struct nft_expr e = nft_expr(b, "payload");

	nft_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
	nft_put_be32(b, NFTA_PAYLOAD_BASE, base);
	nft_put_be32(b, NFTA_PAYLOAD_OFFSET, off);
	nft_put_be32(b, NFTA_PAYLOAD_LEN, (uint32_t)n);
	nft_expr_end(b, e);
}

void
nft_compare(struct nft *b, uint32_t op, const void *p, size_t n)
{
	struct nft_expr e = nft_expr(b, "cmp");

	nft_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	nft_put_be32(b, NFTA_CMP_OP, op);
	put_value(b, NFTA_CMP_DATA, p, n);
	nft_expr_end(b, e);
}

void
nft_mask(struct nft *b, const void *mask, const void * xor, size_t n)
{
	struct nft_expr e = nft_expr(b, "bitwise");

	nft_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
	nft_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
	nft_put_be32(b, NFTA_BITWISE_LEN, (uint32_t)n);
	put_value(b, NFTA_BITWISE_MASK, mask, n);
	put_value(b, NFTA_BITWISE_XOR, xor, n);
	nft_expr_end(b, e);
}

void
nft_family(struct nft *b, uint8_t fam)
{
	uint8_t proto = fam == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	load_meta(b, NFT_META_NFPROTO);
	nft_compare(b, NFT_CMP_EQ, &proto, 1);
}

void
nft_l4proto(struct nft *b, uint8_t proto)
{
	load_meta(b, NFT_META_L4PROTO);
	nft_compare(b, NFT_CMP_EQ, &proto, 1);
}

void
nft_l4proto_not(struct nft *b, uint8_t proto)
{
	load_meta(b, NFT_META_L4PROTO);
	nft_compare(b, NFT_CMP_NEQ, &proto, 1);
}

void
nft_upper(struct nft *b, size_t n)
{
	/* a load that fails ends the rule */
	nft_load(b, NFT_BASE_UPPER, 0, n);
}

void
nft_mark(struct nft *b, uint32_t mask, uint32_t value)
{
	static const uint32_t zero;

	load_meta(b, NFT_META_MARK);
	nft_mask(b, &mask, &zero, sizeof(mask));
	nft_compare(b, NFT_CMP_EQ, &value, sizeof(value));
}

static void
device(struct nft *b, uint32_t key, const char *name, bool equal)
{
	char full[16] = "";

	memcpy(full, name, strnlen(name, sizeof(full) - 1));
	load_meta(b, key);
	nft_compare(b, equal ? NFT_CMP_EQ : NFT_CMP_NEQ, full, sizeof(full));
}

void
nft_iif(struct nft *b, const char *name, bool equal)
{
	device(b, NFT_META_IIFNAME, name, equal);
}

void
nft_oif(struct nft *b, const char *name, bool equal)
{
	device(b, NFT_META_OIFNAME, name, equal);
}

void
nft_field(struct nft *b, enum nft_base base, uint32_t off, const uint8_t *value,
    size_t n)
{
	nft_load(b, base, off, n);
	nft_compare(b, NFT_CMP_EQ, value, n);
}

void
nft_field_not(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *value, size_t n)
{
	nft_load(b, base, off, n);
	nft_compare(b, NFT_CMP_NEQ, value, n);
}

void
nft_prefix(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *value, size_t n, unsigned bits)
{
	static const uint8_t none[16];
	uint8_t mask[16] = { 0 }, want[16] = { 0 };

	if (bits == 0)
		return;
	for (unsigned i = 0; i < n; i++) {
		unsigned left = bits > i * 8 ? bits - i * 8 : 0;

		mask[i] = left >= 8 ? 0xff : (uint8_t)(0xff00u >> left);
		want[i] = value[i] & mask[i];
	}
	nft_load(b, base, off, n);
	if (bits < n * 8)
		nft_mask(b, mask, none, n);
	nft_compare(b, NFT_CMP_EQ, want, n);
}

void
nft_range(struct nft *b, enum nft_base base, uint32_t off, const uint8_t *min,
    const uint8_t *max, size_t n)
{
	struct nft_expr e;

	nft_load(b, base, off, n);
	e = nft_expr(b, "range");
	nft_put_be32(b, NFTA_RANGE_SREG, NFT_REG_1);
	nft_put_be32(b, NFTA_RANGE_OP, NFT_RANGE_EQ);
	put_value(b, NFTA_RANGE_FROM_DATA, min, n);
	put_value(b, NFTA_RANGE_TO_DATA, max, n);
	nft_expr_end(b, e);
}

/* flags: NFT_EXTHDR_F_PRESENT loads 1 or 0 instead of the bytes. */
static void
load_ext(struct nft *b, uint32_t op, uint8_t type, uint32_t off, uint32_t n,
    uint32_t flags)
{
	struct nft_expr e = nft_expr(b, "exthdr");

	nft_put_be32(b, NFTA_EXTHDR_DREG, NFT_REG_1);
	mnl_attr_put_u8(b->h, NFTA_EXTHDR_TYPE, type);
	nft_put_be32(b, NFTA_EXTHDR_OFFSET, off);
	nft_put_be32(b, NFTA_EXTHDR_LEN, n);
	nft_put_be32(b, NFTA_EXTHDR_OP, op);
	if (flags != 0)
		nft_put_be32(b, NFTA_EXTHDR_FLAGS, flags);
	nft_expr_end(b, e);
}

static const uint8_t zero[2], yes = 1;

void
nft_later_fragment(struct nft *b, uint8_t fam)
{
	/* RFC 791 3.1: 13 bits behind three flags; RFC 8200 4.5: before three */
	static const uint8_t v4[2] = { 0x1f, 0xff }, v6[2] = { 0xff, 0xf8 };

	if (fam == 4)
		nft_load(b, NFT_BASE_IP, 6, 2);
	else
		load_ext(b, NFT_EXTHDR_OP_IPV6, IPPROTO_FRAGMENT, 2, 2, 0);
	nft_mask(b, fam == 4 ? v4 : v6, zero, 2);
	nft_compare(b, NFT_CMP_NEQ, zero, 2);
}

void
nft_fragment(struct nft *b)
{
	load_ext(b, NFT_EXTHDR_OP_IPV6, IPPROTO_FRAGMENT, 0, 1,
	    NFT_EXTHDR_F_PRESENT);
	nft_compare(b, NFT_CMP_EQ, &yes, 1);
}

void
nft_fragment_of(struct nft *b, uint8_t proto)
{
	load_ext(b, NFT_EXTHDR_OP_IPV6, IPPROTO_FRAGMENT, 0, 1, 0);
	nft_compare(b, NFT_CMP_EQ, &proto, 1);
}

void
nft_routed(struct nft *b)
{
	load_ext(b, NFT_EXTHDR_OP_IPV6, IPPROTO_ROUTING, 3, 1, 0);
	nft_compare(b, NFT_CMP_NEQ, zero, 1);
}

void
nft_option(struct nft *b, uint8_t type)
{
	load_ext(b, NFT_EXTHDR_OP_IPV4, type, 0, 1, NFT_EXTHDR_F_PRESENT);
	nft_compare(b, NFT_CMP_EQ, &yes, 1);
}

void
nft_daddr_type(struct nft *b, uint32_t type)
{
	struct nft_expr e = nft_expr(b, "fib");

	nft_put_be32(b, NFTA_FIB_DREG, NFT_REG_1);
	nft_put_be32(b, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nft_put_be32(b, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nft_expr_end(b, e);
	nft_compare(b, NFT_CMP_EQ, &type, sizeof(type));
}

void
nft_user(struct nft *b, uint32_t uid)
{
	load_meta(b, NFT_META_SKUID);
	nft_compare(b, NFT_CMP_EQ, &uid, sizeof(uid));
}

void
nft_count(struct nft *b, const char *name)
{
	struct nft_expr e = nft_expr(b, "objref");

	nft_put_be32(b, NFTA_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
	mnl_attr_put_strz(b->h, NFTA_OBJREF_IMM_NAME, name);
	nft_expr_end(b, e);
}

void
nft_destination(struct nft *b, uint32_t type)
{
	struct nft_expr e = nft_expr(b, "fib");

	nft_put_be32(b, NFTA_FIB_DREG, NFT_REG_1);
	nft_put_be32(b, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nft_put_be32(b, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR | NFTA_FIB_F_IIF);
	nft_expr_end(b, e);
	nft_compare(b, NFT_CMP_EQ, &type, sizeof(type));
}

static void
store_field(struct nft *b, uint32_t off, size_t n, bool csum)
{
	struct nft_expr e = nft_expr(b, "payload");

	nft_put_be32(b, NFTA_PAYLOAD_SREG, NFT_REG_1);
	nft_put_be32(b, NFTA_PAYLOAD_BASE, NFT_BASE_IP);
	nft_put_be32(b, NFTA_PAYLOAD_OFFSET, off);
	nft_put_be32(b, NFTA_PAYLOAD_LEN, (uint32_t)n);
	nft_put_be32(b, NFTA_PAYLOAD_CSUM_TYPE,
	    csum ? NFT_PAYLOAD_CSUM_INET : NFT_PAYLOAD_CSUM_NONE);
	nft_put_be32(
	    b, NFTA_PAYLOAD_CSUM_OFFSET, csum ? 10 : 0); /* RFC 791 3.1 */
	nft_expr_end(b, e);
}

void
nft_patch(struct nft *b, uint8_t fam, uint32_t off, uint8_t value)
{
	/* a checksum changes by whole words */
	const uint8_t keep[2] = { 0xff, 0 }, set[2] = { 0, value };
	struct nft_expr e;

	if (fam == 4) {
		nft_load(b, NFT_BASE_IP, off - 1, 2);
		nft_mask(b, keep, set, 2);
		store_field(b, off - 1, 2, true);
		return;
	}
	e = nft_expr(b, "immediate");
	nft_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	put_value(b, NFTA_IMMEDIATE_DATA, &value, 1);
	nft_expr_end(b, e);
	store_field(b, off, 1, false);
}

void
nft_mark_set(struct nft *b, uint32_t mask, uint32_t value)
{
	uint32_t keep = ~mask;
	struct nft_expr e;

	load_meta(b, NFT_META_MARK);
	nft_mask(b, &keep, &value, sizeof(keep));
	e = nft_expr(b, "meta");
	nft_put_be32(b, NFTA_META_SREG, NFT_REG_1);
	nft_put_be32(b, NFTA_META_KEY, NFT_META_MARK);
	nft_expr_end(b, e);
}

static void
verdict(struct nft *b, uint32_t code, const char *chain)
{
	struct nft_expr e = nft_expr(b, "immediate");
	struct nlattr *data, *v;

	nft_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(b->h, NFTA_IMMEDIATE_DATA);
	v = mnl_attr_nest_start(b->h, NFTA_DATA_VERDICT);
	nft_put_be32(b, NFTA_VERDICT_CODE, code);
	if (chain != NULL)
		mnl_attr_put_strz(b->h, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(b->h, v);
	mnl_attr_nest_end(b->h, data);
	nft_expr_end(b, e);
}

void
nft_accept(struct nft *b)
{
	verdict(b, NF_ACCEPT, NULL);
}

void
nft_drop(struct nft *b)
{
	verdict(b, NF_DROP, NULL);
}

void
nft_queue(struct nft *b, uint16_t queue, bool xt)
{
	/* struct xt_NFQ_info, revision 0, aligned as x_tables wants it */
	uint16_t info[4] = { queue };
	struct nft_expr e;

	if (!xt) {
		e = nft_expr(b, "queue");
		mnl_attr_put_u16(b->h, NFTA_QUEUE_NUM, htons(queue));
		mnl_attr_put_u16(b->h, NFTA_QUEUE_TOTAL, htons(1));
	} else {
		e = nft_expr(b, "target");
		mnl_attr_put_strz(b->h, NFTA_TARGET_NAME, "NFQUEUE");
		nft_put_be32(b, NFTA_TARGET_REV, 0);
		mnl_attr_put(b->h, NFTA_TARGET_INFO, sizeof(info), info);
	}
	nft_expr_end(b, e);
}

void
nft_goto(struct nft *b, const char *chain)
{
	verdict(b, (uint32_t)NFT_GOTO, chain);
}

void
nft_jump(struct nft *b, const char *chain)
{
	verdict(b, (uint32_t)NFT_JUMP, chain);
}

void
nft_return(struct nft *b)
{
	verdict(b, (uint32_t)NFT_RETURN, NULL);
}
