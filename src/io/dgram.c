/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/dgram.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/udpplace.h"
#include "io/udpshare.h"

#define BUFFER (1 << 20) /* bytes that may wait in the socket */

struct option {
	int level, name, value;
};

static bool
set_all(int fd, const struct option *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, o[i].level, o[i].name, &o[i].value,
			sizeof(o[i].value)) != 0)
			return false;
	return true;
}

static bool
prepare(int fd, uint8_t fam, uint32_t mark, bool share)
{
	const struct option both[] = {
		{ SOL_SOCKET, SO_MARK, (int)mark },
		{ SOL_SOCKET, SO_REUSEPORT, share },
	};
	static const struct option v4[] = {
		{ IPPROTO_IP, IP_PKTINFO, 1 },
		/* routers may split what is too large: it is all that IKE has
		   with a peer that does not know RFC 7383 */
		{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT },
	};
	static const struct option v6[] = {
		{ IPPROTO_IPV6, IPV6_V6ONLY, 1 },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT },
	};
	int room = BUFFER;

	/* more room is welcome, and its lack no failure */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) !=
	    0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return set_all(fd, both, 2) &&
	       (fam == 4 ? set_all(fd, v4, 2) : set_all(fd, v6, 3));
}

static bool
take(int fd, uint8_t fam, uint16_t port, bool share)
{
	struct netaddr any = { .fam = fam };
	struct sockaddr_storage ss;
	socklen_t n = netaddr_sock(&ss, &any);
	/* ipsecd may be there before, or come later: it says the same */
	uint32_t mine = share ? udpplace_next(fam, port) : 0;

	/* both families have it at the same place */
	((struct sockaddr_in *)(void *)&ss)->sin_port = htons(port);
	return bind(fd, (struct sockaddr *)&ss, n) == 0 &&
	       (!share || udpshare_attach(fd, mine, mine == 0));
}

int
dgram_open(uint8_t fam, uint16_t port, uint32_t mark, bool share)
{
	int fd = socket(
	    netaddr_af(fam), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -1;
	if (prepare(fd, fam, mark, share) && take(fd, fam, port, share))
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

static bool
is_link_local(const struct netaddr *a)
{
	return a->fam == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static void
take_beside(struct dgram *d, const struct cmsghdr *c)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
	    c->cmsg_len >= CMSG_LEN(sizeof(v4))) {
		memcpy(&v4, CMSG_DATA(c), sizeof(v4));
		d->local = netaddr_from(AF_INET, &v4.ipi_addr);
	}
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
	    c->cmsg_len >= CMSG_LEN(sizeof(v6))) {
		memcpy(&v6, CMSG_DATA(c), sizeof(v6));
		d->local = netaddr_from(AF_INET6, &v6.ipi6_addr);
		if (is_link_local(&d->local))
			d->dev = v6.ipi6_ifindex;
	}
}

ssize_t
dgram_recv(int fd, struct dgram *d, void *buf, size_t cap)
{
	union {
		struct cmsghdr h;
		uint8_t b[256];
	} control;
	struct sockaddr_storage from;
	struct iovec io = { buf, cap };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

	*d = (struct dgram){ 0 };
	if (n < 0)
		return -1;
	d->remote = netaddr_peer(&from, m.msg_namelen);
	d->port = ntohs(((struct sockaddr_in *)(void *)&from)->sin_port);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
	     c = CMSG_NXTHDR(&m, c))
		take_beside(d, c);
	if ((m.msg_flags & MSG_TRUNC) == 0)
		return n;
	errno = EMSGSIZE;
	return -1;
}

static void
say_from(struct msghdr *m, const struct dgram *d)
{
	struct in_pktinfo v4 = { 0 };
	struct in6_pktinfo v6 = { .ipi6_ifindex = d->dev };
	struct cmsghdr *c = m->msg_control;

	if (d->local.fam == 4) {
		memcpy(&v4.ipi_spec_dst, d->local.b, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(v4));
		memcpy(CMSG_DATA(c), &v4, sizeof(v4));
		m->msg_controllen = CMSG_SPACE(sizeof(v4));
	} else {
		memcpy(&v6.ipi6_addr, d->local.b, 16);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(v6));
		memcpy(CMSG_DATA(c), &v6, sizeof(v6));
		m->msg_controllen = CMSG_SPACE(sizeof(v6));
	}
}

int
dgram_send(int fd, const struct dgram *d, const void *head, size_t n_head,
    const void *body, size_t n)
{
	union {
		struct cmsghdr h;
		uint8_t b[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { 0 };
	struct sockaddr_storage to;
	struct iovec io[2] = { { (void *)(uintptr_t)head, n_head },
		{ (void *)(uintptr_t)body, n } };
	struct msghdr m = { .msg_name = &to,
		.msg_namelen = netaddr_sock(&to, &d->remote),
		.msg_iov = io,
		.msg_iovlen = 2,
		.msg_control = &control };

	if (m.msg_namelen == 0)
		return EAFNOSUPPORT;
	((struct sockaddr_in *)(void *)&to)->sin_port = htons(d->port);
	if (is_link_local(&d->remote))
		((struct sockaddr_in6 *)(void *)&to)->sin6_scope_id = d->dev;
	if (d->local.fam != 0)
		say_from(&m, d);
	else
		m.msg_control = NULL;
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}
