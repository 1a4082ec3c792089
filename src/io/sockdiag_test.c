/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/test.h"

#include "io/testns.h"

static struct sockdiag *diag;

static uint64_t
cookie_of(int fd)
{
	uint64_t v = 0;
	socklen_t n = sizeof(v);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &v, &n), 0);
	return v;
}

/* ::1 or 127.0.0.1, port 0: any. */
static struct sockaddr_storage
loopback(uint8_t fam, uint16_t port)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };

	if (fam == 4)
		memcpy(&ss, &in, sizeof(in));
	else
		memcpy(&ss, &in6, sizeof(in6));
	return ss;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 in6;
	socklen_t n = sizeof(ss);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &n), 0);
	memcpy(&in6, &ss, sizeof(in6)); /* the port has one place in both */
	return ntohs(in6.sin6_port);
}

static int
bound(uint8_t fam, int type)
{
	struct sockaddr_storage ss = loopback(fam, 0);
	int fd = socket(netaddr_af(fam), type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, sizeof(ss)), 0);
	return fd;
}

static void
connect_to(int fd, uint8_t fam, uint16_t port)
{
	struct sockaddr_storage ss = loopback(fam, port);

	assert_int_equal(connect(fd, (struct sockaddr *)&ss, sizeof(ss)), 0);
}

static struct netaddr
local_of(uint8_t fam)
{
	struct netaddr a = { .fam = fam };

	if (fam == 4)
		memcpy(a.b, "\177\0\0\1", 4);
	else
		a.b[15] = 1;
	return a;
}

static int
find(uint8_t proto, uint8_t fam, uint16_t lport, uint16_t rport,
    struct sockdiag_socket *k)
{
	struct netaddr a = local_of(fam);

	return sockdiag_find(diag, proto, &a, lport, &a, rport, k);
}

static void
test_tcp(void **state)
{
	(void)state;
	TESTNS();
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		int l = bound(fam, SOCK_STREAM), c = bound(fam, SOCK_STREAM);
		uint16_t lp = port_of(l), cp = port_of(c);
		struct sockdiag_socket k;
		uint32_t mark = 0x30000000;
		int a;

		assert_int_equal(
		    setsockopt(l, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
		assert_int_equal(find(IPPROTO_TCP, fam, lp, cp, &k), ENOENT);
		assert_int_equal(listen(l, 4), 0);
		assert_int_equal(find(IPPROTO_TCP, fam, lp, cp, &k), 0);
		assert_true(k.cookie == cookie_of(l));
		assert_int_equal(k.mark, 0x30000000);
		assert_false(k.connected);

		connect_to(c, fam, lp);
		a = accept(l, NULL, NULL);
		assert_true(a >= 0);
		assert_int_equal(find(IPPROTO_TCP, fam, lp, cp, &k), 0);
		assert_true(k.cookie == cookie_of(a));
		assert_true(k.connected && k.established);
		/* the mark of a listener is that of its connections */
		assert_int_equal(k.mark, 0x30000000);
		assert_int_equal(find(IPPROTO_TCP, fam, cp, lp, &k), 0);
		assert_true(k.cookie == cookie_of(c));
		assert_int_equal(k.lport, cp);
		assert_int_equal(k.rport, lp);
		assert_int_equal(k.local.fam, fam);
		close(a);
		close(c);
		close(l);
	}
}

static void
test_udp(void **state)
{
	(void)state;
	TESTNS();
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		int u = bound(fam, SOCK_DGRAM), c = bound(fam, SOCK_DGRAM);
		struct sockdiag_socket k;

		assert_int_equal(find(IPPROTO_UDP, fam, port_of(u), 9, &k), 0);
		assert_true(k.cookie == cookie_of(u));
		assert_false(k.connected);
		connect_to(c, fam, port_of(u));
		assert_int_equal(
		    find(IPPROTO_UDP, fam, port_of(c), port_of(u), &k), 0);
		assert_true(k.cookie == cookie_of(c));
		assert_true(k.connected);
		close(c);
		close(u);
	}
}

/* IPv4 by a socket of IPv6 is found as IPv4, and says so. */
static void
test_mapped(void **state)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	int l = socket(AF_INET6, SOCK_STREAM, 0), c;
	struct sockdiag_socket k;

	(void)state;
	TESTNS();
	assert_int_equal(bind(l, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(l, 4), 0);
	c = bound(4, SOCK_STREAM);
	connect_to(c, 4, port_of(l));
	assert_int_equal(find(IPPROTO_TCP, 4, port_of(l), port_of(c), &k), 0);
	assert_int_equal(k.local.fam, 4);
	assert_int_equal(k.local.b[0], 127);
	close(c);
	close(l);
}

struct count {
	uint64_t cookie;
	unsigned all, mine;
	struct sockdiag_socket k;
};

static bool
count(void *ctx, const struct sockdiag_socket *k)
{
	struct count *c = ctx;

	c->all++;
	if (k->cookie == c->cookie) {
		c->mine++;
		c->k = *k;
	}
	return true;
}

static void
test_each(void **state)
{
	int u = bound(6, SOCK_DGRAM), t = bound(4, SOCK_STREAM);
	struct count c = { .cookie = cookie_of(u) };

	(void)state;
	TESTNS();
	assert_int_equal(listen(t, 1), 0);
	assert_int_equal(sockdiag_each(diag, count, &c), 0);
	assert_int_equal(c.mine, 1);
	assert_int_equal(c.k.proto, IPPROTO_UDP);
	c = (struct count){ .cookie = cookie_of(t) };
	assert_int_equal(sockdiag_each(diag, count, &c), 0);
	assert_int_equal(c.mine, 1);
	assert_true(c.all >= 2);
	assert_int_equal(c.k.proto, IPPROTO_TCP);
	close(u);
	close(t);
}

static void
test_hear(void **state)
{
	(void)state;
	TESTNS();
	for (int i = 0; i < 4; i++) {
		int fd = bound(i & 1 ? 6 : 4, i & 2 ? SOCK_STREAM : SOCK_DGRAM);
		struct count c = { .cookie = cookie_of(fd) };
		struct pollfd p = { .fd = sockdiag_fd(diag), .events = POLLIN };

		assert_true(sockdiag_hear(diag, count, &c));
		assert_int_equal(c.mine, 0);
		close(fd);
		for (int k = 0; k < 20 && c.mine == 0; k++) {
			assert_int_equal(poll(&p, 1, 2000), 1);
			assert_true(sockdiag_hear(diag, count, &c));
		}
		assert_int_equal(c.mine, 1);
		assert_int_equal(c.k.proto, i & 2 ? IPPROTO_TCP : IPPROTO_UDP);
	}
}

static int
setup(void **state)
{
	testns_setup(state);
	diag = sockdiag_open();
	return diag == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	sockdiag_close(diag);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_hear),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
