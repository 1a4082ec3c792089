/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

static char dir[] = "/tmp/keyfile-test-XXXXXX";
static char path[64], other[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/keys", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void
make(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static enum keyfile_fault
fault(const char *name)
{
	char text[KEYFILE_TEXT];
	struct keyfile f;

	if (keyfile_read(&f, name)) {
		keyfile_free(&f);
		return KEYFILE_OK;
	}
	assert_null(f.text);
	assert_int_not_equal(f.fault, KEYFILE_OK);
	assert_true(strlen(keyfile_sentence(&f, text)) > 10);
	return f.fault;
}

static void
test_good(void **state)
{
	struct keyfile f;

	(void)state;
	make("flush\n", 0600);
	assert_true(keyfile_read(&f, path));
	assert_int_equal(f.n, 6);
	assert_memory_equal(f.text, "flush\n", 6);
	keyfile_free(&f);
	assert_null(f.text);
	make("", 0400);
	assert_int_equal(fault(path), KEYFILE_OK);
}

static void
test_modes(void **state)
{
	(void)state;
	for (mode_t bit = 1; bit <= 0777; bit <<= 1) {
		make("flush\n", 0400 | bit);
		assert_int_equal(
		    fault(path), bit > 040 ? KEYFILE_OK : KEYFILE_MODE);
		assert_int_equal(unlink(path), 0);
	}
}

static void
test_kinds(void **state)
{
	char text[KEYFILE_TEXT];
	struct keyfile f;

	(void)state;
	assert_int_equal(fault(path), KEYFILE_MISSING);
	make("flush\n", 0600);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(fault(other), KEYFILE_SYMLINK);
	assert_int_equal(fault(dir), KEYFILE_NOT_REGULAR);
	assert_int_equal(fault("/dev/null"), KEYFILE_NOT_REGULAR);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(fault(other), KEYFILE_NOT_REGULAR);
	assert_int_equal(fault("/dev/null/x"), KEYFILE_ERROR);

	assert_int_equal(chmod(path, 0644), 0);
	assert_false(keyfile_read(&f, path));
	assert_non_null(strstr(keyfile_sentence(&f, text), "mode is 0644"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, (off_t)KEYFILE_MAX + 1), 0);
	assert_int_equal(fault(path), KEYFILE_TOO_LONG);
}

static void
test_owner(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	make("flush\n", 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(fault(path), KEYFILE_OWNER);
}

/* A file in the place of which all may put another one. */
static void
test_folder(void **state)
{
	char cwd[PATH_MAX];

	(void)state;
	make("flush\n", 0600);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(fault(path), KEYFILE_FOLDER);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(fault("keys"), KEYFILE_FOLDER);
	/* not where each may only remove his own */
	assert_int_equal(chmod(dir, 01777), 0);
	assert_int_equal(fault(path), KEYFILE_OK);
	assert_int_equal(fault("keys"), KEYFILE_OK);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(fault(path), KEYFILE_OK);
	assert_int_equal(chdir(cwd), 0);
}

/* Write text to path by way of a new file. */
static int
replace(const char *text)
{
	struct keyfile_new n;
	int err = keyfile_create(&n, path);

	if (err != 0)
		return err;
	assert_int_equal(write(n.fd, text, strlen(text)), strlen(text));
	err = keyfile_commit(&n);
	(void)close(n.fd);
	assert_int_equal(access(n.tmp, F_OK), -1);
	return err;
}

static void
test_create(void **state)
{
	struct keyfile_new n;
	struct keyfile f;
	struct stat st;
	char old[8] = "";
	int fd;

	(void)state;
	assert_int_equal(replace("one"), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);

	/* who has the old file, by descriptor or a second name, keeps that */
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(link(path, other), 0);
	fd = open(path, O_RDONLY);
	assert_int_equal(keyfile_create(&n, path), 0);
	assert_int_equal(n.mode, 0644);
	keyfile_abandon(&n);
	(void)close(n.fd);
	assert_int_equal(replace("two"), 0);
	assert_int_equal(read(fd, old, sizeof(old)), 3);
	assert_string_equal(old, "one");
	(void)close(fd);
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_true(keyfile_read(&f, path));
	assert_int_equal(f.n, 3);
	assert_memory_equal(f.text, "two", 3);
	assert_int_equal(f.mode, 0400);
	keyfile_free(&f);

	/* one that is cut off changes nothing, and does not stop the next */
	assert_int_equal(keyfile_create(&n, path), 0);
	assert_int_equal(write(n.fd, "th", 2), 2);
	(void)close(n.fd);
	assert_true(keyfile_read(&f, path));
	assert_memory_equal(f.text, "two", 3);
	keyfile_free(&f);
	assert_int_equal(replace("four"), 0);

	assert_int_equal(unlink(other), 0);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(keyfile_create(&n, other), ELOOP);
	assert_int_equal(keyfile_create(&n, "/dev/null"), EINVAL);
	assert_int_equal(keyfile_create(&n, dir), EINVAL);
	assert_int_equal(keyfile_create(&n, "/nowhere/x"), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_good, clean),
		cmocka_unit_test_teardown(test_modes, clean),
		cmocka_unit_test_teardown(test_kinds, clean),
		cmocka_unit_test_teardown(test_owner, clean),
		cmocka_unit_test_teardown(test_folder, clean),
		cmocka_unit_test_teardown(test_create, clean),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
