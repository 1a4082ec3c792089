/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pidlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static void
test_pidlock(void **state)
{
	char path[64], target[80];
	pid_t holder;
	int a, b;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/pidlock-%d", (int)getpid());
	a = pidlock_take(path, &holder);
	assert_true(a >= 0);
	b = pidlock_take(path, &holder);
	assert_int_equal(b, -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	(void)close(a);
	a = pidlock_take(path, &holder);
	assert_true(a >= 0);
	(void)close(a);
	(void)unlink(path);
	/* never through a link that somebody left there */
	(void)snprintf(target, sizeof(target), "%s-target", path);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(pidlock_take(path, &holder), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(access(target, F_OK), -1);
	(void)unlink(path);
	/* nor what is no file, has a second name, or was made by another user */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pidlock_take(path, &holder), -1);
	assert_int_equal(errno, EPERM);
	(void)unlink(path);
	assert_int_equal(mknod(target, S_IFREG | 0644, 0), 0);
	assert_int_equal(link(target, path), 0);
	assert_int_equal(pidlock_take(path, &holder), -1);
	assert_int_equal(errno, EPERM);
	(void)unlink(target);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(pidlock_take(path, &holder), -1);
		assert_int_equal(errno, EPERM);
	}
	(void)unlink(path);
}

/*
 * A holder that ends removes its file. Whoever had opened it meanwhile must not
 * go on with a lock on a file without a name, beside the next one: here four
 * processes take and leave it all the time, and hold a second lock that would
 * show two of them inside at once.
 */
static int
come_and_go(const char *path, const char *inside)
{
	pid_t holder;

	for (int n = 0; n < 700;) {
		int fd = pidlock_take(path, &holder), in;

		if (fd < 0) {
			if (errno != EWOULDBLOCK && errno != EAGAIN)
				return 1;
			continue;
		}
		in = open(inside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (in < 0 || flock(in, LOCK_EX | LOCK_NB) != 0)
			return 2;
		(void)close(in);
		(void)unlink(path);
		(void)close(fd);
		n++;
	}
	return 0;
}

static void
test_races(void **state)
{
	char path[64], inside[80];
	int status;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/pidlock-%d", (int)getpid());
	(void)snprintf(inside, sizeof(inside), "%s-inside", path);
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(come_and_go(path, inside));
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	(void)unlink(inside);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pidlock),
		cmocka_unit_test(test_races) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
