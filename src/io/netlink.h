/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netlink - questions to the kernel and their answers, in step (libmnl). The
 * kernel answers at once, so waiting is short.
 */
#ifndef IO_NETLINK_H
#define IO_NETLINK_H

#include <libmnl/libmnl.h>

#include "base/rd.h"

struct netlink {
	struct mnl_socket *s; /* NULL: not open */
	uint32_t seq;
	unsigned port;
};

/* bus: NETLINK_ROUTE, ...; groups: of notifications, 0 for none. */
MUST_USE bool netlink_open(struct netlink *n, int bus, unsigned groups);
void netlink_close(struct netlink *n);
int netlink_fd(const struct netlink *n);

/* One object of an answer. Returns false to hear no more. */
typedef bool netlink_each(void *ctx, const struct nlmsghdr *h);

/*
 * Send h, whose flags and sequence number are completed here, and wait for the
 * acknowledgement. f (may be NULL) is called for each object that comes with it:
 * all of a dump with NLM_F_DUMP in its flags. 0 or errno.
 */
int netlink_ask(
    struct netlink *n, struct nlmsghdr *h, netlink_each *f, void *ctx);

/*
 * Read what has come on a socket with groups; never waits. False: some were
 * lost (ENOBUFS), everything is to be asked again.
 */
MUST_USE bool netlink_hear(struct netlink *n, netlink_each *f, void *ctx);

/* The attributes behind a message's header of off bytes; those nested in one. */
#define netlink_attrs(a, h, off)                                               \
	for (a = mnl_nlmsg_get_payload_offset(h, off); mnl_attr_ok(            \
		 a, (int)((char *)mnl_nlmsg_get_payload_tail(h) - (char *)a)); \
	     a = mnl_attr_next(a))
#define netlink_nested(a, nest)                                         \
	for (a = mnl_attr_get_payload(nest); mnl_attr_ok(               \
		 a, (int)((char *)mnl_attr_get_payload(nest) +          \
			  mnl_attr_get_payload_len(nest) - (char *)a)); \
	     a = mnl_attr_next(a))

#endif /* IO_NETLINK_H */
