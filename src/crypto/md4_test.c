/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/md4.h"

#include "base/test.h"

/* RFC 1320 A.5 */
static void
test_known(void **state)
{
	static const struct {
		const char *msg, *sum;
	} t[] = {
		{ "", "\x31\xd6\xcf\xe0\xd1\x6a\xe9\x31\xb7\x3c\x59\xd7\xe0\xc0"
		      "\x89\xc0" },
		{ "a",
		    "\xbd\xe5\x2c\xb3\x1d\xe3\x3e\x46\x24\x5e\x05\xfb\xdb\xd6"
		    "\xfb\x24" },
		{ "abc",
		    "\xa4\x48\x01\x7a\xaf\x21\xd8\x52\x5f\xc1\x0a\xe8\x7a\xa6"
		    "\x72\x9d" },
		{ "message digest",
		    "\xd9\x13\x0a\x81\x64\x54\x9f\xe8\x18\x87\x48\x06\xe1\xc7"
		    "\x01\x4b" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567"
		  "89",
		    "\x04\x3f\x85\x82\xf2\x41\xdb\x35\x1c\xe6\x27\xe1\x53\xe7"
		    "\xf0\xe4" },
		{ "123456789012345678901234567890123456789012345678901234567890"
		  "1"
		  "2345678901234567890",
		    "\xe3\x3b\x4d\xdc\x9c\x38\xf2\x19\x9c\x3e\x7b\x16\x4f\xcc"
		    "\x05\x36" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t out[MD4_LEN];

		md4_sum(t[i].msg, strlen(t[i].msg), out);
		assert_memory_equal(out, t[i].sum, MD4_LEN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
