/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/udpencap.h"

#include <arpa/inet.h>
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

static struct udpencap_batch *batch;

static int
setup(void **state)
{
	batch = udpencap_batch_new();
	assert_non_null(batch);
	return testns_setup(state);
}

static int
teardown(void **state)
{
	(void)state;
	udpencap_batch_free(batch);
	return 0;
}

/* The run that comes next; its datagrams are counted. */
static size_t
wait_run(int fd, struct udpencap_run *r)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_int_equal(udpencap_batch_recv(batch, fd, 1), 1);
	assert_true(udpencap_batch_at(batch, 0, r));
	return r->each == 0 ? 1 : (r->n + r->each - 1) / r->each;
}

static ssize_t
wait_recv(int fd, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct udpencap_run r;
	const uint8_t *pkt;
	size_t n;

	if (poll(&p, 1, 200) != 1)
		return 0;
	assert_int_equal(udpencap_batch_recv(batch, fd, 1), 1);
	assert_true(udpencap_batch_at(batch, 0, &r));
	pkt = udpencap_packet(&r, PORT, 0, &n);
	assert_non_null(pkt);
	assert_true(n <= cap);
	memcpy(buf, pkt, n);
	assert_null(udpencap_packet(&r, PORT, 1, &n));
	return (ssize_t)n;
}

static void
test_headers(void **state)
{
	uint8_t buf[2000];
	uint32_t sum = 0;
	int fd, from;

	(void)state;
	TESTNS();
	fd = udpencap_open(PORT, 0);
	from = sender();
	assert_true(fd >= 0);
	assert_int_equal(udpencap_batch_recv(batch, fd, 1), 0);
	assert_int_equal(udpencap_batch_recv(batch, fd, UDPENCAP_BATCH), 0);
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
	/* nothing at all */
	assert_int_equal(send(from, "", 0, 0), 0);
	assert_int_equal(wait_recv(fd, buf, sizeof(buf)), 28);
	(void)close(fd);
	(void)close(from);
}

static const uint8_t second[4] = { 10, 0, 0, 1 };

/* From one local address to another, in one call, and joined where it arrives. */
static void
test_cut(void **state)
{
	static const uint8_t lo[4] = { 127, 0, 0, 1 };
	struct udpencap_way way = { .src = netaddr_from(AF_INET, second),
		.dst = netaddr_from(AF_INET, lo),
		.sport = PORT,
		.dport = PORT,
		.tos = 0x2a,
		.ttl = 7,
		.df = true };
	static uint8_t data[10 * 1000 + 10];
	struct udpencap_run r;
	bool df = false;
	uint8_t *pkt;
	size_t n;
	int fd;

	(void)state;
	TESTNS();
	testns_run("ip addr add 10.0.0.1/32 dev lo");
	fd = udpencap_open(PORT, 0x10000000);
	assert_true(fd >= 0);
	assert_true(udpencap_join(fd, true));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(1 + i / 1000 + i);
	assert_int_equal(
	    udpencap_send(fd, &df, &way, data, sizeof(data), 1000), 0);
	assert_true(df);
	assert_int_equal(wait_run(fd, &r), 11);
	assert_int_equal(r.n, sizeof(data));
	assert_memory_equal(r.p, data, sizeof(data));
	assert_true(netaddr_equal(&r.src, &way.src));
	assert_true(netaddr_equal(&r.dst, &way.dst));
	assert_int_equal(r.sport, PORT);
	assert_int_equal(r.tos, 0x2a);
	assert_int_equal(r.ttl, 7);
	for (size_t i = 0; i < 11; i++) {
		size_t len = i < 10 ? 1000 : 10;

		pkt = udpencap_packet(&r, PORT, i, &n);
		assert_non_null(pkt);
		assert_int_equal(n, len + 28);
		assert_int_equal(pkt[2] << 8 | pkt[3], n);
		assert_memory_equal(pkt + 12, second, 4);
		assert_memory_equal(pkt + 28, data + i * 1000, len);
	}
	assert_null(udpencap_packet(&r, PORT, 11, &n));
	/* one that may be split; then nobody joins */
	way.df = false;
	assert_int_equal(udpencap_send(fd, &df, &way, data, 500, 500), 0);
	assert_false(df);
	assert_int_equal(wait_run(fd, &r), 1);
	assert_int_equal(r.n, 500);
	assert_false(udpencap_join(fd, false));
	assert_int_equal(udpencap_send(fd, &df, &way, data, 2000, 1000), 0);
	assert_int_equal(wait_run(fd, &r), 1);
	assert_int_equal(r.n, 1000);
	assert_memory_equal(r.p, data, 1000);
	assert_int_equal(udpencap_batch_recv(batch, fd, UDPENCAP_BATCH), 1);
	assert_true(udpencap_batch_at(batch, 0, &r));
	assert_int_equal(r.n, 1000);
	assert_memory_equal(r.p, data + 1000, 1000);
	/* more than one call can hold is refused as a whole */
	assert_int_not_equal(
	    udpencap_send(fd, &df, &way, data, sizeof(data), 10), 0);
	assert_int_equal(udpencap_batch_recv(batch, fd, 1), 0);
	(void)close(fd);
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
	esp = udpencap_open(PORT, 0);
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
	esp = udpencap_open(PORT, 0);
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
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_selector),
		cmocka_unit_test(test_started_later),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
