/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/guard.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TYPE_MASK 0xf /* SOCK_STREAM ..., without SOCK_CLOEXEC, SOCK_NONBLOCK */

/* --- the listener goes from the one process to the other --- */

union ancillary {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static bool
send_fd(int sock, int fd)
{
	union ancillary a = { .buf = { 0 } };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a.buf,
		.msg_controllen = sizeof(a.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(sock, &m, MSG_NOSIGNAL) == 1;
}

/* -1: the other side could not make one, and is gone. */
static int
recv_fd(int sock)
{
	union ancillary a = { .buf = { 0 } };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a.buf,
		.msg_controllen = sizeof(a.buf) };
	const struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* --- the second process --- */

/*
 * What the program asked for, with its policy, becomes a descriptor of the
 * program and the result of its call in one step (SECCOMP_ADDFD_FLAG_SEND).
 */
static int
hand_over(int listener, const struct seccomp_notif *q, int fd)
{
	struct seccomp_notif_addfd add = { .id = q->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags =
		    (uint32_t)q->data.args[1] & (uint32_t)SOCK_CLOEXEC };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0)
		return 0;
	/* the call is no more: interrupted, or the program is */
	return errno == ENOENT || errno == EINPROGRESS ? 0 : errno;
}

static void
answer(const struct guard_use *use, int listener, const struct seccomp_notif *q,
    struct seccomp_notif_resp *a)
{
	int domain = (int)q->data.args[0], type = (int)q->data.args[1];
	int protocol = (int)q->data.args[2], err, fd;

	memset(a, 0, sizeof(*a));
	a->id = q->id;
	/* only numbers: nobody can change them behind our back */
	if (!use->wants(use->ctx, domain, type & TYPE_MASK, protocol)) {
		a->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		(void)seccomp_notify_respond(listener, a);
		return;
	}
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	err = fd < 0 ? errno : use->adorn(use->ctx, fd);
	if (err == 0)
		err = hand_over(listener, q, fd);
	if (fd >= 0)
		(void)close(fd);
	if (err == 0)
		return;
	a->error = -err;
	(void)seccomp_notify_respond(listener, a);
}

/* Until nobody is left who could ask. */
static void
serve(const struct guard_use *use, int listener)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct seccomp_notif *q;
	struct seccomp_notif_resp *a;

	if (seccomp_notify_alloc(&q, &a) != 0)
		return;
	for (;;) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
		if ((p.revents & (POLLHUP | POLLERR)) != 0)
			break;
		memset(q, 0, sizeof(*q)); /* the kernel insists */
		if ((p.revents & POLLIN) != 0) {
			if (seccomp_notify_receive(listener, q) == 0)
				answer(use, listener, q, a);
			else if (errno != EINTR && errno != ENOENT)
				break;
		}
		p.revents = 0;
	}
	seccomp_notify_free(q, a);
}

/* It is nobody's child, and no signal of the program's terminal is for it. */
static void
second(const struct guard_use *use, int sock)
{
	int listener;

	(void)setsid();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	if (chdir("/") != 0)
		_exit(1);
	listener = recv_fd(sock);
	(void)close(sock);
	if (listener >= 0)
		serve(use, listener);
	_exit(0);
}

static int
start_second(const struct guard_use *use, const int pair[2])
{
	pid_t middle = fork();
	int status;

	if (middle < 0)
		return errno;
	if (middle == 0) {
		pid_t last;

		(void)close(pair[0]);
		last = fork();
		if (last == 0)
			second(use, pair[1]);
		_exit(last < 0);
	}
	while (waitpid(middle, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EAGAIN;
}

/* --- the first --- */

/*
 * io_uring makes sockets without asking (IORING_OP_SOCKET); programs of other
 * ABIs have another socket(), which no rule would see.
 */
static int
load_filter(scmp_filter_ctx f)
{
	static const int domains[] = { AF_INET, AF_INET6 };
	int err = 0;

	/* the kernel looks at the low half only, whatever the other holds */
	for (size_t i = 0; err == 0 && i < 2; i++)
		err = seccomp_rule_add(f, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffU,
			(scmp_datum_t)domains[i]));
	if (err == 0)
		err = seccomp_rule_add(
		    f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0);
	if (err == 0)
		err = seccomp_attr_set(
		    f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (err == 0)
		err = seccomp_load(f);
	return -err;
}

static int
enter(int sock)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int err, listener;

	if (f == NULL)
		return ENOMEM;
	err = load_filter(f);
	if (err == 0) {
		listener = seccomp_notify_fd(f);
		if (listener < 0 || !send_fd(sock, listener))
			err = EIO;
		if (listener >= 0)
			(void)close(listener);
	}
	seccomp_release(f);
	return err;
}

int
guard_enter(const struct guard_use *use)
{
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	err = start_second(use, pair);
	(void)close(pair[1]);
	if (err == 0)
		err = enter(pair[0]);
	(void)close(pair[0]);
	return err;
}
