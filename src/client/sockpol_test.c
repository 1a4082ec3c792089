/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/sockpol.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"

#include "wire/sockreq.h"

/* One connection: what came, and the answer to give. */
static struct {
	char dir[32];
	int listener;
	pthread_t thread;
	/* how to answer: so many bytes of raw, or errno and request */
	uint8_t raw[SOCKREQ_MAX];
	size_t n_raw;
	bool hang_up;
	struct sockreq answer;
	/* what came */
	struct sockreq got;
	int parsed;
	struct stat sock;
} s;

static void
receive(int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} a;
	uint8_t msg[64];
	struct iovec iov = { msg, sizeof(msg) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a.buf,
		.msg_controllen = sizeof(a.buf) };
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int sock;

	s.parsed = n < 0 ? errno : sockreq_parse(&s.got, msg, (size_t)n);
	memset(&s.sock, 0, sizeof(s.sock));
	if (c != NULL && c->cmsg_type == SCM_RIGHTS) {
		memcpy(&sock, CMSG_DATA(c), sizeof(sock));
		(void)fstat(sock, &s.sock);
		(void)close(sock);
	}
}

static void *
serve(void *arg)
{
	int fd = accept(s.listener, NULL, NULL);
	uint8_t msg[64];
	struct wr w = wr_into(msg, sizeof(msg));

	(void)arg;
	receive(fd);
	if (s.n_raw != 0) {
		wr_bytes(&w, s.raw, s.n_raw);
	} else {
		s.answer.op = s.got.op;
		s.answer.has_bits = s.got.has_bits;
		sockreq_write_answer(&w, &s.answer);
	}
	if (!s.hang_up)
		(void)send(fd, msg, w.len, MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

static void
start(void)
{
	assert_int_equal(pthread_create(&s.thread, NULL, serve, NULL), 0);
}

static void
finish(void)
{
	assert_int_equal(pthread_join(s.thread, NULL), 0);
}

static int
setup(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	memset(&s, 0, sizeof(s));
	strcpy(s.dir, "/tmp/sockpolXXXXXX");
	if (mkdtemp(s.dir) == NULL || setenv("SOLIPSEC_RUN", s.dir, 1) != 0)
		return -1;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", s.dir);
	s.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return bind(s.listener, (struct sockaddr *)&un, sizeof(un)) == 0 &&
		       listen(s.listener, 1) == 0
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	char path[64];

	(void)state;
	(void)close(s.listener);
	(void)snprintf(path, sizeof(path), "%s/socket", s.dir);
	(void)unlink(path);
	return rmdir(s.dir);
}

static void
test_request_goes_with_its_socket(void **state)
{
	ipsec_req_t q = { .ipsr_ah_req = IPSEC_PREF_REQUIRED,
		.ipsr_esp_req = IPSEC_PREF_REQUIRED | IPSEC_PREF_UNIQUE,
		.ipsr_self_encap_req = IPSEC_PREF_REQUIRED,
		.ipsr_auth_alg = 5,
		.ipsr_esp_alg = 20,
		.ipsr_esp_auth_alg = IPSEC_AALG_ANY };
	struct sockpol_bits bits = { 256, 192, 160 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat mine;

	(void)state;
	assert_int_equal(fstat(fd, &mine), 0);
	start();
	assert_int_equal(sockpol_set(fd, &q, &bits), 0);
	finish();
	assert_int_equal(s.parsed, 0);
	assert_int_equal(s.got.op, SOCKREQ_SET);
	assert_int_equal(s.got.want.ah, 2);
	assert_int_equal(s.got.want.esp, 6);
	assert_int_equal(s.got.want.selfencap, 2);
	assert_int_equal(s.got.want.ah_alg, 5);
	assert_int_equal(s.got.want.esp_alg, 20);
	assert_int_equal(s.got.want.espa_alg, 255);
	assert_true(s.got.has_bits);
	assert_int_equal(s.got.want.ah_min, 256);
	assert_int_equal(s.got.want.esp_min, 192);
	assert_int_equal(s.got.want.espa_min, 160);
	assert_int_equal(s.sock.st_ino, mine.st_ino);
	assert_int_equal(close(fd), 0);
}

static void
test_answer(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ipsec_req_t q;

	(void)state;
	s.answer.want = (struct sockreq_want){ .ah = 1,
		.esp = 2,
		.selfencap = 3,
		.ah_alg = 4,
		.esp_alg = 5,
		.espa_alg = 6 };
	start();
	assert_int_equal(sockpol_get(fd, &q), 0);
	finish();
	assert_int_equal(s.got.op, SOCKREQ_GET);
	assert_int_equal(q.ipsr_ah_req, 1);
	assert_int_equal(q.ipsr_esp_req, 2);
	assert_int_equal(q.ipsr_self_encap_req, 3);
	assert_int_equal(q.ipsr_auth_alg, 4);
	assert_int_equal(q.ipsr_esp_alg, 5);
	assert_int_equal(q.ipsr_esp_auth_alg, 6);
	assert_int_equal(close(fd), 0);
}

/* What ipsecd says is what the program hears. */
static void
test_refusals(void **state)
{
	static const int errs[] = { EPERM, EINVAL, EOPNOTSUPP, ENOMEM };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ipsec_req_t q = { .ipsr_esp_req = 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		s.answer.err = (uint32_t)errs[i];
		start();
		assert_int_equal(sockpol_set(fd, &q, NULL), errs[i]);
		finish();
		assert_false(s.got.has_bits);
		assert_true(strlen(sockpol_reason(errs[i])) > 10);
	}
	assert_int_equal(close(fd), 0);
}

static void
test_nonsense(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ipsec_req_t q = { .ipsr_esp_req = 2 };

	(void)state;
	s.n_raw = 3;
	start();
	assert_int_equal(sockpol_set(fd, &q, NULL), EINVAL);
	finish();
	s.hang_up = true;
	start();
	assert_int_equal(sockpol_set(fd, &q, NULL), EPROTONOSUPPORT);
	finish();
	assert_int_equal(close(fd), 0);
}

static void
test_nobody_there(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), pipes[2];
	ipsec_req_t q = { .ipsr_esp_req = 2 };

	(void)state;
	assert_int_equal(setenv("SOLIPSEC_RUN", "/nonexistent", 1), 0);
	assert_int_equal(sockpol_set(fd, &q, NULL), EPROTONOSUPPORT);
	assert_int_equal(sockpol_get(fd, &q), EPROTONOSUPPORT);
	assert_int_equal(close(fd), 0);
	assert_int_equal(sockpol_set(fd, &q, NULL), EBADF);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(sockpol_set(pipes[0], &q, NULL), ENOTSOCK);
	assert_int_equal(close(pipes[0]) | close(pipes[1]), 0);
	assert_int_equal(setenv("SOLIPSEC_RUN", s.dir, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_request_goes_with_its_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_nobody_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
