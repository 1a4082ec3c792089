/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/sockpol.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/rundir.h"
#include "wire/sockreq.h"

#define ANSWER_MS 5000

/* As a program sees it that no ipsecd is there (spec: policy 25). */
static int
told(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
		return EPROTONOSUPPORT;
	default:
		return err;
	}
}

static int
dial(int *out)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, err;

	if (!rundir_socket(un.sun_path, sizeof(un.sun_path), RUNDIR_SOCKET))
		return ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	while (connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0) {
		if (errno == EINTR)
			continue;
		err = told(errno);
		(void)close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

/* The request and the socket that it is about. */
static int
ask(int to, int fd, const struct sockreq *q)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} a = { .buf = { 0 } };
	uint8_t msg[SOCKREQ_MAX];
	struct wr w = wr_into(msg, sizeof(msg));
	struct iovec iov = { .iov_base = msg };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a.buf,
		.msg_controllen = sizeof(a.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	sockreq_write(&w, q);
	iov.iov_len = w.len;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	do
		n = sendmsg(to, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? told(errno) : 0;
}

static int
hear(int from, struct sockreq *a)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	uint8_t msg[SOCKREQ_MAX + 1];
	ssize_t n;
	int ready;

	do
		ready = poll(&p, 1, ANSWER_MS);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready == 0 ? ETIMEDOUT : errno;
	do
		n = recv(from, msg, sizeof(msg), 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n == 0 ? EPROTONOSUPPORT : told(errno);
	return sockreq_parse_answer(a, msg, (size_t)n);
}

static int
exchange(int fd, const struct sockreq *q, struct sockreq *a)
{
	int to = -1, err, kind;
	socklen_t n = sizeof(kind);

	/* any other descriptor is not even shown to ipsecd */
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &n) != 0)
		return errno;
	err = dial(&to);
	if (err != 0)
		return err;
	err = ask(to, fd, q);
	if (err == 0)
		err = hear(to, a);
	(void)close(to);
	if (err == 0 && a->op != q->op)
		return EPROTO;
	return err == 0 ? (int)a->err : err;
}

int
sockpol_set(int fd, const ipsec_req_t *req, const struct sockpol_bits *bits)
{
	struct sockreq q = { .op = SOCKREQ_SET,
		.want = { .ah = req->ipsr_ah_req,
		    .esp = req->ipsr_esp_req,
		    .selfencap = req->ipsr_self_encap_req,
		    .ah_alg = req->ipsr_auth_alg,
		    .esp_alg = req->ipsr_esp_alg,
		    .espa_alg = req->ipsr_esp_auth_alg } };
	struct sockreq a = { 0 };

	if (bits != NULL) {
		q.has_bits = true;
		q.want.ah_min = bits->ah;
		q.want.esp_min = bits->esp;
		q.want.espa_min = bits->espa;
	}
	return exchange(fd, &q, &a);
}

int
sockpol_get(int fd, ipsec_req_t *req)
{
	struct sockreq q = { .op = SOCKREQ_GET }, a = { 0 };
	int err = exchange(fd, &q, &a);

	if (err != 0)
		return err;
	*req = (ipsec_req_t){ .ipsr_ah_req = a.want.ah,
		.ipsr_esp_req = a.want.esp,
		.ipsr_self_encap_req = a.want.selfencap,
		.ipsr_auth_alg = a.want.ah_alg,
		.ipsr_esp_alg = a.want.esp_alg,
		.ipsr_esp_auth_alg = a.want.espa_alg };
	return 0;
}

const char *
sockpol_reason(int err)
{
	switch (err) {
	case EPROTONOSUPPORT:
		return "no ipsecd serves this network namespace";
	case EPERM:
		return "only root, or a member of the group that may manage "
		       "IPsec, may bypass policy";
	case EOPNOTSUPP:
		return "ipsecd can tell the packets of TCP and UDP sockets "
		       "only";
	case EINVAL:
		return "ipsecd refuses this policy for a socket (see ipsecalgs "
		       "-l), or it is connected already";
	case ETIMEDOUT:
		return "ipsecd does not answer";
	case EUSERS:
	case ENOBUFS:
		return "too many sockets have a policy of their own";
	default:
		return "no policy for a socket";
	}
}
