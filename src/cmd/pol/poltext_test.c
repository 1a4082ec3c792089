/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poltext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

static char path[] = "/tmp/poltextXXXXXX";
static char captured[8192];

static void
write_file(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	(void)fclose(f);
}

/* What f() writes to standard error. */
static const char *
stderr_of(void (*f)(void *ctx), void *ctx)
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	(void)fflush(stderr);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	f(ctx);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(fds[1]);
	n = read(fds[0], captured, sizeof(captured) - 1);
	(void)close(fds[0]);
	(void)close(saved);
	captured[n > 0 ? n : 0] = '\0';
	return captured;
}

static void
test_read(void **state)
{
	struct poltext t;
	char *big = malloc(100000);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 100000);
	write_file("", 0);
	assert_int_equal(poltext_read(&t, path), 0);
	assert_int_equal(t.n, 0);
	assert_string_equal(t.text, "");
	poltext_free(&t);
	write_file(big, 100000);
	assert_int_equal(poltext_read(&t, path), 0);
	assert_int_equal(t.n, 100000);
	assert_memory_equal(t.text, big, 100000);
	assert_string_equal(t.name, path);
	poltext_free(&t);
	assert_int_equal(poltext_read(&t, "/nonexistent"), ENOENT);
	assert_int_equal(poltext_read(&t, "/"), EISDIR);
	assert_null(t.text);
	free(big);
}

struct report {
	struct poltext t;
	struct conf_error e;
};

static void
report(void *ctx)
{
	struct report *r = ctx;

	poltext_report(&r->t, &r->e);
}

static void
test_report(void **state)
{
	char text[] = "one\n\ttwo\tX three\n\x1b[2J\n";
	struct report r = { .t = { "f", text, strlen(text), false, 0 },
		.e = {
		    CONF_ERROR, "f", 2, 6, CONF_FOUND_NONE, "", "bad", "" } };

	(void)state;
	assert_string_equal(stderr_of(report, &r),
	    "f:2:6: bad\n\t\ttwo\tX three\n\t\t   \t^\n");
	r.e.line = 3;
	assert_string_equal(stderr_of(report, &r), "f:3:6: bad\n");
	r.e.line = 9;
	assert_string_equal(stderr_of(report, &r), "f:9:6: bad\n");
	r.e.severity = CONF_WARNING;
	assert_string_equal(stderr_of(report, &r), "f:9:6: warning: bad\n");
	r.e.severity = CONF_NOTE;
	assert_string_equal(stderr_of(report, &r), "f:9:6: note: bad\n");
	r.t.quiet = true;
	assert_string_equal(stderr_of(report, &r), "");
	r.e.severity = CONF_WARNING;
	assert_string_equal(stderr_of(report, &r), "");
	assert_int_equal(r.t.warnings, 2);
	r.e.severity = CONF_ERROR;
	assert_string_equal(stderr_of(report, &r), "f:9:6: bad\n");
}

static void
algs(void *ctx)
{
	struct ipsecalgs *t = ctx;

	if (!poltext_algs(t))
		t->n_protos = 99;
}

static void
test_algs(void **state)
{
	static const char bad[] = "PROTO|2|A|sinc\n";
	struct ipsecalgs t;
	char want[256];

	(void)state;
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", ETC_IPSECALGS, 1), 0);
	assert_true(poltext_algs(&t));
	assert_true(t.n_rows > 20);
	/* the file's order, not that of the built-in table */
	assert_int_equal(t.row[1].id, AALG_SHA256HMAC);
	ipsecalgs_fini(&t);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", "/nonexistent", 1), 0);
	assert_true(poltext_algs(&t));
	assert_int_equal(t.row[1].id, 0);
	assert_int_equal(t.row[2].id, AALG_SHA256HMAC);
	ipsecalgs_fini(&t);
	write_file(bad, sizeof(bad) - 1);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", path, 1), 0);
	(void)snprintf(want, sizeof(want),
	    "%s:1:11: found \"sinc\", expected an execution mode (sync, "
	    "async); did you mean \"sync\"?\n\tPROTO|2|A|sinc\n\t          "
	    "^\n",
	    path);
	assert_string_equal(stderr_of(algs, &t), want);
	assert_int_equal(t.n_protos, 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_algs),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
