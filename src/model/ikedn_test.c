/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikedn.h"

#include "base/test.h"

#define CAP 1024

static size_t
der(uint8_t out[CAP], const char *text)
{
	struct wr w = wr_into(out, CAP);

	return ikedn_read(&w, text) ? w.len : 0;
}

static void
there_and_back(const char *text, const char *want)
{
	uint8_t b[CAP], c[CAP];
	char s[CAP];
	struct wr w = wr_into(s, sizeof(s) - 1);
	size_t n = der(b, text);

	assert_true(n != 0);
	assert_true(ikedn_print(&w, b, n));
	s[w.len] = '\0';
	assert_string_equal(s, want);
	assert_int_equal(der(c, s), n);
	assert_memory_equal(b, c, n);
	/* no byte may be missing, none may be too many */
	for (size_t i = 0; i < n; i++) {
		w = wr_into(s, sizeof(s));
		assert_false(ikedn_print(&w, b, i));
	}
	b[n] = 0;
	w = wr_into(s, sizeof(s));
	assert_false(ikedn_print(&w, b, n + 1));
}

static void
test_text(void **state)
{
	static const char *const bad[] = { "", "x", "CN=", "CN=a,", "=a",
		"QQ=a", "CN=a\\", "3.1=x", "1.40=x", "1=x", "CN=a+", NULL };
	uint8_t b[CAP];

	(void)state;
	there_and_back("C=US,O=Example\\, Inc. ,OU = Lab, cn=host",
	    "C=US, O=Example\\, Inc., OU=Lab, CN=host");
	there_and_back("DC=example; DC=net", "DC=example, DC=net");
	there_and_back("CN=b+OU=a", "CN=b+OU=a");
	there_and_back("OU=a+CN=b", "CN=b+OU=a");
	there_and_back("E=a@b, CN=a\\+b", "emailAddress=a@b, CN=a\\+b");
	there_and_back("1.2.840.113549.5=x", "1.2.840.113549.5=x");
	there_and_back("2.999.4294967295=x", "2.999.4294967295=x");
	there_and_back("CN=\\0a\\20b\\20", "CN=\\0a b\\20");
	for (unsigned i = 0; bad[i] != NULL; i++)
		assert_int_equal(der(b, bad[i]), 0);
}

/* As OpenSSL writes /C=US/O=Example Inc./CN=host. */
static void
test_bytes(void **state)
{
	static const uint8_t want[] = { 0x30, 0x33, 0x31, 0x0b, 0x30, 0x09,
		0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 'U', 'S', 0x31, 0x15,
		0x30, 0x13, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x0c, 'E', 'x',
		'a', 'm', 'p', 'l', 'e', ' ', 'I', 'n', 'c', '.', 0x31, 0x0d,
		0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x04, 'h', 'o',
		's', 't' };
	uint8_t b[CAP];

	(void)state;
	assert_int_equal(der(b, "C=US, O=Example Inc., CN=host"), sizeof(want));
	assert_memory_equal(b, want, sizeof(want));
}

static bool
same(const char *a, const char *b)
{
	uint8_t x[CAP], y[CAP];
	size_t n = der(x, a), m = der(y, b);

	assert_true(n != 0 && m != 0);
	return ikedn_same(x, n, y, m);
}

static void
test_same(void **state)
{
	uint8_t x[CAP], y[CAP];
	size_t n;

	(void)state;
	assert_true(same("C=US, CN=Host  one", "c=us, CN=\\20host one\\20"));
	/* RFC 5280 7.1: a part is no whole, and order counts */
	assert_false(same("C=US, CN=host", "C=US"));
	assert_false(same("C=US, CN=host", "CN=host, C=US"));
	assert_false(same("CN=host", "CN=hostess"));
	assert_false(same("CN=hostone", "CN=host one"));
	assert_false(same("CN=host", "OU=host"));
	assert_false(same("CN=a+OU=b", "CN=a, OU=b"));
	/* another type of string */
	n = der(x, "CN=host");
	memcpy(y, x, n);
	y[n - 6] = 0x13;
	assert_true(ikedn_same(x, n, y, n));
	/* which is no string at all: then byte by byte */
	y[n - 6] = 0x04;
	assert_false(ikedn_same(x, n, y, n));
	assert_true(ikedn_same(y, n, y, n));
	assert_false(ikedn_same(x, n - 1, x, n - 1));
}

static void
test_many(void **state)
{
	char text[8 * (IKEDN_PARTS + 1)] = "";
	uint8_t b[CAP];

	(void)state;
	/* those joined by + count, too */
	for (unsigned i = 0; i < IKEDN_PARTS; i++)
		strcat(text, i == 0 ? "CN=a" : i % 2 != 0 ? "+OU=b" : ",CN=a");
	assert_true(der(b, text) != 0);
	strcat(text, ",CN=a");
	assert_int_equal(der(b, text), 0);
}

static void
test_room(void **state)
{
	uint8_t b[64];
	char s[16];
	struct wr w;
	size_t n;

	(void)state;
	for (n = 0; n < 60; n++) {
		w = wr_into(b, n);
		if (ikedn_read(&w, "C=US, CN=a host with a name"))
			break;
		assert_true(w.len <= n);
	}
	assert_true(n > 40 && n < 60);
	w = wr_into(s, sizeof(s));
	assert_false(ikedn_print(&w, b, n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
