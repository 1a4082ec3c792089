/* SPDX-License-Identifier: BSD-2-Clause */
/* Each call on the way of a change fails once, or is the last one ever made. */
#include "lib/algfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#define OLD "PROTO|2|PROTO_IPSEC_AH|sync\n# of the administrator\n"
#define NEW "PROTO|2|PROTO_IPSEC_AH|async\n# of the administrator\n"

static char dir[] = "/tmp/algfile.XXXXXX", path[64], tmp[64];

/* 0: all calls work. Else the nth fails (or is short), or ends the process. */
static unsigned fail_at, calls;
static enum { FAIL, SHORT, DIE } fail_how;

static bool
fails(void)
{
	if (fail_at == 0 || ++calls != fail_at)
		return false;
	if (fail_how == DIE)
		_exit(9);
	errno = EIO;
	return true;
}

/* The linker sends the calls of algfile.c here: --wrap. Names as meson has them,
   who sets _FILE_OFFSET_BITS. */
int __real_open64(const char *p, int flags, ...);
int __real_flock(int fd, int op);
ssize_t __real_read(int fd, void *buf, size_t n);
ssize_t __real_write(int fd, const void *buf, size_t n);
int __real_ftruncate64(int fd, off_t n);
off_t __real_lseek64(int fd, off_t at, int whence);
int __real_fchown(int fd, uid_t u, gid_t g);
int __real_fchmod(int fd, mode_t mode);
int __real_fsync(int fd);
int __real_rename(const char *a, const char *b);
int __real_close(int fd);
int __wrap_open64(const char *p, int flags, ...);
int __wrap___open64_2(const char *p, int flags);
int __wrap_flock(int fd, int op);
ssize_t __wrap_read(int fd, void *buf, size_t n);
ssize_t __wrap___read_chk(int fd, void *buf, size_t n, size_t cap);
ssize_t __wrap_write(int fd, const void *buf, size_t n);
int __wrap_ftruncate64(int fd, off_t n);
off_t __wrap_lseek64(int fd, off_t at, int whence);
int __wrap_fchown(int fd, uid_t u, gid_t g);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fsync(int fd);
int __wrap_rename(const char *a, const char *b);
int __wrap_close(int fd);

int
__wrap_open64(const char *p, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails())
		return -1;
	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_open64(p, flags, mode);
}

int
__wrap___open64_2(const char *p, int flags)
{
	return fails() ? -1 : __real_open64(p, flags);
}

int
__wrap_flock(int fd, int op)
{
	return fails() ? -1 : __real_flock(fd, op);
}

ssize_t
__wrap_read(int fd, void *buf, size_t n)
{
	return fails() ? -1 : __real_read(fd, buf, n);
}

ssize_t
__wrap___read_chk(int fd, void *buf, size_t n, size_t cap)
{
	(void)cap;
	return __wrap_read(fd, buf, n);
}

ssize_t
__wrap_write(int fd, const void *buf, size_t n)
{
	if (!fails())
		return __real_write(fd, buf, n);
	/* a full disk takes a part first */
	return fail_how == SHORT && n > 1 ? __real_write(fd, buf, n / 2) : -1;
}

int
__wrap_ftruncate64(int fd, off_t n)
{
	return fails() ? -1 : __real_ftruncate64(fd, n);
}

off_t
__wrap_lseek64(int fd, off_t at, int whence)
{
	return fails() ? -1 : __real_lseek64(fd, at, whence);
}

