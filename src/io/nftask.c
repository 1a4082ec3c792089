/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nftask.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "io/nft.h"

bool
nftask_can_queue(struct netlink *n, const char *table, bool xt)
{
	struct nft *b = nft_begin(table);

	if (b == NULL)
		return false;
	nft_table_put(b, false);
	nft_chain_put(b, "probe", "filter", NFT_HOOK_INPUT, 0);
	nft_rule_begin(b, "probe");
	nft_iif(b, "-", true);
	nft_queue(b, 1, xt);
	nft_rule_end(b);
	nft_table_delete(b);
	return nft_commit(b, n) == 0;
}

int
nftask_table(struct netlink *n, const char *table)
{
	uint8_t buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, table);
	return netlink_ask(n, h, NULL, NULL);
}

struct each {
	bool (*f)(
	    void *ctx, const char *name, uint64_t packets, uint64_t bytes);
	void *ctx;
};

static uint64_t
be64(const struct nlattr *a)
{
	struct rd r =
	    rd_from(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));

	return rd_be64(&r);
}

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct each *e = ctx;
	const char *name = NULL;
	uint64_t packets = 0, bytes = 0;
	struct nlattr *a, *in;

	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ))
		return true;
	netlink_attrs (a, h, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) == NFTA_OBJ_NAME)
			name = mnl_attr_get_str(a);
		if (mnl_attr_get_type(a) != NFTA_OBJ_DATA)
			continue;
		netlink_nested (in, a) {
			if (mnl_attr_get_type(in) == NFTA_COUNTER_PACKETS)
				packets = be64(in);
			if (mnl_attr_get_type(in) == NFTA_COUNTER_BYTES)
				bytes = be64(in);
		}
	}
	return name == NULL || e->f(e->ctx, name, packets, bytes);
}

int
nftask_counters(struct netlink *n, const char *table,
    bool (*f)(void *ctx, const char *name, uint64_t packets, uint64_t bytes),
    void *ctx)
{
	uint8_t buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;
	struct each e = { .f = f, .ctx = ctx };

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ;
	h->nlmsg_flags = NLM_F_DUMP;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(h, NFTA_OBJ_TABLE, table);
	mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return netlink_ask(n, h, see, &e);
}
