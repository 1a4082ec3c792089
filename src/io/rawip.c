/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/rawip.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/v6hdr.h"

#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11 /* linux/in6.h, which quarrels with netinet/in.h */
#endif

/* Room for what the kernel tells beside a packet, extension headers included. */
#define RAWIP_CONTROL 4096
#define RAWIP_BUFFER  (4 << 20) /* bytes that may wait in a socket */

struct opt {
	int level, name, value;
};

static bool
set_all(int fd, const struct opt *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, o[i].level, o[i].name, &o[i].value,
			sizeof(o[i].value)) != 0)
			return false;
	return true;
}

/* A busy host loses fewer packets with more room; not having it is no error. */
static void
widen(int fd, int force, int plain)
{
	int n = RAWIP_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, force, &n, sizeof(n)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &n, sizeof(n));
}

static int
give(int fd, bool ok)
{
	int err = errno;

	if (ok)
		return fd;
	(void)close(fd);
	errno = err;
	return -1;
}

int
rawip_open_in(uint8_t fam, int protocol)
{
	static const struct opt v4[] = {
		{ IPPROTO_IP, IP_RECVERR, 1 },
	};
	static const struct opt v6[] = {
		{ IPPROTO_IPV6, IPV6_RECVERR, 1 },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS, 1 },
		{ IPPROTO_IPV6, IPV6_RECVHOPOPTS, 1 },
		{ IPPROTO_IPV6, IPV6_RECVRTHDR, 1 },
		{ IPPROTO_IPV6, IPV6_RECVDSTOPTS, 1 },
		{ IPPROTO_IPV6, IPV6_FLOWINFO, 1 },
	};
	int fd = socket(
	    netaddr_af(fam), SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -1;
	widen(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	return give(fd, fam == 4 ? set_all(fd, v4, sizeof(v4) / sizeof(v4[0]))
				 : set_all(fd, v6, sizeof(v6) / sizeof(v6[0])));
}

int
rawip_open_reports(uint8_t fam, int protocol)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog all = { .len = 1, .filter = &none };
	int fd = rawip_open_in(fam, protocol);

	if (fd < 0)
		return -1;
	return give(fd, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all,
			    sizeof(all)) == 0);
}

static void
take_ext(struct v6hdr *h, uint8_t type, const struct cmsghdr *c)
{
	size_t n = c->cmsg_len - CMSG_LEN(0);

	if (h->n_ext == V6HDR_EXT_MAX)
		return; /* then the chain does not fit and is refused */
	h->ext[h->n_ext].type = type;
	h->ext[h->n_ext].p = CMSG_DATA(c);
	h->ext[h->n_ext].n = n;
	h->n_ext++;
}

/* c of the right length is copied to p; false when it is not. */
static bool
take(void *p, size_t n, const struct cmsghdr *c)
{
	if (c->cmsg_len < CMSG_LEN(n))
		return false;
	memcpy(p, CMSG_DATA(c), n);
	return true;
}

static void
take_beside(struct v6hdr *h, const struct cmsghdr *c)
{
	struct in6_pktinfo info;
	uint32_t flow;
	int v;

	if (c->cmsg_level != IPPROTO_IPV6)
		return;
	switch (c->cmsg_type) {
	case IPV6_PKTINFO:
		if (take(&info, sizeof(info), c))
			memcpy(h->dst, &info.ipi6_addr, 16);
		break;
	case IPV6_HOPLIMIT:
		if (take(&v, sizeof(v), c))
			h->hlim = (uint8_t)v;
		break;
	case IPV6_TCLASS:
		if (take(&v, sizeof(v), c))
			h->tclass = (uint8_t)v;
		break;
	case IPV6_FLOWINFO:
		if (take(&flow, sizeof(flow), c))
			h->flow = ntohl(flow) & 0xfffff;
		break;
	case IPV6_HOPOPTS:
		take_ext(h, IPPROTO_HOPOPTS, c);
		break;
	case IPV6_RTHDR:
		take_ext(h, IPPROTO_ROUTING, c);
		break;
	case IPV6_DSTOPTS:
		take_ext(h, IPPROTO_DSTOPTS, c);
		break;
	default:
		break;
	}
}

/*
 * The payload is read to where it belongs when there are no extension headers;
 * otherwise it moves up to make room for them.
 */
