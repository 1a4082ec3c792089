/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/zone.h"
#include "io/rundir.h"

static bool
fail(struct link_to *to, enum link_fault fault, int err)
{
	to->fault = fault;
	to->err = err;
	return false;
}

static bool
fail_errno(struct link_to *to, int err)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		return fail(to, LINK_NOT_RUNNING, err);
	case EACCES:
	case EPERM:
		return fail(to, LINK_DENIED, err);
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return fail(to, LINK_CLOSED, err);
	case EINTR:
		return fail(to, LINK_INTERRUPTED, err);
	default:
		return fail(to, LINK_OTHER, err);
	}
}

/*
 * Is it the ipsecd of this network namespace, and may it be? Who names a folder
 * knows. Otherwise a /run that containers share must not lead one of them to the
 * policy of another.
 */
static bool
is_ours(struct link_to *to, int fd)
{
	const char *env = secure_getenv("SOLIPSEC_RUN");
	struct ucred u;
	socklen_t n = sizeof(u);

	if (env != NULL && env[0] != '\0')
		return true;
	if (zone_is_shared())
		return fail(to, LINK_ZONE, EPERM);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n) != 0 ||
	    !zone_is_elsewhere(u.pid))
		return true;
	return fail(to, LINK_ELSEWHERE, 0);
}

bool
link_connect(struct link_to *to, enum link_which which)
{
	static const char *const names[] = {
		[LINK_PFKEY] = RUNDIR_PFKEY,
		[LINK_PFPOLICY] = RUNDIR_PFPOLICY,
		[LINK_ADMIN] = RUNDIR_ADMIN,
		[LINK_STATUS] = RUNDIR_STATUS,
		[LINK_IKE] = RUNDIR_IKE_ADMIN,
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	*to = (struct link_to){ .fd = -1, .which = which };
	if (!rundir_socket(to->path, sizeof(to->path), names[which]))
		return fail(to, LINK_OTHER, ENAMETOOLONG);
	memcpy(un.sun_path, to->path, sizeof(un.sun_path));

	int type = which == LINK_STATUS ? SOCK_STREAM : SOCK_SEQPACKET;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_errno(to, errno);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
	    is_ours(to, fd)) {
		to->fd = fd;
		return true;
	}
	if (to->fault == LINK_OK)
		(void)fail_errno(to, errno);
	if (to->fault != LINK_ELSEWHERE && zone_is_shared())
		(void)fail(to, LINK_ZONE, EPERM);
	(void)close(fd);
	return false;
}

bool
link_send(struct link_to *to, const void *msg, size_t n)
{
	ssize_t sent;

	do
		sent = send(to->fd, msg, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return fail_errno(to, errno);
	/* SOCK_SEQPACKET: all or nothing */
	return true;
}

bool
link_recv(struct link_to *to, void *buf, size_t cap, size_t *n, int timeout_ms)
{
	struct pollfd p = { .fd = to->fd, .events = POLLIN };
	int ready = poll(&p, 1, timeout_ms);

	*n = 0;
	if (ready < 0)
		return fail_errno(to, errno);
	if (ready == 0)
		return fail(to, LINK_TIMEOUT, ETIMEDOUT);

	/* MSG_TRUNC: the message's own length, also when it did not fit */
	ssize_t got = recv(to->fd, buf, cap, MSG_TRUNC);

	if (got < 0)
		return fail_errno(to, errno);
	if (got == 0)
		return fail(to, LINK_CLOSED, 0);
	if ((size_t)got > cap)
		return fail(to, LINK_OTHER, EMSGSIZE);
	*n = (size_t)got;
	return true;
}

void
link_close(struct link_to *to)
{
	if (to->fd >= 0)
		(void)close(to->fd);
	to->fd = -1;
}

static const char *
cause(const struct link_to *to)
{
	if (to->fault == LINK_ELSEWHERE)
		return "another zone's";
	/* "Connection refused" in the middle of a sentence */
	switch (to->err) {
	case ENOENT:
		return "no such socket";
	case ECONNREFUSED:
		return "connection refused";
	case 0:
		return "end of file";
	default:
		return strerror(to->err);
	}
}

const char *
link_sentence(const struct link_to *to, char buf[LINK_TEXT])
{
	static const char *const form[] = {
		[LINK_OK] = "no error on %s: %s",
		[LINK_NOT_RUNNING] =
		    "ipsecd is not running in this network namespace (%s: %s): "
		    "start it with `systemctl start ipsecd` or `ipsecd`",
		[LINK_ZONE] = ZONE_SHARED_TEXT " (%s: %s)",
		[LINK_ELSEWHERE] =
		    "the ipsecd that is found here serves another network "
		    "namespace (%s: %s): start one in this one, with a /run of "
		    "its own",
		[LINK_DENIED] = "no permission to speak to ipsecd (%s: %s): "
				"become root, or "
				"a member of the group that may manage IPsec",
		[LINK_TIMEOUT] = "ipsecd did not answer in time (%s: %s)",
		[LINK_CLOSED] = "ipsecd closed the connection (%s: %s)",
		[LINK_INTERRUPTED] = "interrupted (%s: %s)",
		[LINK_OTHER] = "cannot speak to ipsecd (%s: %s)",
	};

	static const char *const ike[] = {
		[LINK_OK] = "no error on %s: %s",
		[LINK_NOT_RUNNING] =
		    "in.iked is not running in this network namespace (%s: "
		    "%s): start it with `systemctl start ike` or `in.iked`",
		[LINK_ZONE] = ZONE_SHARED_TEXT " (%s: %s)",
		[LINK_ELSEWHERE] =
		    "the in.iked that is found here serves another network "
		    "namespace (%s: %s): start one in this one, with a /run of "
		    "its own",
		[LINK_DENIED] = "no permission to speak to in.iked (%s: %s): "
				"become root, or "
				"a member of the group that may manage IPsec",
		[LINK_TIMEOUT] = "in.iked did not answer in time (%s: %s)",
		[LINK_CLOSED] = "in.iked closed the connection (%s: %s)",
		[LINK_INTERRUPTED] = "interrupted (%s: %s)",
		[LINK_OTHER] = "cannot speak to in.iked (%s: %s)",
	};

	(void)snprintf(buf, LINK_TEXT,
	    (to->which == LINK_IKE ? ike : form)[to->fault], to->path,
	    cause(to));
	return buf;
}
