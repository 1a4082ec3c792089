/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/test.h"

#include "io/iface.h"
#include "io/testns.h"
#include "io/tun.h"

static const struct steer_conf conf = { .dev = "ipsec0",
	.own_dev = "ipsec1",
	.table = "solipsec",
	.mask = 0x30000000,
	.bypass = 0x10000000,
	.divert = 0x20000000,
	.own = 0x30000000,
	.again = 0x40000000,
	.table_any = 5050,
	.table_tcp = 5051,
	.table_own = 5052,
	.table_own_tcp = 5053,
	.pref_first = 4000,
	.pref_last = 4999,
	.proto = 50 };

static int tun = -1;

static struct netaddr
addr(const char *text)
{
	uint8_t b[16];
	int af = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(af, text, b), 1);
	return netaddr_from(af, b);
}

static struct steer_line
line(uint8_t verb, uint8_t proto, const char *dst)
{
	struct steer_line l = { .verb = verb,
		.m = { .proto = proto, .dst = addr(dst) } };

	l.m.fam = l.m.dst.fam;
	l.m.dst_len = l.m.fam == 4 ? 32 : 128;
	return l;
}

/* An address here, and a way to everybody by a device that takes everything. */
static int
setup(void **state)
{
	struct iface_setup s = { .mtu = 65535, .up = true, .quiet = true };
	struct netlink n;

	(void)testns_setup(state);
	if (!testns_have)
		return 0;
	testns_run("ip link add dummy0 type veth peer name sink");
	testns_run("ip link set dummy0 up; ip link set sink up");
	testns_run("ip addr add 10.0.0.1/24 dev dummy0");
	testns_run("ip addr add fd00::1/64 dev dummy0 nodad");
	testns_run("ip neigh add 10.0.0.2 lladdr 2:0:0:0:0:2 dev dummy0");
	testns_run("ip neigh add fd00::2 lladdr 2:0:0:0:0:2 dev dummy0");
	tun = tun_open();
	assert_true(tun >= 0);
	assert_int_equal(tun_attach(tun, "ipsec0", NULL), 0);
	assert_int_equal(tun_persist(tun, true), 0);
	assert_true(netlink_open(&n, NETLINK_ROUTE, 0));
	assert_int_equal(iface_set(&n, iface_index(&n, "ipsec0"), &s), 0);
	netlink_close(&n);
	return 0;
}

/* 0 or the errno of the send. */
static int
send_udp(const char *dst, uint16_t port, size_t n)
{
	static uint8_t data[65507];
	struct netaddr a = addr(dst);
	struct sockaddr_storage ss;
	socklen_t len = netaddr_sock(&ss, &a);
	int fd = socket(ss.ss_family, SOCK_DGRAM, 0), err = 0;

	if (a.fam == 4)
		((struct sockaddr_in *)(void *)&ss)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)(void *)&ss)->sin6_port = htons(port);
	if (sendto(fd, data, n, 0, (void *)&ss, len) < 0)
		err = errno;
	(void)close(fd);
	return err;
}

/* Length of the next packet in the device, 0: none comes. */
static size_t
from_tun(uint8_t *buf)
{
	struct pollfd p = { .fd = tun, .events = POLLIN };

	if (poll(&p, 1, 100) != 1)
		return 0;

	ssize_t n = tun_read(tun, NULL, buf, 65535);

	return n > 0 ? (size_t)n : 0;
}

struct want {
	const char *name;
	uint64_t packets;
	bool found;
};

static bool
see(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	struct want *w = ctx;

	(void)bytes;
	if (strcmp(name, w->name) == 0) {
		w->found = true;
		w->packets = packets;
	}
	return true;
}

static uint64_t
count(struct steer *s, const char *name)
{
	struct want w = { .name = name };

	assert_int_equal(steer_counters(s, see, &w), 0);
	assert_true(w.found);
	return w.packets;
}

