/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"

static char dir[] = "/tmp/link-test-XXXXXX";

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

static int
server(char *path, size_t cap, const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(path, cap, "%s/%s", dir, name);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void
test_messages(void **state)
{
	char path[108], buf[64], text[LINK_TEXT];
	struct link_to to;
	size_t n;
	int fd = server(path, sizeof(path), "pfkey"), peer;

	(void)state;
	assert_true(link_connect(&to, LINK_PFKEY));
	peer = accept(fd, NULL, NULL);
	assert_true(link_send(&to, "question", 8));
	assert_int_equal(recv(peer, buf, sizeof(buf), 0), 8);

	assert_false(link_recv(&to, buf, sizeof(buf), &n, 1));
	assert_int_equal(to.fault, LINK_TIMEOUT);
	assert_int_equal(send(peer, "one", 3, 0), 3);
	assert_int_equal(send(peer, "another", 7, 0), 7);
	assert_true(link_recv(&to, buf, sizeof(buf), &n, -1));
	assert_int_equal(n, 3);
	/* one that does not fit is not taken for a short one */
	assert_false(link_recv(&to, buf, 4, &n, -1));
	assert_int_equal(to.fault, LINK_OTHER);
	assert_int_equal(to.err, EMSGSIZE);
	assert_int_equal(n, 0);

	(void)close(peer);
	assert_false(link_recv(&to, buf, sizeof(buf), &n, 1000));
	assert_int_equal(to.fault, LINK_CLOSED);
	assert_false(link_send(&to, "x", 1));
	assert_int_equal(to.fault, LINK_CLOSED);
	assert_non_null(strstr(link_sentence(&to, text), path));
	link_close(&to);
	link_close(&to);
	(void)close(fd);
	(void)unlink(path);
}

static void
test_not_running(void **state)
{
	char path[108], text[LINK_TEXT], want[LINK_TEXT];
	struct link_to to;
	int fd;

	(void)state;
	assert_false(link_connect(&to, LINK_PFPOLICY));
	assert_int_equal(to.fault, LINK_NOT_RUNNING);
	assert_int_equal(to.fd, -1);

	/* ipsecd was killed: its socket is still there */
	fd = server(path, sizeof(path), "pfpolicy");
	(void)close(fd);
	assert_false(link_connect(&to, LINK_PFPOLICY));
	assert_int_equal(to.fault, LINK_NOT_RUNNING);
	(void)snprintf(want, sizeof(want),
	    "ipsecd is not running in this network namespace (%s: connection "
	    "refused): start it with `systemctl start ipsecd` or `ipsecd`",
	    path);
	assert_string_equal(link_sentence(&to, text), want);
	(void)unlink(path);
}

static void
test_denied(void **state)
{
	char path[108];
	struct link_to to;
	int fd;
	bool ok;

	(void)state;
	if (geteuid() != 0)
		skip();
	fd = server(path, sizeof(path), "pfkey");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(seteuid(65534), 0);
	ok = link_connect(&to, LINK_PFKEY);
	assert_int_equal(seteuid(0), 0);
	assert_false(ok);
	assert_int_equal(to.fault, LINK_DENIED);
	(void)close(fd);
	(void)unlink(path);
}

static void
test_path_too_long(void **state)
{
	char deep[200];
	struct link_to to;

	(void)state;
	memset(deep, 'd', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(setenv("SOLIPSEC_RUN", deep, 1), 0);
	assert_false(link_connect(&to, LINK_PFKEY));
	assert_int_equal(to.fault, LINK_OTHER);
	assert_int_equal(to.err, ENAMETOOLONG);
	assert_int_equal(setenv("SOLIPSEC_RUN", dir, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_not_running),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_path_too_long),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
