/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/polcache.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static char dir[] = "/tmp/polcacheXXXXXX";
static char folder[64], path[96], lock_path[96];

static void
write_file(const char *at, const char *text)
{
	FILE *f = fopen(at, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static const char *
file_text(void)
{
	static char buf[4096];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return "none";
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	(void)fclose(f);
	return buf;
}

static void
put(void *ctx, const char *line, size_t n)
{
	strncat(ctx, line, n);
}

static const char *
live(const struct polcache *c)
{
	static char buf[4096];

	buf[0] = '\0';
	polcache_each_line(c, put, buf);
	return buf;
}

static void
begin(struct polcache *c)
{
	const char *what;

	assert_int_equal(polcache_lock(c, &what), 0);
	assert_int_equal(polcache_load(c), 0);
}

static void
end(struct polcache *c)
{
	assert_int_equal(polcache_stage(c), 0);
	assert_int_equal(polcache_commit(c), 0);
	polcache_close(c);
}

#define A   "{laddr 10.0.0.1} ipsec {encr_algs aes}"
#define B   "{\n tunnel ip.tun0 # x\nnegotiate tunnel} drop {}"
#define ALL "#INDEX 2 \n" A "\n\n#INDEX 2 \n" B "\n\n#INDEX 4 \n" A "\n\n"

static void
test_life(void **state)
{
	struct polcache c;
	struct stat st;

	(void)state;
	begin(&c);
	assert_string_equal(live(&c), "");
	polcache_append(&c, 2, A, strlen(A));
	polcache_append(&c, 2, B, strlen(B));
	polcache_append(&c, 4, A "junk", strlen(A));
	assert_string_equal(live(&c), ALL);
	assert_string_equal(file_text(), "none");
	end(&c);
	assert_string_equal(file_text(), ALL);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	/* index 2 of the host is not index 2 of the tunnel */
	begin(&c);
	polcache_delete(&c, "ip.tun0", 2);
	assert_string_equal(
	    live(&c), "#INDEX 2 \n" A "\n\n#INDEX 4 \n" A "\n\n");
	end(&c);
	assert_string_equal(file_text(),
	    "#INDEX 2 \n" A "\n\n"
	    ";#INDEX 2 \n;{\n; tunnel ip.tun0 # x\n;negotiate tunnel} drop "
	    "{}\n;\n"
	    "#INDEX 4 \n" A "\n\n");
	begin(&c);
	polcache_delete(&c, "ip.tun0", 2);
	polcache_delete(&c, "", 2);
	polcache_delete(&c, "", 3);
	assert_string_equal(live(&c), "#INDEX 4 \n" A "\n\n");
	polcache_close(&c);

	/* what was not committed is not there */
	begin(&c);
	assert_string_equal(
	    live(&c), "#INDEX 2 \n" A "\n\n#INDEX 4 \n" A "\n\n");
	polcache_append(&c, 6, B, strlen(B));
	polcache_flush(&c, "", false);
	assert_string_equal(live(&c), "#INDEX 6 \n" B "\n\n");
	end(&c);
	begin(&c);
	polcache_flush(&c, "ip.tun1", false);
	assert_string_equal(live(&c), "#INDEX 6 \n" B "\n\n");
	polcache_flush(&c, "ip.tun0", false);
	assert_string_equal(live(&c), "");
	polcache_append(&c, 7, B, strlen(B));
	polcache_flush(&c, "", true);
	assert_string_equal(live(&c), "");
	end(&c);
	assert_string_equal(file_text(), "");
}

/* Entries whose words look like a tunnel's, but are not its name. */
static void
test_tunnel_of_an_entry(void **state)
{
	static const char host[] = "{laddr tunnel raddr tunnel} drop {}";
	struct polcache c;

	(void)state;
	begin(&c);
	polcache_append(&c, 2, host, strlen(host));
	polcache_delete(&c, "raddr", 2);
	assert_non_null(strstr(live(&c), host));
	polcache_delete(&c, "", 2);
	assert_string_equal(live(&c), "");
	polcache_close(&c);
}

static int
try_lock(void)
{
	struct polcache c;
	const char *what;
	int e = polcache_lock(&c, &what);

	polcache_close(&c);
	return e;
}

/* spec: policy 1 */
static void
test_bad_locks(void **state)
{
	(void)state;
	assert_int_equal(try_lock(), 0);
	write_file(lock_path, "x");
	assert_int_equal(try_lock(), EPERM);
	write_file(lock_path, "");
	assert_int_equal(try_lock(), 0);
	assert_int_equal(chmod(lock_path, 0640), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(chmod(lock_path, 0600), 0);
	assert_int_equal(link(lock_path, path), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(lock_path), 0);
	assert_int_equal(symlink("/dev/null", lock_path), 0);
	assert_int_equal(try_lock(), ELOOP);
	assert_int_equal(unlink(lock_path), 0);
	assert_int_equal(mkfifo(lock_path, 0600), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(unlink(lock_path), 0);
}

/* Nobody but its owner, or a managing group, may have put the files there. */
static void
test_folders(void **state)
{
	(void)state;
	assert_int_equal(chmod(folder, 0702), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(chmod(folder, 0700), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(folder, 65534, 0), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(try_lock(), 0);
}

#define MANAGERS 65533 /* a group of the test's */

/* As a user of the managing group: add an entry. Returns what went wrong. */
static int
manage(uid_t uid)
{
	struct polcache c;
	const char *what;

	if (setgroups(0, NULL) != 0 || setgid(MANAGERS) != 0 ||
	    setuid(uid) != 0)
		return 100;
	if (polcache_lock(&c, &what) != 0)
		return 1;
	if (polcache_load(&c) != 0)
		return 2;
	polcache_append(&c, uid, A, strlen(A));
	if (polcache_stage(&c) != 0)
		return 3;
	if (polcache_commit(&c) != 0)
		return 4;
	polcache_close(&c);
	return 0;
}

static void
manage_as(uid_t uid, int want)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(manage(uid));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
}

/* Root and two managers change policy in turns, whoever made the files. */
static void
test_managers(void **state)
{
	struct polcache c;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)unlink(path);
	(void)unlink(lock_path);
	assert_int_equal(chmod(dir, 0755), 0);
	manage_as(2001, 1); /* the folder is root's alone */
	assert_int_equal(chown(folder, 0, MANAGERS), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	manage_as(2001, 0);
	manage_as(2002, 0);
	begin(&c);
	polcache_append(&c, 0, B, strlen(B));
	end(&c);
	manage_as(2001, 0);
	assert_string_equal(file_text(),
	    "#INDEX 2001 \n" A "\n\n#INDEX 2002 \n" A "\n\n#INDEX 0 \n" B
	    "\n\n#INDEX 2001 \n" A "\n\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_gid, MANAGERS);
	assert_int_equal(stat(lock_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* a lock for all is none, nor is a cache that is no file */
	assert_int_equal(chmod(lock_path, 0666), 0);
	assert_int_equal(try_lock(), EPERM);
	assert_int_equal(chmod(lock_path, 0660), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0660), 0);
	manage_as(2001, 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	manage_as(2001, 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(lock_path), 0);
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(chmod(folder, 0700), 0);
}

static bool
see(void *ctx, uint64_t index, const char *tun, const char *text, size_t n)
{
	char *to = ctx;

	(void)snprintf(to + strlen(to), 200 - strlen(to), "%d %s %.*s|",
	    (int)index, tun, (int)n, text);
	return index != 7;
}

static void
test_each(void **state)
{
	struct polcache c = { .lock = -1 };
	char seen[200] = "";

	(void)state;
	polcache_append(&c, 2, A, strlen(A));
	polcache_append(&c, 4, B, strlen(B));
	polcache_append(&c, 7, A, strlen(A));
	polcache_append(&c, 8, A, strlen(A));
	polcache_delete(&c, "ip.tun0", 4);
	polcache_each(&c, see, seen);
	assert_string_equal(
	    seen, "2  #INDEX 2 \n" A "\n\n|7  #INDEX 7 \n" A "\n\n|");
	polcache_close(&c);
}

/* The second waits until the first is done. */
static void
test_one_at_a_time(void **state)
{
	struct polcache c;
	int status;
	pid_t child;

	(void)state;
	begin(&c);
	child = fork();
	if (child == 0) {
		struct polcache mine;
		const char *what;

		/* the lock that fork() copied is the parent's */
		(void)close(c.lock);
		if (polcache_lock(&mine, &what) != 0 ||
		    polcache_load(&mine) != 0)
			_exit(1);
		_exit(mine.n != 0 ? 0 : 2);
	}
	(void)usleep(50000);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	polcache_append(&c, 1, A, strlen(A));
	end(&c);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_tunnel_of_an_entry),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_bad_locks),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_managers),
	};
	int failed;

	if (mkdtemp(dir) == NULL || setenv("SOLIPSEC_RUN", dir, 1) != 0)
		return 1;
	(void)snprintf(folder, sizeof(folder), "%s/policy", dir);
	if (mkdir(folder, 0700) != 0)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ipsecpolicy.conf", folder);
	(void)snprintf(
	    lock_path, sizeof(lock_path), "%s/ipsecconf.lock", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)unlink(lock_path);
	(void)rmdir(folder);
	(void)rmdir(dir);
	return failed;
}
