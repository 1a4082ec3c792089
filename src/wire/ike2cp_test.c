/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2cp.h"

#include <errno.h>

#include "base/test.h"

#include "wire/ike2num.h"

static uint8_t buf[4096];
static struct ike2_cp got;
static const uint8_t ip[17] = { 10, 0, 0, 1 };

static int
parse(size_t n)
{
	return ike2cp_parse(&got, rd_from(buf, n));
}

static size_t
put(const struct ike2_cp *c)
{
	struct wr w = wr_into(buf, sizeof(buf));

	ike2cp_write(&w, c);
	assert_false(w.bad);
	return w.len;
}

static void
test_round(void **state)
{
	struct ike2_cp c = { .type = IKE2_CFG_REQUEST };
	size_t n;

	(void)state;
	assert_int_equal(parse(put(&c)), 0);
	assert_int_equal(got.n, 0);
	assert_true(ike2cp_add(&c, IKE2_CA_IP4_ADDRESS, ip, 4));
	assert_true(ike2cp_add(&c, IKE2_CA_IP4_DNS, NULL, 0));
	assert_true(ike2cp_add(&c, 30000, ip, 5));
	n = put(&c);
	assert_int_equal(n, 4 + 8 + 4 + 9);
	assert_int_equal(parse(n), 0);
	assert_int_equal(got.type, IKE2_CFG_REQUEST);
	assert_int_equal(got.n, 3);
	assert_memory_equal(
	    ike2cp_find(&got, IKE2_CA_IP4_ADDRESS)->data.p, ip, 4);
	assert_int_equal(ike2cp_find(&got, IKE2_CA_IP4_DNS)->data.n, 0);
	assert_int_equal(ike2cp_find(&got, 30000)->data.n, 5);
	assert_null(ike2cp_find(&got, IKE2_CA_IP6_DNS));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    parse(i), i == 4 || i == 12 || i == 16 ? 0 : EINVAL);
	/* RFC 7296 3.15.1: the reserved bit is not part of the number */
	assert_int_equal(buf[4], 0);
	buf[4] |= 0x80;
	assert_int_equal(parse(n), 0);
	assert_int_equal(got.a[0].attr, IKE2_CA_IP4_ADDRESS);
}

/* Only the sizes of the table, for each attribute. */
static void
test_sizes(void **state)
{
	static const struct {
		uint16_t attr;
		uint16_t ok[3];
	} t[] = {
		{ IKE2_CA_IP4_ADDRESS, { 0, 4, 4 } },
		{ IKE2_CA_IP4_NETMASK, { 0, 4, 4 } },
		{ IKE2_CA_IP4_DNS, { 0, 4, 4 } },
		{ IKE2_CA_IP4_NBNS, { 0, 4, 4 } },
		{ IKE2_CA_IP4_DHCP, { 0, 4, 4 } },
		{ IKE2_CA_IP6_ADDRESS, { 0, 16, 17 } },
		{ IKE2_CA_IP6_DNS, { 0, 16, 16 } },
		{ IKE2_CA_IP6_DHCP, { 0, 16, 16 } },
		{ IKE2_CA_IP4_SUBNET, { 0, 8, 8 } },
		{ IKE2_CA_IP6_SUBNET, { 0, 17, 17 } },
	};
	static const uint8_t zero[64];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (uint16_t n = 0; n < sizeof(zero); n++) {
			struct ike2_cp c = { .type = IKE2_CFG_REPLY };
			bool ok = n == t[i].ok[0] || n == t[i].ok[1] ||
				  n == t[i].ok[2];

			assert_true(ike2cp_add(&c, t[i].attr, zero, n));
			assert_int_equal(parse(put(&c)), ok ? 0 : EINVAL);
		}
}

static void
test_other_sizes(void **state)
{
	struct ike2_cp c = { .type = IKE2_CFG_SET };

	(void)state;
	assert_true(ike2cp_add(&c, IKE2_CA_SUPPORTED_ATTRIBUTES, ip, 3));
	assert_int_equal(parse(put(&c)), EINVAL);
	c.n = 0;
	assert_true(ike2cp_add(&c, IKE2_CA_SUPPORTED_ATTRIBUTES, ip, 4));
	assert_true(ike2cp_add(&c, IKE2_CA_APPLICATION_VERSION, ip, 13));
	assert_true(ike2cp_add(&c, IKE2_CA_DNS_DOMAIN, ip, 11));
	assert_int_equal(parse(put(&c)), 0);
	assert_int_equal(got.n, 3);
}

static void
test_limit(void **state)
{
	struct ike2_cp c = { .type = IKE2_CFG_REQUEST };
	size_t n;

	(void)state;
	for (unsigned i = 0; i < IKE2CP_MAX; i++)
		assert_true(ike2cp_add(&c, IKE2_CA_IP4_DNS, NULL, 0));
	assert_false(ike2cp_add(&c, IKE2_CA_IP4_DNS, NULL, 0));
	n = put(&c);
	assert_int_equal(parse(n), 0);
	memcpy(buf + n, buf + 4, 4);
	assert_int_equal(parse(n + 4), E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_other_sizes),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
