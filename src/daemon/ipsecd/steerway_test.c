/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/steerway.h"

#include <stdlib.h>

#include "base/test.h"

static struct prefix
prefix(const char *text, uint8_t len)
{
	struct prefix p = { .len = len };

	assert_true(addr_read(&p.a, text));
	return p;
}

/* Each prefix once, with the least. */
static void
test_merge(void **state)
{
	static const struct {
		const char *text;
		uint8_t len;
		uint32_t mtu;
	} in[] = { { "10.0.1.0", 24, 1400 }, { "10.0.0.0", 8, 1300 },
		{ "2001:db8::1", 128, 1280 }, { "10.0.1.0", 24, 1350 },
		{ "10.0.1.0", 25, 1500 }, { "10.0.1.0", 24, 1360 } };
	struct steerways w = { 0 };
	uint32_t sum = 0;

	(void)state;
	steerway_merge(&w);
	assert_int_equal(w.n, 0);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		struct prefix p = prefix(in[i].text, in[i].len);

		assert_true(steerway_add(&w, &p, in[i].mtu));
	}
	steerway_merge(&w);
	assert_int_equal(w.n, 4);
	for (size_t i = 0; i < w.n; i++) {
		sum += w.v[i].mtu;
		if (w.v[i].len == 24)
			assert_int_equal(w.v[i].mtu, 1350);
		assert_int_equal(w.v[i].dst.fam, w.v[i].len == 128 ? 6 : 4);
	}
	assert_int_equal(sum, 1350 + 1300 + 1280 + 1500);
	free(w.v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_merge) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
