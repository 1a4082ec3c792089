/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/test.h"

static struct loop *loop;
static struct unixsock_conn *last;
static unsigned opened, closed;
static char dir[] = "/tmp/unixsock-XXXXXX", path[64];

static void *
on_open(void *ctx, struct unixsock_conn *c, const struct unixsock_peer *who)
{
	(void)ctx;
	assert_int_equal(who->uid, getuid());
	assert_int_equal(who->pid, getpid());
	assert_int_equal(who->privileged, getuid() == 0);
	last = c;
	opened++;
	return c;
}

/* The answer to "N" is N messages. */
static void
on_message(void *user, const uint8_t *msg, size_t n)
{
	char text[16] = "";
	static char big[1000];

	assert_true(n < sizeof(text));
	memcpy(text, msg, n);
	for (long i = strtol(text, NULL, 10); i > 0; i--) {
		(void)snprintf(big, sizeof(big), "%ld", i);
		(void)unixsock_send(user, big, sizeof(big));
	}
}

static void
on_close(void *user)
{
	(void)user;
	closed++;
}

static void
stop(void *ctx)
{
	(void)ctx;
	loop_stop(loop);
}

/* Let the loop work for a moment. */
static void
turn(void)
{
	struct loop_timer t = { .fire = stop, .every = 10 };

	loop_timer_start(loop, &t);
	assert_true(loop_run(loop));
	loop_timer_stop(&t);
}

/* An answer that goes on where there was no room. */
static int to_go;

static void
some_more(void *user)
{
	static char big[1000];

	while (to_go > 0) {
		(void)snprintf(big, sizeof(big), "%d", to_go);
		if (!unixsock_send(user, big, sizeof(big)))
			return;
		to_go--;
	}
}

static void
on_patient(void *user, const uint8_t *msg, size_t n)
{
	(void)msg;
	(void)n;
	to_go = 5000;
	some_more(user);
}

static const struct unixsock_use use = { .type = SOCK_SEQPACKET,
	.max = 2,
	.message = 64,
	.answers = 3000 * 1000,
	.news = 5000,
	.total = 4000 * 1000,
	.opened = on_open,
	.message_in = on_message,
	.closed = on_close };

static int
client(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	memcpy(un.sun_path, path, sizeof(path));
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	turn();
	return fd;
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	loop = loop_new();
	return loop == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return rmdir(dir);
}

/* A long answer arrives whole, however slowly it is read. */
static void
test_answer(void **state)
{
	struct unixsock *s = unixsock_open(loop, path, &use);
	char buf[1000];
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(s);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600); /* no group: root alone */
	fd = client();
	assert_int_equal(send(fd, "2000", 4, 0), 4);
	for (int i = 2000; i > 0; i--) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EAGAIN) {
			turn();
			n = recv(fd, buf, sizeof(buf), 0);
		}
		assert_int_equal(n, 1000);
		assert_int_equal(atoi(buf), i);
	}
	/* more than may wait: the end of the connection, not a part */
	assert_int_equal(send(fd, "9000", 4, 0), 4);
	turn();
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), 0);
	(void)close(fd);
	unixsock_close(s);
	assert_int_equal(closed, opened);
	assert_int_equal(stat(path, &st), -1);
}

/* Who does not read loses news, and only that. */
static void
test_news(void **state)
{
	struct unixsock *s = unixsock_open(loop, path, &use);
	char buf[1000];
	unsigned sent = 0, got = 0;
	int fd, other;

	(void)state;
	fd = client();
	for (int i = 0; i < 10000; i++)
		sent += unixsock_send(last, "news", 4);
	assert_true(sent < 10000);
	assert_int_equal(unixsock_lost(last), 10000 - sent);
	other = client();
	assert_int_equal(send(other, "1", 1, 0), 1);
	turn();
	assert_int_equal(recv(other, buf, sizeof(buf), 0), 1000);
	for (int idle = 0; idle < 3; turn())
		for (idle++; recv(fd, buf, sizeof(buf), 0) == 4; idle = 0)
			got++;
	assert_int_equal(got, sent);
	(void)close(fd);
	(void)close(other);
	turn();
	unixsock_close(s);
}

/* The third of two is turned away; the first two are not disturbed. */
static void
test_max(void **state)
{
	struct unixsock *s = unixsock_open(loop, path, &use);
	int a = client(), b = client(), c = client();
	char buf[1000];

	(void)state;
	assert_int_equal(recv(c, buf, sizeof(buf), 0), 0);
	assert_int_equal(send(a, "1", 1, 0), 1);
	turn();
	assert_int_equal(recv(a, buf, sizeof(buf), 0), 1000);
	(void)close(a);
	turn();
	(void)close(c);
	c = client();
	assert_int_equal(send(c, "1", 1, 0), 1);
	turn();
	assert_int_equal(recv(c, buf, sizeof(buf), 0), 1000);
	(void)close(b);
	(void)close(c);
	unixsock_close(s);
}

