/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/polhost.h"

#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include "base/test.h"

/* Without a name service: only what every machine has. */
static void
test_hosts(void **state)
{
	struct prefix p[4];
	struct addr lo = { FAM_V4, { 127, 0, 0, 1 } };
	size_t n = polhost_resolve(NULL, "localhost", p, 4);

	(void)state;
	if (n == 0) {
		skip(); /* no /etc/hosts */
		return;
	}
	assert_true(p[0].a.fam == FAM_V4 || p[0].a.fam == FAM_V6);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p[i].len, addr_bits(p[i].a.fam));
		for (size_t k = 0; k < i; k++)
			assert_false(addr_equal(&p[i].a, &p[k].a));
	}
	/* more than there is room for are counted, not written */
	assert_int_equal(polhost_resolve(NULL, "localhost", p, 0), n);
	assert_int_equal(
	    polhost_resolve(NULL, "no.such.host.invalid", p, 4), 0);

	/* a name only where it is no other address's, too */
	const char *name = polhost_name(NULL, &lo);

	if (n == 1 && addr_equal(&p[0].a, &lo))
		assert_non_null(name);
	else if (name != NULL)
		assert_int_equal(polhost_resolve(NULL, name, p, 4), 1);
	/* remembered: the same answer again */
	assert_ptr_equal(polhost_name(NULL, &lo), name);
}

static void
test_networks(void **state)
{
	struct prefix p;

	(void)state;
	/* Debian's /etc/networks: loopback 127.0.0.0 */
	if (getnetbyname("loopback") == NULL) {
		skip();
		return;
	}
	assert_int_equal(polhost_resolve(NULL, "loopback", &p, 1), 1);
	assert_int_equal(p.a.fam, FAM_V4);
	assert_int_equal(p.a.b[0], 127);
	assert_int_equal(p.len, 8);
}

static void
test_services_and_protocols(void **state)
{
	uint16_t port;
	uint8_t proto;
	const char *name;

	(void)state;
	assert_false(polhost_service(NULL, "no-such-service", &port));
	assert_false(polhost_protocol(NULL, "no-such-protocol", &proto));
	assert_null(polhost_service_name(NULL, 4));
	if (getservbyname("telnet", NULL) == NULL ||
	    getprotobyname("tcp") == NULL) {
		skip(); /* netbase is not installed */
		return;
	}
	assert_true(polhost_service(NULL, "telnet", &port));
	assert_int_equal(port, 23);
	assert_true(polhost_protocol(NULL, "ipv6-icmp", &proto));
	assert_int_equal(proto, 58);
	/* every name that is given reads back as its number */
	for (unsigned i = 0; i < 65536; i += 1 + i / 256)
		if ((name = polhost_service_name(NULL, (uint16_t)i)) != NULL) {
			assert_true(polhost_service(NULL, name, &port));
			assert_int_equal(port, i);
		}
	for (unsigned i = 0; i < 256; i++)
		if ((name = polhost_protocol_name(NULL, (uint8_t)i)) != NULL) {
			assert_true(polhost_protocol(NULL, name, &proto));
			assert_int_equal(proto, i);
		}
	assert_string_equal(polhost_protocol_name(NULL, 6), "tcp");
	assert_string_equal(polhost_service_name(NULL, 23), "telnet");
}

static bool
is_known(enum ipsecinit_names which, const char *name)
{
	const char *const *l = polhost_known(NULL, which);

	for (; l != NULL && *l != NULL; l++)
		if (strcmp(*l, name) == 0)
			return true;
	return false;
}

/* Names and other names of the files, for "did you mean". */
static void
test_known(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) { /* read once, kept */
		assert_int_equal(is_known(IPSECINIT_SERVICES, "telnet"),
		    getservbyname("telnet", NULL) != NULL);
		assert_int_equal(is_known(IPSECINIT_PROTOCOLS, "tcp"),
		    getprotobyname("tcp") != NULL);
		assert_int_equal(is_known(IPSECINIT_PROTOCOLS, "TCP"),
		    getprotobyname("TCP") != NULL);
		assert_false(is_known(IPSECINIT_HOSTS, "no.such.host.invalid"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_services_and_protocols),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
