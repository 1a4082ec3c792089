/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "base/test.h"

#include "io/iface.h"
#include "io/testns.h"

static void
test_tun(void **state)
{
	uint8_t buf[2000], reply[2000];
	int a, b;
	struct netlink nl;
	ssize_t n = 0;

	(void)state;
	TESTNS();
	assert_true(netlink_open(&nl, NETLINK_ROUTE, 0));
	a = tun_open();
	b = tun_open();
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(
	    tun_attach(a, "a name of a device", NULL), ENAMETOOLONG);
	assert_int_equal(tun_attach(a, "tun7", NULL), 0);
	assert_int_equal(tun_attach(b, "tun7", NULL), EBUSY);
	testns_run("sysctl -qw net.ipv6.conf.tun7.disable_ipv6=1 && "
		   "ip addr add 10.0.0.1/24 dev tun7 && ip link set tun7 up");
	assert_int_equal(tun_read(a, NULL, buf, sizeof(buf)), 0);
	testns_run("ping -c1 -W1 10.0.0.2 >/dev/null 2>&1 &");
	for (int i = 0; n == 0 && i < 200; i++) {
		(void)usleep(10000);
		n = tun_read(a, NULL, buf, sizeof(buf));
	}
	assert_int_equal(n, 84);
	/* written back with the addresses changed it is an echo request to us */
	memcpy(reply, buf, 84);
	memcpy(reply + 12, buf + 16, 4);
	memcpy(reply + 16, buf + 12, 4);
	assert_true(tun_write(a, NULL, reply, 84));
	for (n = 0; n == 0;)
		n = tun_read(a, NULL, buf, sizeof(buf));
	assert_int_equal(n, 84);
	assert_int_equal(buf[20], 0); /* echo reply */
	assert_false(tun_write(a, NULL, reply, 0));
	/* it stays without a process, and can be had again */
	assert_int_equal(tun_persist(a, true), 0);
	(void)close(a);
	assert_int_not_equal(iface_index(&nl, "tun7"), 0);
	assert_int_equal(tun_attach(b, "tun7", NULL), 0);
	assert_int_equal(tun_persist(b, false), 0);
	(void)close(b);
	assert_int_equal(iface_index(&nl, "tun7"), 0);
	netlink_close(&nl);
}

static const uint8_t zeros[5000];

/* What a datagram of u to 10.0.0.2 is when it comes from the device. */
static ssize_t
wait_read(int fd, uint8_t *head, uint8_t *buf, size_t cap, int u, size_t size)
{
	for (int i = 0; i < 500; i++) {
		ssize_t n = tun_read(fd, head, buf, cap);

		assert_true(n >= 0);
		if (n > 100 && buf[9] == IPPROTO_UDP)
			return n;
		if (n == 0)
			(void)usleep(10000);
		/* the first ones may go before the device is quite there */
		if (n == 0 && i % 20 == 0)
			(void)send(u, zeros, size, 0);
	}
	fail();
	return 0;
}

/* With a header before each packet: plain ones, then what nobody has cut. */
static void
test_head(void **state)
{
	static uint8_t buf[66000];
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = htonl(0x0a000002) };
	uint8_t head[TUN_HEAD];
	bool with = true;
	int cut = 500;
	int fd, again, u;
	unsigned gives;

	(void)state;
	TESTNS();
	fd = tun_open();
	again = tun_open();
	u = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0 && again >= 0 && u >= 0);
	assert_int_equal(tun_attach(fd, "tun8", &with), 0);
	assert_int_equal(with, tun_has_head(fd));
	if (!with)
		skip();
	testns_run("sysctl -qw net.ipv6.conf.tun8.disable_ipv6=1 && "
		   "ip addr add 10.0.0.1/24 dev tun8 && ip link set tun8 up");
	assert_int_equal(connect(u, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(wait_read(fd, head, buf, sizeof(buf), u, 101), 129);
	for (size_t i = 0; i < sizeof(head); i++)
		assert_int_equal(head[i], 0);
	/* back to where it came from, it is for us */
	memcpy(buf + 12, "\12\0\0\2\12\0\0\1", 8);
	assert_true(tun_write(fd, head, buf, 129));
	assert_false(tun_write(fd, head, buf, 0));
	/* VIRTIO_NET_HDR_F_NEEDS_CSUM: the checksum is left to us */
	gives = tun_offload(fd, TUN_GIVES_TCP | TUN_GIVES_UDP);
	assert_true((gives & TUN_GIVES_TCP) != 0);
	assert_int_equal(wait_read(fd, head, buf, sizeof(buf), u, 200), 228);
	assert_int_equal(head[0] & 1, 1);
	if (gives & TUN_GIVES_UDP) {
		assert_int_equal(
		    setsockopt(u, IPPROTO_UDP, 103, &cut, sizeof(cut)),
		    0); /* UDP_SEGMENT */
		assert_int_equal(
		    wait_read(fd, head, buf, sizeof(buf), u, 5000), 5028);
		assert_int_equal(head[1], 5); /* ..._GSO_UDP_L4 */
	}
	/* the next process wants no headers: it finds none, and nothing uncut */
	assert_int_equal(tun_persist(fd, true), 0);
	(void)close(fd);
	assert_int_equal(tun_attach(again, "tun8", NULL), 0);
	assert_false(tun_has_head(again));
	assert_int_equal(
	    wait_read(again, NULL, buf, sizeof(buf), u, 1000), 528);
	assert_int_equal(tun_persist(again, false), 0);
	(void)close(again);
	(void)close(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_tun),
		cmocka_unit_test(test_head) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
