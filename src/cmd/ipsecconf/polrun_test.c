/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polrun.h"

#include <sys/stat.h>

#include "cmd/pol/fakepol_test.h"

static void
test_status(void **state)
{
	(void)state;
	assert_false(polrun_is_service());
	assert_int_equal(polrun_fatal(), 1);
	assert_int_equal(setenv("SMF_FMRI", "svc:/x", 1), 0);
	assert_true(polrun_is_service());
	assert_int_equal(polrun_fatal(), 95);
	assert_int_equal(unsetenv("SMF_FMRI"), 0);
}

static void
test_refusals(void **state)
{
	struct pfpolicy_msg m = { .errnum = EINVAL,
		.diag = PFPOLICY_DIAG_UNSUPP_AH_ALG };

	(void)state;
	assert_string_equal(polrun_refusal(&m), pfpolicy_diag_text(m.diag));
	m.diag = 0;
	m.errnum = EPERM;
	assert_string_equal(polrun_refusal(&m), "no permission");
	m.errnum = ENOMEM;
	assert_string_equal(polrun_refusal(&m), strerror(ENOMEM));
}

static bool
is_held(int sig)
{
	sigset_t now;

	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	return sigismember(&now, sig) == 1;
}

/* Signals are held while policy changes, and not longer. */
static void
test_change(void **state)
{
	struct polopts o = { .tun = "", .quiet = true };
	struct polcache c;
	const char *said;
	char path[96];

	(void)state;
	fakerun_capture();
	assert_int_equal(polrun_begin_change(&c, &o), POLRUN_OK);
	assert_true(is_held(SIGINT) && is_held(SIGTERM) && is_held(SIGHUP));
	polcache_append(&c, 1, "{}", 2);
	assert_int_equal(polrun_save(&c), POLRUN_OK);
	polrun_end_change(&c);
	assert_false(is_held(SIGINT) || is_held(SIGTERM) || is_held(SIGHUP));
	assert_string_equal(fakerun_captured(), "");

	o.quiet = false;
	fakerun_capture();
	assert_int_equal(polrun_begin_change(&c, &o), POLRUN_OK);
	polrun_end_change(&c);
	said = fakerun_captured();
	assert_non_null(strstr(said, "/etc/inet/ipsecinit.conf"));

	/* a lock that is not one */
	fakerun_path(path, "policy/ipsecconf.lock");
	assert_int_equal(chmod(path, 0666), 0);
	o.quiet = true;
	fakerun_capture();
	assert_int_equal(polrun_begin_change(&c, &o), POLRUN_ERROR);
	said = fakerun_captured();
	assert_non_null(strstr(said, "not a lock file of ours"));
	assert_false(is_held(SIGINT));
	assert_int_equal(setenv("SMF_FMRI", "svc:/x", 1), 0);
	fakerun_capture();
	assert_int_equal(polrun_begin_change(&c, &o), POLRUN_SMF_PERM);
	(void)fakerun_captured();
	assert_int_equal(unsetenv("SMF_FMRI"), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
test_not_running(void **state)
{
	static struct pollink l;
	const char *said;

	(void)state;
	fakerun_capture();
	assert_int_equal(polrun_connect(&l), POLRUN_ERROR);
	said = fakerun_captured();
	assert_non_null(
	    strstr(said, "ipsecd is not running in this network namespace"));
	assert_non_null(strstr(said, "start it with"));
}

/* Nothing but SIGKILL ends a change in its middle; a timer ends behind it. */
static void
test_signals(void **state)
{
	const struct polopts quiet = { .quiet = true };
	struct polcache c;
	sigset_t set;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2); /* held by whoever called us */
	assert_int_equal(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	assert_int_equal(polrun_begin_change(&c, &quiet), POLRUN_OK);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &set), 0);
	for (int sig = 1; sig < 32; sig++)
		assert_int_equal(
		    sigismember(&set, sig), sig != SIGKILL && sig != SIGSTOP);
	polrun_end_change(&c);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &set), 0);
	for (int sig = 1; sig < 32; sig++)
		assert_int_equal(sigismember(&set, sig), sig == SIGUSR2);
	(void)sigemptyset(&set);
	assert_int_equal(sigprocmask(SIG_SETMASK, &set, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_not_running),
	};
	int failed;

	if (!fakerun_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fakerun_fini();
	return failed;
}