/* With drained(), as much as one likes in little memory. */
static void
test_drained(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	char buf[1000];
	int fd, next = 5000;

	(void)state;
	u.answers = 20000;
	u.message_in = on_patient;
	u.drained = some_more;
	s = unixsock_open(loop, path, &u);
	fd = client();
	assert_int_equal(send(fd, "x", 1, 0), 1);
	turn();
	assert_true(to_go > 4000);
	while (next > 0) {
		if (recv(fd, buf, sizeof(buf), 0) == 1000)
			assert_int_equal(atoi(buf), next--);
		else
			turn();
	}
	assert_int_equal(to_go, 0);
	(void)close(fd);
	turn();
	unixsock_close(s);
}

static int turns;

static void
start_turns(void *user, const uint8_t *msg, size_t n)
{
	(void)user;
	(void)msg;
	(void)n;
	assert_int_equal(turns, 0);
	turns = 5;
	unixsock_more(last);
}

static void
one_turn(void *user)
{
	(void)user;
	assert_true(unixsock_send(last, "turn", 4));
	if (--turns > 0)
		unixsock_more(last);
}

/* An answer in turns, though its reader is never behind. */
static void
test_more(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	char buf[1000];
	int fd;

	(void)state;
	u.message_in = start_turns;
	u.drained = one_turn;
	s = unixsock_open(loop, path, &u);
	fd = client();
	/* the second question waits until the first is answered */
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	for (int i = 0; i < 10; i++)
		while (recv(fd, buf, sizeof(buf), 0) != 4)
			turn();
	assert_int_equal(turns, 0);
	turn();
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), -1);
	(void)close(fd);
	turn();
	unixsock_close(s);
}

static const uint8_t *seen;
static size_t seen_n;

static void
see(void *user, const uint8_t *msg, size_t n)
{
	(void)user;
	seen = msg;
	seen_n = n;
}

/* A message may have keys in it: nothing of it stays in the buffer. */
static void
test_wiped(void **state)
{
	static const uint8_t zero[64];
	struct unixsock_use u = use;
	struct unixsock *s;
	char long_one[200];
	int fd;

	(void)state;
	u.message_in = see;
	s = unixsock_open(loop, path, &u);
	fd = client();
	memset(long_one, 'k', sizeof(long_one));
	for (size_t n = 1; n <= sizeof(long_one); n += 33) {
		assert_int_equal(send(fd, long_one, n, 0), n);
		turn();
		assert_int_equal(seen_n, n < 64 ? n : 64);
		assert_memory_equal(seen, zero, seen_n);
	}
	(void)close(fd);
	turn();
	unixsock_close(s);
}

/* Many that ask and do not read share what may wait. */
static void
test_total(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	char buf[1000];
	int a, b, got = 0;

	(void)state;
	u.total = 1000 * 1000;
	s = unixsock_open(loop, path, &u);
	a = client();
	b = client();
	assert_int_equal(send(a, "1000", 4, 0), 4);
	turn();
	assert_int_equal(send(b, "1000", 4, 0), 4);
	turn();
	/* the second: what the kernel took, then the end */
	while (recv(b, buf, sizeof(buf), 0) == 1000)
		;
	assert_int_equal(recv(b, buf, sizeof(buf), 0), 0);
	for (int idle = 0; idle < 3; turn())
		for (idle++; recv(a, buf, sizeof(buf), 0) == 1000; idle = 0)
			got++;
	assert_int_equal(got, 1000);
	/* what has gone makes room */
	(void)close(b);
	b = client();
	assert_int_equal(send(b, "900", 3, 0), 3);
	turn();
	for (got = 0; recv(b, buf, sizeof(buf), 0) == 1000; turn())
		got++;
	assert_true(got > 0);
	(void)close(a);
	(void)close(b);
	turn();
	unixsock_close(s);
}

static void *
on_any(void *ctx, struct unixsock_conn *c, const struct unixsock_peer *who)
{
	(void)ctx;
	(void)who;
	return c;
}

