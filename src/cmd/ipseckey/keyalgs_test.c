/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyalgs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static char path[] = "/tmp/keyalgsXXXXXX";

/* The table is read once: each case is a process of its own. */
static int
in_child(const char *text, int (*f)(void))
{
	int status;
	pid_t pid;
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	pid = fork();
	if (pid == 0)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int
is_own(void)
{
	const char *a = keyalgs_name(ALG_ENCR, 12);
	const char *b = keyalgs_name(ALG_ENCR, 250);

	return a == NULL || b == NULL || strcmp(a, "rijndael") != 0 ||
	       strcmp(b, "mine") != 0 || keyalgs_name(ALG_ENCR, 20) != NULL ||
	       keyalgs_name(ALG_ENCR, 300) != NULL ||
	       keyalgs_name(ALG_ENCR, 0) != NULL || keyalgs_table() == NULL;
}

static int
is_builtin(void)
{
	const char *a = keyalgs_name(ALG_ENCR, 12);

	return a == NULL || strcmp(a, "aes-cbc") != 0 ||
	       keyalgs_table() != NULL;
}

static int
is_builtin_quiet(void)
{
	(void)fclose(stderr);
	return is_builtin();
}

static int
without_file(void)
{
	return unlink(path) != 0 || is_builtin() != 0;
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(in_child("PROTO|3|ESP|sync\n"
				  "ALG|3|12|rijndael,aes|CKM_AES_CBC|128|16\n"
				  "ALG|3|250|mine|CKM_X|128|16\n",
			     is_own),
	    0);
	/* an error: told, and the names are those that are built in */
	assert_int_equal(in_child("ALG|3\n", is_builtin_quiet), 0);
	assert_int_equal(in_child("", without_file), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };
	int failed, fd = mkstemp(path);

	if (fd < 0 || close(fd) != 0 ||
	    setenv("SOLIPSEC_IPSECALGS", path, 1) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
