/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nfqueue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	HOOK_OUTPUT = NF_INET_LOCAL_OUT,
	HOOK_POST = NF_INET_POST_ROUTING,
	HEAD = 512,	   /* of a message, beside the packet */
	ROOM = 4194304,	   /* bytes that may wait in the socket */
	PACKET_MAX = 65535 /* the kernel cuts what is longer */
};

static struct nlmsghdr *
start(uint8_t *buf, uint16_t type, uint16_t queue, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(queue);
	return h;
}

/* The kernel answers before send() returns. 0 or errno. */
static int
ask(int fd, const struct nlmsghdr *h)
{
	uint8_t buf[1024];
	const struct nlmsghdr *a = (const void *)buf;
	const struct nlmsgerr *e;
	ssize_t n;

	if (send(fd, h, h->nlmsg_len, 0) < 0)
		return errno;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		return errno;
	if (!mnl_nlmsg_ok(a, (int)n) || a->nlmsg_type != NLMSG_ERROR ||
	    (size_t)n < NLMSG_HDRLEN + sizeof(e->error))
		return EPROTO;
	e = mnl_nlmsg_get_payload(a);
	return -e->error;
}

static int
bind_queue(int fd, uint16_t queue)
{
	uint8_t buf[256];
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params mode = { .copy_mode =
						    NFQNL_COPY_PACKET };
	struct nlmsghdr *h;
	int err;

	memset(buf, 0, sizeof(buf));
	h = start(buf, NFQNL_MSG_CONFIG, queue, NLM_F_ACK);
	mnl_attr_put(h, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	if ((err = ask(fd, h)) != 0)
		return err;
	memset(buf, 0, sizeof(buf));
	h = start(buf, NFQNL_MSG_CONFIG, queue, NLM_F_ACK);
	mode.copy_range = htonl(PACKET_MAX);
	mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof(mode), &mode);
	return ask(fd, h);
}

int
nfqueue_open(uint16_t queue)
{
	struct sockaddr_nl me = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_NETFILTER);
	int room = ROOM, err;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	err = bind(fd, (struct sockaddr *)&me, sizeof(me)) != 0
		  ? errno
		  : bind_queue(fd, queue);
	if (err == 0)
		return fd;
	(void)close(fd);
	errno = err;
	return -1;
}

/* Attributes of one packet. */
struct parts {
	const struct nfqnl_msg_packet_hdr *head;
	uint32_t in, out;
	const void *pkt;
	size_t n;
};

static int
see(const struct nlattr *a, void *ctx)
{
	struct parts *p = ctx;
	size_t n = mnl_attr_get_payload_len(a);

	switch (mnl_attr_get_type(a)) {
	case NFQA_PACKET_HDR:
		if (n >= sizeof(*p->head))
			p->head = mnl_attr_get_payload(a);
		break;
	case NFQA_IFINDEX_INDEV:
		if (n == sizeof(uint32_t))
			p->in = ntohl(mnl_attr_get_u32(a));
		break;
	case NFQA_IFINDEX_OUTDEV:
		if (n == sizeof(uint32_t))
			p->out = ntohl(mnl_attr_get_u32(a));
		break;
	case NFQA_PAYLOAD:
		p->pkt = mnl_attr_get_payload(a);
		p->n = n;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

ssize_t
nfqueue_recv(
    int fd, uint16_t queue, struct nfqueue_packet *q, void *buf, size_t cap)
{
	static uint8_t msg[PACKET_MAX + HEAD];
	const struct nlmsghdr *h = (const void *)msg;
	struct parts p = { 0 };
	struct sockaddr_nl from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, msg, sizeof(msg), MSG_TRUNC | MSG_DONTWAIT,
	    (struct sockaddr *)&from, &len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	/* from nobody but the kernel; an answer to a verdict tells nothing */
	if (from.nl_pid != 0 || (size_t)n > sizeof(msg) ||
	    !mnl_nlmsg_ok(h, (int)n) ||
	    h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
	    mnl_attr_parse(h, sizeof(struct nfgenmsg), see, &p) < 0 ||
	    p.head == NULL) {
		errno = EBADMSG;
		return -1;
	}
	q->id = ntohl(p.head->packet_id);
	q->outbound = p.head->hook == HOOK_OUTPUT || p.head->hook == HOOK_POST;
	q->index = q->outbound ? p.out : p.in;
	if (p.n == 0 || p.n > cap) {
		nfqueue_drop(fd, queue, q->id);
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(buf, p.pkt, p.n);
	return (ssize_t)p.n;
}

static struct nlmsghdr *
verdict(uint8_t *buf, uint16_t queue, uint32_t id, uint32_t what)
{
	struct nlmsghdr *h = start(buf, NFQNL_MSG_VERDICT, queue, 0);
	struct nfqnl_msg_verdict_hdr v = { htonl(what), htonl(id) };

	mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(v), &v);
	return h;
}

void
nfqueue_drop(int fd, uint16_t queue, uint32_t id)
{
	uint8_t buf[128] = { 0 };
	struct nlmsghdr *h = verdict(buf, queue, id, NF_DROP);

	(void)send(fd, h, h->nlmsg_len, 0);
}

void
nfqueue_pass(int fd, uint16_t queue, uint32_t id, const void *pkt, size_t n)
{
	static uint8_t buf[PACKET_MAX + HEAD];
	struct nlmsghdr *h;

	if (n > PACKET_MAX) {
		nfqueue_drop(fd, queue, id);
		return;
	}
	memset(buf, 0, 128);
	h = verdict(buf, queue, id, NF_ACCEPT);
	mnl_attr_put(h, NFQA_PAYLOAD, n, pkt);
	(void)send(fd, h, h->nlmsg_len, 0);
}
