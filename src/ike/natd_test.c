/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/natd.h"

#include "base/test.h"

#include "crypto/sha1.h"

static struct ike2_msg m;
static uint8_t src[NATD_LEN], dst[NATD_LEN], other[NATD_LEN];
static struct addr here, there;

static void
add(uint16_t type, const uint8_t *hash)
{
	m.note[m.nnote++] =
	    (struct ike2_note){ .type = type, .data = { hash, NATD_LEN } };
}

static void
begin(void)
{
	m.nnote = 0;
	m.hdr.spi_i = 7;
	m.hdr.spi_r = 0;
	assert_true(addr_read(&here, "192.0.2.1"));
	assert_true(addr_read(&there, "2001:db8::2"));
	natd_hash(src, 7, 0, &there, 500);
	natd_hash(dst, 7, 0, &here, 4500);
}

static struct natd
look(void)
{
	return natd_look(&m, &here, 4500, &there, 500);
}

/* RFC 7296 2.23: SPIs, address and port, in this order. */
static void
test_hash(void **state)
{
	static const uint8_t bytes[] = { 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0,
		0, 0, 9, 192, 0, 2, 1, 0x11, 0x94 };
	uint8_t want[SHA1_LEN], got[NATD_LEN];
	struct sha1 s;

	(void)state;
	begin();
	sha1_init(&s);
	sha1_add(&s, bytes, sizeof(bytes));
	sha1_end(&s, want);
	natd_hash(got, 7, 9, &here, 4500);
	assert_memory_equal(got, want, NATD_LEN);
	natd_hash(got, 7, 9, &here, 4501);
	assert_memory_not_equal(got, want, NATD_LEN);
}

static void
test_no_nat(void **state)
{
	struct natd n;

	(void)state;
	begin();
	n = look();
	assert_false(n.asked || n.local || n.remote);
	add(IKE2_N_NAT_DETECTION_SOURCE_IP, src);
	assert_false(look().asked); /* one of both is not enough */
	add(IKE2_N_NAT_DETECTION_DESTINATION_IP, dst);
	n = look();
	assert_true(n.asked);
	assert_false(n.local || n.remote);
}

static void
test_nat(void **state)
{
	struct natd n;

	(void)state;
	begin();
	add(IKE2_N_NAT_DETECTION_SOURCE_IP, other);
	add(IKE2_N_NAT_DETECTION_DESTINATION_IP, dst);
	n = look();
	assert_true(n.asked && n.remote && !n.local);
	/* a host with several addresses names them all */
	add(IKE2_N_NAT_DETECTION_SOURCE_IP, src);
	assert_false(look().remote);
	begin();
	add(IKE2_N_NAT_DETECTION_SOURCE_IP, src);
	add(IKE2_N_NAT_DETECTION_DESTINATION_IP, other);
	n = look();
	assert_true(n.asked && !n.remote && n.local);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_no_nat),
		cmocka_unit_test(test_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
