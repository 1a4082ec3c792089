/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpencap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/test.h"

#include "io/testns.h"
#include "io/udpshare.h"

#define PORT 4500

static int
sender(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(1234),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), tos = 0xb9, ttl = 33;

	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	in.sin_port = htons(PORT);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static ssize_t
wait_recv(int fd, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, 200) != 1)
		return 0;
	return udpencap_recv(fd, PORT, buf, cap);
}

static void
test_headers(void **state)
{
	uint8_t buf[2000];
	uint32_t sum = 0;
	int fd, from;

	(void)state;
	TESTNS();
	fd = udpencap_open(PORT);
	from = sender();
	assert_true(fd >= 0);
	assert_int_equal(udpencap_recv(fd, PORT, buf, sizeof(buf)), 0);
	assert_int_equal(send(from, "\1\2\3\4hello", 9, 0), 9);
	assert_int_equal(wait_recv(fd, buf, sizeof(buf)), 37);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(buf[i] << 8 | buf[i + 1]);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_int_equal(buf[0], 0x45);
	assert_int_equal(buf[1], 0xb9);
	assert_int_equal(buf[3], 37);
	assert_int_equal(buf[8], 33);
	assert_int_equal(buf[9], 17);
	assert_memory_equal(buf + 12, "\177\0\0\1\177\0\0\1", 8);
	assert_memory_equal(buf + 20, "\4\322\21\224\0\21\0\0", 8);
	assert_memory_equal(buf + 28, "\1\2\3\4hello", 9);
	/* nothing at all, and too much */
	assert_int_equal(send(from, "", 0, 0), 0);
	assert_int_equal(wait_recv(fd, buf, sizeof(buf)), 28);
	assert_int_equal(send(from, buf, 200, 0), 200);
	assert_int_equal(wait_recv(fd, buf, 100), -1);
	assert_int_equal(errno, EMSGSIZE);
	(void)close(fd);
	(void)close(from);
}

/* As an IKE daemon's. */
static int
other(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	assert_true(fd >= 0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void
expect_other(int fd, const char *text)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[100];

	assert_int_equal(poll(&p, 1, 200), 1);
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), 7);
	assert_memory_equal(buf + 4, text, 3);
	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), -1);
}

static void
send_both(int from)
{
	assert_int_equal(send(from, "\0\0\0\0ike", 7, 0), 7);
	assert_int_equal(send(from, "\0\0\1\0esp", 7, 0), 7);
}

/* The daemon was there before; then it is started anew. */
static void
test_started_later(void **state)
{
	uint8_t buf[2000];
	int ike, esp, from, apart;
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(PORT + 1) };

	(void)state;
	TESTNS();
	apart = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(apart, (struct sockaddr *)&in, sizeof(in)), 0);
	ike = other();
	esp = udpencap_open(PORT);
	assert_true(esp >= 0);
	from = sender();
	send_both(from);
	expect_other(ike, "ike");
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	assert_memory_equal(buf + 32, "esp", 3);
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 0);
	/* alone, the socket gets all; the daemon's next one says who is who */
	(void)close(ike);
	send_both(from);
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	ike = other();
	assert_true(udpshare_attach(ike, 1, 0));
	send_both(from);
	expect_other(ike, "ike");
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	assert_memory_equal(buf + 32, "esp", 3);
	(void)close(apart);
	(void)close(esp);
	(void)close(ike);
	(void)close(from);
}

/* With a second socket, what starts with four zero bytes goes there. */
static void
test_selector(void **state)
{
	uint8_t buf[2000];
	int esp, ike, from;

	(void)state;
	TESTNS();
	esp = udpencap_open(PORT);
	from = sender();
	assert_int_equal(send(from, "\0\0\0\0ike", 7, 0), 7);
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	ike = other();
	send_both(from);
	assert_int_equal(send(from, "\377", 1, 0), 1);
	expect_other(ike, "ike");
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 35);
	assert_memory_equal(buf + 32, "esp", 3);
	assert_int_equal(wait_recv(esp, buf, sizeof(buf)), 29);
	assert_int_equal(recv(ike, buf, sizeof(buf), MSG_DONTWAIT), -1);
	(void)close(esp);
	(void)close(ike);
	(void)close(from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_selector),
		cmocka_unit_test(test_started_later),
	};

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
