/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/nfqueue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/test.h"

#include "io/nft.h"
#include "io/nftask.h"
#include "io/testns.h"

#define TABLE "queuetest"

static struct netlink nl;
static int fd;
static bool xt;

enum { QUEUE = 77 };

/* UDP to port 99 that leaves, and to port 98 that comes, is queued. */
static void
rules(uint32_t type)
{
	static const uint8_t out[] = { 0, 99 }, in[] = { 0, 98 };
	struct nft *b = nft_begin(TABLE);

	assert_non_null(b);
	nft_table_put(b, false);
	nft_table_delete(b);
	nft_table_put(b, false);
	nft_chain_put(b, "o", "filter", NFT_HOOK_OUTPUT, 0);
	nft_chain_put(b, "i", "filter", NFT_HOOK_INPUT, 0);
	for (int i = 0; i < 2; i++) {
		nft_rule_begin(b, i == 0 ? "o" : "i");
		nft_l4proto(b, IPPROTO_UDP);
		nft_field(b, NFT_BASE_UPPER, 2, i == 0 ? out : in, 2);
		if (i == 0)
			nft_daddr_type(b, type);
		nft_queue(b, QUEUE, xt);
		nft_rule_end(b);
	}
	assert_int_equal(nft_commit(b, &nl), 0);
}

static int
talk(uint16_t port, const char *what)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(s, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(sendto(s, what, strlen(what), 0,
			     (struct sockaddr *)&to, sizeof(to)),
	    strlen(what));
	return s;
}

static bool
is_ready(int s)
{
	struct pollfd p = { .fd = s, .events = POLLIN };

	return poll(&p, 1, 200) == 1;
}

static int
begin(void **state)
{
	(void)testns_setup(state);
	if (!testns_have)
		return 0;
	assert_true(netlink_open(&nl, NETLINK_NETFILTER, 0));
	xt = !nftask_can_queue(&nl, "probe-" TABLE, false);
	assert_int_equal(nftask_table(&nl, "probe-" TABLE), ENOENT);
	fd = nftask_can_queue(&nl, "probe-" TABLE, xt) ? nfqueue_open(QUEUE)
						       : -1;
	if (fd < 0)
		testns_have = false;
	return 0;
}

static void
test_pass_and_drop(void **state)
{
	uint8_t pkt[2000], got[100];
	struct nfqueue_packet q;
	int s;

	(void)state;
	TESTNS();
	rules(RTN_LOCAL);
	assert_int_equal(nfqueue_recv(fd, QUEUE, &q, pkt, sizeof(pkt)), 0);
	s = talk(99, "good morning");
	assert_true(is_ready(fd));
	assert_int_equal(
	    nfqueue_recv(fd, QUEUE, &q, pkt, sizeof(pkt)), 28 + 12);
	assert_true(q.outbound);
	assert_int_equal(q.index, 1);
	assert_int_equal(pkt[0], 0x45);
	assert_memory_equal(pkt + 28, "good morning", 12);
	assert_false(is_ready(s));
	nfqueue_drop(fd, QUEUE, q.id);
	assert_false(is_ready(s));
	close(s);
	/* in its place something shorter, and of another protocol's length */
	s = talk(98, "good morning");
	assert_true(is_ready(fd));
	assert_int_equal(
	    nfqueue_recv(fd, QUEUE, &q, pkt, sizeof(pkt)), 28 + 12);
	assert_false(q.outbound);
	assert_int_equal(q.index, 1);
	memcpy(pkt + 28, "night", 5);
	pkt[3] = 28 + 5;
	pkt[25] = 8 + 5;
	pkt[26] = pkt[27] = 0;
	nfqueue_pass(fd, QUEUE, q.id, pkt, 28 + 5);
	assert_true(is_ready(s));
	assert_int_equal(recv(s, got, sizeof(got), 0), 5);
	assert_memory_equal(got, "night", 5);
	close(s);
}

static void
test_types(void **state)
{
	int s;

	(void)state;
	TESTNS();
	/* the rule's kind of destination is not this one */
	rules(RTN_BROADCAST);
	s = talk(99, "x");
	assert_true(is_ready(s));
	assert_false(is_ready(fd));
	close(s);
}

static void
test_too_long(void **state)
{
	struct nfqueue_packet q;
	uint8_t pkt[30];
	int s;

	(void)state;
	TESTNS();
	rules(RTN_LOCAL);
	s = talk(99, "good morning");
	assert_true(is_ready(fd));
	assert_int_equal(nfqueue_recv(fd, QUEUE, &q, pkt, sizeof(pkt)), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_false(is_ready(s));
	close(s);
}

static void
test_one_reader(void **state)
{
	(void)state;
	TESTNS();
	assert_int_equal(nfqueue_open(QUEUE), -1);
	assert_int_equal(errno, EPERM);
	/* without a reader, what is queued is dropped */
	close(fd);
	rules(RTN_LOCAL);

	int s = talk(98, "x");

	assert_false(is_ready(s));
	close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_and_drop),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_one_reader),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
