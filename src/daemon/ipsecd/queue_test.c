/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/queue.h"

#include "base/test.h"

#include "io/testns.h"
#include "wire/ip.h"

static const struct steer_conf conf = { .dev = "qt0", .table = "qt" };

/* One process reads a queue; who comes second does without. */
static void
test_open(void **state)
{
	struct steer *s;
	int fd, other;

	(void)state;
	TESTNS();
	s = steer_open(&conf);
	assert_non_null(s);
	if (steer_queue_kind(s) == STEER_QUEUE_NONE) {
		assert_int_equal(queue_open(s, 9, &fd), STEER_QUEUE_NONE);
		assert_int_equal(fd, -1);
		steer_close(s);
		skip();
	}
	assert_int_equal(queue_open(s, 9, &fd), steer_queue_kind(s));
	assert_true(fd >= 0);
	assert_int_equal(queue_open(s, 9, &other), STEER_QUEUE_NONE);
	assert_int_equal(other, -1);
	assert_int_equal(queue_open(s, 10, &other), steer_queue_kind(s));
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(other), 0);
	/* asking has left nothing behind */
	testns_run("test -z \"$(nft list ruleset)\"");
	steer_close(s);
}

/* Bytes of an IPv4 header. */
static void
header(uint8_t p[20], uint8_t flags, uint16_t id)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	p[3] = 20;
	p[4] = (uint8_t)(id >> 8);
	p[5] = (uint8_t)id;
	p[6] = flags;
	p[8] = 64;
	p[9] = 17;
	p[15] = 1;
	p[19] = 2;
	ip_csum_header(p, 20);
}

static void
test_split(void **state)
{
	uint8_t p[20];

	(void)state;
	header(p, 0x40, 0);
	assert_true(queue_may_split(p, 20, 0x1234));
	assert_int_equal(p[6], 0);
	assert_int_equal(p[4] << 8 | p[5], 0x1234);
	assert_int_equal(ip_csum_end(ip_csum_add(0, p, 20)), 0);
	/* its own number is kept; without DF nothing changes */
	header(p, 0x40, 7);
	assert_false(queue_may_split(p, 20, 0x1234));
	assert_int_equal(p[6], 0);
	assert_int_equal(p[5], 7);
	assert_int_equal(ip_csum_end(ip_csum_add(0, p, 20)), 0);
	header(p, 0, 0);
	assert_false(queue_may_split(p, 20, 0x1234));
	assert_int_equal(p[5], 0);
	assert_false(queue_may_split(p, 19, 0x1234));
	p[0] = 0x65;
	assert_false(queue_may_split(p, 20, 0x1234));
}

static void
test_place(void **state)
{
	uint8_t a[20], b[20];

	(void)state;
	header(a, 0, 1);
	header(b, 0, 1);
	a[9] = 50;
	assert_true(queue_in_place(a, 20, b, 20));
	assert_false(queue_in_place(a, 20, b, 19));
	b[19] = 3;
	assert_false(queue_in_place(a, 20, b, 20));
	header(b, 0, 1);
	b[15] = 3;
	assert_false(queue_in_place(a, 20, b, 20));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_open),
		cmocka_unit_test(test_split), cmocka_unit_test(test_place) };

	return cmocka_run_group_tests(tests, testns_setup, NULL);
}
