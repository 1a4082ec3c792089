/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/doorman.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sandbox.h"

#define WAIT_MS	   2000 /* for an answer */
#define TEXT	   8192 /* of a file of /proc */
#define DOOR_FD	   3	/* the doorman's end */
#define FIRST_REST 4	/* and no other descriptor */

struct question {
	uint32_t number;
	pid_t pid;
	int cap;
};

struct answer {
	uint32_t number;
	uint32_t word;
};

struct doorman {
	int fd;
	uint32_t number;
};

/* What the doorman knows of itself. */
struct door {
	int proc;
	bool has_ns;
	dev_t dev;
	ino_t ino;
	char maps[3][256]; /* where namespaces may not be looked at */
};

static const char *const map_names[3] = { "uid_map", "gid_map", "projid_map" };

/* --- the doorman's side --- */

/* The text of a file beside dir, with a NUL. False: it cannot be had. */
static bool
slurp(char *buf, size_t cap, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (len < cap - 1 && (n = read(fd, buf + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	(void)close(fd);
	return n >= 0;
}

/* The value of a line of /proc/PID/status, behind its tab; NULL: not there. */
static const char *
line_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at != NULL && at != status && at[-1] == '\n' ? at + strlen(name)
							    : NULL;
}

static bool
knows_itself(struct door *d)
{
	char self[32], pid[32];
	struct stat s;
	ssize_t n;
	int dir;

	d->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->proc < 0)
		return false;
	/* a /proc of another process namespace has other numbers */
	n = readlinkat(d->proc, "self", self, sizeof(self) - 1);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (n <= 0 || (size_t)n != strlen(pid) ||
	    memcmp(self, pid, (size_t)n) != 0)
		return false;
	dir = openat(d->proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d->has_ns = dir >= 0 && fstatat(dir, "ns/user", &s, 0) == 0;
	if (d->has_ns) {
		d->dev = s.st_dev;
		d->ino = s.st_ino;
	}
	for (int i = 0; i < 3; i++)
		if (!slurp(d->maps[i], sizeof(d->maps[i]), dir, map_names[i]))
			return false;
	(void)close(dir);
	return true;
}

/*
 * Without CAP_SYS_PTRACE namespaces of others are not shown. Each user namespace
 * has three maps; one that somebody made has the same three as ours only when
 * its maker, with all rights over ours, wanted it so.
 */
static enum doorman_word
compare_maps(const struct door *d, int dir)
{
	char text[sizeof(d->maps[0])];

	for (int i = 0; i < 3; i++) {
		if (!slurp(text, sizeof(text), dir, map_names[i]))
			return DOORMAN_UNKNOWN;
		if (strcmp(text, d->maps[i]) != 0)
			return DOORMAN_USERNS;
	}
	return DOORMAN_YES;
}

static enum doorman_word
compare_userns(const struct door *d, int dir)
{
	struct stat s;

	if (d->has_ns && fstatat(dir, "ns/user", &s, 0) == 0)
		return s.st_dev == d->dev && s.st_ino == d->ino
			   ? DOORMAN_YES
			   : DOORMAN_USERNS;
	return errno == ENOENT ? DOORMAN_GONE : compare_maps(d, dir);
}

/* How many words are on the line? */
static unsigned
words_of(const char *line)
{
	unsigned n = 0;

	while (*line != '\0' && *line != '\n') {
		size_t gap = strspn(line, " \t");

		line += gap;
		if (*line == '\0' || *line == '\n')
			break;
		n++;
		line += strcspn(line, " \t\n");
	}
	return n;
}

static enum doorman_word
compare_status(int dir, int cap)
{
	static char status[TEXT];
	const char *line;

	if (!slurp(status, sizeof(status), dir, "status"))
		return DOORMAN_GONE;
	if (cap < 0) {
		/* its number here, and in each namespace further in */
		line = line_of(status, "NSpid:");
		if (line == NULL)
			return DOORMAN_UNKNOWN;
		return words_of(line) == 1 ? DOORMAN_YES : DOORMAN_PIDNS;
	}
	line = line_of(status, "CapEff:\t");
	if (line == NULL)
		return DOORMAN_UNKNOWN;
	return (strtoull(line, NULL, 16) >> cap & 1) != 0 ? DOORMAN_YES
							  : DOORMAN_NOCAP;
}

static enum doorman_word
look(const struct door *d, const struct question *q, int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	enum doorman_word w;
	char pid[32];
	int dir;

	if (q->pid <= 0 || q->cap > 63)
		return DOORMAN_GONE;
	(void)snprintf(pid, sizeof(pid), "%ld", (long)q->pid);
	dir = openat(d->proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return DOORMAN_GONE;
	w = compare_userns(d, dir);
	if (w == DOORMAN_YES)
		w = compare_status(dir, q->cap);
	(void)close(dir);
	/* still alive: all of that was said of this process */
	if (pidfd >= 0 && poll(&p, 1, 0) != 0)
		return DOORMAN_GONE;
	return w;
}

static bool
hear(struct question *q, int *pidfd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct iovec v = { .iov_base = q, .iov_len = sizeof(*q) };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c) };
	struct cmsghdr *h;
	ssize_t n;

	*pidfd = -1;
	do
		n = recvmsg(DOOR_FD, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (h != NULL && h->cmsg_type == SCM_RIGHTS &&
	    h->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(pidfd, CMSG_DATA(h), sizeof(*pidfd));
	return n == (ssize_t)sizeof(*q);
}

/* What the doorman needs to look, to hear and to say. */
static bool
lock_up(void)
{
	static const char *const calls[] = { "openat", "read", "close", "fstat",
		"newfstatat", "fstatat64", "statx", "recvmsg", "sendto", "send",
		"poll", "ppoll", "rt_sigreturn", "exit", "exit_group", NULL };
	static const int look_at[] = { CAP_SYS_PTRACE };

	/* where that right is not to be had, the maps have to do */
	if (sandbox_drop(0, 0, look_at, 1) != 0 &&
	    sandbox_drop(0, 0, NULL, 0) != 0)
		return false;
	return sandbox_calls(calls, NULL, 0) == 0;
}

__attribute__((noreturn)) static void
serve(void)
{
	struct door d = { .proc = -1 };
	struct question q;
	bool good = knows_itself(&d);
	int pidfd;

	if (!lock_up())
		_exit(1);
	while (hear(&q, &pidfd)) {
		struct answer a = { .number = q.number,
			.word = good ? look(&d, &q, pidfd) : DOORMAN_UNKNOWN };

		if (pidfd >= 0)
			(void)close(pidfd);
		if (send(DOOR_FD, &a, sizeof(a), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/* In the child: one descriptor, no signal that is meant for others. */
__attribute__((noreturn)) static void
begin(int fd, pid_t parent)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	(void)prctl(PR_SET_NAME, "ipsecd-doorman");
	if (fd != DOOR_FD && dup2(fd, DOOR_FD) < 0)
		_exit(1);
	if (close_range(FIRST_REST, ~0U, 0) != 0)
		_exit(1);
	serve();
}

/* --- ours --- */

struct doorman *
doorman_start(void)
{
	struct doorman *d = calloc(1, sizeof(*d));
	pid_t parent = getpid(), pid;
	int pair[2], err;

	if (d == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(d);
		return NULL;
	}
	pid = fork();
	if (pid == 0)
		begin(pair[1], parent);
	err = errno;
	(void)close(pair[1]);
	d->fd = pair[0];
	if (pid > 0)
		return d;
	doorman_stop(d);
	errno = err;
	return NULL;
}

void
doorman_stop(struct doorman *d)
{
	if (d == NULL)
		return;
	(void)close(d->fd);
	free(d);
}

static bool
put(const struct doorman *d, const struct question *q, int pidfd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { .head = { .cmsg_level = SOL_SOCKET,
		    .cmsg_type = SCM_RIGHTS,
		    .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct question copy = *q;
	struct iovec v = { .iov_base = &copy, .iov_len = sizeof(copy) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (pidfd >= 0) {
		memcpy(CMSG_DATA(&c.head), &pidfd, sizeof(pidfd));
		m.msg_control = &c;
		m.msg_controllen = sizeof(c.room);
	}
	return sendmsg(d->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)sizeof(copy);
}

enum doorman_word
doorman_ask(struct doorman *d, pid_t pid, int pidfd, int cap)
{
	struct question q = { .number = ++d->number, .pid = pid, .cap = cap };
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	struct answer a;

	if (!put(d, &q, pidfd))
		return DOORMAN_UNKNOWN;
	for (;;) {
		if (poll(&p, 1, WAIT_MS) != 1 ||
		    recv(d->fd, &a, sizeof(a), MSG_DONTWAIT) !=
			(ssize_t)sizeof(a))
			return DOORMAN_UNKNOWN;
		/* one that came too late for its question */
		if (a.number == q.number)
			return a.word < DOORMAN_WORDS
				   ? (enum doorman_word)a.word
				   : DOORMAN_UNKNOWN;
	}
}

const char *
doorman_text(enum doorman_word w)
{
	static const char *const text[DOORMAN_WORDS] = {
		[DOORMAN_YES] = "may",
		[DOORMAN_USERNS] = "is of another user namespace",
		[DOORMAN_NOCAP] = "has no CAP_NET_ADMIN",
		[DOORMAN_PIDNS] = "is of another process namespace",
		[DOORMAN_GONE] = "cannot be seen from here",
		[DOORMAN_UNKNOWN] = "is not told of by /proc",
	};

	return w < DOORMAN_WORDS ? text[w] : "?";
}
