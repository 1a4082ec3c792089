/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

bool
netlink_open(struct netlink *n, int bus, unsigned groups)
{
	int on = 1;

	*n = (struct netlink){ .s = mnl_socket_open2(bus, SOCK_CLOEXEC) };
	if (n->s == NULL)
		return false;
	/* an error does not bring the question back with it */
	(void)mnl_socket_setsockopt(n->s, NETLINK_CAP_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(
	    n->s, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (mnl_socket_bind(n->s, groups, MNL_SOCKET_AUTOPID) != 0) {
		netlink_close(n);
		return false;
	}
	n->port = mnl_socket_get_portid(n->s);
	return true;
}

void
netlink_close(struct netlink *n)
{
	if (n->s != NULL)
		(void)mnl_socket_close(n->s);
	n->s = NULL;
}

int
netlink_fd(const struct netlink *n)
{
	return mnl_socket_get_fd(n->s);
}

struct each {
	netlink_each *f;
	void *ctx;
	bool enough;
};

static int
one(const struct nlmsghdr *h, void *ctx)
{
	struct each *e = ctx;

	if (e->f != NULL && !e->enough)
		e->enough = !e->f(e->ctx, h);
	return MNL_CB_OK;
}

int
netlink_ask(struct netlink *n, struct nlmsghdr *h, netlink_each *f, void *ctx)
{
	uint8_t buf[32768]; /* MNL_SOCKET_DUMP_SIZE */
	struct each e = { .f = f, .ctx = ctx };

	h->nlmsg_seq = ++n->seq;
	h->nlmsg_flags |= NLM_F_REQUEST;
	/* a dump ends with NLMSG_DONE; NLM_F_EXCL shares a bit with NLM_F_DUMP */
	if ((h->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		h->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(n->s, h, h->nlmsg_len) < 0)
		return errno;
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(n->s, buf, sizeof(buf));

		if (got < 0) {
			if (errno == EINTR)
				continue;
			return errno;
		}

		int more =
		    mnl_cb_run(buf, (size_t)got, n->seq, n->port, one, &e);

		if (more < 0)
			return errno;
		if (more == MNL_CB_STOP)
			return 0;
	}
}

bool
netlink_hear(struct netlink *n, netlink_each *f, void *ctx)
{
	uint8_t buf[32768];
	struct each e = { .f = f, .ctx = ctx };

	bool all = true;

	for (;;) {
		ssize_t got =
		    recv(netlink_fd(n), buf, sizeof(buf), MSG_DONTWAIT);

		if (got < 0 && errno == ENOBUFS) {
			/* what is left is older than what was lost */
			all = false;
			continue;
		}
		if (got < 0)
			return all;
		if (all)
			(void)mnl_cb_run(buf, (size_t)got, 0, 0, one, &e);
	}
}
