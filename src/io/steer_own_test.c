/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_own.h"

#include <errno.h>
#include <stdio.h>

#include "base/test.h"

#include "io/nftask.h"
#include "io/steer_table.h"
#include "io/testns.h"

static const struct steer_conf conf = { .dev = "ipsec0",
	.own_dev = "ipsec1",
	.table = "so",
	.mask = 0x30000000,
	.bypass = 0x10000000,
	.divert = 0x20000000,
	.own = 0x30000000,
	.again = 0x40000000 };
static struct netlink n;
static struct steer_can can = { .sockets = true };

static struct steer_flow
flow(uint8_t kind, uint8_t proto, uint16_t lport, uint16_t rport)
{
	struct steer_flow f = { .kind = kind,
		.proto = proto,
		.local = { .fam = 4, .b = { 192, 0, 2, 1 } },
		.remote = { .fam = 4, .b = { 192, 0, 2, 2 } },
		.lport = lport,
		.rport = rport };

	return f;
}

/*
 * This namespace has 192.0.2.1 on wa, and 192.0.2.2 is the other end of the wire:
 * what comes in by wa was sent by a packet socket on wb.
 */
static void
send_in(uint8_t proto, uint16_t sport, uint16_t dport, unsigned flags)
{
	char cmd[1024];

	(void)snprintf(cmd, sizeof(cmd),
	    "python3 - <<'E'\n"
	    "import socket,struct\n"
	    "def c(b):\n"
	    "    t=sum(struct.unpack('>%%dH'%%(len(b)//2),b))\n"
	    "    t=(t&65535)+(t>>16);t+=t>>16\n"
	    "    return ~t&65535\n"
	    "u=struct.pack('>HH',%u,%u)+(struct.pack('>HH',8,0) if %u==17 "
	    "else struct.pack('>IIBBHHH',1,1,80,%u,99,0,0))\n"
	    "h=lambda k:struct.pack('>BBHHHBBH',69,0,20+len(u),1,0,64,%u,k)+"
	    "bytes([192,0,2,2,192,0,2,1])\n"
	    "s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW)\n"
	    "s.bind(('wb',0x800))\n"
	    "s.send(b'\\2\\0\\0\\0\\0\\2'+b'\\2\\0\\0\\0\\0\\1\\x08\\0'+h(c(h("
	    "0)))+u)\n"
	    "E\n",
	    sport, dport, proto, flags, proto);
	testns_run(cmd);
}

struct counter {
	const char *name;
	uint64_t packets;
};

static bool
see(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	struct counter *c = ctx;

	(void)bytes;
	if (strcmp(name, c->name) == 0)
		c->packets = packets;
	return true;
}

static uint64_t
count(const char *name)
{
	struct counter c = { .name = name };

	assert_int_equal(nftask_counters(&n, "so", see, &c), 0);
	return c.packets;
}

static struct steer_line second = {
	.verb = STEER_DROP, .m = { .fam = 4 }, .count = { "clear" }
};

static void
apply(const struct steer_flow *f, size_t count_)
{
	struct steer_plan p = {
		.second = &second, .n_second = 1, .flows = f, .n_flows = count_
	};

	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
}

/* Inbound: which flows are accepted in the clear, and what opens new ones. */
static void
test_flows_in(void **state)
{
	enum { SYN = 2, ACK = 16 };
	const struct steer_flow f[] = {
		flow(STEER_FLOW_HELD, IPPROTO_TCP, 4000, 80),
		flow(STEER_FLOW_CLEAR, IPPROTO_TCP, 4001, 80),
		flow(STEER_FLOW_ASKED, IPPROTO_UDP, 4002, 53),
		flow(STEER_FLOW_HELD, IPPROTO_UDP, 4003, 53),
	};
	/* what is not in a set goes on to this */
	struct steer_line in = {
		.verb = STEER_DROP, .m = { .fam = 4 }, .count = { "lines" }
	};
	struct steer_plan p = { .second = &second,
		.n_second = 1,
		.in = &in,
		.n_in = 1,
		.flows = f,
		.n_flows = 4 };

	(void)state;
	TESTNS();
	for (int i = 0; i < 2; i++) /* they survive another plan */
		assert_int_equal(
		    steer_table_apply(&n, &conf, &p, &can, false), 0);
	send_in(IPPROTO_TCP, 80, 4000, ACK);
	assert_int_equal(count("clear"), 1);
	send_in(IPPROTO_TCP, 80, 4001, ACK);
	send_in(IPPROTO_UDP, 53, 4002, 0);
	assert_int_equal(count("clear"), 1);
	assert_int_equal(count("lines"), 0);
	send_in(IPPROTO_TCP, 80, 4001, SYN);
	assert_int_equal(count("lines"), 1);
	send_in(IPPROTO_UDP, 53, 4003, 0);
	assert_int_equal(count("clear"), 2);
	/* taken out, also beside one that is not there */
	struct steer_flow gone[] = { f[1],
		flow(STEER_FLOW_HELD, IPPROTO_TCP, 1, 1), f[2] };

	assert_int_equal(steer_own_forget(&n, "so", gone, 3), 0);
	send_in(IPPROTO_TCP, 80, 4001, ACK);
	send_in(IPPROTO_UDP, 53, 4002, 0);
	assert_int_equal(count("lines"), 3);
}