int
__wrap_fchown(int fd, uid_t u, gid_t g)
{
	return fails() ? -1 : __real_fchown(fd, u, g);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails() ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_fsync(int fd)
{
	return fails() ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *a, const char *b)
{
	return fails() ? -1 : __real_rename(a, b);
}

int
__wrap_close(int fd)
{
	int r = __real_close(fd);

	return fails() ? -1 : r;
}

static void
put_file(const char *at, const char *text)
{
	FILE *f;

	(void)unlink(at);
	f = fopen(at, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What is in the file; one at a time. */
static const char *
got(void)
{
	static char text[512];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

static enum algfile_step
replace(int *err)
{
	struct algfile_change c;
	enum algfile_step s = algfile_begin(&c, path);

	if (s == ALGFILE_DONE) {
		if (strcmp(c.old, OLD) != 0) {
			algfile_abandon(&c);
			return ALGFILE_FDOPEN;
		}
		s = algfile_commit(&c, NEW, strlen(NEW));
	}
	*err = c.err;
	return s;
}

static void
test_change(void **state)
{
	struct stat st;
	int err;

	(void)state;
	put_file(path, OLD);
	assert_int_equal(replace(&err), ALGFILE_DONE);
	assert_string_equal(got(), NEW);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_equal(access(tmp, F_OK), -1);
}

/* Whichever call fails: the old table or the new one, whole, and no rest. */
static void
test_failures(void **state)
{
	unsigned seen = 0;
	int err;

	(void)state;
	fail_how = FAIL;
	for (unsigned n = 1;; n++) {
		enum algfile_step s;

		put_file(path, OLD);
		calls = 0;
		fail_at = n;
		s = replace(&err);
		fail_at = 0;
		if (calls < n) { /* no nth call: everything was tried */
			assert_int_equal(s, ALGFILE_DONE);
			assert_in_range(n, 12, 100);
			break;
		}
		/* closing what was read, and nothing else, may fail unheard */
		if (s != ALGFILE_DONE) {
			assert_int_equal(err, EIO);
			seen |= 1U << s;
		}
		if (strcmp(got(), OLD) != 0)
			assert_string_equal(got(), NEW);
		if (s != ALGFILE_DONE && s != ALGFILE_CLOSE &&
		    s != ALGFILE_WRITE)
			assert_string_equal(got(), OLD);
		/* what could not be locked may be another's */
		if (s != ALGFILE_LOCK)
			assert_int_equal(access(tmp, F_OK), -1);
	}
	/* each step was seen to fail; only root changes owners */
	assert_int_equal(seen | 1U << ALGFILE_CHOWN,
	    1U << ALGFILE_OPEN | 1U << ALGFILE_FDOPEN | 1U << ALGFILE_LOCK |
		1U << ALGFILE_WRITE | 1U << ALGFILE_CHMOD |
		1U << ALGFILE_CHOWN | 1U << ALGFILE_CLOSE |
		1U << ALGFILE_RENAME);
	assert_int_equal((seen & 1U << ALGFILE_CHOWN) != 0, geteuid() == 0);
}

static void
test_short_writes(void **state)
{
	int err;

	(void)state;
	fail_how = SHORT;
	for (unsigned n = 1; n < 100; n++) {
		enum algfile_step s;

		put_file(path, OLD);
		calls = 0;
		fail_at = n;
		s = replace(&err);
		fail_at = 0;
		if (s == ALGFILE_DONE)
			assert_string_equal(got(), NEW);
		else if (strcmp(got(), OLD) != 0)
			assert_string_equal(got(), NEW);
	}
	fail_how = FAIL;
}

/* Killed at any call: whole, and the next change works. */
static void
test_killed(void **state)
{
	int status = 0, err;

	(void)state;
	for (unsigned n = 1; n < 100; n++) {
		pid_t pid;

		put_file(path, OLD);
		pid = fork();
		if (pid == 0) {
			fail_how = DIE;
			fail_at = n;
			_exit(replace(&err) == ALGFILE_DONE ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (strcmp(got(), OLD) != 0)
			assert_string_equal(got(), NEW);
		put_file(path, OLD);
		assert_int_equal(replace(&err), ALGFILE_DONE);
		assert_string_equal(got(), NEW);
		if (WEXITSTATUS(status) == 0)
			break;
		assert_int_equal(WEXITSTATUS(status), 9);
	}
	assert_int_equal(status, 0);
}

/* A child that changes the file holds the others off; its end lets them go. */
static void
test_lock(void **state)
{
	struct algfile_change c;
	int err = 0, status, pipes[2];
	char byte = 0;
	pid_t pid;

	(void)state;
	put_file(path, OLD);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		if (algfile_begin(&c, path) != ALGFILE_DONE)
			_exit(1);
		if (write(pipes[1], &byte, 1) != 1)
			_exit(1);
		(void)usleep(300000);
		_exit(algfile_commit(&c, OLD "# first\n",
			  strlen(OLD "# first\n")) != ALGFILE_DONE);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(algfile_begin(&c, path), ALGFILE_DONE);
	/* what the first one wrote is what the second one starts from */
	assert_string_equal(c.old, OLD "# first\n");
	algfile_abandon(&c);
	assert_string_equal(got(), OLD "# first\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)err;
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void
test_no_file_and_links(void **state)
{
	struct algfile_change c;
	struct ipsecalgs t;
	char link[80], *text;
	size_t n;

	(void)state;
	(void)unlink(path);
	/* where there is no file, the built-in table is what changes */
	assert_int_equal(algfile_text(path, &text, &n), 0);
	assert_true(ipsecalgs_read(&t, "", text, n, NULL, NULL));
	assert_non_null(ipsecalgs_by_name(&t, 3, "aes-gcm", 7));
	ipsecalgs_fini(&t);
	assert_int_equal(algfile_begin(&c, path), ALGFILE_DONE);
	assert_string_equal(c.old, text);
	algfile_abandon(&c);
	free(text);
	assert_int_equal(access(path, F_OK), -1);

	put_file(path, OLD);
	(void)snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(algfile_begin(&c, link), ALGFILE_FDOPEN);
	assert_int_equal(c.err, ELOOP);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(
	    algfile_begin(&c, "/nonexistent/ipsecalgs"), ALGFILE_OPEN);
	assert_int_equal(c.err, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_short_writes),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_no_file_and_links),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ipsecalgs", dir);
	(void)snprintf(tmp, sizeof(tmp), "%s/ipsecalgs.new", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)unlink(tmp);
	(void)rmdir(dir);
	return failed;
}