/* Both families: a chosen packet arrives whole, another takes its own way. */
static void
test_divert(void **state)
{
	static uint8_t buf[65536];
	struct steer_line out[] = {
		line(STEER_DIVERT, IPPROTO_UDP, "10.0.0.2"),
		line(STEER_DIVERT, IPPROTO_UDP, "fd00::2"),
	};
	struct steer_plan p = {
		.out = out, .n_out = 2, .mtu = { 1400, 1400 }, .armed = true
	};
	struct steer *s, *later;

	(void)state;
	TESTNS();
	s = steer_open(&conf);
	assert_non_null(s);
	assert_false(steer_found(s));
	out[0].m.dport_min = out[0].m.dport_max = 7;
	assert_int_equal(steer_apply(s, &p), 0);
	while (from_tun(buf) != 0)
		;
	assert_int_equal(send_udp("10.0.0.2", 7, 100), 0);
	assert_int_equal(from_tun(buf), 128);
	assert_int_equal(send_udp("10.0.0.2", 8, 100), 0);
	assert_int_equal(from_tun(buf), 0);
	assert_int_equal(send_udp("10.0.0.2", 7, 60000), 0);
	assert_int_equal(from_tun(buf), 60028);
	assert_int_equal(send_udp("fd00::2", 7, 60000), 0);
	assert_int_equal(from_tun(buf), 60048);
	/* a later process sees that it is not the first */
	later = steer_open(&conf);
	assert_true(steer_found(later));
	steer_close(later);
	assert_int_equal(steer_remove(s), 0);
	steer_close(s);
	assert_int_equal(send_udp("10.0.0.2", 7, 100), 0);
	assert_int_equal(from_tun(buf), 0);
}

/* Dropped packets are counted; a count goes on over a change of the plan. */
static void
test_drop(void **state)
{
	static uint8_t buf[65536];
	struct steer_line out[] = { line(STEER_DROP, 0, "10.0.0.2"),
		line(STEER_DROP, 0, "fd00::2") };
	struct steer_plan p = { .out = out, .n_out = 2 };
	struct steer *s;

	(void)state;
	TESTNS();
	(void)snprintf(out[0].count[0], STEER_NAME, "reason");
	(void)snprintf(out[0].count[1], STEER_NAME, "entry1");
	(void)snprintf(out[1].count[0], STEER_NAME, "reason");
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	assert_int_equal(send_udp("10.0.0.2", 7, 100), EPERM);
	assert_int_equal(send_udp("fd00::2", 7, 100), EPERM);
	assert_int_equal(count(s, "reason"), 2);
	assert_int_equal(count(s, "entry1"), 1);
	p.n_out = 1;
	out[0].count[1][0] = '\0';
	assert_int_equal(steer_apply(s, &p), 0);
	assert_int_equal(count(s, "reason"), 2);
	assert_int_equal(send_udp("fd00::2", 7, 100), 0);
	assert_int_equal(from_tun(buf), 0);
	assert_int_equal(steer_remove(s), 0);
	steer_close(s);
}

/* Without the device nothing leaves, by no way. */
static void
test_closed(void **state)
{
	struct steer_line out[] = {
		line(STEER_DIVERT, 0, "10.0.0.2"),
		line(STEER_DIVERT, 0, "fd00::2"),
	};
	struct steer_plan p = { .out = out, .n_out = 2, .mtu = { 1400, 1400 } };
	struct steer *s;

	(void)state;
	TESTNS();
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	assert_int_equal(send_udp("10.0.0.2", 7, 100), 0);
	testns_run("ip link set ipsec0 down");
	/* the mark's table says unreachable, or the guard drops: never 0 */
	assert_int_not_equal(send_udp("10.0.0.2", 7, 100), 0);
	assert_int_not_equal(send_udp("fd00::2", 7, 100), 0);
	testns_run("ip rule del pref 4001");
	testns_run("ip -6 rule del pref 4001");
	assert_int_equal(send_udp("10.0.0.2", 7, 100), EPERM);
	assert_int_equal(send_udp("fd00::2", 7, 100), EPERM);
	assert_int_equal(count(s, STEER_COUNT_GUARD), 2);
	assert_false(steer_intact(s));
	testns_run("ip link set ipsec0 up");
	assert_int_equal(steer_apply(s, &p), 0);
	assert_true(steer_intact(s));
	assert_int_equal(send_udp("10.0.0.2", 7, 100), 0);
	/* each thing alone */
	testns_run("ip rule del pref 4002");
	assert_false(steer_intact(s));
	assert_int_equal(steer_apply(s, &p), 0);
	testns_run("ip -6 route flush table 5051");
	assert_false(steer_intact(s));
	assert_int_equal(steer_apply(s, &p), 0);
	testns_run("ip route del unreachable default table 5050 metric 4000");
	assert_false(steer_intact(s));
	assert_int_equal(steer_apply(s, &p), 0);
	assert_true(steer_intact(s));
	/* routes that go without a word, with their device */
	testns_run("ip link set ipsec0 down");
	assert_false(steer_intact(s));
	assert_false(steer_intact(s));
	testns_run("ip link set ipsec0 up");
	assert_int_equal(steer_apply(s, &p), 0);
	/* nothing happens, or nothing that is ours */
	for (int i = 0; i < 40; i++) {
		testns_run(i % 2 == 0 ? "ip route add 10.77.0.0/24 dev ipsec0"
				      : "ip route del 10.77.0.0/24");
		assert_true(steer_intact(s));
	}
	testns_run("ip route flush table 5051");
	assert_false(steer_intact(s));
	assert_int_equal(steer_remove(s), 0);
	steer_close(s);
}

