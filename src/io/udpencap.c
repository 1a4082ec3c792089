/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpencap.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/wr.h"

#include "io/udpplace.h"
#include "io/udpshare.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* linux/udp.h, which quarrels with netinet/udp.h */
#define UDP_GRO	    104
#endif

#define BUFFER (4 << 20) /* bytes that may wait in the socket */

/* A busy host loses fewer with more room; not having it is no error. */
static void
widen(int fd)
{
	static const int names[2][2] = { { SO_RCVBUFFORCE, SO_RCVBUF },
		{ SO_SNDBUFFORCE, SO_SNDBUF } };
	int n = BUFFER;

	for (int i = 0; i < 2; i++)
		if (setsockopt(fd, SOL_SOCKET, names[i][0], &n, sizeof(n)) != 0)
			(void)setsockopt(
			    fd, SOL_SOCKET, names[i][1], &n, sizeof(n));
}

/* -1: errno. */
static int
open_at(uint16_t port, uint32_t mark, uint32_t at)
{
	const struct {
		int level, name, value;
	} on[] = {
		{ SOL_SOCKET, SO_REUSEPORT, 1 },
		{ SOL_SOCKET, SO_MARK, (int)mark },
		/* 127.0.0.0/8 is not there before lo is up */
		{ IPPROTO_IP, IP_FREEBIND, 1 },
		{ IPPROTO_IP, IP_PKTINFO, 1 },
		{ IPPROTO_IP, IP_RECVTTL, 1 },
		{ IPPROTO_IP, IP_RECVTOS, 1 },
		{ IPPROTO_IP, IP_RECVERR, at == INADDR_ANY },
		/* sizes are this process's business: io/rawip.c */
		{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE },
	};
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(at) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0;
	int err;

	for (size_t i = 0; ok && i < sizeof(on) / sizeof(on[0]); i++)
		ok = setsockopt(fd, on[i].level, on[i].name, &on[i].value,
			 sizeof(on[i].value)) == 0;
	if (ok)
		widen(fd);
	if (ok && bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
		return fd;
	err = errno;
	if (fd >= 0)
		(void)close(fd);
	errno = err;
	return -1;
}

int
udpencap_open(uint16_t port, uint32_t mark)
{
	/* an IKE daemon may be there before: ipsecd was started anew */
	uint32_t mine = udpplace_next(4, port);
	int fd = open_at(port, mark, INADDR_ANY), err;

	if (fd < 0 || udpshare_attach(fd, mine == 0, mine))
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

int
udpencap_open_out(uint16_t port, uint32_t mark, unsigned i)
{
	const uint32_t first = UINT32_C(0x7f455350) + 1; /* 127.69.83.81 */

	return open_at(port, mark, first + i);
}

bool
udpencap_join(int fd, bool on)
{
	int v = on;

	return setsockopt(fd, IPPROTO_UDP, UDP_GRO, &v, sizeof(v)) == 0 && on;
}

static void
take_beside(struct udpencap_run *r, const struct cmsghdr *c)
{
	struct in_pktinfo info;
	int v;

	if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO &&
	    c->cmsg_len >= CMSG_LEN(sizeof(v))) {
		memcpy(&v, CMSG_DATA(c), sizeof(v));
		if (v > 0)
			r->each = (size_t)v;
	}
	if (c->cmsg_level != IPPROTO_IP)
		return;
	if (c->cmsg_type == IP_PKTINFO &&
	    c->cmsg_len >= CMSG_LEN(sizeof(info))) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		r->dst = netaddr_from(AF_INET, &info.ipi_addr);
	}
	if (c->cmsg_type == IP_TTL && c->cmsg_len >= CMSG_LEN(sizeof(v))) {
		memcpy(&v, CMSG_DATA(c), sizeof(v));
		r->ttl = (uint8_t)v;
	}
	if (c->cmsg_type == IP_TOS && c->cmsg_len >= CMSG_LEN(1))
		r->tos = *CMSG_DATA(c);
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
write_headers(uint8_t *p, const struct udpencap_run *r, uint16_t port, size_t n)
{
	struct wr w = wr_into(p, UDPENCAP_HEAD);
	uint16_t sum;

	wr_u8(&w, 0x45);
	wr_u8(&w, r->tos);
	wr_be16(&w, (uint16_t)(UDPENCAP_HEAD + n));
	wr_be16(&w, 0);
	/* DF: nobody splits it any more, so that its number means nothing */
	wr_be16(&w, 0x4000);
	wr_u8(&w, r->ttl);
	wr_u8(&w, IPPROTO_UDP);
	wr_be16(&w, 0);
	wr_bytes(&w, r->src.b, 4);
	wr_bytes(&w, r->dst.b, 4);
	sum = checksum(p);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	wr_be16(&w, r->sport);
	wr_be16(&w, port);
	wr_be16(&w, (uint16_t)(UDPENCAP_HEAD - 20 + n));
	wr_be16(&w, 0); /* the kernel has checked the sum; zero: none given */
}

uint8_t *
udpencap_packet(
    const struct udpencap_run *r, uint16_t port, size_t i, size_t *n)
{
	size_t at = i * r->each, left;
	uint8_t *p;

	if (at >= r->n && i != 0)
		return NULL;
	left = r->n - at;
	*n = (left < r->each ? left : r->each) + UDPENCAP_HEAD;
	p = r->p + at - UDPENCAP_HEAD;
	write_headers(p, r, port, *n - UDPENCAP_HEAD);
	return p;
}

/* A piece: room for the greatest, and for headers before it. */
struct place {
	alignas(struct cmsghdr) uint8_t control[256];
	struct sockaddr_in from;
	struct iovec io;
	uint8_t room[UDPENCAP_HEAD + 65536 + 100];
};

struct udpencap_batch {
	struct mmsghdr m[UDPENCAP_BATCH];
	struct place place[UDPENCAP_BATCH];
};

struct udpencap_batch *
udpencap_batch_new(void)
{
	return calloc(1, sizeof(struct udpencap_batch));
}

void
udpencap_batch_free(struct udpencap_batch *b)
{
	free(b);
}

int
udpencap_batch_recv(struct udpencap_batch *b, int fd, unsigned n)
{
	ssize_t got;
	int k;

	for (unsigned i = 0; i < n; i++) {
		struct place *p = &b->place[i];

		p->io = (struct iovec){ p->room + UDPENCAP_HEAD, 65536 };
		b->m[i].msg_hdr = (struct msghdr){ .msg_name = &p->from,
			.msg_namelen = sizeof(p->from),
			.msg_iov = &p->io,
			.msg_iovlen = 1,
			.msg_control = p->control,
			.msg_controllen = sizeof(p->control) };
	}
	if (n == 1) {
		got = recvmsg(fd, &b->m[0].msg_hdr, 0);
		b->m[0].msg_len = (unsigned)got;
		k = got < 0 ? -1 : 1;
	} else {
		k = recvmmsg(fd, b->m, n, 0, NULL);
	}
	return k < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : k;
}

bool
udpencap_batch_at(struct udpencap_batch *b, unsigned i, struct udpencap_run *r)
{
	struct place *p = &b->place[i];
	struct msghdr *m = &b->m[i].msg_hdr;

	*r = (struct udpencap_run){ .p = p->room + UDPENCAP_HEAD,
		.n = b->m[i].msg_len,
		.each = b->m[i].msg_len,
		.src = netaddr_from(AF_INET, &p->from.sin_addr),
		.sport = ntohs(p->from.sin_port) };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c))
		take_beside(r, c);
	if (r->each > r->n)
		r->each = r->n;
	if ((m->msg_flags & MSG_TRUNC) == 0 &&
	    r->each + UDPENCAP_HEAD <= UINT16_MAX)
		return true;
	errno = EMSGSIZE;
	return false;
}

