/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpencap.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/wr.h"

#include "io/netaddr.h"
#include "io/sockdiag.h"
#include "io/udpshare.h"

#define HEADERS 28 /* IPv4 without options, UDP */

struct group {
	uint16_t port;
	uint32_t n;
};

static bool
count_one(void *ctx, const struct sockdiag_socket *k)
{
	static const struct netaddr none;
	struct group *g = ctx;

	if (k->proto == IPPROTO_UDP && k->lport == g->port && !k->connected &&
	    k->local.fam == 4 && memcmp(k->local.b, none.b, 4) == 0)
		g->n++;
	return true;
}

/*
 * The number of this socket in its group, which the kernel counts from 0 in the
 * order of bind(): the others that are bound so already. 0 when that cannot be
 * known.
 */
static uint32_t
place_of(uint16_t port)
{
	struct sockdiag *s = sockdiag_open();
	struct group g = { .port = port };
	int err = s != NULL ? sockdiag_each(s, count_one, &g) : ENOMEM;

	sockdiag_close(s);
	return err == 0 ? g.n : 0;
}

int
udpencap_open(uint16_t port)
{
	static const struct {
		int level, name;
	} on[] = {
		{ SOL_SOCKET, SO_REUSEPORT },
		{ IPPROTO_IP, IP_PKTINFO },
		{ IPPROTO_IP, IP_RECVTTL },
		{ IPPROTO_IP, IP_RECVTOS },
		{ IPPROTO_IP, IP_RECVERR },
	};
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* an IKE daemon may be there before: ipsecd was started anew */
	uint32_t mine = place_of(port);
	int one = 1, err;
	bool ok = fd >= 0;

	for (size_t i = 0; ok && i < sizeof(on) / sizeof(on[0]); i++)
		ok = setsockopt(
			 fd, on[i].level, on[i].name, &one, sizeof(one)) == 0;
	ok = ok && bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	     udpshare_attach(fd, mine == 0, mine);
	if (ok)
		return fd;
	err = errno;
	if (fd >= 0)
		(void)close(fd);
	errno = err;
	return -1;
}

struct beside {
	uint8_t dst[4], tos, ttl;
};

static void
take_beside(struct beside *b, const struct cmsghdr *c)
{
	struct in_pktinfo info;
	int ttl;

	if (c->cmsg_level != IPPROTO_IP)
		return;
	if (c->cmsg_type == IP_PKTINFO &&
	    c->cmsg_len >= CMSG_LEN(sizeof(info))) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		memcpy(b->dst, &info.ipi_addr, 4);
	}
	if (c->cmsg_type == IP_TTL && c->cmsg_len >= CMSG_LEN(sizeof(ttl))) {
		memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		b->ttl = (uint8_t)ttl;
	}
	if (c->cmsg_type == IP_TOS && c->cmsg_len >= CMSG_LEN(1))
		b->tos = *CMSG_DATA(c);
}

/* RFC 1071 over the 20 bytes of a header. */
static uint16_t
checksum(const uint8_t *p)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
write_headers(uint8_t *p, const struct sockaddr_in *from,
    const struct beside *b, uint16_t port, size_t n)
{
	struct wr w = wr_into(p, HEADERS);
	uint16_t sum;

	wr_u8(&w, 0x45);
	wr_u8(&w, b->tos);
	wr_be16(&w, (uint16_t)(HEADERS + n));
	wr_be32(&w, 0);
	wr_u8(&w, b->ttl);
	wr_u8(&w, IPPROTO_UDP);
	wr_be16(&w, 0);
	wr_bytes(&w, &from->sin_addr, 4);
	wr_bytes(&w, b->dst, 4);
	sum = checksum(p);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	wr_be16(&w, ntohs(from->sin_port));
	wr_be16(&w, port);
	wr_be16(&w, (uint16_t)(HEADERS - 20 + n));
	wr_be16(&w, 0); /* the kernel has checked the sum; zero: none given */
}

ssize_t
udpencap_recv(int fd, uint16_t port, void *buf, size_t cap)
{
	union {
		struct cmsghdr h;
		uint8_t b[256];
	} control;
	struct sockaddr_in from;
	uint8_t *p = buf;
	struct iovec io = { .iov_base = p + HEADERS,
		.iov_len = cap < HEADERS ? 0 : cap - HEADERS };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct beside b = { 0 };
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (cap < HEADERS || m.msg_flags & MSG_TRUNC ||
	    n + HEADERS > UINT16_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
	     c = CMSG_NXTHDR(&m, c))
		take_beside(&b, c);
	write_headers(p, &from, &b, port, (size_t)n);
	return n + HEADERS;
}
