/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

enum { MARKED = 5, SKIP = 77 };

static int
adorn(void *ctx, int fd)
{
	int v = MARKED;

	(void)ctx;
	return setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &v, sizeof(v)) == 0
		   ? 0
		   : errno;
}

static int
refuse(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return EPROTONOSUPPORT;
}

static bool
not_udp(void *ctx, int domain, int type, int protocol)
{
	(void)ctx;
	(void)domain;
	(void)protocol;
	return type != SOCK_DGRAM;
}

static int
priority(int fd)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &v, &n) == 0
		   ? v
		   : -1;
}

/* Without the library's socket(), as a static program would. */
static int
raw_socket(long domain, long type, long protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

/* What a guarded process sees; exit status 0: all as it should be. */
static int
body_adorned(void)
{
	int fd = raw_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (priority(fd) != MARKED || (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return 1;
	fd = raw_socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
	if (fd >= 0 &&
	    (priority(fd) != MARKED || (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 ||
		(fcntl(fd, F_GETFL) & O_NONBLOCK) == 0))
		return 2;
	/* the upper half of the register is nobody's business */
	fd = raw_socket(AF_INET | (1L << 32), SOCK_STREAM, 0);
	if (priority(fd) != MARKED)
		return 3;
	if (priority(raw_socket(AF_INET, SOCK_DGRAM, 0)) != 0)
		return 4;
	if (priority(raw_socket(AF_UNIX, SOCK_STREAM, 0)) != 0)
		return 5;
	if (raw_socket(AF_INET, SOCK_STREAM, 250) >= 0 ||
	    errno != EPROTONOSUPPORT)
		return 6;
	if (syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS)
		return 7;
	return 0;
}

static int
body_refused(void)
{
	if (raw_socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return 1;
	return errno == EPROTONOSUPPORT ? 0 : 2;
}

/* Descendants are guarded too, also when the first program has ended. */
static int
body_children(void)
{
	pid_t child;
	int status;

	for (int i = 0; i < 3; i++) {
		child = fork();
		if (child < 0)
			return 1;
		if (child == 0)
			_exit(priority(raw_socket(AF_INET, SOCK_STREAM, 0)) !=
			      MARKED);
		if (waitpid(child, &status, 0) != child || status != 0)
			return 2;
	}
	return 0;
}

static void
run(int (*body)(void), int (*how)(void *, int))
{
	struct guard_use use = { .adorn = how, .wants = not_udp };
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		int err = guard_enter(&use);

		if (err == EBUSY || err == ENOSYS || err == EINVAL)
			_exit(SKIP);
		_exit(err != 0 ? 100 : body());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_sockets_are_adorned(void **state)
{
	(void)state;
	run(body_adorned, adorn);
}

static void
test_no_policy_no_socket(void **state)
{
	(void)state;
	run(body_refused, refuse);
}

static void
test_descendants(void **state)
{
	(void)state;
	run(body_children, adorn);
}

/* The second process ends when nobody is left to guard. */
static void
test_ends(void **state)
{
	int pipes[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	/* the second process has the pipe, too: end of file says that it ended */
	run(body_children, adorn);
	assert_int_equal(close(pipes[1]), 0);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	assert_int_equal(close(pipes[0]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets_are_adorned),
		cmocka_unit_test(test_no_policy_no_socket),
		cmocka_unit_test(test_descendants),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
