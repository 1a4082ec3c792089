/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

/* f's result, in a process of its own that stays sandboxed. */
static int
apart(int (*f)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The value of a line of /proc/self/status. */
static bool
is(const char *key, const char *value)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	bool found = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0 &&
		    strstr(line, value) != NULL)
			found = true;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

static int
memory(void)
{
	struct rlimit r;

	(void)!sandbox_memory(); /* the swap part may not be had here */
	if (getrlimit(RLIMIT_CORE, &r) != 0 || r.rlim_max != 0)
		return 1;
	return prctl(PR_GET_DUMPABLE) == 0 ? 0 : 2;
}

static int
files(void)
{
	struct rlimit r = { 20, 30 };

	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		return 1;
	sandbox_files(25);
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur != 25)
		return 2;
	sandbox_files(10); /* never less */
	sandbox_files(99);
	return getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 30 ? 0 : 3;
}

static int
drop_root(void)
{
	static const int caps[] = { CAP_NET_ADMIN, CAP_NET_RAW };

	if (sandbox_drop(0, 0, caps, 2) != 0)
		return 1;
	if (!is("CapEff:", "0000000000003000") ||
	    !is("CapPrm:", "0000000000003000") ||
	    !is("CapBnd:", "0000000000000000") || !is("NoNewPrivs:", "\t1"))
		return 2;
	return setuid(1) == 0 ? 3 : 0;
}

static int
drop_user(void)
{
	static const int caps[] = { CAP_NET_ADMIN };

	if (sandbox_drop(65534, 65534, caps, 1) != 0)
		return 1;
	if (getuid() != 65534 || getegid() != 65534)
		return 2;
	if (!is("CapEff:", "0000000000001000") || !is("NoNewPrivs:", "\t1"))
		return 3;
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 4;
	return setuid(0) == 0 ? 5 : 0;
}

/* What is kept is there for a program that is started, and nothing else. */
static int
keep(void)
{
	static const int some[] = { CAP_KILL, CAP_SETUID };
	const char *const words[] = { "grep", "-q",
		"^CapPrm:.*00000000000000a0$", "/proc/self/status", NULL };

	if (sandbox_keep(some, 2) != 0)
		return 1;
	if (!is("CapEff:", "00000000000000a0") ||
	    !is("CapBnd:", "00000000000000a0") || !is("NoNewPrivs:", "\t1"))
		return 2;
	(void)execv("/bin/grep", (char *const *)(uintptr_t)words);
	return 3;
}

static int
calls(void)
{
	static const char *const some[] = { "read", "write", "close",
		"exit_group", "no such call", NULL };

	if (sandbox_calls(some, NULL, 0) != 0)
		return 1;
	if (socket(AF_INET, SOCK_DGRAM, 0) >= 0 || errno != EPERM)
		return 2;
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM)
		return 3;
	if (execl("/bin/true", "true", NULL) != -1 || errno != EPERM)
		return 4;
	return close(-1) == -1 && errno == EBADF ? 0 : 5;
}

/* Arguments count, too: only what is named, of what is named. */
static int
arguments(void)
{
	static const char *const some[] = { "mmap", "mprotect", "munmap",
		"tgkill", "exit_group", NULL };
	static const struct sandbox_only only[] = {
		{ "setsockopt", 1, SOL_SOCKET, 2, SO_RCVBUF },
		{ "setsockopt", 1, SOL_SOCKET, 2, SO_SNDBUF },
		{ "shutdown", 1, SHUT_RD, 1, SHUT_RD }
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), n = 8192;
	pid_t me = getpid(), parent = getppid();
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	if (fd < 0 || sandbox_calls(some, only, 3) != 0)
		return 1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n)) != 0)
		return 2;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &n, sizeof(n)) == 0 ||
	    errno != EPERM)
		return 3;
	if (setsockopt(fd, SOL_SOCKET + 1, SO_SNDBUF, &n, sizeof(n)) == 0 ||
	    errno != EPERM)
		return 4;
	if (shutdown(fd, SHUT_RD) != 0 || shutdown(fd, SHUT_WR) == 0 ||
	    errno != EPERM)
		return 10;
	p = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p, (size_t)page, PROT_READ) != 0)
		return 5;
	if (mprotect(p, (size_t)page, PROT_READ | PROT_EXEC) == 0 ||
	    errno != EPERM)
		return 6;
	if (mmap(NULL, (size_t)page, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
	    errno != EPERM)
		return 7;
	if (syscall(SYS_tgkill, me, me, 0) != 0)
		return 8;
	return syscall(SYS_tgkill, parent, parent, 0) == 0 ? 9 : 0;
}

static void
test_memory(void **state)
{
	(void)state;
	assert_int_equal(apart(memory), 0);
	assert_int_equal(apart(files), 0);
}

/*
 * A sanitizer's runtime makes calls of its own at any time, and ThreadSanitizer's
 * does not bear setuid() in a child.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void
test_drop(void **state)
{
	(void)state;
	if (geteuid() != 0 || SANITIZED)
		skip();
	assert_int_equal(apart(drop_root), 0);
	assert_int_equal(apart(drop_user), 0);
	assert_int_equal(apart(keep), 0);
}

static void
test_calls(void **state)
{
	(void)state;
	if (geteuid() != 0 || SANITIZED)
		skip();
	assert_int_equal(apart(calls), 0);
	assert_int_equal(apart(arguments), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