static void
udp(const char *options, const char *to)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd),
	    "python3 -c \"import socket; s=socket.socket(2,2); %s "
	    "s.sendto(b'x', ('%s', 53))\" 2>/dev/null; true",
	    options, to);
	testns_run(cmd);
}

/* A socket with a policy of its own is heard by its device or by nobody. */
static void
test_guard(void **state)
{
	uint64_t before;

	(void)state;
	TESTNS();
	apply(NULL, 0);
	before = count(STEER_COUNT_GUARD);
	udp("s.setsockopt(1, 36, 0x30000000);", "192.0.2.2");
	assert_int_equal(count(STEER_COUNT_GUARD), before + 1);
	udp("s.setsockopt(1, 36, 0x10000000);", "192.0.2.2");
	udp("", "192.0.2.2");
	udp("s.setsockopt(1, 36, 0x30000000);", "127.0.0.1");
	assert_int_equal(count(STEER_COUNT_GUARD), before + 1);
	/* a flow that is diverted, of which somebody has taken the mark off */
	struct steer_flow f = flow(STEER_FLOW_HELD, IPPROTO_UDP, 777, 53);

	apply(&f, 1);
	testns_run("nft 'add table ip z; add chain ip z z { type filter hook "
		   "postrouting priority 0; }; add rule ip z z meta mark set "
		   "0'");
	udp("s.bind(('192.0.2.1', 777));", "192.0.2.2");
	assert_int_equal(count(STEER_COUNT_GUARD), before + 2);
	testns_run("nft delete table ip z");
}

/* Clear packets for a socket that wants protection; for one that wants none. */
static void
test_sockets(void **state)
{
	struct steer_line in = {
		.verb = STEER_DROP, .m = { .fam = 4 }, .count = { "lines" }
	};
	struct steer_plan p = {
		.second = &second, .n_second = 1, .in = &in, .n_in = 1
	};
	uint64_t clear, lines;

	(void)state;
	TESTNS();
	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
	testns_run("python3 -c \"import socket,time\n"
		   "a=[]\n"
		   "for i,m in enumerate([0x30000000,0x10000000,0]):\n"
		   "  s=socket.socket(2,2); s.setsockopt(1,36,m)\n"
		   "  s.bind(('',6000+i)); a.append(s)\n"
		   "time.sleep(20)\" & sleep 0.4");
	clear = count("clear");
	lines = count("lines");
	send_in(IPPROTO_UDP, 53, 6000, 0);
	assert_int_equal(count("clear"), clear + 1);
	send_in(IPPROTO_UDP, 53, 6001, 0);
	assert_int_equal(count("lines"), lines);
	send_in(IPPROTO_UDP, 53, 6002, 0);
	assert_int_equal(count("lines"), lines + 1);
	/* the system first: a line says what holds for all of them */
	p.lines_first = true;
	assert_int_equal(steer_table_apply(&n, &conf, &p, &can, false), 0);
	send_in(IPPROTO_UDP, 53, 6000, 0);
	send_in(IPPROTO_UDP, 53, 6001, 0);
	assert_int_equal(count("clear"), clear + 1);
	assert_int_equal(count("lines"), lines + 3);
}

static int
setup(void **state)
{
	testns_setup(state);
	if (!testns_have)
		return 0;
	testns_run("ip link add name wa type veth peer name wb && "
		   "ip link set wb address 02:00:00:00:00:01 && "
		   "ip link set wa address 02:00:00:00:00:02 && "
		   "ip addr add 192.0.2.1/24 dev wa && ip link set wa up && "
		   "ip link set wb up && ip neigh add 192.0.2.2 "
		   "lladdr 02:00:00:00:00:01 dev wa");
	return netlink_open(&n, NETLINK_NETFILTER, 0) ? 0 : 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows_in),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_sockets),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