static void
say_beside(struct msghdr *m, int level, int type, const void *p, size_t n)
{
	struct cmsghdr *c =
	    (struct cmsghdr *)(void *)((uint8_t *)m->msg_control +
				       m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), p, n);
	m->msg_controllen += CMSG_SPACE(n);
}

int
udpencap_send(int fd, bool *df, const struct udpencap_way *way, const void *p,
    size_t n, size_t each)
{
	union {
		struct cmsghdr h;
		uint8_t b[160];
	} control = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(way->dport) };
	struct iovec io = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control };
	struct in_pktinfo info = { 0 };
	uint16_t cut = (uint16_t)each;
	int v = way->df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_INTERFACE;

	/* no message can say it */
	if (way->df != *df) {
		if (setsockopt(
			fd, IPPROTO_IP, IP_MTU_DISCOVER, &v, sizeof(v)) != 0)
			return errno;
		*df = way->df;
	}
	memcpy(&to.sin_addr, way->dst.b, 4);
	memcpy(&info.ipi_spec_dst, way->src.b, 4);
	say_beside(&m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	v = way->tos;
	say_beside(&m, IPPROTO_IP, IP_TOS, &v, sizeof(v));
	v = way->ttl;
	say_beside(&m, IPPROTO_IP, IP_TTL, &v, sizeof(v));
	if (n > each)
		say_beside(&m, IPPROTO_UDP, UDP_SEGMENT, &cut, sizeof(cut));
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}
