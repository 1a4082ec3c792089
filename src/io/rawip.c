/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/rawip.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/v6hdr.h"

#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11 /* linux/in6.h, which quarrels with netinet/in.h */
#endif

/* Room for what the kernel tells beside a packet, extension headers included. */
#define RAWIP_CONTROL 4096
/* not set to zero by -ftrivial-auto-var-init */
#define UNSET __attribute__((uninitialized))

#define RAWIP_BUFFER (4 << 20) /* bytes that may wait in a socket */

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

/* One packet at a time, or one of many: where it goes. */
struct place {
	uint8_t *buf;
	size_t cap;
	struct sockaddr_storage from;
	struct iovec io;
};

/*
 * The payload of IPv6 is read to where it belongs when there are no extension
 * headers; otherwise it moves up to make room for them.
 */
static void
prepare(struct msghdr *m, struct place *p, uint8_t fam, uint8_t *control)
{
	size_t head = fam == 6 ? 40 : 0;

	p->io = (struct iovec){ p->buf + head, p->cap - head };
	*m = (struct msghdr){ .msg_iov = &p->io, .msg_iovlen = 1 };
	if (fam != 6)
		return;
	m->msg_name = &p->from;
	m->msg_namelen = sizeof(p->from);
	m->msg_control = control;
	m->msg_controllen = RAWIP_CONTROL;
}

/* n bytes came; the packet's, or -1 and errno. */
static ssize_t
complete(const struct msghdr *m, struct place *p, uint8_t fam, int protocol,
    size_t n)
{
	struct v6hdr h = { .proto = (uint8_t)protocol };
	struct netaddr src;
	struct wr w;
	size_t len;

	if (fam == 4 && (m->msg_flags & MSG_TRUNC) == 0)
		return (ssize_t)n;
	errno = EMSGSIZE;
	if ((m->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return -1;
	src = netaddr_peer(&p->from, m->msg_namelen);
	memcpy(h.src, src.b, 16);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)m, c))
		take_beside(&h, c);
	len = v6hdr_len(&h);
	if (len + n > p->cap)
		return -1;
	if (len != 40)
		memmove(p->buf + len, p->buf + 40, n);
	w = wr_into(p->buf, len);
	if (!v6hdr_write(&w, &h, n)) {
		errno = EBADMSG;
		return -1;
	}
	return (ssize_t)(n + len);
}

ssize_t
rawip_recv(int fd, uint8_t fam, int protocol, void *buf, size_t cap)
{
	union {
		struct cmsghdr h;
		uint8_t b[RAWIP_CONTROL];
	} control;
	struct place p = { .buf = buf, .cap = cap };
	struct msghdr m;
	ssize_t n;

	if (cap < 40) {
		errno = EMSGSIZE;
		return -1;
	}
	prepare(&m, &p, fam, control.b);
	n = recvmsg(fd, &m, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return complete(&m, &p, fam, protocol, (size_t)n);
}

struct rawip_batch {
	uint8_t fam;
	int protocol;
	struct mmsghdr m[RAWIP_BATCH];
	struct place place[RAWIP_BATCH];
	alignas(struct cmsghdr) uint8_t control[RAWIP_BATCH][RAWIP_CONTROL];
	uint8_t *room;
};

struct rawip_batch *
rawip_batch_new(size_t room)
{
	struct rawip_batch *b = calloc(1, sizeof(*b));
	/* packets that begin at the same bits of an address share few lines of
	   a cache */
	size_t step = (room | 63) + 65;

	if (b == NULL || (b->room = malloc(step * RAWIP_BATCH)) == NULL) {
		free(b);
		return NULL;
	}
	for (unsigned i = 0; i < RAWIP_BATCH; i++) {
		b->place[i].buf = b->room + i * step;
		b->place[i].cap = room;
	}
	return b;
}

void
rawip_batch_free(struct rawip_batch *b)
{
	if (b == NULL)
		return;
	free(b->room);
	free(b);
}

int
rawip_batch_recv(
    struct rawip_batch *b, int fd, uint8_t fam, int protocol, unsigned n)
{
	ssize_t got;
	int k;

	b->fam = fam;
	b->protocol = protocol;
	for (unsigned i = 0; i < n; i++)
		prepare(&b->m[i].msg_hdr, &b->place[i], fam, b->control[i]);
	if (n == 1) {
		got = recvmsg(fd, &b->m[0].msg_hdr, 0);
		b->m[0].msg_len = (unsigned)got;
		k = got < 0 ? -1 : 1;
	} else {
		k = recvmmsg(fd, b->m, n, 0, NULL);
	}
	return k < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : k;
}

ssize_t
rawip_batch_at(struct rawip_batch *b, unsigned i, uint8_t **pkt)
{
	*pkt = b->place[i].buf;
	return complete(&b->m[i].msg_hdr, &b->place[i], b->fam, b->protocol,
	    b->m[i].msg_len);
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

/* A message that sends one packet; to and control are its memory. */
struct beside {
	alignas(
	    struct cmsghdr) uint8_t b[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void
address(struct msghdr *m, struct sockaddr_storage *to, struct beside *control,
    struct iovec *io, const struct rawip_out *o)
{
	struct in6_pktinfo in6 = { 0 };
	struct in_pktinfo in4 = { 0 };
	struct cmsghdr *c;

	*io = (struct iovec){ (void *)(uintptr_t)o->pkt, o->n };
	*m = (struct msghdr){ .msg_name = to,
		.msg_namelen = netaddr_sock(to, &o->dst),
		.msg_iov = io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(*control) };
	memset(control, 0, sizeof(*control));
	c = CMSG_FIRSTHDR(m);
	/* the source takes part in the choice of the route */
	if (o->dst.fam == 4) {
		memcpy(&in4.ipi_spec_dst, o->src.b, 4);
		in4.ipi_ifindex = (int)o->via;
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in4));
		memcpy(CMSG_DATA(c), &in4, sizeof(in4));
		m->msg_controllen = CMSG_SPACE(sizeof(in4));
	} else {
		memcpy(&in6.ipi6_addr, o->src.b, 16);
		in6.ipi6_ifindex = o->via;
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(in6));
		memcpy(CMSG_DATA(c), &in6, sizeof(in6));
	}
}

int
rawip_send(int fd, const struct netaddr *src, const struct netaddr *dst,
    uint32_t via, const void *pkt, size_t n)
{
	struct rawip_out o = {
		.src = *src, .dst = *dst, .via = via, .pkt = pkt, .n = n
	};
	struct sockaddr_storage to;
	struct beside control;
	struct iovec io;
	struct msghdr m;

	address(&m, &to, &control, &io, &o);
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

unsigned
rawip_send_many(int fd, const struct rawip_out *o, unsigned n, int *err)
{
	/* 16 KB that need no zeros */
	UNSET struct mmsghdr m[RAWIP_SEND];
	UNSET struct sockaddr_storage to[RAWIP_SEND];
	UNSET struct beside control[RAWIP_SEND];
	UNSET struct iovec io[RAWIP_SEND];
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++)
		address(&m[i].msg_hdr, &to[i], &control[i], &io[i], &o[i]);
	while (done < n) {
		int k = sendmmsg(
		    fd, m + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (k <= 0) {
			*err = errno;
			break;
		}
		done += (unsigned)k;
	}
	return done;
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
