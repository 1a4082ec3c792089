/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>

#include "io/netlink.h"

/* Of net/tcp_states.h */
enum {
	ESTABLISHED = 1,
	SYN_SENT = 2,
	SYN_RECV = 3,
	TIME_WAIT = 6,
	CLOSE = 7,
	LISTEN = 10,
	NEW_SYN_RECV = 12
};

/* SKNLGRP_INET_TCP_DESTROY, UDP, and the same of IPv6, as bits. */
#define GROUPS 0xfu
/* A burst of closing sockets is no reason to look at all of them. */
#define HEAR_BUFFER (1 << 20)

struct sockdiag {
	struct netlink ask, hear;
};

struct sockdiag *
sockdiag_open(void)
{
	struct sockdiag *s = calloc(1, sizeof(*s));
	int room = HEAR_BUFFER, err;

	if (s == NULL)
		return NULL;
	if (netlink_open(&s->ask, NETLINK_SOCK_DIAG, 0) &&
	    netlink_open(&s->hear, NETLINK_SOCK_DIAG, GROUPS)) {
		(void)setsockopt(sockdiag_fd(s), SOL_SOCKET, SO_RCVBUFFORCE,
		    &room, sizeof(room));
		return s;
	}
	err = errno;
	sockdiag_close(s);
	errno = err;
	return NULL;
}

void
sockdiag_close(struct sockdiag *s)
{
	if (s == NULL)
		return;
	netlink_close(&s->ask);
	netlink_close(&s->hear);
	free(s);
}

int
sockdiag_fd(const struct sockdiag *s)
{
	return netlink_fd(&s->hear);
}

/* IPv4 in a socket of IPv6 (RFC 4291 2.5.5.2) is IPv4. */
static struct netaddr
address(uint8_t family, const void *bytes)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return netaddr_from(AF_INET, (const uint8_t *)bytes + 12);
	return netaddr_from(family, bytes);
}

struct each {
	uint8_t proto;
	bool (*f)(void *ctx, const struct sockdiag_socket *k);
	void *ctx;
};

static void
read_socket(struct sockdiag_socket *k, const struct inet_diag_msg *m)
{
	uint8_t state = m->idiag_state;

	k->local = address(m->idiag_family, m->id.idiag_src);
	k->remote = address(m->idiag_family, m->id.idiag_dst);
	k->lport = ntohs(m->id.idiag_sport);
	k->rport = ntohs(m->id.idiag_dport);
	k->cookie =
	    (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	k->connected = k->rport != 0 && state != LISTEN && state != CLOSE;
	if (k->proto == IPPROTO_UDP)
		k->connected = state == ESTABLISHED;
	k->established = k->connected && state != SYN_SENT &&
			 state != SYN_RECV && state != NEW_SYN_RECV;
}

static bool
see(void *ctx, const struct nlmsghdr *h)
{
	const struct each *e = ctx;
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);
	struct sockdiag_socket k = { .proto = e->proto };
	struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return true;
	netlink_attrs (a, h, sizeof(*m)) {
		if (mnl_attr_get_type(a) == INET_DIAG_MARK &&
		    mnl_attr_get_payload_len(a) >= sizeof(uint32_t))
			k.mark = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == INET_DIAG_PROTOCOL &&
		    mnl_attr_get_payload_len(a) >= 1)
			k.proto = mnl_attr_get_u8(a);
	}
	read_socket(&k, m);
	return e->f(e->ctx, &k);
}

static struct inet_diag_req_v2 *
request(uint8_t *buf, struct nlmsghdr **h, int af, uint8_t proto)
{
	struct inet_diag_req_v2 *r;

	*h = mnl_nlmsg_put_header(buf);
	(*h)->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	r = mnl_nlmsg_put_extra_header(*h, sizeof(*r));
	r->sdiag_family = (uint8_t)af;
	r->sdiag_protocol = proto;
	r->id.idiag_cookie[0] = r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return r;
}

static bool
take_one(void *ctx, const struct sockdiag_socket *k)
{
	*(struct sockdiag_socket *)ctx = *k;
	return false;
}

int
sockdiag_find(struct sockdiag *s, uint8_t proto, const struct netaddr *local,
    uint16_t lport, const struct netaddr *remote, uint16_t rport,
    struct sockdiag_socket *out)
{
	uint8_t buf[512];
	struct nlmsghdr *h;
	struct inet_diag_req_v2 *r =
	    request(buf, &h, netaddr_af(local->fam), proto);
	/* the kernel has the two ends of UDP the other way round */
	bool udp = proto == IPPROTO_UDP;
	struct each e = { .proto = proto, .f = take_one, .ctx = out };
	int err;

	memcpy(udp ? r->id.idiag_dst : r->id.idiag_src, local->b, 16);
	memcpy(udp ? r->id.idiag_src : r->id.idiag_dst, remote->b, 16);
	r->id.idiag_sport = htons(udp ? rport : lport);
	r->id.idiag_dport = htons(udp ? lport : rport);
	*out = (struct sockdiag_socket){ 0 };
	err = netlink_ask(&s->ask, h, see, &e);
	return err == 0 && out->cookie == 0 ? ENOENT : err;
}

int
sockdiag_each(struct sockdiag *s,
    bool (*f)(void *ctx, const struct sockdiag_socket *k), void *ctx)
{
	static const struct {
		int af;
		uint8_t proto;
	} kinds[] = { { AF_INET, IPPROTO_TCP }, { AF_INET6, IPPROTO_TCP },
		{ AF_INET, IPPROTO_UDP }, { AF_INET6, IPPROTO_UDP } };
	int err = 0;

	for (size_t i = 0; err == 0 && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		struct each e = { .proto = kinds[i].proto, .f = f, .ctx = ctx };
		uint8_t buf[512];
		struct nlmsghdr *h;
		struct inet_diag_req_v2 *r =
		    request(buf, &h, kinds[i].af, kinds[i].proto);

		r->idiag_states = ~(1u << TIME_WAIT);
		h->nlmsg_flags = NLM_F_DUMP;
		err = netlink_ask(&s->ask, h, see, &e);
		/* a kernel without IPv6 */
		if (err == ENOENT && kinds[i].af == AF_INET6)
			err = 0;
	}
	return err;
}

bool
sockdiag_hear(struct sockdiag *s,
    bool (*f)(void *ctx, const struct sockdiag_socket *k), void *ctx)
{
	struct each e = { .f = f, .ctx = ctx };

	return netlink_hear(&s->hear, see, &e);
}
