/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/rundir.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static void
test_environment(void **state)
{
	char buf[128], small[10];

	(void)state;
	assert_int_equal(setenv("SOLIPSEC_RUN", "/tmp/somewhere", 1), 0);
	assert_string_equal(rundir_path(), "/tmp/somewhere");
	assert_true(rundir_socket(buf, sizeof(buf), RUNDIR_PFKEY));
	assert_string_equal(buf, "/tmp/somewhere/pfkey");
	assert_false(rundir_socket(small, sizeof(small), RUNDIR_PFKEY));
	assert_string_equal(small, "");

	/* longer than sun_path */
	char deep[120];

	memset(deep, 'a', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(setenv("SOLIPSEC_RUN", deep, 1), 0);
	assert_false(rundir_socket(buf, sizeof(buf), RUNDIR_PFKEY));
	assert_int_equal(setenv("SOLIPSEC_RUN", "", 1), 0);
	assert_int_equal(strncmp(rundir_path(), RUNDIR_ROOT, 13), 0);
	assert_int_equal(unsetenv("SOLIPSEC_RUN"), 0);
}

/*
 * In a child with network and mounts of its own: the path names the namespace.
 * Returns 0, the number of the check that failed, or 77.
 */
static int
in_new_namespace(void)
{
	char want[64];
	struct stat own, first;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) != 0 ||
	    stat("/proc/self/ns/net", &own) != 0)
		return 77;
	(void)snprintf(want, sizeof(want), RUNDIR_ROOT "/net-%lu",
	    (unsigned long)own.st_ino);
	if (stat("/proc/1/ns/net", &first) == 0)
		return strcmp(rundir_path(), want) == 0 ? 0 : 1;

	if (strcmp(rundir_path(), RUNDIR_ROOT) != 0)
		return 2;
	if (mkdir(RUNDIR_ROOT, 0755) != 0 || mkdir(want, 0755) != 0)
		return 3;
	if (strcmp(rundir_path(), want) != 0)
		return 4;
	if (rmdir(want) != 0 || mkdir("/run/netns", 0755) != 0 ||
	    mknod("/run/netns/a", S_IFREG | 0600, 0) != 0 ||
	    mknod("/run/netns/b", S_IFREG | 0600, 0) != 0)
		return 5;
	if (strcmp(rundir_path(), RUNDIR_ROOT) != 0)
		return 6;
	if (mount("/proc/self/ns/net", "/run/netns/b", NULL, MS_BIND, NULL))
		return 7;
	return strcmp(rundir_path(), want) == 0 ? 0 : 8;
}

static void
test_namespace(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	(void)unsetenv("SOLIPSEC_RUN");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(in_new_namespace());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* no right to make a namespace */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static char place[] = "/tmp/rundir-test-XXXXXX";

static void
test_make(void **state)
{
	char path[64], link_path[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(place));
	(void)snprintf(path, sizeof(path), "%s/run", place);
	(void)snprintf(link_path, sizeof(link_path), "%s/link", place);
	/* whatever the umask, and again over what is there */
	for (int i = 0; i < 2; i++) {
		mode_t old = umask(i == 0 ? 077 : 0);

		assert_int_equal(
		    rundir_make(path, 0755, geteuid(), getegid()), 0);
		(void)umask(old);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0755);
	}
	/* never through a link, never a file */
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(
	    rundir_make(link_path, 0700, geteuid(), getegid()), ENOTDIR);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(unlink(link_path), 0);
	assert_int_equal(mknod(link_path, S_IFREG | 0600, 0), 0);
	assert_int_equal(
	    rundir_make(link_path, 0700, geteuid(), getegid()), ENOTDIR);
	assert_int_equal(unlink(link_path), 0);
	/* where all write, anything may lie */
	assert_int_equal(chmod(path, 01777), 0);
	assert_int_equal(rundir_make(path, 0755, geteuid(), getegid()), EPERM);
	assert_int_equal(chmod(path, 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(rundir_make(path, 0755, 0, 0), EPERM);
		assert_int_equal(rundir_make(path, 02770, 65534, 65533), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 0);
		assert_int_equal(st.st_gid, 65533);
		assert_int_equal(st.st_mode & 07777, 02770);
	}
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(place), 0);
	assert_int_equal(rundir_make(path, 0755, 0, 0), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_make),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
