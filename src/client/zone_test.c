/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/zone.h"

#include <cap-ng.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

/* f's result in a process of its own; 77: that process cannot be had. */
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
in_userns(void)
{
	return unshare(CLONE_NEWUSER) != 0 ? 77 : zone_is_shared();
}

static int
in_both(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 ? 77
							  : zone_is_shared();
}

static int
without_cap(void)
{
	capng_get_caps_process();
	if (capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		CAP_NET_ADMIN) != 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) != 0)
		return 77;
	return zone_is_shared();
}

static void
expect(int got, int want)
{
	if (got == 77)
		skip();
	assert_int_equal(got, want);
}

static void
test_shared(void **state)
{
	(void)state;
	expect(apart(in_userns), 1);
}

/*
 * A user namespace with a network of its own is an exclusive-IP zone: uid 65534
 * until it is mapped.
 */
static void
test_exclusive(void **state)
{
	(void)state;
	expect(apart(in_both), 0);
}

static void
test_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	expect(apart(without_cap), 1);
}

static void
test_elsewhere(void **state)
{
	pid_t pid;
	int p[2];
	char c = 0;

	(void)state;
	assert_true(zone_is_elsewhere(0));
	assert_false(zone_is_elsewhere(getpid()));
	assert_false(zone_is_elsewhere(0x3fffffff)); /* who knows */
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) == 0 && write(p[1], "1", 1) == 1)
			(void)pause();
		_exit(0);
	}
	(void)close(p[1]);
	if (read(p[0], &c, 1) == 1)
		assert_true(zone_is_elsewhere(pid));
	(void)close(p[0]);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_exclusive),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
