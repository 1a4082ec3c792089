/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/saspec.h"

#include "model/saspec_testing.h"

/* Keys go with the rest: not a byte of the old one may stay. */
static void
fini_leaves_nothing(void **state)
{
	static const struct sa_spec none;
	struct sa_spec s;

	(void)state;
	memset(&s, 0xa5, sizeof(s));
	saspec_fini(&s);
	assert_memory_equal(&s, &none, sizeof(s));
	same_spec(&s, &none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fini_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
