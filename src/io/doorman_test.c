/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/doorman.h"

#include <cap-ng.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static struct doorman *d;

static int
setup(void **state)
{
	(void)state;
	d = doorman_start();
	return d != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	doorman_stop(d);
	d = NULL;
	return 0;
}

enum kind { PLAIN, USERNS, NOCAP, NOBODY, PIDNS };

static bool
become(enum kind k)
{
	switch (k) {
	case USERNS:
		return unshare(CLONE_NEWUSER) == 0;
	case NOCAP:
		capng_get_caps_process();
		return capng_update(CAPNG_DROP,
			   CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			   CAP_NET_ADMIN) == 0 &&
		       capng_apply(CAPNG_SELECT_CAPS) == 0;
	case NOBODY:
		return setgid(65534) == 0 && setuid(65534) == 0;
	default:
		return true;
	}
}

static pid_t child; /* of ours: the process that make() made, or its parent */

/* In the child: become it, say so with its number, and wait. */
__attribute__((noreturn)) static void
be(enum kind k, int say)
{
	pid_t pid = getpid();

	/* those of the new process namespace are its children's */
	if (k == PIDNS) {
		pid = unshare(CLONE_NEWPID) == 0 ? fork() : -1;
		if (pid == 0)
			(void)pause();
	} else if (!become(k)) {
		pid = -1;
	}
	if (pid < 0 || write(say, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	(void)close(say);
	if (k == PIDNS)
		(void)waitpid(pid, NULL, 0);
	else
		(void)pause();
	_exit(0);
}

/* A process of that kind, which waits; -1: there can be none. */
static pid_t
make(enum kind k)
{
	pid_t pid;
	int p[2];

	assert_int_equal(pipe(p), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be(k, p[1]);
	(void)close(p[1]);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	(void)close(p[0]);
	return pid;
}

static int
pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

static void
ask(enum kind k, int cap, enum doorman_word want)
{
	pid_t pid = make(k);
	int fd;

	if (pid < 0)
		skip();
	fd = pidfd_of(pid);
	assert_true(fd >= 0);
	assert_string_equal(
	    doorman_text(doorman_ask(d, pid, fd, cap)), doorman_text(want));
	assert_string_equal(
	    doorman_text(doorman_ask(d, pid, -1, cap)), doorman_text(want));
	end(pid);
	/* the number may be another's from now on */
	assert_int_equal(doorman_ask(d, pid, fd, cap), DOORMAN_GONE);
	(void)close(fd);
}

static void
test_plain(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	ask(PLAIN, CAP_NET_ADMIN, DOORMAN_YES);
	ask(PLAIN, -1, DOORMAN_YES);
}

static void
test_userns(void **state)
{
	(void)state;
	ask(USERNS, CAP_NET_ADMIN, DOORMAN_USERNS);
	ask(USERNS, -1, DOORMAN_USERNS);
}

static void
test_nocap(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	ask(NOCAP, CAP_NET_ADMIN, DOORMAN_NOCAP);
	ask(NOCAP, -1, DOORMAN_YES);
}

static void
test_nobody(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	ask(NOBODY, CAP_NET_ADMIN, DOORMAN_NOCAP);
	ask(NOBODY, -1, DOORMAN_YES);
}

static void
test_gone(void **state)
{
	int self = pidfd_of(getpid());
	pid_t pid = make(PLAIN);
	int dead = pidfd_of(pid);

	(void)state;
	assert_int_equal(doorman_ask(d, 0, -1, -1), DOORMAN_GONE);
	assert_int_equal(doorman_ask(d, -1, -1, -1), DOORMAN_GONE);
	assert_int_equal(doorman_ask(d, 0x3fffffff, -1, -1), DOORMAN_GONE);
	end(pid);
	/* a live number with the descriptor of one that has ended */
	assert_int_equal(doorman_ask(d, getpid(), dead, -1), DOORMAN_GONE);
	assert_int_equal(doorman_ask(d, getpid(), self, -1), DOORMAN_YES);
	(void)close(dead);
	(void)close(self);
}

static void
test_pidns(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	ask(PIDNS, -1, DOORMAN_PIDNS);
}

static void
end_other(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* The doorman: our child that is not this one. */
static pid_t
child_of_ours(pid_t other)
{
	char path[64], text[256] = "";
	char *save = NULL, *word;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
	f = fopen(path, "re");
	assert_non_null(f);
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	for (word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		if (atol(word) != (long)other)
			return (pid_t)atol(word);
	fail();
	return -1;
}

/* An answer that cannot be had is a no. */
static void
test_no_doorman(void **state)
{
	pid_t pid = make(PLAIN);

	(void)state;
	doorman_stop(NULL);
	/* as one that ended: each process has a doorman that is its child */
	end_other(child_of_ours(pid));
	assert_int_equal(doorman_ask(d, pid, -1, -1), DOORMAN_UNKNOWN);
	end(pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain), cmocka_unit_test(test_userns),
		cmocka_unit_test(test_nocap), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_gone), cmocka_unit_test(test_pidns),
		cmocka_unit_test(test_no_doorman), /* the last */
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
