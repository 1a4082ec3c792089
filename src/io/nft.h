/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nft - changes to one nf_tables table of family inet, in one transaction: all
 * of it happens or nothing, and no packet sees a part. Spoken directly over
 * netlink: libnftables would bring a parser, name lookups and its licence into
 * the daemon. What is written here is what nft(8) shows.
 */
#ifndef IO_NFT_H
#define IO_NFT_H

#include "io/netlink.h"

struct nft;

/* A transaction on this table; both strings are borrowed until the end. NULL:
   no memory. Failures on the way are told by nft_commit(). */
struct nft *nft_begin(const char *table);
/* Send it. 0 or errno; frees b. n is a NETLINK_NETFILTER socket. */
int nft_commit(struct nft *b, struct netlink *n);

/*
 * own: as long as this process has its socket open nobody else can change the
 * table, `nft flush ruleset` included; and it stays when the process ends, for
 * the next to adopt. Needs Linux 6.9; nft_commit() says EOPNOTSUPP where that
 * is not to be had, or where the table is there and is not like this.
 */
void nft_table_put(struct nft *b, bool own);
void nft_table_delete(struct nft *b);
/* Also when it is not there; Linux 6.3. */
void nft_table_destroy(struct nft *b);

enum nft_hook {
	NFT_HOOK_PRE = 0,
	NFT_HOOK_INPUT = 1,
	NFT_HOOK_FORWARD = 2,
	NFT_HOOK_OUTPUT = 3,
	NFT_HOOK_POST = 4
};
/* type: "filter" or "route". */
void nft_chain_put(struct nft *b, const char *chain, const char *type,
    enum nft_hook hook, int priority);
/* One that packets only come to from another. */
void nft_chain_put_inner(struct nft *b, const char *chain);
/* Take out all its rules. */
void nft_chain_flush(struct nft *b, const char *chain);
/* Harmless when it is there. */
void nft_counter_put(struct nft *b, const char *name);
void nft_counter_delete(struct nft *b, const char *name);

/* A rule at the end of a chain: begin, matches and actions, end. */
void nft_rule_begin(struct nft *b, const char *chain);
void nft_rule_end(struct nft *b);

void nft_family(struct nft *b, uint8_t fam); /* 4 or 6 */
void nft_l4proto(struct nft *b, uint8_t proto);
/* Another one, which is known: a chain that cannot be followed has none. */
void nft_l4proto_not(struct nft *b, uint8_t proto);
/* The upper layer's header can be found, and n bytes of it are there. */
void nft_upper(struct nft *b, size_t n);
/* (mark & mask) == value */
void nft_mark(struct nft *b, uint32_t mask, uint32_t value);
void nft_iif(struct nft *b, const char *name, bool equal);
void nft_oif(struct nft *b, const char *name, bool equal);
enum nft_base { NFT_BASE_IP = 1, NFT_BASE_UPPER = 2 };
/* n bytes at an offset of the IP header, or of what follows the headers. */
void nft_field(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *value, size_t n);
void nft_field_not(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *value, size_t n);
/* ... the first bits of them. */
void nft_prefix(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *value, size_t n, unsigned bits);
void nft_range(struct nft *b, enum nft_base base, uint32_t off,
    const uint8_t *min, const uint8_t *max, size_t n);
/* A fragment that is not the first. */
void nft_later_fragment(struct nft *b, uint8_t fam);
/* An IPv6 packet with a fragment header. */
void nft_fragment(struct nft *b);
/* ... that says this protocol, as each of a datagram's fragments does. */
void nft_fragment_of(struct nft *b, uint8_t proto);
/* An IPv6 packet whose routing header names more stops (RFC 8200 4.4). */
void nft_routed(struct nft *b);
/* An IPv4 packet with this option; Linux 5.3. */
void nft_option(struct nft *b, uint8_t type);
/* What the routes say of the destination: RTN_MULTICAST, RTN_BROADCAST. */
void nft_daddr_type(struct nft *b, uint32_t type);
/* Of a socket that this user has opened; user 0 is that of the namespace. */
void nft_user(struct nft *b, uint32_t uid);

/*
 * What the destination is for the device that the packet came in by: a type of
 * routes, RTN_LOCAL, RTN_BROADCAST, ... (linux/rtnetlink.h).
 */
void nft_destination(struct nft *b, uint32_t type);
/*
 * The byte at an odd (IPv4) or any (IPv6) offset of the IP header becomes this
 * one; IPv4's checksum follows.
 */
void nft_patch(struct nft *b, uint8_t fam, uint32_t off, uint8_t value);

void nft_count(struct nft *b, const char *counter);
/* mark = (mark & ~mask) | value */
void nft_mark_set(struct nft *b, uint32_t mask, uint32_t value);
void nft_accept(struct nft *b);
void nft_drop(struct nft *b);
/* To who reads this queue (io/nfqueue.h). xt: in the words of x_tables, for a
   kernel that has no others. */
void nft_queue(struct nft *b, uint16_t queue, bool xt);
void nft_goto(struct nft *b, const char *chain);
void nft_jump(struct nft *b, const char *chain);
void nft_return(struct nft *b);

#endif /* IO_NFT_H */
