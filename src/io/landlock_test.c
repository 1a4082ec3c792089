/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

enum { ABSENT = 77 };

static char dir[] = "/tmp/landlockXXXXXX";
static char inside[sizeof(dir) + 16], outside[sizeof(dir) + 16];

/* f's result, in a process of its own that stays confined. */
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

static int
confine(const char *const *readable)
{
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	err = landlock_confine(readable);
	return err == ENOSYS || err == EOPNOTSUPP ? ABSENT : err;
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static int
nothing(void)
{
	static const char *const none[] = { NULL };
	int before = open(inside, O_RDONLY);
	int err = confine(none);
	char c;

	if (err != 0)
		return err;
	if (opens(inside, O_RDONLY) || opens("/etc/passwd", O_RDONLY) ||
	    opens("/tmp", O_RDONLY | O_DIRECTORY))
		return 1;
	/* what was open stays so */
	return read(before, &c, 1) == 1 ? 0 : 2;
}

static int
one_file(void)
{
	const char *const readable[] = { "/nonexistent/folder", inside, NULL };
	int err = confine(readable);

	if (err != 0)
		return err;
	if (!opens(inside, O_RDONLY))
		return 1;
	if (opens(inside, O_WRONLY) || unlink(inside) == 0)
		return 2;
	return opens(outside, O_RDONLY) ? 3 : 0;
}

static int
one_folder(void)
{
	const char *const readable[] = { dir, NULL };
	int err = confine(readable);

	if (err != 0)
		return err;
	if (!opens(inside, O_RDONLY) || !opens(dir, O_RDONLY | O_DIRECTORY))
		return 1;
	return opens("/etc/passwd", O_RDONLY) ||
	       mkdir("/tmp/landlock", 0700) == 0;
}

static void
run(int (*f)(void))
{
	int got = apart(f);

	if (got == ABSENT)
		skip();
	assert_int_equal(got, 0);
}

static void
test_nothing(void **state)
{
	(void)state;
	run(nothing);
}

static void
test_one_file(void **state)
{
	(void)state;
	run(one_file);
}

static void
test_one_folder(void **state)
{
	(void)state;
	run(one_folder);
}

static int
setup(void **state)
{
	FILE *f;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(inside, sizeof(inside), "%s/inside", dir);
	(void)snprintf(outside, sizeof(outside), "%s/outside", dir);
	for (int i = 0; i < 2; i++) {
		f = fopen(i == 0 ? inside : outside, "w");
		if (f == NULL || fputs("text", f) < 0 || fclose(f) != 0)
			return -1;
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(inside);
	(void)unlink(outside);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_file),
		cmocka_unit_test(test_one_folder),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
