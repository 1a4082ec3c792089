/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#define SECRET_FD 60 /* what the other one is not to have */

static const char role[] = "--the-part";

/* What this program does when it was started again: tell what it has. */
static int
part(const char *title)
{
	char c = 'n';
	sigset_t mask;

	if (strcmp(title, "a title") != 0)
		return 2;
	if (fcntl(SECRET_FD, F_GETFD) >= 0)
		return 3;
	if (sigprocmask(SIG_BLOCK, NULL, &mask) != 0 ||
	    sigismember(&mask, SIGCHLD) != 0)
		return 4;
	if (read(SPAWN_FD, &c, 1) != 1)
		return 5;
	return write(SPAWN_FD, c == 'q' ? "a" : "?", 1) == 1 ? 0 : 6;
}

static void
one(int exe, bool at_place)
{
	int ends[2], status;
	sigset_t mask;
	pid_t pid;
	char c = 0;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	if (at_place && ends[1] != SPAWN_FD) {
		assert_int_equal(dup3(ends[1], SPAWN_FD, O_CLOEXEC), SPAWN_FD);
		(void)close(ends[1]);
		ends[1] = SPAWN_FD;
	}
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
	pid = spawn_self(exe, "a title", role, ends[1]);
	assert_true(pid > 0);
	(void)close(ends[1]);
	assert_int_equal(write(ends[0], "q", 1), 1);
	assert_int_equal(read(ends[0], &c, 1), 1);
	assert_int_equal(c, 'a');
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(ends[0]);
}

static void
test_again(void **state)
{
	int exe, below[2];

	(void)state;
	assert_int_equal(pipe2(below, O_CLOEXEC), 0);
	assert_int_equal(dup3(below[0], SECRET_FD, O_CLOEXEC), SECRET_FD);
	/* taken, so that it is no end of what one() opens */
	assert_true(dup3(below[0], SPAWN_FD, O_CLOEXEC) == SPAWN_FD ||
		    below[0] == SPAWN_FD);
	exe = spawn_exe();
	assert_true(exe > SPAWN_FD);
	one(exe, false);
	one(exe, true);
	(void)close(exe);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
	};

	if (argc == 2 && strcmp(argv[1], role) == 0)
		return part(argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
