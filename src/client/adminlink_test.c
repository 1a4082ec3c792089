/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/adminlink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static char dir[] = "/tmp/adminlink-XXXXXX", path[108], text[ADMINLINK_TEXT];

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL && setenv("SOLIPSEC_RUN", dir, 1) == 0 ? 0
									   : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* A process that answers one question with these messages, ended by NULL. */
static pid_t
server(const char *const *answer)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), peer;
	static const char want[] = "{\"op\":\"x\",\"n\":1}";
	char buf[64] = "";
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/admin", dir);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 4), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid != 0) {
		(void)close(fd);
		return pid;
	}
	peer = accept(fd, NULL, NULL);
	if (recv(peer, buf, sizeof(buf) - 1, 0) <= 0 || strcmp(buf, want) != 0)
		_exit(1);
	for (; *answer != NULL; answer++)
		if (send(peer, *answer, strlen(*answer), 0) < 0)
			_exit(2);
	_exit(0);
}

static json_t *
ask(const char *const *answer, int *err)
{
	pid_t pid = server(answer);
	json_t *o =
	    adminlink_ask(json_pack("{s:s,s:i}", "op", "x", "n", 1), err, text);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(path), 0);
	return o;
}

static void
test_answers(void **state)
{
	const char *one[] = { "{\"ok\":true,\"v\":7}\n", NULL };
	const char *pieces[] = { "{\"ok\":tr", "ue,", "\"v\":7}", "\n", NULL };
	const char *no[] = { "{\"ok\":false,\"errno\":22,\"error\":\"no\"}\n",
		NULL };
	json_t *o = ask(one, NULL);
	int err;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(o, "v")), 7);
	json_decref(o);
	o = ask(pieces, &err);
	assert_int_equal(json_integer_value(json_object_get(o, "v")), 7);
	json_decref(o);
	assert_null(ask(no, &err));
	assert_int_equal(err, EINVAL);
	assert_string_equal(text, "no");
}

static void
test_broken_answers(void **state)
{
	const char *half[] = { "{\"ok\":true", NULL };
	const char *odd[] = { "hello\n", NULL };
	int err;

	(void)state;
	assert_null(ask(half, &err));
	assert_int_equal(err, 0);
	assert_non_null(strstr(text, "ipsecd closed the connection"));
	assert_null(ask(odd, &err));
	assert_string_equal(text, "ipsecd's answer makes no sense");
}

static void
test_not_running(void **state)
{
	int err = 7;

	(void)state;
	assert_null(adminlink_ask(json_object(), &err, text));
	assert_int_equal(err, 0);
	assert_non_null(strstr(text, "ipsecd is not running"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_not_running),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