static ssize_t
recv_v6(int fd, int protocol, uint8_t *buf, size_t cap)
{
	union {
		struct cmsghdr h;
		uint8_t b[RAWIP_CONTROL];
	} control;
	struct sockaddr_storage from;
	struct iovec io = { .iov_base = buf + 40, .iov_len = cap - 40 };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct v6hdr h = { .proto = (uint8_t)protocol };
	struct netaddr src;
	struct wr w;
	size_t len;
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return -1;
	src = netaddr_peer(&from, m.msg_namelen);
	memcpy(h.src, src.b, 16);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
	     c = CMSG_NXTHDR(&m, c))
		take_beside(&h, c);
	len = v6hdr_len(&h);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || len + (size_t)n > cap) {
		errno = EMSGSIZE;
		return -1;
	}
	if (len != 40)
		memmove(buf + len, buf + 40, (size_t)n);
	w = wr_into(buf, len);
	if (!v6hdr_write(&w, &h, (size_t)n)) {
		errno = EBADMSG;
		return -1;
	}
	return n + (ssize_t)len;
}

ssize_t
rawip_recv(int fd, uint8_t fam, int protocol, void *buf, size_t cap)
{
	ssize_t n;

	if (cap < 40) {
		errno = EMSGSIZE;
		return -1;
	}
	n = fam == 4 ? recv(fd, buf, cap, MSG_TRUNC)
		     : recv_v6(fd, protocol, buf, cap);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0 && (size_t)n > cap) {
		errno = EMSGSIZE;
		return -1;
	}
	return n;
}

int
rawip_open_out(uint8_t fam, uint32_t mark)
{
	/*
	 * PROBE: sizes are this process's business. The kernel's memory of path
	 * MTUs is fed by the errors that this process tells local senders; it must
	 * not come back to these packets.
	 */
	static const struct opt v4[] = {
		{ IPPROTO_IP, IP_HDRINCL, 1 },
		{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE },
		{ IPPROTO_IP, IP_MULTICAST_LOOP, 1 },
		{ SOL_SOCKET, SO_BROADCAST, 1 },
	};
	static const struct opt v6[] = {
		{ IPPROTO_IPV6, IPV6_HDRINCL, 1 },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE },
		{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1 },
		{ IPPROTO_IPV6, IPV6_FREEBIND, 1 },
	};
	struct opt m = { SOL_SOCKET, SO_MARK, (int)mark };
	int fd = socket(netaddr_af(fam),
	    SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		return -1;
	widen(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	return give(
	    fd, set_all(fd, &m, 1) &&
		    (fam == 4 ? set_all(fd, v4, sizeof(v4) / sizeof(v4[0]))
			      : set_all(fd, v6, sizeof(v6) / sizeof(v6[0]))));
}

int
rawip_send(int fd, const struct netaddr *src, const struct netaddr *dst,
    uint32_t via, const void *pkt, size_t n)
{
	union {
		struct cmsghdr h;
		uint8_t b[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { 0 };
	struct sockaddr_storage to;
	struct iovec io = { .iov_base = (void *)(uintptr_t)pkt, .iov_len = n };
	struct msghdr m = { .msg_name = &to,
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in6_pktinfo in6 = { 0 };
	struct in_pktinfo in4 = { 0 };

	m.msg_namelen = netaddr_sock(&to, dst);
	/* the source takes part in the choice of the route */
	if (dst->fam == 4) {
		memcpy(&in4.ipi_spec_dst, src->b, 4);
		in4.ipi_ifindex = (int)via;
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in4));
		memcpy(CMSG_DATA(c), &in4, sizeof(in4));
		m.msg_controllen = CMSG_SPACE(sizeof(in4));
	} else {
		memcpy(&in6.ipi6_addr, src->b, 16);
		in6.ipi6_ifindex = via;
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in6));
		memcpy(CMSG_DATA(c), &in6, sizeof(in6));
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void
take_error(struct rawip_error *e, const struct sock_extended_err *x)
{
	if ((x->ee_origin == SO_EE_ORIGIN_ICMP &&
		x->ee_type == ICMP_DEST_UNREACH &&
		x->ee_code == ICMP_FRAG_NEEDED) ||
	    (x->ee_origin == SO_EE_ORIGIN_ICMP6 &&
		x->ee_type == ICMP6_PACKET_TOO_BIG))
		e->mtu = x->ee_info;
}

bool
rawip_error(int fd, struct rawip_error *e)
{
	union {
		struct cmsghdr h;
		uint8_t b[512];
	} control;
	struct sockaddr_storage to;
	struct iovec io = { .iov_base = e->head, .iov_len = sizeof(e->head) };
	struct msghdr m = { .msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct sock_extended_err x;
	ssize_t n = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return false;
	e->mtu = 0;
	e->n_head = (size_t)n;
	/* the name of a queued error is where the packet was going */
	e->dst = netaddr_peer(&to, m.msg_namelen);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
	     c = CMSG_NXTHDR(&m, c))
		if (((c->cmsg_level == IPPROTO_IP &&
			 c->cmsg_type == IP_RECVERR) ||
			(c->cmsg_level == IPPROTO_IPV6 &&
			    c->cmsg_type == IPV6_RECVERR)) &&
		    take(&x, sizeof(x), c))
			take_error(e, &x);
	return true;
}
