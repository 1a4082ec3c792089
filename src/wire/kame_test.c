/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/kame.h"

#include <errno.h>
#include <linux/pfkeyv2.h>

#include "base/test.h"

static struct addr
four(uint8_t last)
{
	const uint8_t b[4] = { 192, 0, 2, last };

	return addr_v4(b);
}

static void
round_trips_policy(void **state)
{
	static struct kame_msg k, r;
	uint8_t buf[512];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	k.m.type = KAME_X_SPDADD;
	k.m.has = UINT64_C(1) << PFKEY_EXT_ADDRESS_SRC;
	k.m.src.a = four(1);
	k.m.src.plen = 24;
	k.has = UINT64_C(1) << KAME_EXT_POLICY;
	k.pol = (struct kame_policy){ .type = KAME_POLICY_IPSEC,
		.dir = KAME_DIR_OUT,
		.id = 9,
		.n = 1,
		.req = { { .proto = 50,
		    .mode = KAME_MODE_TUNNEL,
		    .level = KAME_LEVEL_UNIQUE,
		    .reqid = 3,
		    .src = four(1),
		    .dst = four(2) } } };
	assert_true(kame_write(&w, &k));
	assert_int_equal(w.len, sizeof(struct sadb_msg) + 24 +
				    sizeof(struct sadb_x_policy) +
				    sizeof(struct sadb_x_ipsecrequest) + 32);
	assert_int_equal(kame_parse(&r, buf, w.len), 0);
	assert_int_equal(r.pol.req[0].reqid, 3);
	assert_true(addr_equal(&r.pol.req[0].dst, &k.pol.req[0].dst));
	/* each shorter message is refused */
	for (size_t n = 0; n < w.len; n++)
		assert_int_not_equal(kame_parse(&r, buf, n), 0);
	/* a transform that is longer than the policy */
	buf[sizeof(struct sadb_msg) + 24 + 16] = 200;
	assert_int_equal(kame_parse(&r, buf, w.len), EINVAL);
}

static void
has_the_numbers_of_linux(void **state)
{
	(void)state;
	assert_int_equal(SADB_X_SPDDELETE2, KAME_X_SPDDELETE2);
	assert_int_equal(SADB_X_MIGRATE, KAME_X_MIGRATE);
	assert_int_equal(SADB_X_EXT_POLICY, KAME_EXT_POLICY);
	assert_int_equal(SADB_X_EXT_FILTER, KAME_EXT_FILTER);
	assert_int_equal(SADB_X_AALG_NULL, KAME_AALG_NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips_policy),
		cmocka_unit_test(has_the_numbers_of_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
