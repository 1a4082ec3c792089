/* SPDX-License-Identifier: BSD-2-Clause */
/* That it reads back is shown by ikeconf_test and fuzz_ikeconf. */
#include "conf/ikeprint.h"

#include "base/test.h"

static char buf[256];
static struct wr w;

static const char *
end(void)
{
	buf[w.len] = '\0';
	return buf;
}

static const char *
value(enum ikecfg_value v, uint64_t n)
{
	w = wr_into(buf, sizeof(buf) - 1);
	ikeprint_value(&w, v, n);
	return end();
}

static void
test_values(void **state)
{
	(void)state;
	assert_string_equal(value(IKECFG_RETRY_INIT, 500), "0.500");
	assert_string_equal(value(IKECFG_RETRY_INIT, 30000), "30");
	assert_string_equal(value(IKECFG_VERSION, IKECFG_ANY), "any");
	assert_string_equal(value(IKECFG_KEEP, 1), "yes");
	assert_string_equal(value(IKECFG_KEEP, 77), "?");
	assert_string_equal(value(IKECFG_ID_TYPE, IKEID_DN), "dn");
	assert_string_equal(value(IKECFG_P2_PFS, 14), "14");
	assert_string_equal(value(IKECFG_P2_PFS, 31), "curve25519");
	assert_string_equal(value(IKECFG_P2_PFS, 9999), "?");
	assert_string_equal(value(IKECFG_REMOTE_AUTH, IKECFG_ECDSA), "ecdsa");
}

static void
test_parts(void **state)
{
	struct ikecfg_addr a = { .form = IKECFG_RANGE };
	char text[] = "CN=x";
	struct ikecfg_sel s = { IKECFG_BY_ISSUER, true, text };

	(void)state;
	assert_true(addr_read(&a.lo, "10.0.0.1"));
	assert_true(addr_read(&a.hi, "10.0.0.9"));
	w = wr_into(buf, sizeof(buf) - 1);
	ikeprint_addr(&w, &a);
	assert_string_equal(end(), "10.0.0.1-10.0.0.9");
	w = wr_into(buf, sizeof(buf) - 1);
	ikeprint_sel(&w, &s);
	assert_string_equal(end(), "!ISSUER=CN=x");
	/* no room */
	w = wr_into(buf, 3);
	ikeprint_sel(&w, &s);
	assert_true(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
