/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"

/* A manager's socket; abstract when the name starts with '@'. */
static int
manager(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(un.sun_path, name, strlen(name));
	if (name[0] == '@')
		un.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(name))),
	    0);
	return fd;
}

static void
hears(const char *name)
{
	int m = manager(name), fd;
	char buf[64] = "";

	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	fd = notify_open();
	assert_true(fd >= 0);
	notify_send(fd, "READY=1");
	assert_int_equal(recv(m, buf, sizeof(buf) - 1, MSG_DONTWAIT), 7);
	assert_string_equal(buf, "READY=1");
	(void)close(fd);
	(void)close(m);
}

static void
test_notify(void **state)
{
	char name[64];

	(void)state;
	(void)snprintf(name, sizeof(name), "@notify-%d", (int)getpid());
	hears(name);
	(void)snprintf(name, sizeof(name), "/tmp/notify-%d", (int)getpid());
	hears(name);
	(void)unlink(name);
	/* nobody there, no name, a bad one: silence */
	assert_int_equal(notify_open(), -1);
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	assert_int_equal(notify_open(), -1);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(notify_open(), -1);
	notify_send(-1, "READY=1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_notify) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
