/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pidlock.h"

#include <errno.h>
#include <stdio.h>
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
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pidlock) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
