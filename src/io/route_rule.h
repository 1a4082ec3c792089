/* SPDX-License-Identifier: BSD-2-Clause */
/* route_rule - the kernel's routing rules (ip-rule(8)). */
#ifndef IO_ROUTE_RULE_H
#define IO_ROUTE_RULE_H

#include "io/netaddr.h"
#include "io/netlink.h"

enum route_rule_do { ROUTE_RULE_TABLE, ROUTE_RULE_GOTO, ROUTE_RULE_NOP };

/* All of it names it. */
struct route_rule {
	uint8_t fam;
	uint32_t pref;
	uint8_t proto; /* whose it is */
	uint8_t what;  /* enum route_rule_do */
	uint32_t table, target;
	uint32_t mark, mask; /* mask 0: any mark */
	struct netaddr src, dst;
	uint8_t src_len, dst_len; /* with src.fam 0: any */
	/* IPv6: a flow without a source gets one, and that one is compared */
	bool find_saddr;
	bool local_only; /* "iif lo": not for forwarded packets */
	uint8_t ipproto; /* 0: any */
	/* min 0: any; max is 65534 at most */
	uint16_t sport_min, sport_max, dport_min, dport_max;
};
MUST_USE bool route_rule_equal(
    const struct route_rule *a, const struct route_rule *b);
/* EEXIST counts as done. 0 or errno. */
int route_rule_add(struct netlink *n, const struct route_rule *r);
/* ENOENT counts as done. */
int route_rule_delete(struct netlink *n, const struct route_rule *r);
/* Every rule of that protocol number. */
int route_rule_each(struct netlink *n, uint8_t fam, uint8_t proto,
    bool (*f)(void *ctx, const struct route_rule *r), void *ctx);

#endif /* IO_ROUTE_RULE_H */
