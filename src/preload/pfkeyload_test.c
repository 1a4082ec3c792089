/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's own functions, linked in: in a network of its own, no ipsecd. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/in6.h>
#include <linux/ipsec.h>
#include <linux/pfkeyv2.h>
#include <linux/udp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"

#define MARK_BYPASS 0x10000000 /* docs/steering.md */

static void
refuses_as_the_kernel_does(void **state)
{
	(void)state;
	assert_int_equal(socket(PF_KEY, SOCK_STREAM, PF_KEY_V2), -1);
	assert_int_equal(errno, ESOCKTNOSUPPORT);
	assert_int_equal(socket(PF_KEY, SOCK_RAW, 0), -1);
	assert_int_equal(errno, EPROTONOSUPPORT);
	/* nobody is there */
	assert_int_equal(
	    socket(PF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
}

static int
udp(uint32_t host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(host) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	assert_true(s >= 0);
	assert_int_equal(
	    setsockopt(s, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one)), 0);
	assert_int_equal(bind(s, (struct sockaddr *)&in, sizeof(in)), 0);
	return s;
}

static int
encap(int s, int how)
{
	return setsockopt(s, IPPROTO_UDP, UDP_ENCAP, &how, sizeof(how));
}

static void
shares_port_4500(void **state)
{
	int s = udp(INADDR_ANY, 4500), t = udp(INADDR_ANY, 4500), one = 0;
	socklen_t n = sizeof(one);

	(void)state;
	assert_int_equal(getsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, &n), 0);
	assert_int_equal(one, 1);
	assert_int_equal(encap(s, UDP_ENCAP_ESPINUDP), 0);
	assert_int_equal(encap(s, 0), 0);
	assert_int_equal(encap(s, UDP_ENCAP_ESPINUDP_NON_IKE), -1);
	assert_int_equal(errno, ENOPROTOOPT);
	(void)close(t);
	(void)close(s);
	/* one address would get what is ipsecd's; another port is not ipsecd's */
	s = udp(INADDR_LOOPBACK, 4500);
	assert_int_equal(encap(s, UDP_ENCAP_ESPINUDP), -1);
	assert_int_equal(errno, ENOPROTOOPT);
	(void)close(s);
	s = udp(INADDR_ANY, 4501);
	assert_int_equal(getsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, &n), 0);
	assert_int_equal(one, 0);
	assert_int_equal(encap(s, UDP_ENCAP_ESPINUDP), -1);
	assert_int_equal(errno, ENOPROTOOPT);
	(void)close(s);
}

static void
bypasses_by_a_mark(void **state)
{
	struct sadb_x_policy p = { .sadb_x_policy_len = sizeof(p) / 8,
		.sadb_x_policy_exttype = SADB_X_EXT_POLICY,
		.sadb_x_policy_type = IPSEC_POLICY_BYPASS,
		.sadb_x_policy_dir = IPSEC_DIR_OUTBOUND };
	int s = socket(AF_INET, SOCK_DGRAM, 0), mark = 0x3;
	socklen_t n = sizeof(mark);

	(void)state;
	assert_int_equal(
	    setsockopt(s, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	assert_int_equal(
	    setsockopt(s, IPPROTO_IP, IP_IPSEC_POLICY, &p, sizeof(p)), 0);
	assert_int_equal(getsockopt(s, SOL_SOCKET, SO_MARK, &mark, &n), 0);
	assert_int_equal(mark, MARK_BYPASS | 0x3);
	p.sadb_x_policy_type = IPSEC_POLICY_IPSEC;
	assert_int_equal(
	    setsockopt(s, IPPROTO_IP, IP_IPSEC_POLICY, &p, sizeof(p)), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	p.sadb_x_policy_dir = IPSEC_DIR_FWD;
	assert_int_equal(
	    setsockopt(s, IPPROTO_IP, IP_IPSEC_POLICY, &p, sizeof(p)), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(setsockopt(s, IPPROTO_IP, IP_IPSEC_POLICY, &p, 8), -1);
	assert_int_equal(errno, EINVAL);
	(void)close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_as_the_kernel_does),
		cmocka_unit_test(shares_port_4500),
		cmocka_unit_test(bypasses_by_a_mark),
	};

	if (unshare(CLONE_NEWNET) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
		puts("no network namespace may be made");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