/* What other chains do to marks and addresses opens nothing. */
static void
test_guard(void **state)
{
	static uint8_t buf[65536];
	struct steer_line out[] = {
		line(STEER_PASS, IPPROTO_UDP, "10.0.0.2"),
		line(STEER_DIVERT, 0, "10.0.0.2"),
		line(STEER_DIVERT, 0, "fd00::2"),
	};
	struct steer_plan p = { .out = out, .n_out = 3, .mtu = { 1400, 1400 } };
	struct steer *s;

	(void)state;
	TESTNS();
	out[0].m.dport_min = out[0].m.dport_max = 9;
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	while (from_tun(buf) != 0)
		;
	testns_run("nft add table inet other; nft 'add chain inet other o { "
		   "type route hook output priority 10; }'; "
		   "nft add rule inet other o meta mark set 1");
	assert_int_equal(send_udp("10.0.0.2", 7, 100), EPERM);
	assert_int_equal(send_udp("fd00::2", 7, 100), EPERM);
	assert_int_equal(count(s, STEER_COUNT_GUARD), 2);
	assert_int_equal(from_tun(buf), 0);
	assert_int_equal(send_udp("10.0.0.2", 9, 100), 0);
	testns_run("nft delete table inet other");
	/* a kernel may be without NAT */
	if (system("nft add table ip other; nft 'add chain ip other o { type "
		   "nat hook output priority -100; }' && nft add rule ip other "
		   "o ip daddr 10.0.0.3 dnat to 10.0.0.2") == 0) {
		assert_int_equal(send_udp("10.0.0.3", 7, 100), EPERM);
		assert_int_equal(count(s, STEER_COUNT_GUARD), 3);
	}
	testns_run("nft delete table ip other");
	assert_int_equal(send_udp("10.0.0.2", 7, 100), 0);
	assert_int_equal(from_tun(buf), 128);
	assert_int_equal(steer_remove(s), 0);
	steer_close(s);
}

static uint32_t
mss_of_syn(const uint8_t *p)
{
	const uint8_t *tcp = p + ((p[0] >> 4) == 4 ? 20 : 40);

	/* RFC 9293 3.2: the first option of a SYN is the segment size here */
	assert_int_equal(tcp[20], 2);
	return (uint32_t)(tcp[22] << 8 | tcp[23]);
}

static void
connect_to(const char *dst)
{
	struct netaddr a = addr(dst);
	struct sockaddr_storage ss;
	socklen_t len = netaddr_sock(&ss, &a);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	((struct sockaddr_in *)(void *)&ss)->sin_port = htons(99);
	(void)connect(fd, (void *)&ss, len);
	(void)close(fd);
}

