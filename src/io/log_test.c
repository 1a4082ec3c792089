/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/test.h"

static char text[8192];

/* What f writes to standard error. */
static const char *
written(void (*f)(void))
{
	int old = dup(STDERR_FILENO), p[2];
	ssize_t n;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(dup2(p[1], STDERR_FILENO), STDERR_FILENO);
	f();
	assert_int_equal(dup2(old, STDERR_FILENO), STDERR_FILENO);
	(void)close(p[1]);
	(void)close(old);
	n = read(p[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)close(p[0]);
	return text;
}

static void
two_levels(void)
{
	log_init("test", false);
	log_say(LOG_LEVEL_WARN, "number %d", 7);
	log_say(LOG_LEVEL_DEBUG, "not written");
}

static void
hostile(void)
{
	log_init("test", true);
	log_say(LOG_LEVEL_DEBUG, "a\n<0>b\033[31m%01500d", 1);
}

static void
many(void)
{
	static struct log_rate r;

	for (int i = 0; i < 1000; i++)
		log_limit(&r, LOG_LEVEL_ERR, "line %d", i);
	(void)usleep(1010000);
	log_limit(&r, LOG_LEVEL_ERR, "last");
}

static void
due(void)
{
	static struct log_rate r;

	log_init("test", false);
	assert_false(log_due(&r, LOG_LEVEL_DEBUG));
	for (int i = 0; i < 10; i++)
		if (log_due(&r, LOG_LEVEL_WARN))
			log_limit(&r, LOG_LEVEL_WARN, "line %d", i);
	(void)usleep(1010000);
	assert_true(log_due(&r, LOG_LEVEL_WARN));
	log_limit(&r, LOG_LEVEL_WARN, "last");
}

static void
test_levels(void **state)
{
	(void)state;
	assert_string_equal(written(two_levels), "<4>number 7\n");
}

/* One message is one line, whatever is in it, and not endless. */
static void
test_hostile(void **state)
{
	const char *t = written(hostile);

	(void)state;
	assert_int_equal(strncmp(t, "<7>a <0>b [31m000", 17), 0);
	assert_ptr_equal(strchr(t, '\n'), t + strlen(t) - 1);
	assert_in_range(strlen(t), 500, 1100);
}

static void
test_limit(void **state)
{
	(void)state;
	assert_string_equal(
	    written(many), "<3>line 0\n<3>last (999 more left out)\n");
}

static void
test_due(void **state)
{
	(void)state;
	assert_string_equal(
	    written(due), "<4>line 0\n<4>last (9 more left out)\n");
}

/* A pipe that nobody empties: not a moment is lost, and later it is told. */
static void
test_full(void **state)
{
	int old = dup(STDERR_FILENO), p[2];
	char buf[4096] = { 0 };
	ssize_t n;

	(void)state;
	log_init("test", false);
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	while (write(p[1], buf, sizeof(buf)) > 0)
		;
	assert_int_equal(fcntl(p[1], F_SETFL, 0), 0);
	assert_int_equal(dup2(p[1], STDERR_FILENO), STDERR_FILENO);
	(void)alarm(5); /* the test ends here if it waits */
	for (int i = 0; i < 3; i++)
		log_say(LOG_LEVEL_ERR, "lost");
	(void)alarm(0);
	while (read(p[0], buf, sizeof(buf)) > 0)
		;
	log_say(LOG_LEVEL_ERR, "here");
	log_say(LOG_LEVEL_ERR, "again");
	assert_int_equal(dup2(old, STDERR_FILENO), STDERR_FILENO);
	n = read(p[0], buf, sizeof(buf) - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, "<3>here (3 lines were lost)\n<3>again\n");
	(void)close(p[0]);
	(void)close(p[1]);
	(void)close(old);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