/* Connect and look whether it is the end at once: 0 no, 1 yes. */
static int
is_turned_away(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct timeval t = { .tv_usec = 200000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char c;

	memcpy(un.sun_path, path, sizeof(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) != 0)
		return 2;
	return recv(fd, &c, 1, 0) == 0;
}

/* As another user: three connections are had, the fourth is root's. */
static int
crowd(void)
{
	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 3;
	for (int i = 0; i < 3; i++)
		if (is_turned_away() != 0)
			return 4;
	if (is_turned_away() != 1)
		return 5;
	(void)pause();
	return 0;
}

static void
test_room_for_root(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	pid_t child;
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	u.max = 4;
	u.opened = on_any;
	s = unixsock_open(loop, path, &u);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	child = fork();
	if (child == 0)
		_exit(crowd());
	for (int i = 0; i < 150; i++)
		turn();
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	fd = client();
	assert_int_equal(send(fd, "1", 1, 0), 1);
	turn();
	assert_int_equal(recv(fd, dir, 0, MSG_TRUNC), 1000);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(fd);
	turn();
	unixsock_close(s);
}

/* Without a descriptor to accept with: no work, and later it goes on. */
static void
test_no_descriptors(void **state)
{
	struct unixsock *s = unixsock_open(loop, path, &use);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	unsigned before = opened;
	struct rlimit old, few;
	clock_t used;

	(void)state;
	memcpy(un.sun_path, path, sizeof(path));
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)fd; /* every lower number is in use */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	used = clock();
	for (int i = 0; i < 20; i++)
		turn();
	used = clock() - used;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(opened, before);
	assert_true(used < CLOCKS_PER_SEC / 20);
	for (int i = 0; i < 200 && opened == before; i++)
		turn();
	assert_int_equal(opened, before + 1);
	(void)close(fd);
	turn();
	unixsock_close(s);
	/* and closed while it rests */
	s = unixsock_open(loop, path, &use);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	few.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	turn();
	unixsock_close(s);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	(void)close(fd);
	for (int i = 0; i < 60; i++)
		turn();
}

/* --- descriptors, and anybody --- */

static unsigned n_messages;
static int last_fd;

static void
on_fd(void *user, const uint8_t *msg, size_t n, int fd)
{
	(void)user;
	(void)msg;
	assert_int_equal(n, 1);
	n_messages++;
	/* it is there as long as this takes */
	last_fd = fd;
	assert_true(fd < 0 || fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

static void
send_fds(int to, int fd, size_t n)
{
	_Alignas(struct cmsghdr)
	    uint8_t with[CMSG_SPACE(3 * sizeof(int))] = { 0 };
	char x = 'x';
	struct iovec v = { .iov_base = &x, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = with,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	assert_int_equal(sendmsg(to, &m, 0), 1);
}

/* How many copies of the write end are open: none when EOF comes. */
static bool
is_closed(int fd)
{
	char c;

	return read(fd, &c, 1) == 0;
}

static void
test_descriptors(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	int fd, p[2];

	(void)state;
	u.message_in = NULL;
	u.message_fd = on_fd;
	s = unixsock_open(loop, path, &u);
	assert_non_null(s);
	fd = client();
	for (size_t n = 1; n <= 3; n++) {
		assert_int_equal(pipe2(p, O_NONBLOCK), 0);
		send_fds(fd, p[1], n);
		close(p[1]);
		turn();
		assert_int_equal(n_messages, n);
		/* one is one; of several none is the one that is meant */
		assert_int_equal(last_fd >= 0, n == 1);
		assert_true(is_closed(p[0]));
		close(p[0]);
	}
	assert_int_equal(send(fd, "x", 1, 0), 1);
	turn();
	assert_int_equal(n_messages, 4);
	assert_int_equal(last_fd, -1);
	/* in one that waits when the socket is closed */
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	send_fds(fd, p[1], 1);
	close(p[1]);
	unixsock_close(s);
	close(fd);
	assert_true(is_closed(p[0]));
	close(p[0]);
}

static void *
open_any(void *ctx, struct unixsock_conn *c, const struct unixsock_peer *who)
{
	(void)ctx;
	(void)who;
	opened++;
	return c;
}

/* A connection, without a turn of the loop, which is the parent's. */
static int
knock(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	memcpy(un.sun_path, path, sizeof(path));
	return connect(fd, (struct sockaddr *)&un, sizeof(un));
}

/* Each user has a bound of his own, and root has none but the whole. */
static void
test_anybody(void **state)
{
	struct unixsock_use u = use;
	struct unixsock *s;
	struct stat st;
	int fd[6], status;
	unsigned before;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	u.max = 16;
	u.anybody = 2;
	u.opened = open_any;
	s = unixsock_open(loop, path, &u);
	assert_non_null(s);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	before = opened;
	for (int i = 0; i < 6; i++)
		fd[i] = client();
	turn();
	assert_int_equal(opened, before + 6);
	assert_int_equal(chmod(dir, 0755), 0);
	pid = fork();
	if (pid == 0) {
		if (setuid(65534) != 0)
			_exit(1);
		for (int i = 0; i < 4; i++)
			(void)knock();
		usleep(300000);
		_exit(0);
	}
	for (int i = 0; i < 20; i++)
		turn();
	assert_int_equal(opened, before + 6 + 2);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 6; i++)
		close(fd[i]);
	unixsock_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_drained),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_room_for_root),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_anybody),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
