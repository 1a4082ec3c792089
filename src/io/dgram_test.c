/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/dgram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/test.h"

#include "io/testns.h"
#include "io/udpencap.h"

#define PORT 4500

static struct netaddr
addr(const char *text)
{
	struct netaddr a = { .fam = strchr(text, ':') != NULL ? 6 : 4 };

	assert_int_equal(inet_pton(netaddr_af(a.fam), text, a.b), 1);
	return a;
}

static ssize_t
wait_recv(int fd, struct dgram *d, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 30000), 1);
	return dgram_recv(fd, d, buf, cap);
}

/* Asked at its second address, a host answers by that one. */
static void
exchange(const char *mine, const char *yours)
{
	struct dgram ask = {
		.local = addr(mine), .remote = addr(yours), .port = PORT
	};
	struct dgram got;
	uint8_t fam = ask.local.fam, buf[64];
	int a = dgram_open(fam, 500, 0, false);
	int b = dgram_open(fam, PORT, 0, true);

	assert_true(a >= 0 && b >= 0);
	assert_int_equal(dgram_recv(b, &got, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(dgram_send(a, &ask, "head", 4, "body", 4), 0);
	assert_int_equal(wait_recv(b, &got, buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "headbody", 8);
	assert_true(netaddr_equal(&got.local, &ask.remote));
	assert_true(netaddr_equal(&got.remote, &ask.local));
	assert_int_equal(got.port, 500);
	assert_int_equal(dgram_send(b, &got, NULL, 0, "answer", 6), 0);
	assert_int_equal(wait_recv(a, &got, buf, sizeof(buf)), 6);
	assert_true(netaddr_equal(&got.remote, &ask.remote));
	assert_true(netaddr_equal(&got.local, &ask.local));
	assert_int_equal(got.port, PORT);
	/* too long for the reader: lost, and said */
	assert_int_equal(dgram_send(a, &ask, NULL, 0, buf, 9), 0);
	assert_int_equal(wait_recv(b, &got, buf, 8), -1);
	assert_int_equal(errno, EMSGSIZE);
	/* the kernel chooses */
	ask.local.fam = 0;
	assert_int_equal(dgram_send(a, &ask, NULL, 0, buf, 8), 0);
	assert_int_equal(wait_recv(b, &got, buf, sizeof(buf)), 8);
	(void)close(a);
	(void)close(b);
}

static void
test_v4(void **state)
{
	(void)state;
	TESTNS();
	testns_run("ip addr add 10.0.0.1/32 dev lo; ip addr add 10.0.0.2/32 "
		   "dev lo");
	exchange("10.0.0.1", "10.0.0.2");
}

static void
test_v6(void **state)
{
	(void)state;
	TESTNS();
	/* the kernel makes an IPv6 address usable some time later */
	testns_run("ip addr add fd00::1/128 dev lo nodad; "
		   "ip addr add fd00::2/128 dev lo nodad; "
		   "for i in $(seq 300); do "
		   "[ \"$(ip -6 route show table local type local | "
		   "grep -c 'fd00::[12] ')\" != 2 ] || exit 0; "
		   "sleep 0.1; done; exit 1");
	exchange("fd00::1", "fd00::2");
}

static void
test_refused(void **state)
{
	struct dgram to = { .port = 1 };
	int fd;

	(void)state;
	TESTNS();
	fd = dgram_open(4, PORT, 0, false);
	assert_int_equal(dgram_send(fd, &to, NULL, 0, "x", 1), EAFNOSUPPORT);
	assert_int_equal(dgram_open(4, PORT, 0, true), -1);
	assert_int_equal(errno, EADDRINUSE);
	(void)close(fd);
}

/* Who of the two got it? 'i': IKE, 'e': ESP. */
static char
who(int ike, int esp)
{
	struct pollfd p[2] = { { .fd = ike, .events = POLLIN },
		{ .fd = esp, .events = POLLIN } };
	struct dgram d;
	uint8_t buf[64];

	assert_int_equal(poll(p, 2, 30000), 1);
	if (p[0].revents != 0) {
		assert_true(dgram_recv(ike, &d, buf, sizeof(buf)) > 0);
		return 'i';
	}
	assert_true(recv(esp, buf, sizeof(buf), 0) > 0);
	return 'e';
}

static void
assert_shared(int ike, int esp)
{
	struct dgram to = { .remote = addr("127.0.0.1"), .port = PORT };
	int from = dgram_open(4, 9000, 0, false);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    dgram_send(from, &to, "\0\0\0\0", 4, "ike", 3), 0);
		assert_int_equal(who(ike, esp), 'i');
		assert_int_equal(
		    dgram_send(from, &to, NULL, 0, "\1\2\3\4esp", 7), 0);
		assert_int_equal(who(ike, esp), 'e');
	}
	(void)close(from);
}

/* Whoever starts first, or again: each gets its own. */
static void
test_shared(void **state)
{
	int ike, esp;

	(void)state;
	TESTNS();
	esp = udpencap_open(PORT, 0);
	ike = dgram_open(4, PORT, 0, true);
	assert_true(ike >= 0 && esp >= 0);
	assert_shared(ike, esp);
	(void)close(esp);
	esp = udpencap_open(PORT, 0);
	assert_shared(ike, esp);
	/* ESP's moves to the place that becomes free */
	(void)close(ike);
	ike = dgram_open(4, PORT, 0, true);
	assert_shared(ike, esp);
	(void)close(ike);
	(void)close(esp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
