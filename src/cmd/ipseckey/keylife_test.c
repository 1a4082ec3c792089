/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keylife.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static char *text;

static const char *
shown(struct keyshow s, const struct pfkey_msg *m)
{
	size_t n;

	free(text);
	s.f = open_memstream(&text, &n);
	assert_non_null(s.f);
	keylife_show(&s, m);
	assert_int_equal(fclose(s.f), 0);
	return text;
}

static void
test_nothing(void **state)
{
	struct pfkey_msg m = { .type = PFKEY_GET };

	(void)state;
	assert_string_equal(shown((struct keyshow){ 0 }, &m), "");
}

/* No date can be told without the current lifetime, nor before first use. */
static void
test_no_date(void **state)
{
	struct pfkey_msg m = { .has = UINT64_C(1) << PFKEY_EXT_LIFETIME_SOFT,
		.soft.addtime = 5,
		.soft.usetime = 6 };

	(void)state;
	assert_null(strstr(shown((struct keyshow){ 0 }, &m), "expiration"));
	m.has |= UINT64_C(1) << PFKEY_EXT_LIFETIME_CURRENT;
	m.current.addtime = 100;
	m.soft.addtime = 0;
	assert_null(strstr(shown((struct keyshow){ 0 }, &m), "expiration"));
	m.current.usetime = 200;
	assert_non_null(strstr(shown((struct keyshow){ .now = 200 }, &m),
	    "SLT: Soft expiration occurs in 6 seconds\n"));
	/* the earlier one counts */
	m.soft.addtime = 103;
	assert_non_null(strstr(shown((struct keyshow){ .now = 200 }, &m),
	    "SLT: Soft expiration occurs in 3 seconds\n"));
}

static void
test_verbose_and_huge(void **state)
{
	struct pfkey_msg m = { .has = UINT64_C(1)
					  << PFKEY_EXT_LIFETIME_CURRENT |
				      UINT64_C(1) << PFKEY_EXT_LIFETIME_HARD,
		.current.addtime = 10,
		.hard.addtime = UINT64_MAX };

	(void)state;
	shown((struct keyshow){ .now = 20, .verbose = true }, &m);
	assert_non_null(strstr(text,
	    "CLT: SA added at time: Thu Jan  1 00:00:10 1970 (raw time 10)\n"));
	assert_non_null(
	    strstr(text, "HLT: Time of expiration: <unknown> (raw time "
			 "18446744073709551615).\n"));
}

static int
end(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_no_date),
		cmocka_unit_test(test_verbose_and_huge),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, end);
}