/* A TCP socket asks for segments that fit, by prefix. */
static void
test_segment_size(void **state)
{
	static uint8_t buf[65536];
	struct steer_line out[] = {
		line(STEER_DIVERT, 0, "10.0.0.2"),
		line(STEER_DIVERT, 0, "fd00::2"),
	};
	struct steer_way way[] = {
		{ .dst = addr("10.0.0.2"), .len = 32, .mtu = 1000 }
	};
	struct steer_plan p = { .out = out,
		.n_out = 2,
		.way = way,
		.n_way = 1,
		.mtu = { 1300, 1350 } };
	struct steer *s;

	(void)state;
	TESTNS();
	out[1].m.src = addr("fd00::1");
	out[1].m.src_len = 128;
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	while (from_tun(buf) != 0)
		;
	connect_to("10.0.0.2");
	assert_true(from_tun(buf) > 40);
	assert_int_equal(mss_of_syn(buf), 1000 - 40);
	connect_to("fd00::2");
	assert_true(from_tun(buf) > 60);
	assert_int_equal(mss_of_syn(buf), 1350 - 60);
	p.n_way = 0;
	assert_int_equal(steer_apply(s, &p), 0);
	while (from_tun(buf) != 0)
		;
	connect_to("10.0.0.2");
	assert_true(from_tun(buf) > 40);
	assert_int_equal(mss_of_syn(buf), 1300 - 40);
	assert_int_equal(steer_remove(s), 0);
	assert_int_equal(
	    system("test -z \"$(ip rule | grep -E '^(4|5)[0-9]{3}:')\" && "
		   "test -z \"$(ip -6 rule | grep -E '^(4|5)[0-9]{3}:')\" && "
		   "! ip route show table 5051 2>/dev/null | grep . && "
		   "! ip -6 route show table 5050 2>/dev/null | grep . && "
		   "! nft list tables 2>/dev/null | grep ."),
	    0);
	steer_close(s);
}

/* Inbound lines judge what comes in from outside. */
static void
test_inbound(void **state)
{
	struct steer_line in = { .verb = STEER_DROP,
		.m = { .fam = 4, .proto = IPPROTO_ICMP } };
	struct steer_plan p = { .in = &in, .n_in = 1 };
	struct steer *s;

	(void)state;
	TESTNS();
	(void)snprintf(in.count[0], STEER_NAME, "in_drop");
	in.m.src = addr("10.9.9.2");
	in.m.src_len = 32;
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	testns_run(
	    /* a neighbour in a namespace that ends with its process */
	    "unshare -n sleep 20 & n=$!; "
	    "at() { nsenter -t $n -n \"$@\"; }; "
	    "until at true && [ $(stat -Lc %i /proc/$n/ns/net) != "
	    "$(stat -Lc %i /proc/self/ns/net) ]; do sleep 0.01; done; "
	    "ip link add v0 type veth peer name v1 netns $n && "
	    "ip addr add 10.9.9.1/24 dev v0 && ip link set v0 up && "
	    "at ip addr add 10.9.9.2/24 dev v1 && "
	    "at ip addr add 10.9.9.3/24 dev v1 && at ip link set v1 up && "
	    /* again until it is answered: a carrier is seen late */
	    "at ping -q -c1 -w9 -I 10.9.9.3 10.9.9.1 >/dev/null && "
	    "! at ping -q -c1 -W1 -I 10.9.9.2 10.9.9.1 >/dev/null; "
	    "e=$?; kill $n; exit $e");
	assert_int_equal(count(s, "in_drop"), 1);
	assert_int_equal(steer_remove(s), 0);
	steer_close(s);
}

/* Others cannot take an owned table away; it outlives its process. */
static void
test_owned(void **state)
{
	struct steer_line out = line(STEER_DIVERT, IPPROTO_UDP, "10.0.0.2");
	struct steer_plan p = { .out = &out, .n_out = 1, .armed = true };
	struct steer *s, *next;

	(void)state;
	TESTNS();
	testns_run("nft add table inet solipsec"); /* of another shape */
	s = steer_open(&conf);
	assert_int_equal(steer_apply(s, &p), 0);
	assert_int_equal(steer_apply(s, &p), 0);
	if (!steer_owns(s)) { /* before Linux 6.9 */
		assert_int_equal(steer_remove(s), 0);
		steer_close(s);
		skip();
	}
	testns_run("nft flush ruleset");
	testns_run("! nft delete table inet solipsec 2>/dev/null");
	testns_run("! nft flush chain inet solipsec steer 2>/dev/null");
	testns_run("nft list chain inet solipsec steer | grep -q 10.0.0.2");
	/* one process has it at a time */
	next = steer_open(&conf);
	assert_true(steer_found(next));
	assert_int_not_equal(steer_apply(next, &p), 0);
	steer_adopt(next);
	assert_false(steer_owns(next));
	steer_close(s);
	testns_run("nft list chain inet solipsec steer | grep -q 10.0.0.2");
	steer_adopt(next);
	assert_true(steer_owns(next));
	testns_run("nft flush ruleset");
	assert_int_equal(steer_apply(next, &p), 0);
	steer_close(next);
	next = steer_open(&conf);
	assert_int_equal(steer_remove(next), 0);
	steer_close(next);
	testns_run("! nft list tables | grep .");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_divert),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_segment_size),
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_owned),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
