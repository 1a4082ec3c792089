/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpencap.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/wr.h"

#include "io/netaddr.h"

#define HEADERS 28 /* IPv4 without options, UDP */

/*
 * RFC 3948 2.2: which socket of the group. The program sees the UDP payload.
 * Return 1 when its first word is zero, else 0; also for what is too short,
 * since a load out of bounds ends the program with 0.
 */
static bool
attach_selector(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]),
		.filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
		   sizeof(prog)) == 0;
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
	int one = 1, err;
	bool ok = fd >= 0;

	for (size_t i = 0; ok && i < sizeof(on) / sizeof(on[0]); i++)
		ok = setsockopt(
			 fd, on[i].level, on[i].name, &one, sizeof(one)) == 0;
	ok = ok && bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	     attach_selector(fd);
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
