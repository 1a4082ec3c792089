/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/sha1.h"

#include "base/test.h"

static void
expect(const void *p, size_t n, unsigned times, const char *want)
{
	struct sha1 s;
	uint8_t out[SHA1_LEN];

	sha1_init(&s);
	for (unsigned i = 0; i < times; i++)
		sha1_add(&s, p, n);
	sha1_end(&s, out);
	assert_memory_equal(out, want, SHA1_LEN);
}

/* RFC 3174 7.3 */
static void
test_known(void **state)
{
	(void)state;
	expect("abc", 3, 1,
	    "\xA9\x99\x3E\x36\x47\x06\x81\x6A\xBA\x3E\x25\x71\x78\x50\xC2"
	    "\x6C\x9C\xD0\xD8\x9D");
	expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	    1,
	    "\x84\x98\x3E\x44\x1C\x3B\xD2\x6E\xBA\xAE\x4A\xA1\xF9\x51\x29"
	    "\xE5\xE5\x46\x70\xF1");
	expect("a", 1, 1000000,
	    "\x34\xAA\x97\x3C\xD4\xC4\xDA\xA4\xF6\x1E\xEB\x2B\xDB\xAD\x27"
	    "\x31\x65\x34\x01\x6F");
	expect("0123456701234567012345670123456701234567012345670123456701234"
	       "567",
	    64, 10,
	    "\xDE\xA3\x56\xA2\xCD\xDD\x90\xC7\xA7\xEC\xED\xC5\xEB\xB5\x63"
	    "\x93\x4F\x46\x04\x52");
}

/* Of nothing, and in pieces of any size. */
static void
test_pieces(void **state)
{
	uint8_t msg[200], whole[SHA1_LEN], out[SHA1_LEN];
	struct sha1 s;

	(void)state;
	expect("", 0, 1,
	    "\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18"
	    "\x90\xaf\xd8\x07\x09");
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)i;
	sha1_init(&s);
	sha1_add(&s, msg, sizeof(msg));
	sha1_end(&s, whole);
	for (size_t cut = 0; cut <= sizeof(msg); cut++) {
		sha1_init(&s);
		sha1_add(&s, msg, cut);
		sha1_add(&s, msg + cut, sizeof(msg) - cut);
		sha1_end(&s, out);
		assert_memory_equal(out, whole, SHA1_LEN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
